"""Whether the measurement error of a feature changes with its value."""

from functools import lru_cache

import numpy as np
import scipy
from numpy.typing import ArrayLike

from evaluation.reliability.sample import Sample
from evaluation.reliability.statistic import Estimates
from evaluation.reliability.status import Status, first_reason
from harmonize.arrays import BoolArray, FloatArray, IntArray

LEAST = 4
"""Subjects, below which no order of them is unlikely enough to tell anything."""

EXACT = 33
"""Subjects without ties up to which p is exact, as in scipy."""


def error_trend(values: ArrayLike) -> tuple[Estimates, FloatArray]:
    """Test whether subjects with larger values have larger errors: Kendall's tau of their SD and of their mean's size.

    Parameters
    ----------
    values : array_like, shape (..., n_subjects, n_conditions)
        A subject with a missing (NaN or infinite) value under any condition drops out of that leading index. With two
        conditions the SD is the magnitude of the difference over √2.

    Returns
    -------
    estimates : Estimates
        Kendall's tau-b, without limits. ``too_few`` below 4 subjects; ``constant`` where nothing varies;
        ``undefined`` where all means, or all SDs, are equal.
    p : ndarray
        Two-sided: exact without ties and up to 33 subjects, else by the normal approximation. NaN without an estimate.

    References
    ----------
    Bland JM, Altman DG. Measurement error. BMJ 1996;313:744; Measurement error proportional to the mean. BMJ
    1996;313:106. Kendall MG. Rank Correlation Methods. Griffin 1970.

    Examples
    --------
    >>> found, p = error_trend([[10.0, 11.0], [21.0, 19.0], [30.0, 33.0], [41.0, 37.0], [50.0, 55.0]])
    >>> f"tau {found.estimate:.1f}, p = {p:.3f}"
    'tau 1.0, p = 0.017'
    """
    sample = Sample.of(values)
    zero = sample.centre / np.where(sample.scale == 0, 1.0, sample.scale)
    level = np.abs(sample.values.mean(axis=-1) + zero[..., None])
    sds = np.std(sample.values, axis=-1)
    # Rounding must not order subjects that are equal.
    level, sds = (np.round(one / np.maximum(sample.negligible, 1e-300)[..., None]) for one in (level, sds))
    tau, p = _kendall(level, sds, sample.used, sample.n)
    few = sample.n < LEAST
    gone = few | sample.constant
    status = first_reason({Status.TOO_FEW: few, Status.CONSTANT: sample.constant, Status.UNDEFINED: np.isnan(tau)})
    none = np.full(tau.shape, np.nan)
    return Estimates(np.where(gone, np.nan, tau), none, none, sample.n, status), np.where(gone, np.nan, p)


def _kendall(x: FloatArray, y: FloatArray, used: BoolArray, n: IntArray) -> tuple[FloatArray, FloatArray]:
    """Give tau-b and its two-sided p for every leading index: scipy's takes a millisecond for each."""
    shape = n.shape
    score, x_ties, y_ties = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    x_size, y_size = np.ones(used.shape), np.ones(used.shape)  # of the tie that each subject belongs to
    for first in range(used.shape[-1] - 1):
        both = used[..., first, None] & used[..., first + 1 :]
        left, right = (np.sign(one[..., first + 1 :] - one[..., first, None]) for one in (x, y))
        score += np.where(both, left * right, 0.0).sum(axis=-1)
        for signs, ties, size in ((left, x_ties, x_size), (right, y_ties, y_size)):
            tied = both & (signs == 0)
            ties += tied.sum(axis=-1)
            size[..., first] += tied.sum(axis=-1)
            size[..., first + 1 :] += tied
    pairs = n * (n - 1) / 2.0
    with np.errstate(divide="ignore", invalid="ignore"):
        tau = score / np.sqrt((pairs - x_ties) * (pairs - y_ties))
        spread = np.sqrt(_variance(n, *(np.where(used, size, 1.0) for size in (x_size, y_size))))
        p = 2 * scipy.special.ndtr(-np.abs(score) / spread)
    exact = (x_ties == 0) & (y_ties == 0) & (n <= EXACT) & (n >= 2)
    for count in np.unique(n[exact]):
        which = exact & (n == count)
        p = np.where(which, _exact(int(count))[np.where(which, np.abs(score), 0).astype(int)], p)
    return tau, np.where(np.isnan(tau), np.nan, np.minimum(p, 1.0))


def _variance(n: IntArray, x_size: FloatArray, y_size: FloatArray) -> FloatArray:
    """Give the variance of the score where ties are as they are (Kendall 1970); sums over subjects, not over ties."""
    count = n.astype(np.float64)

    def over(one: FloatArray, factors: FloatArray) -> FloatArray:
        return np.asarray(((one - 1) * factors).sum(axis=-1))

    whole = count * (count - 1) * (2 * count + 5)
    first = (whole - over(x_size, 2 * x_size + 5) - over(y_size, 2 * y_size + 5)) / 18
    triples = over(x_size, x_size - 2) * over(y_size, y_size - 2) / (9 * count * (count - 1) * (count - 2))
    doubles = over(x_size, np.ones_like(x_size)) * over(y_size, np.ones_like(y_size)) / (2 * count * (count - 1))
    return np.asarray(first + triples + doubles)


@lru_cache(maxsize=EXACT)
def _exact(n: int) -> FloatArray:
    """Give P(|score| at least s) by s, from 0 to the number of pairs, for orders that are all as likely."""
    ways = np.ones(1)
    for size in range(2, n + 1):  # inversions that the next subject adds: 0 to size - 1
        ways = np.convolve(ways, np.full(size, 1 / size))
    scores = np.abs(np.arange(len(ways)) * 2 - (len(ways) - 1))
    mass = np.bincount(scores, weights=ways, minlength=len(ways))
    return np.asarray(np.cumsum(mass[::-1])[::-1], dtype=np.float64)
