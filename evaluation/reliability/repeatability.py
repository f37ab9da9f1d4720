"""Repeatability and reproducibility coefficient and minimal detectable change, of values or their logarithms."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from evaluation.reliability.mean_squares import MeanSquares
from evaluation.reliability.sample import Sample, as_measurements, check_level, complete
from evaluation.reliability.statistic import Estimates
from evaluation.reliability.status import Status, first_reason
from evaluation.reliability.within_subject import REPEATABILITY
from harmonize.arrays import BoolArray, FloatArray
from harmonize.inputs.configuration import refuse_unknown

RC_INTERVALS = ("chi-square", "adjusted")

TINY = 1e-8
"""Below it a CV and the SD of logarithms are one number, whose square may underflow."""


@dataclass(frozen=True)
class ErrorSd(Estimates):
    """A standard deviation of measurement error in units of the values, or of their logarithms, with its limits.

    Parameters
    ----------
    estimate, lower, upper, n, status : ndarray
        See `Estimates`.
    """

    @property
    def coefficient(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """1.96 √2 of it with limits: what two measurements of a subject differ by in 5 % where nothing changed."""
        return REPEATABILITY * self.estimate, REPEATABILITY * self.lower, REPEATABILITY * self.upper

    @property
    def cv(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The coefficient of variation that an SD of logarithms is, with limits."""
        return cv_of_log(self.estimate), cv_of_log(self.lower), cv_of_log(self.upper)


@dataclass(frozen=True)
class RepeatabilityResult:
    """Standard deviations of measurement error, whose `coefficient` are RC, RDC and MDC.

    Parameters
    ----------
    repeated : ErrorSd
        Of measurements under the same conditions: within-subject SD; its coefficient is the RC.
    reproduced : ErrorSd
        Of measurements under different ones, drawn from many: the same estimate with other limits; the RDC.
    detectable : ErrorSd
        Without what shifts all subjects alike: standard error of measurement; the MDC.
    """

    repeated: ErrorSd
    reproduced: ErrorSd
    detectable: ErrorSd


