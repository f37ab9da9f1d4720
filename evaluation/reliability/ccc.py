"""Lin's concordance correlation with its parts, and its generalization to more than two conditions."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from evaluation.reliability.jackknife_limits import CCC_FORM, jackknife_limits
from evaluation.reliability.sample import Sample, StatusArray, check_level, pair
from evaluation.reliability.statistic import Estimates
from evaluation.reliability.status import Status, first_reason
from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.inputs.configuration import refuse_unknown

CCC_INTERVALS = ("lin", "jackknife")
"""How the limits are computed: for normal features, or for any."""


@dataclass(frozen=True)
class CCCResult(Estimates):
    """Concordance correlations; every array has the leading shape of the values.

    Parameters
    ----------
    estimate, lower, upper, n, status : ndarray
        See `Estimates`.
    precision : ndarray
        Pearson's r.
    accuracy : ndarray
        Bias correction C_b: how far the best line departs from the identity; the estimate is their product.
    scale_shift : ndarray
        SD of y over SD of x.
    location_shift : ndarray
        Mean of y minus mean of x, over the geometric mean of both SDs (n as divisor).
    """

    precision: FloatArray
    accuracy: FloatArray
    scale_shift: FloatArray
    location_shift: FloatArray


@dataclass(frozen=True)
class OverallCCCResult:
    """Overall concordance correlations; every array has the leading shape of the values.

    Parameters
    ----------
    estimate : ndarray
        The coefficient.
    n : ndarray of int
        Subjects used.
    status : ndarray of str
        See `Status`.
    precision, accuracy : ndarray
        Their product is the estimate: weighted mean correlation, and agreement of means and variances.
    """

    estimate: FloatArray
    n: IntArray
    status: StatusArray
    precision: FloatArray
    accuracy: FloatArray


def ccc(x: ArrayLike, y: ArrayLike, level: float = 0.95, interval: str = "lin") -> CCCResult:
    """Compute Lin's concordance correlation of two conditions.

    Parameters
    ----------
    x, y : array_like, shape (..., n_subjects)
        The same subjects under both conditions; leading axes broadcast. A subject with a missing (NaN or
        infinite) value in either drops out of that leading index.
    level : float
        Confidence level of the limits.
    interval : {"lin", "jackknife"}
        Lin's asymptotic variance on Fisher's z scale, which R `epiR` gives; or the limits of `jackknife_limits`, which
        do not assume normal features, as a reliability table has them.

    Returns
    -------
    CCCResult
        Arrays of the leading shape. ``too_few`` below 3 subjects, which the limits need; ``constant`` and
        ``no_subject_variance`` (estimate 0, no limits and no parts) as `Status` describes them.

    Raises
    ------
    ConfigurationError
        When the numbers of subjects differ, the level lies outside (0, 1) or the interval is unknown.

    Notes
    -----
    Variances and the covariance have n as divisor, as in Lin 1989; the variance of z is that of the corrected
    formula (Lin 2000) with n - 2. Of normal features Lin's 95 % limits cover 87-93 % with 6 to 10 subjects, of
    features with a skewness between subjects of 2.3 80-82 % however many subjects there are; the jackknife's cover
    96-98 % and 93-96 % (``tests/benchmarks/bench_limits.py``).

    References
    ----------
    Lin LI. A concordance correlation coefficient to evaluate reproducibility. Biometrics 1989;45:255-268.
    Lin LI. A note on the concordance correlation coefficient. Biometrics 2000;56:324-325. Feng D, Baumgartner R,
    Svetnik V. A short note on jackknifing the concordance correlation coefficient. Statistics in Medicine
    2014;33:514-516.

    Examples
    --------
    Judges 2 and 3 of Shrout and Fleiss' six targets:

    >>> result = ccc([2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4])
    >>> f"{result.estimate:.3f} ({result.lower:.3f} to {result.upper:.3f})"
    '0.511 (0.015 to 0.805)'
    >>> f"precision {result.precision:.3f}, accuracy {result.accuracy:.3f}"
    'precision 0.894, accuracy 0.571'
    """
    return ccc_of(Sample.of(pair(x, y)), level, interval)


def ccc_of(sample: Sample, level: float, interval: str) -> CCCResult:
    """Compute it of a sample of two conditions, which other statistics may share."""
    refuse_unknown([interval], CCC_INTERVALS, "ccc", "unknown interval")
    quantile = scipy.special.ndtri(0.5 + check_level(level) / 2)
    means, covariances = _moments(sample)
    n = sample.n
    variance_x, variance_y, covariance = covariances[..., 0, 0], covariances[..., 1, 1], covariances[..., 0, 1]
    shift = means[..., 1] - means[..., 0]
    flat = (variance_x == 0) | (variance_y == 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = 2 * covariance / (variance_x + variance_y + shift**2)
        precision = np.clip(covariance / np.sqrt(variance_x * variance_y), -1.0, 1.0)
        scale_shift = np.sqrt(variance_y / variance_x)
        location_shift = shift / (variance_x * variance_y) ** 0.25
        accuracy = 2 / (scale_shift + 1 / scale_shift + location_shift**2)
        z = np.arctanh(estimate)
        # Lin's variance of the estimate with estimate/precision written as accuracy, so that precision may be 0.
        squared_shift = location_shift**2
        variance = (
            (1 - precision**2) * accuracy**2 * (1 - estimate**2)
            + 2 * estimate**2 * (1 - estimate) * accuracy * squared_shift
            - 0.5 * estimate**2 * accuracy**2 * squared_shift**2
        ) / np.maximum(n - 2, 1)
        half = quantile * np.sqrt(np.maximum(variance, 0.0)) / (1 - estimate**2)
        half = np.where(np.isinf(z), 0.0, half)
        lower, upper = np.tanh(z - half), np.tanh(z + half)
    if interval == "jackknife":
        lower, upper = jackknife_limits(sample, CCC_FORM, level)

    defined = (n >= 3) & ~sample.constant

    def where_subjects_differ(values: FloatArray) -> FloatArray:
        return np.where(defined & ~flat, values, np.nan)

    return CCCResult(
        estimate=np.where(defined, estimate, np.nan),
        lower=where_subjects_differ(lower),
        upper=where_subjects_differ(upper),
        n=n,
        status=_status(sample, flat),
        precision=where_subjects_differ(precision),
        accuracy=where_subjects_differ(accuracy),
        scale_shift=where_subjects_differ(scale_shift),
        location_shift=where_subjects_differ(location_shift),
    )


def overall_ccc(values: ArrayLike) -> OverallCCCResult:
    """Compute the overall concordance correlation of two or more conditions.

    It is the mean of the pairwise concordance correlations, weighted by their denominators, and equals `ccc`
    for two conditions. It has no limits of its own here: bootstrap the subjects.

    Parameters
    ----------
    values : array_like, shape (..., n_subjects, n_conditions)
        A subject with a missing (NaN or infinite) value under any condition drops out of that leading index.

    Returns
    -------
    OverallCCCResult
        Arrays of the leading shape; statuses as for `ccc`, where ``no_subject_variance`` means that subjects
        differ under no condition or under one only.

    Raises
    ------
    ConfigurationError
        For fewer than two conditions.

    References
    ----------
    Barnhart HX, Haber M, Song J. Overall concordance correlation coefficient for evaluating agreement among
    multiple observers. Biometrics 2002;58:1020-1027. King TS, Chinchilli VM. A generalized concordance
    correlation coefficient for continuous and categorical data. Statistics in Medicine 2001;20:2131-2147.

    Examples
    --------
    >>> result = overall_ccc([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    >>> f"{result.estimate:.3f} = {result.precision:.3f} x {result.accuracy:.3f}"
    '0.254 = 0.755 x 0.336'
    """
    sample = Sample.of(values)
    means, covariances = _moments(sample)
    first, second = np.triu_indices(sample.n_conditions, 1)
    variances = np.diagonal(covariances, axis1=-2, axis2=-1)
    joint = covariances[..., first, second].sum(axis=-1)
    spread = np.sqrt(variances[..., first] * variances[..., second]).sum(axis=-1)
    shift = means[..., first] - means[..., second]
    disagreement = (variances[..., first] + variances[..., second] + shift**2).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate, precision, accuracy = 2 * joint / disagreement, joint / spread, 2 * spread / disagreement
    defined = (sample.n >= 3) & ~sample.constant
    flat = spread == 0
    return OverallCCCResult(
        estimate=np.where(defined, estimate, np.nan),
        n=sample.n,
        status=_status(sample, flat),
        precision=np.where(defined & ~flat, precision, np.nan),
        accuracy=np.where(defined & ~flat, accuracy, np.nan),
    )


def _status(sample: Sample, flat: BoolArray) -> StatusArray:
    return first_reason(
        {Status.TOO_FEW: sample.n < 3, Status.CONSTANT: sample.constant, Status.NO_SUBJECT_VARIANCE: flat}
    )


def _moments(sample: Sample) -> tuple[FloatArray, FloatArray]:
    """Give means (..., k) and covariances (..., k, k) with divisor n; variances of mere rounding are zero."""
    n = np.maximum(sample.n, 1)
    means = sample.values.sum(axis=-2) / n[..., None]
    deviations = np.where(sample.used[..., None], sample.values - means[..., None, :], 0.0)
    products = np.swapaxes(deviations, -1, -2) @ deviations
    squares = np.diagonal(products, axis1=-2, axis2=-1)
    varies = squares > (n * sample.negligible**2)[..., None]
    products = np.where(varies[..., :, None] & varies[..., None, :], products, 0.0)
    return means, products / n[..., None, None]
