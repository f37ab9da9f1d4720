"""How statistics, thresholds and numbers are written in tables, figures and text."""

import math

from evaluation.reliability import LOWER_IS_BETTER

LABELS = {
    "icc": "ICC",
    "ccc": "CCC",
    "cv": "CV",
    "qcd": "QCD",
    "cv_paper": "CV (absolute mean)",
    "qcd_paper": "QCD (absolute sum)",
}
"""Names of the statistics."""

MINUS = "\N{MINUS SIGN}"
NOT_COMPUTED = "not computed"
NO_LIMITS = "no limits"


def has_limits(statistic: str) -> bool:
    """Tell whether a reliability table has confidence limits of a statistic.

    Examples
    --------
    >>> has_limits("icc"), has_limits("cv")
    (True, False)
    """
    return statistic not in LOWER_IS_BETTER


def label(statistic: str) -> str:
    """Name a statistic.

    Examples
    --------
    >>> label("icc")
    'ICC'
    """
    return LABELS.get(statistic, statistic)


def number(value: float, statistic: str) -> str:
    """Write an estimate: agreement with two decimals, dispersion in per cent with one.

    Examples
    --------
    >>> number(-0.123, "icc"), number(0.0512, "cv"), number(-0.001, "ccc"), number(float("nan"), "icc")
    ('−0.12', '5.1', '0.00', 'not computed')
    """
    if math.isnan(value):
        return NOT_COMPUTED
    text = f"{100 * value:.1f}" if statistic in LOWER_IS_BETTER else f"{value:.2f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", MINUS)


def threshold(statistic: str, value: float) -> str:
    """Write what passes.

    Examples
    --------
    >>> threshold("icc", 0.9), threshold("cv", 0.1), threshold("ccc", 0.925)
    ('ICC > 0.90', 'CV < 10 %', 'CCC > 0.925')
    """
    if statistic in LOWER_IS_BETTER:
        return f"{label(statistic)} < {round(100 * value, 6):g} %"
    return f"{label(statistic)} > {value:.2f}" if round(value, 2) == value else f"{label(statistic)} > {value:g}"


def share(passing: int, total: int) -> str:
    """Write a share with its denominator.

    Examples
    --------
    >>> share(27, 100), share(0, 0)
    ('27/100 (27.0 %)', '0/0')
    """
    return f"{passing}/{total} ({100 * passing / total:.1f} %)" if total else f"{passing}/{total}"
