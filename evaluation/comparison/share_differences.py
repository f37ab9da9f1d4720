"""Shares of features that pass, of every strategy against the baseline, of the features that both have."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.comparison.chance import chance_p
from evaluation.comparison.gains import summary_status
from evaluation.comparison.margins import Threshold
from evaluation.comparison.ranking import draw_shares
from evaluation.comparison.shares import without_limits
from evaluation.comparison.strategies import Strategies
from evaluation.reliability.contrasts import Group
from evaluation.reliability.jackknife import jackknife
from evaluation.reliability.multiplicity import benjamini_hochberg
from evaluation.reliability.statistic import Settings
from evaluation.reliability.statistics import below
from evaluation.reliability.weighted import leave_one_out
from harmonize.arrays import FloatArray

KEYS = ["statistic", "by", "level"]


def share_differences(strategies: Strategies, thresholds: Mapping[str, float], settings: Settings) -> pd.DataFrame:
    """Compare the shares of every strategy with the baseline's; see `compare_strategies` for the columns.

    Limits and p are the jackknife's over whole subjects. Strategies with a harmonizer are learned anew without each
    subject, and tested against what their harmonizers do by chance.
    """
    table = pd.concat(
        [_of_pair(strategies, strategy, thresholds, settings) for strategy in strategies.others], ignore_index=True
    )
    q = table.groupby(["statistic", "by"], sort=False)["p"].transform(benjamini_hochberg)
    table.insert(table.columns.get_loc("p") + 1, "q", q)
    return table


def _of_pair(
    strategies: Strategies, strategy: str, thresholds: Mapping[str, float], settings: Settings
) -> pd.DataFrame:
    pair = (strategies.baseline, strategy)
    members = [strategies.members[name] for name in pair]
    both = [[name for name in own.features if name in base.features] for base, own in zip(*members, strict=True)]
    weights = np.concatenate([np.ones((1, strategies.n_subjects)), leave_one_out(strategies.n_subjects)])
    shares, before = [], []
    chance: FloatArray | None = None
    untold: set[tuple[str, str, str]] = set()
    wanted = [Threshold(name, float(limit), below(name)) for name, limit in thresholds.items()]
    for side, name in enumerate(pair):
        kept = _only(members[side], both)
        labels, of_side, _ = draw_shares(kept, thresholds, weights, settings)
        untold |= without_limits(kept, wanted, settings)
        harmonized = name in strategies.anew
        before.append(
            draw_shares(_only(strategies.before[name], both), thresholds, weights, settings)[1]
            if harmonized
            else of_side
        )
        relearned = strategies.anew.get(name)
        if relearned is not None:
            features = [group.features for group in members[side]]
            left_out = _added(labels, kept, features, [group.passing for group in relearned])
            of_side = np.concatenate([of_side[:1], left_out])
            change = _added(labels, kept, features, [group.change for group in relearned])
            chance = (0.0 if chance is None else chance) + (change if side else -change)
        shares.append(of_side)
    # Equal counts give equal shares; the subtraction of others leaves rounding that must not look like spread.
    difference = np.round(shares[1] - shares[0], 12)
    result = jackknife(difference[0], difference[1:], settings.level)
    keys = labels[KEYS].itertuples(index=False, name=None)
    p = np.where([key in untold for key in keys], np.nan, result.p)
    unsure = np.isnan(p) | strategies.untested(strategy)
    lower, upper = np.maximum(result.lower, -1), np.minimum(result.upper, 1)
    if strategies.untested(strategy):
        p = np.full(p.shape, np.nan)
    elif chance is not None:
        steps = np.round(before[1] - before[0], 12)
        errors = jackknife(steps[0], steps[1:]).error
        draws = np.round(chance, 12)
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
