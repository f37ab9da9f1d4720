"""Confidence limits of ICC and CCC that do not assume normal features: the jackknife on a logarithmic scale."""

from typing import NamedTuple

import numpy as np
import scipy

from evaluation.reliability.sample import Sample, check_level
from evaluation.reliability.squares import ROUNDING
from harmonize.arrays import BoolArray, FloatArray

CCC_FORM = "ccc"
"""Beside the forms of the ICC: Lin's CCC, or the overall CCC of more than two conditions."""


def jackknife_limits(sample: Sample, form: str, level: float) -> tuple[FloatArray, FloatArray]:
    """Give limits of an agreement coefficient of single conditions.

    Parameters
    ----------
    sample : Sample
        Measurements.
    form : {"1", "A,1", "C,1", "ccc"}
        The coefficient; ``ccc`` of more than two conditions is the overall one.
    level : float
        Confidence level.

    Returns
    -------
    lower, upper : ndarray
        Of the leading shape. 1 and 1 where nothing disagrees; the whole range, from -1/(k-1) (or minus infinity, where
        the coefficient lies below that) to 1, where z has no finite value.

    Notes
    -----
    All four coefficients are (u - 1)/(u + k - 1) with u = N/D, where N and D are sums of the three mean squares (for
    ICC(C,1) u is F), so that z = log(u)/2 takes any value and is Fisher's z for two conditions. The limits are those of
    z carried back:

    - The centre is Tukey's bias-corrected estimate nz - (n-1) mean(z without each subject). Where z is infinite
      without some subject, from which all disagreement comes, subjects are left out to first order, with z as centre.
    - The standard error is the jackknife's over subjects, in which skewness and heavy tails of subjects and errors
      count, but no less than that of normal features with fixed conditions, since few subjects often look more
      regular than they are.
    - Student's t has n - 1 degrees of freedom. The upper limit uses the quantile corrected for the skewness of the
      pseudovalues (Hall 1992) where this is farther out: without subjects of a long tail, both estimate and standard
      error are too small.

    References
    ----------
    Arvesen JN, Schmitz TH. Robust procedures for variance component problems using the jackknife. Biometrics
    1970;26:677-686. Feng D, Baumgartner R, Svetnik V. A short note on jackknifing the concordance correlation
    coefficient. Statistics in Medicine 2014;33:514-516. Hall P. On the removal of skewness by transformation. Journal
    of the Royal Statistical Society B 1992;54:221-228.

    Examples
    --------
    >>> ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> lower, upper = jackknife_limits(Sample.of(ratings), "A,1", 0.95)
    >>> f"{lower:.2f} to {upper:.2f}"
    '-0.04 to 0.70'
    """
    squares, k, used = sample.squares, sample.n_conditions, sample.used
    n = np.maximum(sample.n, 2).astype(np.float64)
    numerator, denominator = _weights(n, k, form)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        top, bottom = (numerator * squares.of_all).sum(axis=0), (denominator * squares.of_all).sum(axis=0)
        slopes = _slopes(squares.of_all, n, k, form)
        z = np.log(top / bottom) / 2
        fewer = (part[..., None] for part in _weights(n - 1, k, form))
        without = np.log(np.divide(*((part * squares.without).sum(axis=0) for part in fewer))) / 2
        infinite = np.asarray(~np.isfinite(np.where(used, without, 0.0)).all(axis=-1))
        straight = z[..., None] - (slopes[..., None] * squares.added).sum(axis=0)
        without = np.where(infinite[..., None], straight, without)
    lower, upper = limits_of_z(Left(z, without, used, infinite), k, level, least_spread(squares.of_all, n, k, form))
    unknown = np.isnan(lower)
    floor = np.where(top >= 0, -1 / (k - 1), -np.inf)
    exact = (bottom == 0) & (top > 0)
    return np.where(exact, 1.0, np.where(unknown, floor, lower)), np.where(exact | unknown, 1.0, upper)


