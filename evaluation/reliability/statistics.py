"""The statistics of a reliability table: an entry each, which tables, thresholds, figures, text and docs read.

A new statistic is a function of many features at once, in a file of its own, and an entry here.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from evaluation.reliability.bland_altman import limits_of_agreement
from evaluation.reliability.by_facet import of_facets
from evaluation.reliability.ccc import ccc_of
from evaluation.reliability.definitions import (
    NO_MEAN,
    ccc_limits,
    icc_limits,
    icc_words,
    named_icc,
    qcd_words,
)
from evaluation.reliability.dispersion import DispersionResult, cv, qcd
from evaluation.reliability.error_statistics import ERRORS
from evaluation.reliability.over_all import OVER_ALL, of_icc
from evaluation.reliability.sample import Sample
from evaluation.reliability.spearman import spearman_of
from evaluation.reliability.statistic import Estimates, Settings, Statistic, taken
from evaluation.reliability.within_subject import relative_within_subject, within_subject
from harmonize.arrays import BoolArray, FloatArray
from harmonize.entries import Registry

PerSubject = Callable[[FloatArray, Settings], DispersionResult]


def _ccc(values: FloatArray | Sample, settings: Settings) -> Estimates:
    interval = settings.ccc_interval if settings.limits else "lin"  # which costs next to nothing
    return ccc_of(Sample.of(values), settings.level, interval)


def _dispersion(per_subject: PerSubject, label: str, **rest: Any) -> Statistic:
    """Make the entry of a statistic that is the mean of what single subjects have."""
    return Statistic(label, lambda *given: taken(per_subject(*given)), per_subject=per_subject, **rest)


def _bias(values: FloatArray, settings: Settings) -> Estimates:
    found = limits_of_agreement(values[..., 0], values[..., 1], settings.level)
    return taken(found, "bias", ("bias_lower", "bias_upper"))


def _limit_of_agreement(side: str) -> Callable[[FloatArray, Settings], Estimates]:
    def compute(values: FloatArray, settings: Settings) -> Estimates:
        found = limits_of_agreement(values[..., 0], values[..., 1], settings.level)
        lower, upper = np.moveaxis(getattr(found, f"{side}_interval"), -1, 0)
        return Estimates(getattr(found, side), lower, upper, found.n, found.status)

    return compute


_BLAND_ALTMAN: Mapping[str, Any] = {
    "of": "pairs",
    "direction": None,
    "unit": "feature",
    "words": "the mean difference from the reference and the 95 % limits of agreement, with confidence limits",
    "citation": "Bland JM, Altman DG. Measuring agreement in method comparison studies. Statistical Methods in Medical "
    "Research 1999;8:135-160.",
}
_DISPERSION: Mapping[str, Any] = {"of": "all", "direction": "below", "limits": False}
_RATIO: Mapping[str, Any] = {
    **_DISPERSION,
    "unit": "fraction",
    "threshold": 0.10,
    "usual": True,
    "uncomputed": NO_MEAN,
}
_REPEATABILITY: Mapping[str, Any] = {
    **_DISPERSION,
    "citation": "Raunig DL, McShane LM, Pennello G, et al. Quantitative imaging biomarkers: a review of statistical "
    "methods for technical performance assessment. Statistical Methods in Medical Research 2015;24:27-67.",
}

_OURS: dict[str, Statistic] = {
    "icc": Statistic(
        "ICC",
        of_icc,
        "either",
        takes_sample=True,
        threshold=0.90,
        usual=True,
        words=icc_words,
        limits_in_words=icc_limits,
        full_label=named_icc,
        of_weighted_pairs=lambda pairs, settings: pairs.icc(settings.icc_form),
        definition="Intraclass correlation ICC(A,1): two-way model, absolute agreement, single measurement, of each "
        "condition with the reference, over subjects; limits as below. It has no lower bound.",
        doi="10.1037/1082-989X.1.1.30",
        citation="McGraw KO, Wong SP. Forming inferences about some intraclass correlation coefficients. Psychological "
        "Methods 1996;1:30-46.",
    ),
    "ccc": Statistic(
        "CCC",
        _ccc,
        "pairs",
        takes_sample=True,
        threshold=0.90,
        usual=True,
        over_all="overall_ccc",
        words="Lin's concordance correlation coefficient",
        limits_in_words=ccc_limits,
        of_weighted_pairs=lambda pairs, _: pairs.ccc(),
        definition="Concordance correlation coefficient of each condition with the reference, over subjects; limits as "
        "below.",
        doi="10.2307/2532051",
        citation="Lin LI. A concordance correlation coefficient to evaluate reproducibility. Biometrics "
        "1989;45:255-268; corrected in Biometrics 2000;56:324-325.",
    ),
    "cv": _dispersion(
        lambda values, _: cv(values),
        "CV",
        **_RATIO,
        words="the coefficient of variation (CV; sample standard deviation over mean; its magnitude is averaged over "
        "subjects)",
        definition="Coefficient of variation: sample standard deviation of a subject's values over the conditions "
        "divided by their mean, averaged over subjects.",
    ),
    "qcd": _dispersion(
        lambda values, settings: qcd(values, settings.quartiles),
        "QCD",
        **_RATIO,
        of_two="cv",
        words=qcd_words,
        definition="Quartile coefficient of dispersion: (Q3 − Q1) / (Q3 + Q1) of a subject's values over the "
        "conditions, quartiles by linear interpolation (type 7 of Hyndman and Fan, American Statistician "
        "1996;50:361-365), averaged over subjects.",
        citation="Bonett DG. Confidence interval for a coefficient of quartile variation. Computational Statistics & "
        "Data Analysis 2006;50:2953-2957.",
    ),
    "cv_paper": _dispersion(lambda values, _: cv(values, "absolute"), "CV (absolute mean)", **_RATIO, twin_of="cv"),
    "qcd_paper": _dispersion(
        lambda values, settings: qcd(values, settings.quartiles, "absolute"),
        "QCD (absolute sum)",
        **_RATIO,
        twin_of="qcd",
    ),
    "icc_c1": Statistic(
        "ICC(C,1)",
        lambda values, settings: of_icc(values, settings._replace(icc_form="C,1")),
        "pairs",
        takes_sample=True,
        words="consistency with the reference as ICC(C,1), which a shift of the scale does not lower",
        remark="consistency, blind to shifts",
    ),
    "spearman": Statistic(
        "Spearman",
        lambda values, settings: spearman_of(Sample.of(values), settings.level),
        "pairs",
        takes_sample=True,
        words="Spearman's rank correlation with the reference",
        remark="order of subjects only",
    ),
    **OVER_ALL,
    "bias": Statistic("Mean difference", _bias, **_BLAND_ALTMAN),
    "loa_lower": Statistic("Lower limit of agreement", _limit_of_agreement("lower"), **_BLAND_ALTMAN),
    "loa_upper": Statistic("Upper limit of agreement", _limit_of_agreement("upper"), **_BLAND_ALTMAN),
    **ERRORS,
    "rms_wcv": Statistic(
        "RMS wCV",
        lambda values, _: taken(relative_within_subject(values), "wcv"),
        **_REPEATABILITY,
        unit="fraction",
        words="the within-subject coefficient of variation (root mean square over subjects)",
    ),
    "rc_percent": Statistic(
        "%RC",
        lambda values, _: taken(relative_within_subject(values), "rc_percent"),
        **_REPEATABILITY,
        unit="percent",
        words="the repeatability coefficient in per cent (%RC, 277 wCV)",
    ),
    "rc_ratio": Statistic(
        "RC / between-subject SD",
        lambda values, _: taken(within_subject(values), "rc_ratio", status="rc_ratio_status"),
        **_REPEATABILITY,
        words="the repeatability coefficient (2.77 wSD) over the between-subject standard deviation",
    ),
}

STATISTICS = Registry(
    "statistic", _OURS, lambda _, entry: "" if isinstance(entry, Statistic) else f"{entry!r} is no Statistic"
)
"""By the name that people type; in the order of tables. Packages may add some."""

REPRODUCIBLE: Mapping[str, float] = MappingProxyType({"icc": 0.90, "ccc": 0.90})
"""What a feature must exceed under every condition to count as reproducible, unless another rule is given."""


def usual(reference: bool = True) -> tuple[str, ...]:
    """Name the statistics that a reliability table has unless others are asked for.

    Parameters
    ----------
    reference : bool
        Whether there is one to compare with; without, all conditions are compared at once.
    """
    names = [name for name, one in STATISTICS.items() if one.usual]
    if reference:
        return tuple(names)
    over_all = [STATISTICS[name].over_all or name for name in names]
    return tuple(name for name in over_all if STATISTICS[name].of != "pairs")


def headline() -> tuple[str, ...]:
    """Name the usual statistics without their paper-compatible twins."""
    return tuple(name for name in usual() if not STATISTICS[name].twin_of)


def further() -> tuple[str, ...]:
    """Name what a reliability table with a reference has on request."""
    return tuple(name for name, one in STATISTICS.items() if not one.usual)


def in_rules() -> tuple[str, ...]:
    """Name what the rule of a study may ask for: the usual ones, and others that are good on one side of a threshold.

    Examples
    --------
    >>> "icc_all" in in_rules(), "bias" in in_rules()
    (True, False)
    """
    return (*usual(), *(name for name in further() if STATISTICS[name].direction is not None))


def agreement() -> tuple[str, ...]:
    """Name the usual statistics of agreement."""
    return tuple(name for name in headline() if STATISTICS[name].direction == "above")


def leading() -> str:
    """Name the one that stands for all where there is room for one, such as in figures of single features."""
    return agreement()[0]


def with_reference() -> tuple[str, ...]:
    """Name all that tell how far a condition agrees with the reference, or what of that can be had."""
    return tuple(name for name, one in STATISTICS.items() if one.direction == "above" and one.of != "all")


def compared() -> tuple[str, ...]:
    """Name the statistics by which strategies are compared."""
    return tuple(name for name, one in STATISTICS.items() if one.by_draws and not one.twin_of)


def twins() -> dict[str, str]:
    """Give the paper-compatible twins, by the statistic that each stands beside."""
    return {one.twin_of: name for name, one in STATISTICS.items() if one.twin_of}


def without_reference() -> tuple[str, ...]:
    """Name all that need no reference."""
    return tuple(name for name, one in STATISTICS.items() if one.of != "pairs")


def usual_thresholds(reference: bool = True) -> dict[str, float]:
    """Give the thresholds usual in radiomics: agreement above .90, CV and QCD below 10 %."""
    thresholds = {name: STATISTICS[name].threshold for name in usual(reference)}
    return {name: limit for name, limit in thresholds.items() if limit is not None}


def completed(given: Mapping[str, float], reference: bool = True) -> dict[str, float]:
    """Add to thresholds the usual ones of statistics that none is given for; a twin takes that of the one it is of.

    Examples
    --------
    >>> completed({"icc": 0.75, "cv": 0.2})
    {'icc': 0.75, 'ccc': 0.9, 'cv': 0.2, 'qcd': 0.1, 'cv_paper': 0.2, 'qcd_paper': 0.1}
    """
    others = {name: given.get(STATISTICS[name].twin_of, limit) for name, limit in usual_thresholds(reference).items()}
    return {name: float(limit) for name, limit in {**others, **given}.items()}


def about(name: str) -> Statistic:
    """Give the entry of a statistic; of somebody's own in a table nothing is known but its name."""
    return STATISTICS.get(name) or of_facets(name) or Statistic(name, _unknown, "pairs", direction=None)


def _unknown(values: FloatArray, settings: Settings) -> Estimates:
    raise NotImplementedError


def below(name: str) -> bool:
    """Tell whether less of a statistic is better, as far as it is known.

    Examples
    --------
    >>> below("cv"), below("icc"), below("one of somebody's own")
    (True, False, False)
    """
    return about(name).direction == "below"


def passes(values: FloatArray, limit: float, less: bool) -> BoolArray:
    """Say which values lie beyond a limit: above it, or below if less is better; not on it, and none that is missing.

    Examples
    --------
    >>> passes(np.array([0.9, 0.95, np.nan]), 0.9, less=False)
    array([False,  True, False])
    """
    return np.asarray(values < limit if less else values > limit)
