"""How reports and commands write numbers, times, statistics and statuses."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from evaluation.reliability import terms
from evaluation.reliability.statistics import about
from evaluation.written import in_percent, p_value, rounded, signed, with_limits
from experiments.page.quantities import Interval, Share
from harmonize import words


def number(value: float) -> str:
    r"""Write a whole number with a narrow space between thousands.

    Examples
    --------
    >>> number(12345) == "12\u202f345"
    True
    """
    return f"{value:,.0f}".replace(",", "\u202f")


def percent(value: float | None, digits: int = 0) -> str:
    r"""Write a share; nothing rounds to none or to all that is not.

    Examples
    --------
    >>> percent(0.444), percent(0.0004), percent(0.9999), percent(1.0), percent(None)
    ('44\xa0%', '<1\xa0%', '>99\xa0%', '100\xa0%', '–')
    """
    text = in_percent(value, digits)
    return text if text == "–" else f"{text}\u00a0%"


def share(found: Share) -> str:
    r"""Write so many of so many.

    Examples
    --------
    >>> from experiments.page.quantities import counted
    >>> share(counted(3, 4)), share(counted(0, 4, computed=False))
    ('3 of 4 (75\xa0%)', 'not computed')
    """
    if not found["computed"]:
        return "not computed"
    return f"{number(found['passing'])} of {number(found['total'])} ({percent(found['value'])})"


def limits(interval: Interval | None) -> str:
    r"""Write the limits of a share in per cent, or nothing where there are none.

    Examples
    --------
    >>> limits({"value": 0.3, "lower": 0.251, "upper": 0.4}), limits({"value": 0.3, "lower": None, "upper": None})
    ('25 to 40\xa0%', '')
    >>> limits({"value": 0.3, "lower": 0.299, "upper": 0.302}), limits({"value": 0.0, "lower": 0.0, "upper": 0.0})
    ('29.9 to 30.2\xa0%', '')
    """
    if interval is None or interval["lower"] is None or interval["upper"] is None:
        return ""
    lower, upper = interval["lower"], interval["upper"]
    for digits in range(4):
        if in_percent(lower, digits) != in_percent(upper, digits):
            return f"{in_percent(lower, digits)} to {percent(upper, digits)}"
    return ""


def estimate(interval: Interval, digits: int = 2, scale: float = 1.0) -> str:
    """Write an estimate and its limits, where it has any.

    Examples
    --------
    >>> estimate({"value": -0.1, "lower": -0.25, "upper": 0.05}, 1, 100)
    '−10.0 (−25.0 to 5.0)'
    """
    return rounded(interval["value"], interval["lower"], interval["upper"], digits, scale)


def none(status: str) -> str:
    """Write that there is no value, and why.

    Examples
    --------
    >>> none("no_spread")
    'none (no spread)'
    """
    return f"none ({status})".replace("_", " ")


def measured(row: Mapping[Any, Any], name: str = "estimate", write: Callable[[float], str] = signed) -> str:
    """Write the value of this name in a row with its limits, or why there is none.

    Examples
    --------
    >>> measured({"estimate": 0.71, "lower": 0.6, "upper": 0.82}), measured({"estimate": None, "status": "too_few"})
    ('0.71 (0.60 to 0.82)', 'none (too few)')
    """
    if pd.isna(row.get(name)):
        return none(row.get("status", "not computed"))
    return with_limits(row[name], row["lower"], row["upper"], write)


def named_p(name: str, value: float | None) -> str:
    """Write a p or q value with its name.

    Examples
    --------
    >>> named_p("p", 0.0321), named_p("q", 0.0002)
    ('p = 0.032', 'q < 0.001')
    """
    text = p_value(value)
    return f"{name} {text.replace('<', '< ') if text.startswith('<') else f'= {text}'}"


def plural(count: int, noun: str) -> str:
    r"""Write a count with its noun.

    Examples
    --------
    >>> plural(1, "subject"), plural(3000, "strategy")
    ('1 subject', '3\u202f000 strategies')
    """
    return words.plural(count, noun).replace(str(count), number(count), 1)


def threshold(statistic: str, direction: str, value: float) -> str:
    r"""Write a threshold as papers do.

    Examples
    --------
    >>> threshold("icc", ">", 0.9), threshold("cv", "<", 0.1)
    ('> 0.90', '< 10\xa0%')
    """
    return f"{direction} {terms.limit(statistic, value)}".replace(" %", "\u00a0%")


def quartiles(row: Mapping[Any, Any]) -> str:
    r"""Write median and quartiles of a row of summary.csv in the unit of its statistic.

    Examples
    --------
    >>> quartiles({"statistic": "cv", "median": 0.142, "q1": 0.0512, "q3": 0.24})
    '14.2 (5.1, 24.0)\xa0%'
    >>> quartiles({"statistic": "icc", "median": 0.85, "q1": 0.7, "q3": 0.93})
    '0.85 (0.70, 0.93)'
    """
    if pd.isna(row["median"]):
        return terms.NOT_COMPUTED
    median, q1, q3 = (terms.number(row[name], row["statistic"]) for name in ("median", "q1", "q3"))
    return f"{median} ({q1}, {q3}){terms.unit(row['statistic'])}".replace(" %", "\u00a0%")


def label(statistic: str) -> str:
    """Write the name of a statistic."""
    return about(statistic).label


def moment(text: str) -> str:
    """Write an ISO time to the minute, or the text itself where it is none.

    Examples
    --------
    >>> moment("2025-03-01T12:30:59+00:00")
    '2025-03-01 12:30 UTC'
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{time:%Y-%m-%d %H:%M} {time:%Z}".strip()
