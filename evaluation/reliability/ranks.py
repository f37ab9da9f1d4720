"""Rank tests of conditions on the same subjects, for every feature at once."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from evaluation.reliability.sample import StatusArray, as_measurements, complete, pair
from evaluation.reliability.squares import ROUNDING
from evaluation.reliability.status import Status, first_reason
from harmonize.arrays import FloatArray, IntArray
from harmonize.errors import ConfigurationError

EXACT_UP_TO = 50
"""Subjects that differ, up to which the null distribution of the signed ranks is counted out."""


@dataclass(frozen=True)
class RankTest:
    """A rank test; every array has the leading shape of the values.

    Parameters
    ----------
    statistic, p : ndarray
        Test statistic and two-sided p; NaN under any status but ``ok``.
    n : ndarray of int
        Subjects used.
    status : ndarray of str
        See `Status`.
    """

    statistic: FloatArray
    p: FloatArray
    n: IntArray
    status: StatusArray


def friedman(values: ArrayLike) -> RankTest:
    """Test whether any condition differs, by ranks within subjects.

    Parameters
    ----------
    values : array_like, shape (..., n_subjects, n_conditions)
        At least 3 conditions. A subject with a missing value drops out of that leading index.

    Returns
    -------
    RankTest
        Chi-square with n_conditions - 1 degrees of freedom, corrected for ties; ``too_few`` below 2 subjects,
        ``constant`` where all ranks are tied.

    Raises
    ------
    ConfigurationError
        For fewer than 3 conditions.

    References
    ----------
    Friedman M. The use of ranks to avoid the assumption of normality implicit in the analysis of variance. Journal
    of the American Statistical Association 1937;32:675-701.

    Examples
    --------
    >>> result = friedman([[1.0, 2.0, 3.0], [2.0, 3.0, 5.0], [1.0, 4.0, 6.0], [3.0, 4.0, 4.5]])
    >>> f"{result.statistic:.1f}, p = {result.p:.3f}"
    '8.0, p = 0.018'
    """
    ranks, n = centred_ranks(values, "friedman", "conditions")
    k = ranks.shape[-1]
    # Total variation of the ranks, which ties reduce.
    variation = (ranks**2).sum(axis=(-2, -1))
    status = first_reason({Status.TOO_FEW: n < 2, Status.CONSTANT: variation == 0})
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = (k - 1) * (ranks.sum(axis=-2) ** 2).sum(axis=-1) / variation
    statistic = np.where(status == Status.OK, statistic, np.nan)
    return RankTest(statistic, scipy.special.chdtrc(k - 1, statistic), n, status)


def centred_ranks(values: ArrayLike, name: str, columns: str) -> tuple[FloatArray, IntArray]:
    """Rank the values of each subject, less the mean rank.

    Parameters
    ----------
    values : array_like, shape (..., n_subjects, n_columns)
        Of at least 3 columns.
    name, columns : str
        The test that asks, and what it calls columns, for messages.

    Returns
    -------
    ranks : ndarray
        Of the shape of the values; tied values share their mean rank. 0 for a subject who lacks a value.
    n : ndarray of int
        Subjects used.
    """
    raw = as_measurements(values)
    k = raw.shape[-1]
    if k < 3:
        raise ConfigurationError(f"{name}: found {k} {columns}, expected at least 3; use wilcoxon for 2")
    used = complete(raw)
    kept = np.where(used[..., None], raw, 0.0)
    ranks = ranks_of(kept, ROUNDING * np.abs(kept).max(axis=-1, keepdims=True)) - (k + 1) / 2
    return np.where(used[..., None], ranks, 0.0), np.asarray(used.sum(axis=-1))


def wilcoxon(x: ArrayLike, y: ArrayLike) -> RankTest:
    """Test whether two conditions differ, by the signed ranks of their differences.

    Parameters
    ----------
    x, y : array_like, shape (..., n_subjects)
        The same subjects under both conditions; leading axes broadcast. A subject with a missing value in either
        drops out of that leading index.

    Returns
    -------
    RankTest
        The smaller sum of ranks; differences of zero are left out, tied ones share their mean rank. Where up to 50
        subjects differ, p is the share of all ways to give the ranks their signs whose smaller sum is no larger: exact
        with ties and zeros too, and never below 2 / 2^n. Beyond, the normal approximation. ``too_few`` without any
        subject, ``constant`` where no subject differs.

    Raises
    ------
    ConfigurationError
        When the numbers of subjects differ.

    References
    ----------
    Wilcoxon F. Individual comparisons by ranking methods. Biometrics Bulletin 1945;1:80-83.
    Streitberg B, Röhmel J. Exact distributions for permutation and rank tests. Statistical Software Newsletter
    1986;12:10-17 (the shift algorithm, which counts with ties).

    Examples
    --------
    >>> result = wilcoxon([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.5, 2.7, 3.1, 4.9, 5.2, 6.3])
    >>> f"{result.statistic:.0f}, p = {result.p:.5f}"
    '0, p = 0.03125'
    """
    raw = pair(x, y)
    used = complete(raw)
    n = np.asarray(used.sum(axis=-1))
    kept = np.where(used[..., None], raw, 0.0)
    difference = kept[..., 1] - kept[..., 0]
    negligible = ROUNDING * np.abs(kept).max(axis=-1)
    differs = np.abs(difference) > negligible
    m = np.asarray(differs.sum(axis=-1))
    # Whoever does not count ranks last and weighs nothing.
    ranks = ranks_of(np.where(differs, np.abs(difference), np.inf), negligible)
    positive = np.where(differs & (difference > 0), ranks, 0.0).sum(axis=-1)
    total = m * (m + 1) / 2
    statistic = np.minimum(positive, total - positive)
    kept_ranks = np.where(differs, ranks, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * scipy.special.ndtr((statistic - total / 2) / np.sqrt((kept_ranks**2).sum(axis=-1) / 4))
    exact = np.asarray((m > 0) & (m <= EXACT_UP_TO))
    p = np.array(p)
    p[exact] = _exact_p(statistic[exact], kept_ranks[exact])
    status = first_reason({Status.TOO_FEW: n < 1, Status.CONSTANT: m == 0})
    defined = status == Status.OK
    return RankTest(np.where(defined, statistic, np.nan), np.where(defined, np.minimum(p, 1.0), np.nan), n, status)


def ranks_of(values: FloatArray, negligible: FloatArray) -> FloatArray:
    """Rank along the last axis; values that differ by rounding share their mean rank, as equal ones do.

    Parameters
    ----------
    values : ndarray, shape (..., n)
    negligible : ndarray, broadcast to values
        Differences from the next smaller value up to this are rounding.

    Examples
    --------
    >>> ranks_of(np.array([0.1 + 0.2, 0.3, 0.5]), np.array([1e-15]))
    array([1.5, 1.5, 3. ])
    """
    order = np.argsort(values, axis=-1, kind="stable")
    ascending = np.take_along_axis(values, order, axis=-1)
    if np.shape(negligible)[-1:] == values.shape[-1:]:
        negligible = np.take_along_axis(np.broadcast_to(negligible, values.shape), order, axis=-1)[..., 1:]
    with np.errstate(invalid="ignore"):
        apart = np.diff(ascending, axis=-1) > negligible  # infinite ones are not
    place = np.arange(1.0, values.shape[-1] + 1)
    ranks = np.broadcast_to(place, values.shape)
    if not apart.all():
        edge = np.ones((*values.shape[:-1], 1), dtype=bool)
        first = np.maximum.accumulate(np.where(np.concatenate([edge, apart], axis=-1), place, 0.0), axis=-1)
        ends = np.where(np.concatenate([apart, edge], axis=-1), place, np.inf)
        ranks = (first + np.minimum.accumulate(ends[..., ::-1], axis=-1)[..., ::-1]) / 2
    out = np.empty(values.shape)
    np.put_along_axis(out, order, ranks, axis=-1)
    return out


def _exact_p(statistic: FloatArray, ranks: FloatArray) -> FloatArray:
    """Count the ways to sign ranks, zeros among them weigh nothing, with a sum as small, on either side."""
    # Mean ranks are halves: twice them are whole numbers. Most features share the pattern without ties.
    doubled = np.sort(np.rint(2 * ranks).astype(np.int64), axis=-1)
    patterns, of_pattern = np.unique(doubled, axis=0, return_inverse=True)
    of_pattern = of_pattern.reshape(-1)
    p = np.ones(len(doubled))
    for number, pattern in enumerate(patterns):
        ways = np.ones(1)
        for rank in pattern[pattern > 0]:
            ways = np.pad(ways, (0, rank)) + np.pad(ways, (rank, 0))
        below = np.cumsum(ways) / ways.sum()
        rows = of_pattern == number
        p[rows] = 2 * below[np.rint(2 * statistic[rows]).astype(np.int64)]
    return p