def least_spread(squares: FloatArray, n: FloatArray, k: int, form: str) -> FloatArray:
    """Give the standard error of z of normal features with fixed conditions.

    Parameters
    ----------
    squares : ndarray, shape (3, ...)
        Sums of squares of subjects, residual and conditions.
    n : ndarray
        Number of subjects.
    k : int
        Number of conditions.
    form : str
        As for `jackknife_limits`.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        spread = (_slopes(squares, n, k, form) ** 2 * _variances(squares, n, k, form)).sum(axis=0)
    return np.asarray(np.sqrt(spread))


def _slopes(squares: FloatArray, n: FloatArray, k: int, form: str) -> FloatArray:
    """Give how z changes with each sum of squares."""
    numerator, denominator = _weights(n, k, form)
    top, bottom = (numerator * squares).sum(axis=0), (denominator * squares).sum(axis=0)
    return np.asarray((numerator / top - denominator / bottom) / 2)


class Left(NamedTuple):
    """What z is of all subjects (...), and without each (..., n_subjects).

    Also who counts, and where subjects were left out to first order, so that nothing tells the bias.
    """

    z: FloatArray
    without: FloatArray
    used: BoolArray
    straight: BoolArray


def limits_of_z(left: Left, k: int, level: float, least: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give limits of a coefficient of `k` conditions from its jackknife on the scale of z.

    Parameters
    ----------
    left : Left
        What z is without each subject.
    k : int
        Number of conditions.
    level : float
        Confidence level.
    least : ndarray
        What the standard error is at least.

    Returns
    -------
    lower, upper : ndarray
        Of the leading shape; NaN where the standard error is not finite.
    """
    n = np.maximum(left.used.sum(axis=-1), 2).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mean = np.where(left.used, left.without, 0.0).sum(axis=-1) / n
        pulls = np.where(left.used, mean[..., None] - left.without, 0.0)
        # Of values on a straight line z is the same without whomever, and rounding would pass for skewness.
        pulls[np.abs(pulls) <= ROUNDING * np.abs(mean)[..., None]] = 0.0
        centre = np.where(left.straight, left.z, n * left.z - (n - 1) * mean)
        spread = np.maximum(np.sqrt((n - 1) / n * (pulls**2).sum(axis=-1)), least)
        quantile = scipy.special.stdtrit(n - 1, 0.5 + check_level(level) / 2)
        farther = np.maximum(quantile, -_unskewed(-quantile, pulls, n))
        lower, upper = (_from_z(end, k) for end in (centre - quantile * spread, centre + farther * spread))
    unknown = ~np.isfinite(spread)
    return np.where(unknown, np.nan, lower), np.where(unknown, np.nan, upper)


def without_each(sample: Sample, form: str) -> tuple[FloatArray, FloatArray]:
    """Give an agreement coefficient of all subjects, (...), and without each of them, (..., n_subjects).

    Examples
    --------
    >>> ratings = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    >>> of_all, without = without_each(Sample.of(ratings), "A,1")
    >>> of_fewer, _ = without_each(Sample.of(ratings[1:]), "A,1")
    >>> float(of_all.round(3)), bool(np.isclose(without[0], of_fewer))
    (0.29, True)
    """
    squares, k = sample.squares, sample.n_conditions
    n = np.maximum(sample.n, 2).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        top, bottom = ((part * squares.of_all).sum(axis=0) for part in _weights(n, k, form))
        fewer = (part[..., None] for part in _weights(n - 1, k, form))
        less_top, less_bottom = ((part * squares.without).sum(axis=0) for part in fewer)
        return (top - bottom) / (top + (k - 1) * bottom), (less_top - less_bottom) / (less_top + (k - 1) * less_bottom)


def _weights(n: FloatArray, k: int, form: str) -> tuple[FloatArray, FloatArray]:
    """Give what N and D make of the sums of squares, both (3, ...)."""
    degrees = n - 1
    zero, one = np.zeros_like(n), np.ones_like(n)
    if form == CCC_FORM:
        return np.stack([(k - 1) * one, zero, one]), np.stack([zero, one, one])
    residual, subjects = 1 / (degrees * (k - 1)), 1 / degrees
    if form == "1":
        within = 1 / (n * (k - 1))
        return np.stack([subjects, zero, zero]), np.stack([zero, within, within])
    if form == "C,1":
        return np.stack([subjects, zero, zero]), np.stack([zero, residual, zero])
    conditions = 1 / (n * (k - 1))
    return (
        np.stack([subjects, -residual / n, conditions]),
        np.stack([zero, residual * (1 - 1 / n), conditions]),
    )


def _variances(squares: FloatArray, n: FloatArray, k: int, form: str) -> FloatArray:
    """Give the variances of the sums of squares of normal features whose conditions are fixed."""
    subjects, residual, conditions = squares
    error = residual / ((n - 1) * (k - 1))
    shifted = np.maximum(conditions - (k - 1) * error, 0.0) if form != "1" else 0.0
    return np.stack(
        [2 * subjects**2 / (n - 1), 2 * residual * error, 2 * (k - 1) * error**2 + 4 * error * shifted],
    )


def _unskewed(quantile: FloatArray, pulls: FloatArray, n: FloatArray) -> FloatArray:
    """Give the quantile of a studentized mean of skewed values by inverting Hall's cubic transformation."""
    squares = pulls**2
    second, third = squares.sum(axis=-1) / n, (squares * pulls).sum(axis=-1) / n
    skew = np.nan_to_num(third / second**1.5) / np.sqrt(n)
    straight = np.abs(skew) < 1e-6
    skew = np.where(straight, 1.0, skew)
    curved = 3 / skew * (np.cbrt(1 + skew * (quantile - skew / 6)) - 1)
    return np.where(straight, quantile, curved)


def _from_z(z: FloatArray, k: int) -> FloatArray:
    """Carry log(u)/2 back to the coefficient."""
    less = np.exp(-2 * np.abs(z))
    top, bottom = np.where(z > 0, 1.0, less), np.where(z > 0, less, 1.0)
    return np.asarray((top - bottom) / (top + (k - 1) * bottom), dtype=np.float64)
