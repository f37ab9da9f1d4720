"""The statistics of a reliability table by their names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from evaluation.reliability.bland_altman import limits_of_agreement
from evaluation.reliability.ccc import ccc, overall_ccc
from evaluation.reliability.dispersion import QuartileRule, cv, qcd
from evaluation.reliability.icc import icc
from evaluation.reliability.sample import StatusArray
from evaluation.reliability.spearman import spearman
from evaluation.reliability.within_subject import relative_within_subject, within_subject
from harmonize.arrays import BoolArray, FloatArray, IntArray

STATISTICS = ("icc", "ccc", "cv", "qcd", "cv_paper", "qcd_paper")
"""The statistics of a reliability table unless others are asked for."""

AGAINST_REFERENCE = ("icc", "ccc", "icc_c1", "spearman", "bias", "loa_lower", "loa_upper")
"""Of each condition and the reference: agreement, consistency and rank agreement, and Bland and Altman's mean
difference (condition minus reference) and limits of agreement in units of the feature."""

OVER_CONDITIONS = (
    "cv", "qcd", "cv_paper", "qcd_paper", "icc_all", "overall_ccc", "wsd", "rms_wcv", "rc_percent", "rc_ratio",
)  # fmt: skip
"""Over all conditions at once; ``wsd`` is in units of the feature, ``rc_percent`` in per cent."""

STATISTICS_OF_ALL = ("icc", "overall_ccc", "cv", "qcd", "cv_paper", "qcd_paper")
"""Those of a reliability table without a reference, where ``icc`` is over all conditions."""

WITHOUT_REFERENCE = ("icc", *OVER_CONDITIONS)
"""All that need none."""

ALL_STATISTICS = (*STATISTICS, *(name for name in (*AGAINST_REFERENCE, *OVER_CONDITIONS) if name not in STATISTICS))
"""All that a reliability table can have."""

LOWER_IS_BETTER = frozenset({"cv", "qcd", "cv_paper", "qcd_paper", "wsd", "rms_wcv", "rc_percent", "rc_ratio"})
"""Those that measure dispersion; the others measure agreement, but for ``bias`` and the limits of agreement, which
are better the nearer to zero and have no threshold."""


def reaches(statistic: str, values: FloatArray, threshold: float) -> BoolArray:
    """Say which values of a statistic lie beyond a threshold: above it, or below for dispersion; equality does not.

    Examples
    --------
    >>> reaches("icc", np.array([0.95, 0.9, np.nan]), 0.9), reaches("cv", np.array([0.05]), 0.1)
    (array([ True, False, False]), array([ True]))
    """
    passing: BoolArray = values < threshold if statistic in LOWER_IS_BETTER else values > threshold
    return passing


@dataclass(frozen=True)
class Estimates:
    """One statistic with what belongs to it; arrays of the leading shape of the values."""

    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray
    n: IntArray
    status: StatusArray


class _Estimated(Protocol):
    @property
    def estimate(self) -> FloatArray: ...
    @property
    def n(self) -> IntArray: ...
    @property
    def status(self) -> StatusArray: ...


class _Limited(_Estimated, Protocol):
    @property
    def lower(self) -> FloatArray: ...
    @property
    def upper(self) -> FloatArray: ...


def against_reference(
    pairs: FloatArray,
    wanted: Sequence[str],
    icc_form: str,
    level: float,
    icc_interval: str = "jackknife",
    ccc_interval: str = "jackknife",
) -> dict[str, Estimates]:
    """Compute the statistics of conditions and the reference.

    Parameters
    ----------
    pairs : ndarray, shape (..., n_subjects, 2)
        The reference first.
    wanted : sequence of str
        Names; those that are not of `AGAINST_REFERENCE` are left out.
    icc_form, level, icc_interval, ccc_interval
        As for `reliability_table`.

    Returns
    -------
    dict of str to Estimates
        In the order wanted.
    """
    x, y = pairs[..., 0], pairs[..., 1]
    found: dict[str, Estimates] = {}
    if "icc" in wanted:
        found["icc"] = _with_limits(icc(pairs, icc_form, level, icc_interval))
    if "icc_c1" in wanted:
        found["icc_c1"] = _with_limits(icc(pairs, "C,1", level, icc_interval))
    if "ccc" in wanted:
        found["ccc"] = _with_limits(ccc(x, y, level, ccc_interval))
    if "spearman" in wanted:
        found["spearman"] = _with_limits(spearman(x, y, level))
    if not {"bias", "loa_lower", "loa_upper"}.isdisjoint(wanted):
        limits = limits_of_agreement(x, y, level)
        for name, estimate, lower, upper in (
            ("bias", limits.bias, limits.bias_lower, limits.bias_upper),
            ("loa_lower", limits.lower, *np.moveaxis(limits.lower_interval, -1, 0)),
            ("loa_upper", limits.upper, *np.moveaxis(limits.upper_interval, -1, 0)),
        ):
            found[name] = Estimates(estimate, lower, upper, limits.n, limits.status)
    return {name: found[name] for name in wanted if name in found}


def over_conditions(
    values: FloatArray,
    wanted: Sequence[str],
    icc_form: str,
    level: float,
    quartiles: QuartileRule,
    icc_interval: str = "jackknife",
) -> dict[str, Estimates]:
    """Compute the statistics over all conditions.

    Parameters
    ----------
    values : ndarray, shape (..., n_subjects, n_conditions)
        Measurements.
    wanted : sequence of str
        Names; those that are not of `OVER_CONDITIONS` are left out.
    icc_form, level, quartiles, icc_interval
        As for `reliability_table`.

    Returns
    -------
    dict of str to Estimates
        In the order wanted.
    """
    found: dict[str, Estimates] = {}
    if "cv" in wanted:
        found["cv"] = _without_limits(cv(values))
    if "cv_paper" in wanted:
        found["cv_paper"] = _without_limits(cv(values, "absolute"))
    if "qcd" in wanted:
        found["qcd"] = _without_limits(qcd(values, quartiles))
    if "qcd_paper" in wanted:
        found["qcd_paper"] = _without_limits(qcd(values, quartiles, "absolute"))
    if "icc_all" in wanted:
        found["icc_all"] = _with_limits(icc(values, icc_form, level, icc_interval))
    if "overall_ccc" in wanted:
        found["overall_ccc"] = _without_limits(overall_ccc(values))
    if not {"wsd", "rc_ratio"}.isdisjoint(wanted):
        within = within_subject(values)
        none = np.full(within.n.shape, np.nan)
        found["wsd"] = Estimates(within.wsd, none, none, within.n, within.status)
        found["rc_ratio"] = Estimates(within.rc_ratio, none, none, within.n, within.rc_ratio_status)
    if not {"rms_wcv", "rc_percent"}.isdisjoint(wanted):
        relative = relative_within_subject(values)
        none = np.full(relative.n.shape, np.nan)
        found["rms_wcv"] = Estimates(relative.wcv, none, none, relative.n, relative.status)
        found["rc_percent"] = Estimates(relative.rc_percent, none, none, relative.n, relative.status)
    return {name: found[name] for name in wanted if name in found}


def _with_limits(result: _Limited) -> Estimates:
    return Estimates(result.estimate, result.lower, result.upper, result.n, result.status)


def _without_limits(result: _Estimated) -> Estimates:
    none = np.full(result.n.shape, np.nan)
    return Estimates(result.estimate, none, none, result.n, result.status)
