"""Equivalence of two conditions in the mean, by two one-sided tests against margins that are stated."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike

from evaluation.claims.margin import EquivalenceMargin
from evaluation.reliability.sample import StatusArray, complete, pair, to_unit
from evaluation.reliability.status import Status, first_reason
from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.inputs.limits import Bounds

Verdict = Literal["yes", "no", "not shown"]
ROUNDING = 1e-13
"""Of a mean: what is less is rounding."""
LEAST = 3
"""Subjects, below which a standard deviation of differences tells nothing."""


@dataclass(frozen=True)
class EquivalenceResult:
    """How far two conditions differ in the mean; every array has the leading shape of the values.

    Parameters
    ----------
    difference, lower, upper : ndarray
        Mean of y minus that of x with limits of level 1 - 2 alpha: in units of the feature, or as a fraction of the
        mean of x (of geometric means on the logarithmic scale) where the margin is one.
    margin_lower, margin_upper : ndarray
        Between which the difference counts as none, in the same unit.
    p : ndarray
        Of the null hypothesis that the difference is at a margin or beyond: the larger of two one-sided p.
    p_beyond : ndarray
        Of the null hypothesis that it is at a margin or within.
    n : ndarray of int
        Subjects with both conditions.
    status : ndarray of str
        See `Status`.
    """

    difference: FloatArray
    lower: FloatArray
    upper: FloatArray
    margin_lower: FloatArray
    margin_upper: FloatArray
    p: FloatArray
    p_beyond: FloatArray
    n: IntArray
    status: StatusArray


def equivalence(
    x: ArrayLike, y: ArrayLike, margin: EquivalenceMargin, *, error: ArrayLike | None = None, alpha: float = 0.05
) -> EquivalenceResult:
    """Test whether the means of two conditions of the same subjects differ by less than a margin.

    Parameters
    ----------
    x, y : array_like, shape (..., n_subjects)
        The reference and another condition. A subject with a missing value in either drops out.
    margin : EquivalenceMargin
        What counts as no difference; there is no default.
    error : array_like or None
        Where the margin is a multiple of a measurement error: that of each leading index, on the scale of the margin.
    alpha : float
        Level of each one-sided test.

    Returns
    -------
    EquivalenceResult
        ``too_few`` below 3 subjects; ``constant`` where no subject differs from another under either condition, which
        leaves nothing to test by; ``no_logarithm`` for values of both signs, or zero, on the logarithmic scale;
        ``near_zero_mean`` for a fraction of a mean that does not differ from zero at the level of the limits;
        ``undefined`` without an error.

    Raises
    ------
    ConfigurationError
        When the numbers of subjects differ, or alpha lies outside (0, .5).

    Notes
    -----
    For a margin in units of the feature, or of its logarithm, these are paired t tests of the mean difference against
    both margins (Schuirmann 1987). For a fraction of the mean of x, the two tests are of y - (1 + m) x, with Fieller's
    limits, so that the estimated mean is no fixed number. Equivalent at the level alpha are conditions whose limits lie
    within the margins. Where the differences of all subjects are equal, as those of shapes under one mask, p is 0 or 1.

    References
    ----------
    Schuirmann DJ. A comparison of the two one-sided tests procedure and the power approach for assessing the
    equivalence of average bioavailability. Journal of Pharmacokinetics and Biopharmaceutics 1987;15:657-680. Fieller
    EC. Some problems in interval estimation. Journal of the Royal Statistical Society B 1954;16:175-185.

    Examples
    --------
    >>> x = np.array([10.0, 12.0, 9.0, 14.0, 11.0, 13.0])
    >>> found = equivalence(x, x + [0.1, -0.2, 0.1, 0.0, 0.3, -0.1], EquivalenceMargin.parse("10%"))
    >>> f"{found.difference:.3f} ({found.lower:.3f} to {found.upper:.3f}), p = {found.p:.5f}"
    '0.003 (-0.009 to 0.017), p = 0.00016'
    """
    Bounds(above=0, below=0.5).check("alpha", alpha)
    both = pair(x, y)
    used = complete(both)
    n = np.asarray(used.sum(axis=-1))
    both = np.where(used[..., None], both, 0.0)
    none = np.zeros(n.shape, dtype=bool)
    if margin.log:
        none = _no_logarithm(both, used)
        with np.errstate(divide="ignore", invalid="ignore"):
            both = np.where(used[..., None] & ~none[..., None, None], np.log(np.abs(both)), 0.0)
    low, high = margin.ends(np.ones(n.shape) if error is None else np.asarray(error, dtype=np.float64))
    fraction = margin.unit == "%" and not margin.log
    both, exponent = to_unit(both)
    unit = np.zeros_like(exponent) if fraction else exponent
    low, high = np.ldexp(low, -unit), np.ldexp(high, -unit)
    count = np.maximum(n, 2)
    quantile = scipy.special.stdtrit(count - 1, 1 - alpha)
    means, moments = _moments(both, used, count)
    first, second = (_statistic(means, moments, end, fraction) for end in (low, high))
    if fraction:
        lower, upper, unbounded = _fieller(means, moments, quantile)
        difference = means[1] / np.where(means[0] == 0, np.nan, means[0]) - 1
    else:
        difference = means[1] - means[0]
        half = quantile * np.sqrt(np.maximum(moments[0] + moments[1] - 2 * moments[2], 0.0))
        lower, upper, unbounded = difference - half, difference + half, none
    if fraction:  # a negative mean turns the sides around
        turned = means[0] < 0
        first, second = np.where(turned, -first, first), np.where(turned, -second, second)
    p = np.maximum(scipy.special.stdtr(count - 1, -first), scipy.special.stdtr(count - 1, second))
    beyond = 2 * np.minimum(scipy.special.stdtr(count - 1, first), scipy.special.stdtr(count - 1, -second))
    known = np.isfinite(low) & np.isfinite(high) & (high > low)
    status = first_reason(
        {
            Status.TOO_FEW: n < LEAST,
            Status.NO_LOGARITHM: none,
            Status.UNDEFINED: ~known,
            Status.CONSTANT: np.asarray((moments[:2] <= (ROUNDING * means) ** 2).all(axis=0)),
            Status.NEAR_ZERO_MEAN: unbounded,
        }
    )
    gone = status != Status.OK
    ends = [np.ldexp(one, unit) for one in (difference, lower, upper, low, high)]
    carried = [np.expm1(one) if margin.log else one for one in ends]
    taken = [np.where(gone, np.nan, one) for one in (*carried, p, np.minimum(beyond, 1.0))]
    return EquivalenceResult(taken[0], taken[1], taken[2], taken[3], taken[4], taken[5], taken[6], n, status)


def _no_logarithm(both: FloatArray, used: BoolArray) -> BoolArray:
    least = np.where(used[..., None], both, np.inf).min(axis=(-2, -1), initial=np.inf)
    most = np.where(used[..., None], both, -np.inf).max(axis=(-2, -1), initial=-np.inf)
    return np.asarray((least <= 0) & (most >= 0))


def _moments(both: FloatArray, used: BoolArray, n: IntArray) -> tuple[FloatArray, FloatArray]:
    """Give both means, (2, ...), and variances and covariance of the means, (3, ...)."""
    means = both.sum(axis=-2) / n[..., None]
    centred = np.where(used[..., None], both - means[..., None, :], 0.0)
    x, y = centred[..., 0], centred[..., 1]
    scale = (n * (n - 1)).astype(np.float64)
    squares = np.stack([(one * other).sum(axis=-1) / scale for one, other in ((x, x), (y, y), (x, y))])
    return np.moveaxis(means, -1, 0), squares


def _statistic(means: FloatArray, moments: FloatArray, end: FloatArray, fraction: bool) -> FloatArray:
    """Give Student's t of the difference from a margin."""
    factor = 1 + end if fraction else np.ones_like(end)
    away = means[1] - factor * means[0] - (0.0 if fraction else end)
    variance = moments[1] - 2 * factor * moments[2] + factor**2 * moments[0]
    # What is left of equal differences is rounding.
    rounding = ROUNDING * (np.abs(means).max(axis=0) + np.sqrt(moments[:2]).max(axis=0))
    away = np.where(np.abs(away) <= rounding, 0.0, away)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = away / np.sqrt(np.where(variance <= rounding**2, 0.0, variance))
    return np.where(away == 0, 0.0, t)


def _fieller(means: FloatArray, moments: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Give limits of the ratio of means less 1, and where there are none."""
    a = means[0] ** 2 - t**2 * moments[0]
    b = means[0] * means[1] - t**2 * moments[2]
    c = means[1] ** 2 - t**2 * moments[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(np.maximum(b**2 - a * c, 0.0))
        return (b - root) / a - 1, (b + root) / a - 1, np.asarray(~(a > 0))
