"""Shares of features that pass, of every strategy against the baseline, of the features that both have."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.comparison.chance import chance_p
from evaluation.comparison.gains import summary_status
from evaluation.comparison.ranking import draw_shares
from evaluation.comparison.shares import without_limits
from evaluation.comparison.strategies import Strategies
from evaluation.reliability.contrasts import Group
from evaluation.reliability.criteria import criteria_of
from evaluation.reliability.jackknife import jackknife
from evaluation.reliability.multiplicity import benjamini_hochberg
from evaluation.reliability.statistic import Settings
from evaluation.reliability.weighted import WithoutEach
from harmonize.arrays import FloatArray

KEYS = ["statistic", "by", "level"]


def share_differences(strategies: Strategies, thresholds: Mapping[str, float], settings: Settings) -> pd.DataFrame:
    """Compare the shares of every strategy with the baseline's; see `compare_strategies` for the columns.

    Limits and p are the jackknife's over whole subjects. Strategies with a harmonizer are learned anew without each
    subject, and tested against what their harmonizers do by chance.
    """
    side_of = lru_cache(maxsize=2)(partial(_Side.of, strategies, thresholds, settings))  # the baseline's is kept
    table = pd.concat(
        [_of_pair(strategies, strategy, side_of, settings) for strategy in strategies.others], ignore_index=True
    )
    q = table.groupby(["statistic", "by"], sort=False)["p"].transform(benjamini_hochberg)
    table.insert(table.columns.get_loc("p") + 1, "q", q)
    return table


@dataclass(frozen=True)
class _Side:
    """Shares of one strategy, of features that another one has, too: of all subjects, then without each.

    Parameters
    ----------
    labels : DataFrame
        What the shares are of, see `add_up`.
    shares, before : ndarray, shape (1 + n_subjects, n_labels)
        As they are and, if the strategy was learned anew, before its harmonizer.
    chance : ndarray, shape (n_relabellings, n_labels), or None
        What a harmonizer that was learned anew makes of them where conditions do not differ.
    untold : frozenset
        See `without_limits`.
    """

    labels: pd.DataFrame
    shares: FloatArray
    before: FloatArray
    chance: FloatArray | None
    untold: frozenset[tuple[str, str, str]]

    @classmethod
    def of(
        cls,
        strategies: Strategies,
        thresholds: Mapping[str, float],
        settings: Settings,
        name: str,
        features: tuple[tuple[str, ...], ...],
    ) -> "_Side":
        """Compute them of those features of each group."""
        draws = WithoutEach(strategies.n_subjects)
        members = strategies.members[name]
        kept = _only(members, features)
        labels, shares, _ = draw_shares(kept, thresholds, draws, settings)
        untold = without_limits(kept, criteria_of(thresholds), settings)
        relearned = strategies.anew.get(name)
        if relearned is None:
            return cls(labels, shares, shares, None, untold)
        before = draw_shares(_only(strategies.before(name), features), thresholds, draws, settings)[1]
        places = [group.features for group in members]
        left_out = _added(labels, kept, places, [group.passing for group in relearned])
        chance = _added(labels, kept, places, [group.change for group in relearned])
        return cls(labels, np.concatenate([shares[:1], left_out]), before, chance, untold)


def _of_pair(
    strategies: Strategies,
    strategy: str,
    side_of: Callable[[str, tuple[tuple[str, ...], ...]], _Side],
    settings: Settings,
) -> pd.DataFrame:
    pair = (strategies.baseline, strategy)
    members = [strategies.members[name] for name in pair]
    both = tuple(
        tuple(name for name in own.features if name in base.features) for base, own in zip(*members, strict=True)
    )
    base, own = (side_of(name, both) for name in pair)
    shares, labels, untold = (base.shares, own.shares), own.labels, base.untold | own.untold
    made = [side.chance if side is own else -side.chance for side in (base, own) if side.chance is not None]
    # Equal counts give equal shares; the subtraction of others leaves rounding that must not look like spread.
    difference = np.round(shares[1] - shares[0], 12)
    result = jackknife(difference[0], difference[1:], settings.level)
    keys = labels[KEYS].itertuples(index=False, name=None)
    p = np.where([key in untold for key in keys], np.nan, result.p)
    unsure = np.isnan(p) | strategies.untested(strategy)
    lower, upper = np.maximum(result.lower, -1), np.minimum(result.upper, 1)
    if strategies.untested(strategy):
        p = np.full(p.shape, np.nan)
    elif made:
        steps = np.round(own.before - base.before, 12)
        errors = jackknife(steps[0], steps[1:]).error
        draws = np.round(sum(made), 12)
        p = np.array([chance_p(*one, len(steps) - 1) for one in zip(difference[0], draws.T, errors, strict=True)])
    found = labels[[*KEYS, "n_total"]].assign(
        baseline_share=shares[0][0],
        share=shares[1][0],
        difference=difference[0],
        lower=np.where(unsure, np.nan, lower),
        upper=np.where(unsure, np.nan, upper),
        p=p,
        status=[summary_status(*one, strategies.untested(strategy)) for one in zip(p, difference[0], strict=True)],
    )
    found.insert(0, "strategy", strategy)
    return found


def _only(groups: Sequence[Group], features: Sequence[Sequence[str]]) -> list[Group]:
    return [group.only(names) for group, names in zip(groups, features, strict=True)]


def _added(
    labels: pd.DataFrame,
    groups: Sequence[Group],
    features: Sequence[Sequence[str]],
    found: Sequence[Mapping[str, NDArray[Any]]],
) -> FloatArray:
    """Add up what is found of the features of single groups to the shares of `draw_shares`: (n_draws, n_labels).

    ``found`` has the features that `features` names on its last axis, of which those of the groups count.
    """
    counts = []
    for group, names, of_group in zip(groups, features, found, strict=True):
        kept = [names.index(name) for name in group.features]
        counts.append(
            {
                name: part[..., kept].reshape(len(part), -1).sum(axis=1, dtype=np.float64)
                for name, part in of_group.items()
            }
        )
    shares = []
    for row in labels.itertuples():
        own = [
            count[row.statistic]
            for group, count in zip(groups, counts, strict=True)
            if row.statistic in count and (row.by == "overall" or getattr(group, row.by) == row.level)
        ]
        shares.append(np.sum(own, axis=0) / row.n_total)
    return np.stack(shares, axis=1)
