"""Bland and Altman's limits of agreement."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from evaluation.reliability.sample import Sample, StatusArray, check_level, pair
from evaluation.reliability.status import Status, first_reason
from harmonize.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class LimitsOfAgreement:
    """Bland and Altman's limits; every array has the leading shape of the values and the units of the feature.

    Parameters
    ----------
    bias, bias_lower, bias_upper : ndarray
        Mean of y - x with its confidence limits.
    sd : ndarray
        Standard deviation of the differences.
    lower, upper : ndarray
        Limits of agreement, bias -+ 1.96 SD.
    lower_interval, upper_interval : ndarray, shape (..., 2)
        Confidence limits of each limit of agreement.
    n : ndarray of int
        Subjects used.
    status : ndarray of str
        See `Status`.
    """

    bias: FloatArray
    bias_lower: FloatArray
    bias_upper: FloatArray
    sd: FloatArray
    lower: FloatArray
    upper: FloatArray
    lower_interval: FloatArray
    upper_interval: FloatArray
    n: IntArray
    status: StatusArray


def limits_of_agreement(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> LimitsOfAgreement:
    """Compute Bland and Altman's 95 % limits of agreement of two conditions.

    Parameters
    ----------
    x, y : array_like, shape (..., n_subjects)
        The same subjects under both conditions; leading axes broadcast. A subject with a missing (NaN or
        infinite) value in either drops out of that leading index. Differences are y - x.
    level : float
        Confidence level of the intervals around bias and limits; the limits themselves are always bias -+ 1.96 SD.

    Returns
    -------
    LimitsOfAgreement
        ``too_few`` below 2 subjects; ``constant`` (estimates given) where x and y never vary.

    Raises
    ------
    ConfigurationError
        When the numbers of subjects differ or the level lies outside (0, 1).

    Notes
    -----
    The variance of a limit is SD² (1/n + 1.96² / (2 (n - 1))), with Student's t on n - 1 degrees of freedom.

    References
    ----------
    Bland JM, Altman DG. Statistical methods for assessing agreement between two methods of clinical measurement.
    Lancet 1986;327:307-310. Bland JM, Altman DG. Measuring agreement in method comparison studies. Statistical
    Methods in Medical Research 1999;8:135-160.

    Examples
    --------
    >>> result = limits_of_agreement([10.0, 20.0, 30.0], [12.0, 19.0, 31.0])
    >>> f"bias {result.bias:.2f}, limits {result.lower:.2f} to {result.upper:.2f}"
    'bias 0.67, limits -2.33 to 3.66'
    """
    alpha = 1 - check_level(level)
    sample = Sample.of(pair(x, y))
    n = np.maximum(sample.n, 2)
    difference = sample.values[..., 1] - sample.values[..., 0]
    mean = difference.sum(axis=-1) / n
    deviation = np.where(sample.used, difference - mean[..., None], 0.0)
    variance = sample.drop_rounding(np.einsum("...i,...i->...", deviation, deviation), 2 * n) / (n - 1)
    defined = sample.n >= 2
    bias = np.where(defined, mean * sample.scale, np.nan)
    sd = np.where(defined, np.sqrt(variance) * sample.scale, np.nan)
    z = scipy.special.ndtri(0.975)
    lower, upper = bias - z * sd, bias + z * sd
    t = scipy.special.stdtrit(n - 1, 1 - alpha / 2)
    half_bias = t * sd / np.sqrt(n)
    half_limit = t * sd * np.sqrt(1 / n + z**2 / (2 * (n - 1)))
    return LimitsOfAgreement(
        bias=bias,
        bias_lower=bias - half_bias,
        bias_upper=bias + half_bias,
        sd=sd,
        lower=lower,
        upper=upper,
        lower_interval=np.stack([lower - half_limit, lower + half_limit], axis=-1),
        upper_interval=np.stack([upper - half_limit, upper + half_limit], axis=-1),
        n=sample.n,
        status=first_reason({Status.TOO_FEW: sample.n < 2, Status.CONSTANT: sample.constant}),
    )
