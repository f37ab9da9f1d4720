"""Intervals by resampling subjects, for any statistic."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from evaluation.reliability.jackknife import jackknife
from evaluation.reliability.sample import FloatArray, IntArray, as_measurements, check_level
from harmonize.errors import ConfigurationError

Statistic = Callable[[FloatArray], ArrayLike]
"""Maps values of shape (..., n_subjects, n_conditions) to an array of any shape; NaN where it has no value."""

Method = Literal["percentile", "bca", "jackknife"]


@dataclass(frozen=True)
class BootstrapResult:
    """Bootstrap intervals; every array has the shape of the statistic.

    Parameters
    ----------
    estimate : ndarray
        The statistic of the subjects as they are.
    lower, upper : ndarray
        Limits; NaN where the estimate is NaN, where fewer than half of the resamples have a value (for the
        jackknife: any has none), or where ``bca`` is undefined because all resamples lie on one side of the
        estimate.
    n_valid : ndarray of int
        Resamples with a value; the others (all subjects drawn equal, say) are left out.
    n_resamples : int
        Resamples drawn; for the jackknife the number of subjects.
    """

    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray
    n_valid: IntArray
    n_resamples: int


def bootstrap(
    statistic: Statistic,
    values: ArrayLike,
    *,
    level: float = 0.95,
    method: Method = "percentile",
    n_resamples: int = 2000,
    seed: int = 0,
) -> BootstrapResult:
    """Resample subjects to get intervals of any statistic.

    A subject is drawn with all that belongs to it: the same draw applies to every leading index (features, ROIs,
    sequences), whose measurements of a subject are not independent.

    Parameters
    ----------
    statistic : callable
        Maps values to an array: per feature, such as ``lambda v: icc(v, level=None).estimate``, or over features,
        such as a share.
    values : array_like, shape (..., n_subjects, n_conditions)
        Measurements, NaN where missing.
    level : float
        Confidence level.
    method : {"percentile", "bca", "jackknife"}
        Percentiles of the resamples; the same moved by bias and acceleration; or no random resamples at all but
        each subject left out once: estimate -+ Student's t on n - 1 degrees of freedom times the jackknife's
        standard error.
    n_resamples : int
        Number of resamples; the memory needed is that times the size of the statistic.
    seed : int
        Makes the resamples repeatable.

    Returns
    -------
    BootstrapResult
        Limits in arrays of the shape of the statistic.

    Raises
    ------
    ConfigurationError
        For fewer than 2 subjects, an unknown method, a level outside (0, 1) or fewer than 100 resamples.

    Notes
    -----
    Resamples repeat subjects, which lowers an ICC and moves the share of features above a threshold; the interval
    can lie beside the estimate when that bias exceeds the spread. In simulations of 93 correlated features and 17
    subjects the jackknife covered the expected share in 96 %, percentiles in 91 % and BCa in 83 % (nominal 95 %), but
    is too wide, and absent at 0 and 1: prefer `share_intervals`. For the ICC of one feature of 17 subjects all three
    cover 89-92 %: prefer the limits of `icc`. The jackknife suits smooth statistics and averages over many features,
    not the median of a few.

    References
    ----------
    Efron B. Better bootstrap confidence intervals. Journal of the American Statistical Association 1987;82:171-185.
    Efron B, Tibshirani RJ. An Introduction to the Bootstrap. Chapman & Hall 1993, chapters 11, 13 and 14.

    Examples
    --------
    >>> from evaluation.reliability.icc import icc
    >>> rng = np.random.default_rng(0)
    >>> values = rng.normal(size=(17, 1)) + 0.3 * rng.normal(size=(17, 2))
    >>> result = bootstrap(lambda v: icc(v, level=None).estimate, values)
    >>> f"{result.estimate:.2f} ({result.lower:.2f} to {result.upper:.2f})"
    '0.91 (0.74 to 0.96)'
    """
    raw = as_measurements(values)
    return bootstrap_subjects(
        lambda subjects: statistic(raw[..., subjects, :]),
        raw.shape[-2],
        level=level,
        method=method,
        n_resamples=n_resamples,
        seed=seed,
    )


def bootstrap_subjects(
    evaluate: Callable[[IntArray], ArrayLike],
    n_subjects: int,
    *,
    level: float = 0.95,
    method: Method = "percentile",
    n_resamples: int = 2000,
    seed: int = 0,
) -> BootstrapResult:
    """Resample subjects for a statistic of measurements that do not fit one array.

    Parameters
    ----------
    evaluate : callable
        Maps positions of subjects, which may repeat, to the statistic of those subjects.
    n_subjects : int
        How many subjects there are to draw from.
    level, method, n_resamples, seed
        As for `bootstrap`.

    Returns
    -------
    BootstrapResult
        Limits in arrays of the shape of the statistic.

    Raises
    ------
    ConfigurationError
        As for `bootstrap`.

    Examples
    --------
    >>> liver, spleen = np.arange(17.0), np.arange(17.0) ** 2
    >>> ratio = bootstrap_subjects(lambda drawn: spleen[drawn].sum() / liver[drawn].sum(), 17)
    >>> f"{ratio.estimate:.1f} ({ratio.lower:.1f} to {ratio.upper:.1f})"
    '11.0 (8.7 to 12.7)'
    """
    n, tail = n_subjects, (1 - check_level(level)) / 2
    if n < 2:
        raise ConfigurationError(f"bootstrap: {n} subjects, expected at least 2 to draw from")
    if method not in ("percentile", "bca", "jackknife"):
        raise ConfigurationError(f"bootstrap: unknown method '{method}'; known are: percentile, bca, jackknife")
    check_number("bootstrap: n_resamples", n_resamples)

    def at(subjects: IntArray) -> FloatArray:
        return np.asarray(evaluate(subjects), dtype=np.float64)

    everybody = np.arange(n)
    estimate = at(everybody)
    if method != "percentile":
        left_out = np.stack([at(np.delete(everybody, index)) for index in range(n)])
    if method == "jackknife":
        n_valid = np.asarray(np.isfinite(left_out).sum(axis=0))
        result = jackknife(estimate, left_out, level)
        return BootstrapResult(estimate, result.lower, result.upper, n_valid, n)
    rng = np.random.default_rng(seed)
    resampled = np.stack([at(draw) for draw in rng.integers(n, size=(n_resamples, n))])
    levels = everywhere([tail, 1 - tail], estimate)
    if method == "bca":
        levels = _corrected(levels, estimate, resampled, left_out)
    n_valid = np.asarray(np.isfinite(resampled).sum(axis=0))
    lower, upper = quantiles(resampled, levels, n_valid)
    unusable = np.isnan(estimate) | (n_valid < n_resamples / 2)
    lower, upper = np.where(unusable, np.nan, lower), np.where(unusable, np.nan, upper)
    return BootstrapResult(estimate, lower, upper, n_valid, n_resamples)


def check_number(what: str, number: int) -> None:
    """Raise a `ConfigurationError` for a number of draws too small to tell a tail."""
    if number < 100:
        raise ConfigurationError(f"{what} is {number}, expected at least 100")


def everywhere(levels: list[float], estimate: FloatArray) -> FloatArray:
    """Repeat levels over the shape of the statistic, along a new first axis."""
    return np.multiply.outer(levels, np.ones(estimate.shape))


def _corrected(levels: FloatArray, estimate: FloatArray, resampled: FloatArray, left_out: FloatArray) -> FloatArray:
    """Move the percentiles by bias and acceleration (Efron's BCa); NaN where the bias is not finite."""
    valid = np.maximum(np.isfinite(resampled).sum(axis=0), 1)
    # Ties count half: shares take few values.
    below = ((resampled < estimate).sum(axis=0) + (resampled == estimate).sum(axis=0) / 2) / valid
    deviation = left_out.mean(axis=0) - left_out
    squares, cubes = (deviation**2).sum(axis=0), (deviation**3).sum(axis=0)
    acceleration = np.divide(cubes, 6 * squares**1.5, out=np.zeros_like(squares), where=squares > 0)
    bias = ndtri(below)
    with np.errstate(invalid="ignore"):
        shifted = bias + ndtri(levels)
        corrected = ndtr(bias + shifted / (1 - acceleration * shifted))
    return np.where(np.isfinite(bias), corrected, np.nan)


def quantiles(draws: FloatArray, levels: FloatArray, valid: IntArray) -> FloatArray:
    """Take a quantile of its own at every place; draws without a value are left out (linear rule)."""
    # NaN is sorted to the end, behind the draws that count.
    ordered = np.sort(np.where(np.isfinite(draws), draws, np.nan), axis=0)
    position = np.where(np.isfinite(levels), levels, 0.0) * np.maximum(valid - 1, 0)
    low = np.floor(position).astype(np.intp)
    high = np.minimum(low + 1, np.maximum(valid - 1, 0))
    at_low, at_high = np.take_along_axis(ordered, low, axis=0), np.take_along_axis(ordered, high, axis=0)
    return np.where(np.isfinite(levels), at_low + (position - low) * (at_high - at_low), np.nan)
