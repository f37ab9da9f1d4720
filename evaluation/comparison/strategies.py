"""The strategies that are compared: their groups, before and after a harmonizer, and learned anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.comparison.learned import Learned, Relearned, relearn
from evaluation.reliability.contrasts import Group, groups_by_strategy
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
        By strategy its groups, in the same order of sequences and ROIs.
    before : mapping of str to list of Group
        What they were before a harmonizer; the same where there was none.
    anew : mapping of str to list of Relearned or None
        Of strategies with a harmonizer; None where it cannot be learned anew.
    baseline : str
        The strategy that the others are compared with.
    """

    members: Mapping[str, list[Group]]
    before: Mapping[str, list[Group]]
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
        members, before = _members(features, learned, columns)
        if len(members) < 2:
            raise ConfigurationError(
                f"comparison: the feature table has one strategy, '{next(iter(members))}'; expected at least 2"
            )
        first = next(iter(members)) if baseline is None else baseline
        refuse_unknown([first], members, "comparison", "no strategy is called")
        anew = {
            name: relearn(before[name], members[name], how, thresholds, settings, seed)
            for name, how in learned.items()
            if name in members
        }
        return cls(members, before, anew, first)

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
        for one, other in zip(self.before[self.baseline], self.before[strategy], strict=True):
            both = [name for name in one.features if name in other.features]
            if not np.array_equal(one.only(both).values, other.only(both).values, equal_nan=True):
                return False
        return True


def _members(
    features: pd.DataFrame, learned: Mapping[str, Learned], columns: Sequence[str] | None
) -> tuple[dict[str, list[Group]], dict[str, list[Group]]]:
    """Give the groups of every strategy, and what they were before a harmonizer; all with the same subjects."""
    strategies = [str(name) for name in pd.unique(features["strategy"])]
    refuse_unknown(learned, strategies, "comparison: learned", "no strategy")
    members = groups_by_strategy(features, columns)
    before = dict(members)
    keys = [name for name in FEATURE_KEYS if name != "strategy"]
    for name, how in learned.items():
        own = how.before.merge(features.loc[features["strategy"] == name, keys], on=keys).assign(strategy=name)
        (found,) = groups_by_strategy(check_feature_table(own, columns), columns, among=features).values()
        before[name] = [part.only(group.features) for part, group in zip(found, members[name], strict=True)]
    return members, before