def repeatability(values: ArrayLike, level: float = 0.95, interval: str = "chi-square") -> RepeatabilityResult:
    """Compute repeatability coefficient, reproducibility coefficient and minimal detectable change with limits.

    Parameters
    ----------
    values : array_like, shape (..., n_subjects, n_conditions)
        A subject with a missing (NaN or infinite) value under any condition drops out of that leading index.
    level : float
        Confidence level.
    interval : {"chi-square", "adjusted"}
        Limits of normal errors; or with degrees of freedom that are lowered where the variances of the subjects differ
        by more than those of normal errors do.

    Returns
    -------
    RepeatabilityResult
        ``too_few`` without any subject (below 2 for RDC and MDC, which need two to tell conditions from subjects);
        ``constant`` with 0 where nothing varies, and ``no_error_variance`` with 0 where no subject's values do (for the
        MDC: but for a shift of all), both without limits.

    Raises
    ------
    ConfigurationError
        For fewer than two conditions, an unknown interval, or a level outside (0, 1).

    Notes
    -----
    With n subjects, k conditions and mean squares of conditions MS_C, residual MS_E and within subjects MS_W:
    RC = 1.96 √2 √MS_W with n (k - 1) degrees of freedom. RDC = 1.96 √2 √(s_C² + MS_E) with s_C² = (MS_C - MS_E) / n;
    that sum is MS_C / n + (1 - 1/n) MS_E, which equals MS_W. Without repeats under each condition RC and RDC are
    therefore the same number. What they claim differs: for the RC all conditions are repeats of one, for the RDC a
    sample of many scanners or protocols, of which k tell little: its limits are Graybill and Wang's (1980), which are
    chi-square's for one mean square. MDC = 1.96 √2 √MS_E with (n - 1)(k - 1) degrees of freedom.

    ``adjusted`` takes no more degrees of freedom than 2 v² / var(v), with the mean v of the subjects' shares of a mean
    square and their variance over n (moments, as Satterthwaite's).

    References
    ----------
    Bland JM, Altman DG. Measurement error. BMJ 1996;313:744. Raunig DL et al. Quantitative imaging biomarkers: a
    review of statistical methods for technical performance assessment. Statistical Methods in Medical Research
    2015;24:27-67. Graybill FA, Wang CM. Confidence intervals on nonnegative linear combinations of variances. Journal
    of the American Statistical Association 1980;75:869-873. Weir JP. Quantifying test-retest reliability using the
    intraclass correlation coefficient and the SEM. Journal of Strength and Conditioning Research 2005;19:231-240.

    Examples
    --------
    >>> found = repeatability([[146, 140], [148, 152], [170, 152], [90, 99], [157, 145], [156, 153], [176, 167]])
    >>> "RC {:.1f} ({:.1f} to {:.1f})".format(*found.repeated.coefficient)
    'RC 19.5 (12.9 to 39.6)'
    """
    refuse_unknown([interval], RC_INTERVALS, "repeatability", "unknown interval")
    tails = (1 + check_level(level)) / 2, (1 - level) / 2
    sample = Sample.of(values)
    table, k = MeanSquares.of(sample), sample.n_conditions
    n = np.maximum(sample.n, 1).astype(np.float64)
    of_within, of_error = n * (k - 1), np.maximum(n - 1, 1) * (k - 1)
    if interval == "adjusted":
        of_within = np.minimum(of_within, _worth(sample, shifted=False))
        of_error = np.minimum(of_error, _worth(sample, shifted=True))
    parts = table.conditions / n, table.error * (1 - 1 / n)
    total = parts[0] + parts[1]
    away = [np.zeros_like(total), np.zeros_like(total)]
    for part, degrees in zip(parts, (np.full_like(n, k - 1), of_error), strict=True):
        for index, limit in enumerate(_chi_square(part, degrees, tails)):
            away[index] += (limit - part) ** 2
    lower, upper = total - np.sqrt(away[0]), total + np.sqrt(away[1])

    def sd(found: tuple[FloatArray, FloatArray, FloatArray], fewest: int) -> ErrorSd:
        few, none = sample.n < fewest, found[0] == 0
        roots = [np.where(few, np.nan, np.sqrt(np.maximum(one, 0.0)) * sample.scale) for one in found]
        roots[1:] = [np.where(none, np.nan, limit) for limit in roots[1:]]
        status = first_reason({Status.TOO_FEW: few, Status.CONSTANT: sample.constant, Status.NO_ERROR_VARIANCE: none})
        return ErrorSd(roots[0], roots[1], roots[2], sample.n, status)

    return RepeatabilityResult(
        sd((table.within, *_chi_square(table.within, of_within, tails)), 1),
        sd((total, lower, upper), 2),
        sd((table.error, *_chi_square(table.error, of_error, tails)), 2),
    )


