"""Shares of features that pass their thresholds, with intervals that let whole subjects vary."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from evaluation.comparison.margins import DRAWS, Threshold, left_out, margins, moves
from evaluation.reliability.contrasts import Group, check_reference, groups_by_strategy
from evaluation.reliability.dispersion import QuartileRule
from evaluation.reliability.sample import ROUNDING, check_level
from evaluation.reliability.statistic import Settings
from evaluation.reliability.statistics import REPRODUCIBLE, below
from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import suggest
from harmonize.inputs.frames import takes_frames

SHARES = ("icc", "ccc", "cv", "qcd", "reproducible")
"""Whose shares have intervals; `reproducible` is ICC and CCC jointly under every condition."""

SHARE_THRESHOLDS: Mapping[str, float] = {**REPRODUCIBLE, "cv": 0.10, "qcd": 0.10}
"""The usual thresholds."""

UNTOLD = 0.05
"""A share has no limits if of more than this part of its rows it is not known what some subject pulls."""


@takes_frames
def share_intervals(
    features: pd.DataFrame,
    reference: str,
    thresholds: Mapping[str, float] = SHARE_THRESHOLDS,
    *,
    columns: Sequence[str] | None = None,
    icc_form: str = "A,1",
    quartiles: QuartileRule = "linear",
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Give intervals of the shares of passing features, overall and per sequence and ROI.

    All measurements of a subject (features, ROIs, sequences, conditions) vary together.

    Parameters
    ----------
    features : DataFrame
        A feature table.
    reference : str
        The condition that the others are compared with.
    thresholds : mapping of str to float
        For ``icc``, ``ccc``, ``cv`` and ``qcd``, or some of them; with both of the first, their joint share under
        every condition is ``reproducible``.
    columns : sequence of str or None
        As for `reliability_table`, as are `icc_form` and `quartiles`.
    level : float
        Confidence level.
    seed : int
        Makes the draws repeatable.

    Returns
    -------
    DataFrame
        Columns strategy, statistic, by (overall, sequence, roi), level, n_total, share, lower, upper, n_subjects.
        ``share`` is `summarize`'s ``share_of_all``: of all rows, with what could not be computed as not passing. There
        are no limits where leaving out subjects does not tell them, such as those of CCC with three subjects.

    Raises
    ------
    ConfigurationError
        When the table breaks its schema, no row has the reference condition, or an option is unknown.

    Notes
    -----
    The limits are those of `share_limits`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(10, 2, (17, 20))
    >>> names = [f"original_glcm_Feature{i}" for i in range(20)]
    >>> table = pd.concat([
    ...     pd.DataFrame(truth + rng.normal(0, sd, (17, 20)), columns=names).assign(
    ...         strategy="none", subject=range(17), sequence="T2", condition=name, roi="liver"
    ...     )
    ...     for name, sd in [("REF+STD", 0.4), ("ACC+STD", 0.4)]
    ... ])
    >>> share_intervals(table, "REF+STD", {"icc": 0.95})[["statistic", "by", "share", "lower", "upper"]].round(2)
      statistic        by  share  lower  upper
    0       icc   overall    0.7   0.47    0.9
    1       icc  sequence    0.7   0.47    0.9
    2       icc       roi    0.7   0.47    0.9
    """
    check_reference(features, reference)
    for name in thresholds:
        if name not in SHARES[:-1]:
            raise ConfigurationError(f"shares: no interval for '{name}'; {suggest(name, SHARES[:-1])}")
    wanted = [Threshold(name, float(limit), below(name)) for name, limit in thresholds.items()]
    settings = Settings(reference, icc_form, level, quartiles)
    parts = []
    for strategy, members in groups_by_strategy(features, columns).items():
        n_subjects = members[0].values.shape[1]
        drawn = moves(len(left_out(n_subjects)), seed)
        found = [(group, *_passing(group, wanted, settings, drawn)) for group in members]
        labels, shares = add_up((group, passing) for group, passing, _ in found)
        _, told = add_up((group, told) for group, _, told in found)
        lower, upper = share_limits(shares, level, told)
        limits = {"share": shares[0], "lower": lower, "upper": upper, "n_subjects": n_subjects}
        parts.append(labels.assign(strategy=strategy, **limits))
    order = ["strategy", "statistic", "by", "level", "n_total", "share", "lower", "upper", "n_subjects"]
    return pd.concat(parts, ignore_index=True)[order]


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
    members: Sequence[Group], thresholds: Sequence[Threshold], settings: Settings
) -> frozenset[tuple[str, str, str]]:
    """Name the shares of a strategy, by statistic, by and level, that leaving out subjects does not tell the limits of.

    All thresholds together are ``reproducible``.
    """

    def told(group: Group) -> dict[str, BoolArray]:
        found = {one.threshold.statistic: one.told for one in margins(group, thresholds, settings)}
        jointly = np.logical_or.reduce([block.any(axis=1) for block in found.values()])
        return {**found, "reproducible": np.asarray(jointly, dtype=bool)}

    labels, counted = add_up((group, told(group)) for group in members)
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


def _passing(
    group: Group, thresholds: Sequence[Threshold], settings: Settings, drawn: FloatArray
) -> tuple[dict[str, BoolArray], dict[str, BoolArray]]:
    """Tell by statistic which features (and contrasts) pass, as they are, then in each draw; and `Margins.told`."""
    found = {one.threshold.statistic: one for one in margins(group, thresholds, settings)}
    passing = {name: one.drawn(drawn) for name, one in found.items()}
    told = {name: one.told for name, one in found.items()}
    if "icc" in found and "ccc" in found and passing["icc"].shape[1]:
        passing["reproducible"] = np.asarray((passing["icc"] & passing["ccc"]).all(axis=1))
        told["reproducible"] = np.asarray((told["icc"] | told["ccc"]).any(axis=1))
    return passing, told
