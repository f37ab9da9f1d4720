"""Shares of features that pass their thresholds, with intervals that let whole subjects vary."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from evaluation.comparison.margins import DRAWS, Margins, margins_of
from evaluation.reliability.contrasts import Group
from evaluation.reliability.criteria import Criterion
from evaluation.reliability.sample import check_level
from evaluation.reliability.squares import ROUNDING
from evaluation.reliability.statistic import Settings
from harmonize.arrays import BoolArray, FloatArray

UNTOLD = 0.05
"""A share has no limits if of more than this part of its rows it is not known what some subject pulls."""


def share_limits(shares: FloatArray, level: float, told: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give limits of shares from the same shares in draws of other samples.

    Parameters
    ----------
    shares : ndarray, shape (1 + n_draws, n_shares)
        As found, then in the draws of `margins.moves`.
    level : float
        Confidence level.
    told : ndarray, shape (2, n_shares)
        Which part of the same rows has a value but none without some subject, and which part has a value at all.

    Returns
    -------
    lower, upper : ndarray, shape (n_shares,)
        Between 0 and 1. Of a share of 0 or 1 the limit on the other side is a one-sided bound. NaN where more than
        `UNTOLD` of the rows with a value have none without some subject, or none has a value, and where no draw moves
        a share between 0 and 1: what other subjects would change is not known then.

    Notes
    -----
    What is estimated is the share to be expected with as many other subjects, not the share of features whose true
    value passes: with few subjects the former is nearer to a half, and it is what the study itself and its repetition
    show. A count is not smooth, so that leaving out subjects tells its spread badly (limits of the jackknife of the
    count itself are 1.2 to 2.1 times too wide, and absent at 0 and 1); the logarithms that are compared with the
    thresholds are. In each draw they are moved, all by the same subjects, as their jackknife says (a linearized
    bootstrap, without repeated subjects), and the features that pass are counted anew. Moving features that vary
    already brings their share nearer to a half, and makes it respond less. How much is told by moving them with twice
    the variance (simulation extrapolation), and the former by the difference of the mean over the draws from the share
    itself as well, which is unbiased but varies more: the quantiles of the draws are stretched, never drawn together,
    and moved back by both, and the outer limits are taken. Coverage: ``tests/benchmarks/bench_shares.py``.

    References
    ----------
    Shao J, Tu D. The Jackknife and Bootstrap. Springer 1995, chapters 2 and 3. Cook JR, Stefanski LA.
    Simulation-extrapolation estimation in parametric measurement error models. Journal of the American Statistical
    Association 1994;89:1314-1328. Kott PS. The delete-a-group jackknife.
    Journal of Official Statistics 2001;17:521-526.
    """
    tail = (1 - check_level(level)) / 2
    found, drawn, doubled = shares[0], shares[1 : DRAWS + 1], shares[DRAWS + 1 :]
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    mean = drawn.mean(axis=0)
    low, high = (mean + _stretch(drawn, doubled) * (end - mean) for end in (low, high))
    smooth, rough = doubled.mean(axis=0) - mean, mean - found
    least, most = np.minimum(smooth, rough), np.maximum(smooth, rough)
    lower, upper = np.clip(np.minimum(low - most, found), 0, 1), np.clip(np.maximum(high - least, found), 0, 1)
    still = (upper - lower <= ROUNDING) & (found > 0) & (found < 1)
    unknown = still | _unknown(told)
    return np.where(unknown, np.nan, lower), np.where(unknown, np.nan, upper)


def without_limits(
    members: Sequence[Group], thresholds: Sequence[Criterion], settings: Settings
) -> frozenset[tuple[str, str, str]]:
    """Name the shares of a strategy, by statistic, by and level, that leaving out subjects does not tell the limits of.

    All thresholds together are ``reproducible``.
    """

    def told(judged: Sequence[Margins]) -> dict[str, BoolArray]:
        found = {one.threshold.statistic: one.told for one in judged}
        jointly = np.logical_or.reduce([block.any(axis=1) for block in found.values()])
        return {**found, "reproducible": np.asarray(jointly, dtype=bool)}

    labels, counted = add_up((group, told(judged)) for group, judged in margins_of(members, thresholds, settings))
    return frozenset(labels.loc[_unknown(counted), ["statistic", "by", "level"]].itertuples(index=False, name=None))


def _unknown(told: FloatArray) -> BoolArray:
    return np.asarray((told[1] == 0) | (told[0] > UNTOLD * told[1]), dtype=bool)


def _stretch(drawn: FloatArray, doubled: FloatArray) -> FloatArray:
    """Tell how much smaller the spread is for features having been moved, by that of moving them more."""
    half = len(doubled) // 2
    same = np.concatenate([drawn[:half], drawn[DRAWS // 2 :][:half]]).std(axis=0)
    more = doubled.std(axis=0)
    ratio = np.divide(np.sqrt(2) * same, more, out=np.ones_like(more), where=more > 0)
    return np.asarray(np.maximum(1.0, ratio), dtype=np.float64)


def add_up(found: Iterable[tuple[Group, Mapping[str, BoolArray]]]) -> tuple[pd.DataFrame, FloatArray]:
    """Make shares of what passes in each group of a strategy.

    Parameters
    ----------
    found : iterable of (Group, mapping of str to ndarray of bool)
        By statistic, draws on the first axis.

    Returns
    -------
    labels : DataFrame
        Columns statistic, by (overall, sequence, roi), level and n_total.
    shares : ndarray, shape (n_draws, n_labels)
        Of all rows.
    """
    totals: dict[tuple[str, str, str], int] = {}
    counts: dict[tuple[str, str, str], FloatArray] = {}
    for group, blocks in found:
        for statistic, block in blocks.items():
            count = block.reshape(len(block), -1).sum(axis=1, dtype=np.float64)
            for by, level in (("overall", "all"), ("sequence", group.sequence), ("roi", group.roi)):
                key = (statistic, by, level)
                totals[key] = totals.get(key, 0) + block[0].size
                counts[key] = counts.get(key, 0.0) + count
    kept = [key for key, total in totals.items() if total]
    labels = pd.DataFrame(kept, columns=["statistic", "by", "level"]).assign(n_total=[totals[key] for key in kept])
    return labels, np.stack([counts[key] / totals[key] for key in kept], axis=1)