def log_repeatability(values: ArrayLike, level: float = 0.95, interval: str = "chi-square") -> RepeatabilityResult:
    """Compute what `repeatability` does of the natural logarithm of values, for errors proportional to the value.

    A standard deviation s of it is a within-subject CV of √(exp(s²) - 1), and a coefficient c bounds a change between
    exp(-c) - 1 and exp(c) - 1 of the first value.

    Parameters
    ----------
    values, level, interval
        As for `repeatability`. Values that are all negative are taken by their magnitude.

    Returns
    -------
    RepeatabilityResult
        ``no_logarithm``, and no estimate, for features with values of both signs, or zero.

    References
    ----------
    Quan H, Shih WJ. Assessing reproducibility by the within-subject coefficient of variation with random effects
    models. Biometrics 1996;52:1195-1203. Bland JM, Altman DG. Measurement error proportional to the mean. BMJ
    1996;313:106. Obuchowski NA, Bullen J. Quantitative imaging biomarkers: effect of sample size and bias on confidence
    interval coverage. Statistical Methods in Medical Research 2018;27:3139-3150.

    Examples
    --------
    >>> found = log_repeatability([[9.0, 11.0], [20.0, 20.0], [33.0, 30.0]]).repeated
    >>> sds = np.array([found.estimate, found.lower, found.upper])
    >>> "wCV {:.3f} ({:.3f} to {:.3f})".format(*np.sqrt(np.expm1(sds**2)))
    'wCV 0.091 (0.051 to 0.348)'
    """
    logs, none = logarithms(values)
    found = repeatability(logs, level, interval)

    def without(one: ErrorSd) -> ErrorSd:
        estimate, lower, upper = (np.where(none, np.nan, each) for each in (one.estimate, one.lower, one.upper))
        status = np.where(none, Status.NO_LOGARITHM, one.status).astype(np.str_)
        return ErrorSd(estimate, lower, upper, one.n, status)

    return RepeatabilityResult(without(found.repeated), without(found.reproduced), without(found.detectable))


def logarithms(values: ArrayLike) -> tuple[FloatArray, BoolArray]:
    """Give logarithms of magnitudes, NaN where one is missing, and for which leading indices there are none.

    Examples
    --------
    >>> logs, none = logarithms([[[1.0, 2.0]], [[-1.0, -2.0]], [[0.0, 2.0]], [[-1.0, 2.0]]])
    >>> logs[:2, 0].round(2).tolist(), none.tolist()
    ([[0.0, 0.69], [0.0, 0.69]], [False, False, True, True])
    """
    raw = as_measurements(values)
    raw = np.where(complete(raw)[..., None], raw, np.nan)
    least = np.where(np.isnan(raw), np.inf, raw).min(axis=(-2, -1), initial=np.inf)
    most = np.where(np.isnan(raw), -np.inf, raw).max(axis=(-2, -1), initial=-np.inf)
    none = np.asarray((least <= 0) & (most >= 0))
    with np.errstate(divide="ignore"):
        return np.log(np.abs(np.where(none[..., None, None], 1.0, raw))), none


def cv_of_log(sd: FloatArray) -> FloatArray:
    """Give the CV of values whose logarithms have this standard deviation and are normal."""
    with np.errstate(over="ignore"):
        return np.where(sd < TINY, sd, np.sqrt(np.expm1(np.square(sd))))


def log_of_cv(cv: FloatArray) -> FloatArray:
    """Give the standard deviation of normal logarithms of values with this CV, the inverse of `cv_of_log`.

    Examples
    --------
    >>> log_of_cv(cv_of_log(np.array([0.25, 0.5, 1e-300])))
    array([2.5e-001, 5.0e-001, 1.0e-300])
    """
    return np.where(cv < TINY, cv, np.sqrt(np.log1p(np.square(cv))))


def _chi_square(square: FloatArray, degrees: FloatArray, tails: tuple[float, float]) -> tuple[FloatArray, FloatArray]:
    """Give limits of a variance from a mean square."""
    lower, upper = (square * degrees / scipy.special.chdtri(degrees, 1 - tail) for tail in tails)
    return lower, upper


def _worth(sample: Sample, shifted: bool) -> FloatArray:
    """Give the degrees of freedom of normal errors whose mean square would vary as the subjects' shares say."""
    x, n = sample.values, np.maximum(sample.n, 2)
    if shifted:
        x = x - (x.sum(axis=-2) / n[..., None])[..., None, :]
    squares = np.where(sample.used, np.var(x, axis=-1), 0.0)
    mean = squares.sum(axis=-1) / n
    spread = np.where(sample.used, squares - mean[..., None], 0.0)
    variance = (spread**2).sum(axis=-1) / ((n - 1) * n)
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = 2 * mean**2 / variance
    return np.where(variance > 0, worth, np.inf)
