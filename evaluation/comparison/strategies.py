"""The strategies that are compared: their groups, before and after a harmonizer, and learned anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.comparison.learned import Learned, Relearned, relearn
from evaluation.reliability.contrasts import Group, GroupsByStrategy
from evaluation.reliability.statistic import Settings
from evaluation.tables import FEATURE_KEYS, check_feature_table
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown


@dataclass(frozen=True)
class Strategies:
    """Strategies and the one that the others are compared with; all with the same subjects.

    Parameters
    ----------
    members : mapping of str to list of Group
        By strategy its groups, in the same order of sequences and ROIs; made when asked for.
    learned : mapping of str to list of Group
        What those that were learned anew were before their harmonizer.
    anew : mapping of str to list of Relearned or None
        Of strategies with a harmonizer; None where it cannot be learned anew.
    baseline : str
        The strategy that the others are compared with.
    """

    members: Mapping[str, list[Group]]
    learned: Mapping[str, list[Group]]
    anew: Mapping[str, list[Relearned] | None]
    baseline: str

    @classmethod
    def of(
        cls,
        features: pd.DataFrame,
        learned: Mapping[str, Learned],
        columns: Sequence[str] | None,
        baseline: str | None,
        thresholds: Mapping[str, float],
        settings: Settings,
        seed: int,
    ) -> "Strategies":
        """Take a feature table apart, and learn harmonized strategies anew."""
        members = GroupsByStrategy(features, columns)
        refuse_unknown(learned, members, "comparison: learned", "no strategy")
        if len(members) < 2:
            raise ConfigurationError(
                f"comparison: the feature table has one strategy, '{next(iter(members))}'; expected at least 2"
            )
        first = next(iter(members)) if baseline is None else baseline
        refuse_unknown([first], members, "comparison", "no strategy is called")
        before, anew = {}, {}
        for name, how in learned.items():
            own = _before(features, name, how, columns, members[name])
            anew[name] = relearn(own, members[name], how, thresholds, settings, seed)
            if anew[name] is not None:
                before[name] = own
        return cls(members, before, anew, first)

    def before(self, strategy: str) -> list[Group]:
        """Give what a strategy was before its harmonizer, if it has one that was learned anew."""
        return self.learned[strategy] if strategy in self.learned else self.members[strategy]

    @property
    def others(self) -> list[str]:
        """All but the baseline."""
        return [name for name in self.members if name != self.baseline]

    @property
    def n_subjects(self) -> int:
        """How many subjects there are."""
        return int(self.members[self.baseline][0].values.shape[1])

    def untested(self, strategy: str) -> bool:
        """Tell whether a strategy or the baseline was learned and cannot be again."""
        return any(name in self.anew and self.anew[name] is None for name in (self.baseline, strategy))

    def same_before(self, strategy: str) -> bool:
        """Tell whether a strategy and the baseline had the same values, of features that both have, before."""
        for one, other in zip(self.before(self.baseline), self.before(strategy), strict=True):
            both = [name for name in one.features if name in other.features]
            if not np.array_equal(one.only(both).values, other.only(both).values, equal_nan=True):
                return False
        return True


def _before(
    features: pd.DataFrame, strategy: str, how: Learned, columns: Sequence[str] | None, after: Sequence[Group]
) -> list[Group]:
    """Give the groups of a strategy before its harmonizer; of the rows and features that it has after it."""
    keys = [name for name in FEATURE_KEYS if name != "strategy"]
    own = how.before.merge(features.loc[features["strategy"] == strategy, keys], on=keys).assign(strategy=strategy)
    (found,) = GroupsByStrategy(check_feature_table(own, columns), columns, among=features).values()
    return [part.only(group.features) for part, group in zip(found, after, strict=True)]
