"""The statistics of a reliability table that tell how large measurement error is: entries of `STATISTICS`."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from evaluation.reliability.definitions import rc_limits
from evaluation.reliability.error_trend import error_trend
from evaluation.reliability.repeatability import ErrorSd, log_repeatability, repeatability
from evaluation.reliability.statistic import Estimates, Settings, Statistic
from harmonize.arrays import FloatArray


def _error_sd(
    which: str, change: Callable[[ErrorSd], tuple[FloatArray, FloatArray, FloatArray]], log: bool = False
) -> Callable[[FloatArray, Settings], Estimates]:
    """Compute what is made of a standard deviation of measurement error and its limits."""

    def compute(values: FloatArray, settings: Settings) -> Estimates:
        make = log_repeatability if log else repeatability
        found: ErrorSd = getattr(make(values, settings.level, settings.rc_interval), which)
        return Estimates(*change(found), found.n, found.status)

    return compute


def _plain(found: ErrorSd) -> tuple[FloatArray, FloatArray, FloatArray]:
    return found.estimate, found.lower, found.upper


def _rise(found: ErrorSd) -> tuple[FloatArray, FloatArray, FloatArray]:
    estimate, lower, upper = (100 * np.expm1(one) for one in found.coefficient)
    return estimate, lower, upper


def _fall(found: ErrorSd) -> tuple[FloatArray, FloatArray, FloatArray]:
    estimate, lower, upper = (100 * np.expm1(-one) for one in found.coefficient)
    return estimate, upper, lower  # the larger the error, the further down


_ERROR: Mapping[str, Any] = {
    "of": "all",
    "direction": "below",
    "limits_in_words": rc_limits,
    "citation": "Raunig DL, McShane LM, Pennello G, et al. Quantitative imaging biomarkers: a review of statistical "
    "methods for technical performance assessment. Statistical Methods in Medical Research 2015;24:27-67.",
}
_ON_LOG: Mapping[str, Any] = {
    **_ERROR,
    "uncomputed": "for features whose values take both signs or zero, which have no logarithm",
    "citation": "Quan H, Shih WJ. Assessing reproducibility by the within-subject coefficient of variation with random "
    "effects models. Biometrics 1996;52:1195-1203.",
}

ERRORS: Mapping[str, Statistic] = {
    "wsd": Statistic(
        "Within-subject SD",
        _error_sd("repeated", _plain),
        **_ERROR,
        unit="feature",
        words="the within-subject standard deviation (wSD)",
    ),
    "rc": Statistic(
        "RC",
        _error_sd("repeated", lambda found: found.coefficient),
        **_ERROR,
        unit="feature",
        words="the repeatability coefficient (RC, 2.77 wSD)",
    ),
    "rdc": Statistic(
        "RDC",
        _error_sd("reproduced", lambda found: found.coefficient),
        **_ERROR,
        unit="feature",
        words="the reproducibility coefficient (RDC, 2.77 times the root of the variances between conditions and of "
        "the residual), whose conditions count as a sample of many [@graybill_wang]",
    ),
    "mdc": Statistic(
        "MDC",
        _error_sd("detectable", lambda found: found.coefficient),
        **{
            **_ERROR,
            "citation": "Weir JP. Quantifying test-retest reliability using the intraclass correlation coefficient and "
            "the SEM. Journal of Strength and Conditioning Research 2005;19:231-240.",
        },
        unit="feature",
        words="the minimal detectable change (MDC, 2.77 times the root of the residual mean square, without what "
        "shifts all subjects alike)",
    ),
    "wcv_log": Statistic(
        "wCV (log)",
        _error_sd("repeated", lambda found: found.cv, log=True),
        **_ON_LOG,
        unit="fraction",
        words="the within-subject coefficient of variation on the logarithmic scale, √(exp(s²) − 1) of the "
        "within-subject variance s² of natural logarithms",
    ),
    "rc_log_lower": Statistic(
        "RC (log), fall",
        _error_sd("repeated", _fall, log=True),
        **{**_ON_LOG, "direction": None},
        unit="percent",
        words="the fall, exp(−2.77 s) − 1, that measurement error of proportional size explains",
    ),
    "rc_log_upper": Statistic(
        "RC (log), rise",
        _error_sd("repeated", _rise, log=True),
        **_ON_LOG,
        unit="percent",
        words="the rise, exp(2.77 s) − 1, that measurement error of proportional size explains",
    ),
    "error_trend": Statistic(
        "Error trend (τ)",
        lambda values, _: error_trend(values)[0],
        "all",
        direction=None,
        limits=False,
        words="Kendall's rank correlation of a subject's standard deviation with its mean",
        citation="Bland JM, Altman DG. Measurement error proportional to the mean. BMJ 1996;313:106.",
    ),
}
