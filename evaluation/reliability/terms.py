"""How statistics, thresholds and numbers are written in tables, figures and text."""

import math

from evaluation import written
from evaluation.reliability.statistics import STATISTICS, about, below
from evaluation.written import in_percent

MINUS = "\N{MINUS SIGN}"
NOT_COMPUTED = "not computed"
NO_LIMITS = "no limits"


def unit(statistic: str) -> str:
    """Give the unit that follows a number, with its space.

    Examples
    --------
    >>> unit("cv"), unit("rc_percent"), unit("rc_ratio")
    (' %', ' %', '')
    """
    return " %" if about(statistic).unit in ("fraction", "percent") else ""


def number(value: float, statistic: str) -> str:
    """Write an estimate: what is in per cent with one decimal, in units with three digits, others with two decimals.

    Examples
    --------
    >>> number(-0.123, "icc"), number(0.0512, "cv"), number(-0.001, "ccc"), number(float("nan"), "icc")
    ('−0.12', '5.1', '0.00', 'not computed')
    >>> number(14.2, "rc_percent"), number(1.5, "rc_ratio"), number(1234.5, "wsd"), number(-0.00512, "bias")
    ('14.2', '1.50', '1230', '−0.00512')
    """
    if math.isnan(value):
        return NOT_COMPUTED
    kind = about(statistic).unit
    if kind == "feature":
        return _three_digits(value).replace("-", MINUS)
    if kind:
        return written.signed(100 * value if kind == "fraction" else value, 1)
    return written.signed(value)


def _three_digits(value: float) -> str:
    rounded = float(f"{value:.3g}") + 0.0  # none before a zero
    return f"{rounded:g}" if 1e-4 <= abs(rounded) < 1e6 or rounded == 0 else f"{rounded:.2e}"


def limit(statistic: str, value: float) -> str:
    """Write a threshold in the unit of its statistic.

    Examples
    --------
    >>> limit("icc", 0.9), limit("cv", 0.1), limit("ccc", 0.925), limit("rc_percent", 30)
    ('0.90', '10 %', '0.925', '30 %')
    """
    if unit(statistic):
        return f"{round(100 * value, 6) if about(statistic).unit == 'fraction' else value:g} %"
    return f"{value:.2f}" if round(value, 2) == value else f"{value:g}"


def units_of_thresholds() -> str:
    """Say which statistics have thresholds in fractions, and which in per cent.

    Examples
    --------
    >>> units_of_thresholds()
    'As a fraction, 0.1 for 10 %: cv, qcd, cv_paper, qcd_paper, wcv_log, rms_wcv; in per cent: rc_log_upper, rc_percent'
    """
    fractions, percents = (
        ", ".join(name for name, one in STATISTICS.items() if one.unit == kind and one.direction)
        for kind in ("fraction", "percent")
    )
    return f"As a fraction, 0.1 for 10 %: {fractions}; in per cent: {percents}"


def threshold(statistic: str, value: float) -> str:
    """Write what passes.

    Examples
    --------
    >>> threshold("icc", 0.9), threshold("cv", 0.1)
    ('ICC > 0.90', 'CV < 10 %')
    """
    return f"{about(statistic).label} {'<' if below(statistic) else '>'} {limit(statistic, value)}"


def heading(statistic: str, value: float) -> str:
    """Head a column of shares beyond the threshold of a statistic, which strategies.csv calls ``icc_share``.

    Examples
    --------
    >>> heading("icc", 0.9), heading("cv", 0.1)
    ('ICC > .90', 'CV < 10 %')
    """
    return threshold(statistic, value).replace(" 0.", " .")


def share(passing: int, total: int, computed: int = 1) -> str:
    """Write a share with its denominator, unless nothing of it could be computed.

    Examples
    --------
    >>> share(27, 100), share(4999, 5000), share(0, 0), share(0, 100, computed=0)
    ('27/100 (27.0 %)', '4999/5000 (>99.9 %)', '0/0', 'not computed')
    """
    if total and not (computed or passing):
        return NOT_COMPUTED
    return f"{passing}/{total} ({in_percent(passing / total, 1)} %)" if total else f"{passing}/{total}"


def p_value(value: float) -> str:
    """Write a p or q value.

    Examples
    --------
    >>> p_value(0.0321), p_value(0.0002), p_value(float("nan"))
    ('.032', '<.001', 'not computed')
    """
    return NOT_COMPUTED if math.isnan(value) else written.p_value(value).replace("0.", ".", 1)


def described() -> str:
    """Describe all statistics as a table in Markdown, which the documentation has."""
    of = {"pairs": "a condition with the reference", "all": "all conditions at once"}
    of["either"] = f"{of['pairs']}; without one, {of['all']}"
    units = {"": "", "fraction": "fraction", "percent": "per cent", "feature": "of the feature"}
    rows = [
        f"| `{name}` | {one.label} | {of[one.of]} | {units[one.unit]} | {one.direction or ''} | "
        f"{'' if one.threshold is None else f'{one.threshold:.2f}'} | {'yes' if one.limits else ''} | "
        f"{'yes' if one.usual else ''} |"
        for name, one in STATISTICS.items()
    ]
    head = ["statistic", "in tables", "compares", "unit", "good", "usual threshold", "limits", "unasked"]
    return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *rows])
