"""Coefficient of variation and quartile coefficient of dispersion over conditions, and where they mean nothing."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from evaluation.reliability.sample import StatusArray, as_measurements, complete, to_unit
from evaluation.reliability.squares import ROUNDING
from evaluation.reliability.status import Status, first_reason
from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown

QuartileRule = Literal[
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
]
QUARTILE_RULES: tuple[QuartileRule, ...] = get_args(QuartileRule)
"""NumPy's names of Hyndman and Fan's rules 1 to 9; ``linear`` is rule 7, the default of R and NumPy."""

Signed = Literal["refuse", "absolute"]


@dataclass(frozen=True)
class DispersionResult:
    """Relative dispersions over conditions.

    Parameters
    ----------
    estimate : ndarray, leading shape
        Mean over subjects of the magnitude of `per_subject`.
    n : ndarray of int, leading shape
        Subjects used.
    status : ndarray of str, leading shape
        See `Status`.
    per_subject : ndarray, shape (..., n_subjects)
        The signed ratio of each subject, in either mode; NaN for subjects not used and for 0/0.
    """

    estimate: FloatArray
    n: IntArray
    status: StatusArray
    per_subject: FloatArray


def cv(values: ArrayLike, signed: Signed = "refuse") -> DispersionResult:
    """Compute the coefficient of variation over conditions, averaged over subjects.

    Per subject: the sample standard deviation (divisor k - 1) over the mean of the k conditions. The estimate is
    the arithmetic mean of the magnitudes over subjects. The root mean square of the same ratios is another
    statistic (`within_subject`'s ``wcv``) and larger; the two must not be mixed.

    Parameters
    ----------
    values : array_like, shape (..., n_subjects, n_conditions)
        A subject with a missing (NaN or infinite) value under any condition drops out of that leading index.
    signed : {"refuse", "absolute"}
        What to do where the ratio has no meaning (see Notes): give no estimate, or divide by the absolute mean
        all the same, as published studies do. The status is the same in both modes.

    Returns
    -------
    DispersionResult
        ``too_few`` without any subject; ``sign_change``, ``near_zero_mean`` and ``constant`` as `Status`
        describes them.

    Raises
    ------
    ConfigurationError
        For fewer than two conditions or an unknown mode.

    Notes
    -----
    A ratio to the mean needs a scale whose zero is natural. Where the values used of a feature, over all subjects
    and conditions, take both signs, the status is ``sign_change``; it is ``near_zero_mean`` if moreover the ratio
    of some subject exceeds 1, that is, spread exceeds location. A subject with a mean of zero is
    ``near_zero_mean`` as well. Values that are all negative are as good as all positive. Values below 3.6e-15
    of the largest magnitude count as zero. None of these rules changes with the unit of the feature.

    Examples
    --------
    >>> result = cv([[10, 12, 9, 14], [20, 21, 19, 20]])
    >>> result.per_subject.round(4), round(float(result.estimate), 4)
    (array([0.1971, 0.0408]), 0.119)
    >>> str(cv([[-1.0, 1.5], [2.0, 2.5]]).status)
    'near_zero_mean'
    """
    raw, used = _used(values)
    return _summarize(raw, used, np.std(raw, axis=-1, ddof=1), raw.mean(axis=-1), signed, "cv")


def qcd(values: ArrayLike, quartiles: QuartileRule = "linear", signed: Signed = "refuse") -> DispersionResult:
    """Compute the quartile coefficient of dispersion over conditions, averaged over subjects.

    Per subject: (Q3 - Q1) / (Q3 + Q1) of the k conditions. The estimate is the arithmetic mean of the magnitudes
    over subjects.

    Parameters
    ----------
    values : array_like, shape (..., n_subjects, n_conditions)
        A subject with a missing (NaN or infinite) value under any condition drops out of that leading index.
    quartiles : str
        The quartile rule, one of `QUARTILE_RULES`. With four conditions it matters: 10, 12, 9, 14 have a QCD of
        .124 under ``linear`` and .187 under ``weibull``.
    signed : {"refuse", "absolute"}
        As for `cv`, dividing by the absolute value of Q3 + Q1.

    Returns
    -------
    DispersionResult
        Statuses by the rules of `cv`, where spread is half of Q3 - Q1 and location half of Q3 + Q1.

    Raises
    ------
    ConfigurationError
        For fewer than two conditions, an unknown quartile rule or an unknown mode.

    References
    ----------
    Bonett DG. Confidence interval for a coefficient of quartile variation. Computational Statistics & Data
    Analysis 2006;50:2953-2957. Hyndman RJ, Fan Y. Sample quantiles in statistical packages. American
    Statistician 1996;50:361-365.

    Examples
    --------
    >>> round(float(qcd([[10, 12, 9, 14]]).estimate), 3)
    0.124
    >>> round(float(qcd([[10, 12, 9, 14]], quartiles="weibull").estimate), 3)
    0.187
    """
    refuse_unknown([quartiles], QUARTILE_RULES, "qcd", "unknown quartile rule")
    raw, used = _used(values)
    low, high = np.quantile(raw, [0.25, 0.75], axis=-1, method=quartiles)
    return _summarize(raw, used, (high - low) / 2, (high + low) / 2, signed, "qcd")


def _used(values: ArrayLike) -> tuple[FloatArray, BoolArray]:
    """Give the values up to a power of two, which cancels in every ratio, and which subjects count."""
    raw = as_measurements(values)
    used = complete(raw)
    kept, _ = to_unit(np.where(used[..., None], raw, 0.0))
    return np.where(used[..., None], kept, np.nan), used


def _summarize(
    raw: FloatArray, used: BoolArray, spread: FloatArray, location: FloatArray, signed: Signed, what: str
) -> DispersionResult:
    """Average spread over location and name what forbids it."""
    if signed not in ("refuse", "absolute"):
        raise ConfigurationError(f"{what}: signed is '{signed}', expected 'refuse' or 'absolute'")
    n = np.asarray(used.sum(axis=-1))
    lowest = np.where(used[..., None], raw, np.inf).min(axis=(-2, -1), initial=np.inf)
    highest = np.where(used[..., None], raw, -np.inf).max(axis=(-2, -1), initial=-np.inf)
    zero = ROUNDING * np.maximum(np.abs(lowest), np.abs(highest))
    # Rounding of a sum is not dispersion, nor is a mean of mere rounding a location.
    spread = np.where(spread <= ROUNDING * np.abs(location), 0.0, spread)
    location = np.where(np.abs(location) <= zero[..., None], 0.0, location)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = spread / location
    changes = (lowest < -zero) & (highest > zero)
    exceeds = (used & (np.abs(ratio) > 1)).any(axis=-1)
    at_zero = (used & (location == 0)).any(axis=-1)
    status = first_reason(
        {
            Status.TOO_FEW: n < 1,
            Status.NEAR_ZERO_MEAN: at_zero | (changes & exceeds),
            Status.SIGN_CHANGE: changes,
            Status.CONSTANT: highest - lowest <= zero,
        }
    )
    refused = (n < 1) | at_zero | (changes & (signed == "refuse"))
    total = np.where(used, np.abs(ratio), 0.0).sum(axis=-1, where=~refused[..., None])
    return DispersionResult(
        estimate=np.where(refused, np.nan, total / np.maximum(n, 1)),
        n=n,
        status=status,
        per_subject=np.where(used & np.isfinite(ratio), ratio, np.nan),
    )
