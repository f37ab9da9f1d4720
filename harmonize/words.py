"""How counts, lists of names and times are written in sentences."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

UNITS: Mapping[str, float] = MappingProxyType({"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0})
"""Seconds of the units in which ages are given."""


def plural(count: int, noun: str) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> plural(1, "contour"), plural(3, "strategy"), plural(2, "day")
    ('1 contour', '3 strategies', '2 days')
    """
    if count == 1:
        return f"1 {noun}"
    several = f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"
    return f"{count} {several}"


def listed(names: Iterable[object]) -> str:
    """Join names as a sentence does.

    Examples
    --------
    >>> listed(["liver"]), listed(["liver", "spleen", "kidney"]), listed([])
    ('liver', 'liver, spleen and kidney', '')
    """
    *before, last = [*map(str, names)] or [""]
    return f"{', '.join(before)} and {last}" if before else last


def sentence(text: str) -> str:
    """Begin a text with a capital and leave the rest as it is.

    Examples
    --------
    >>> sentence("selector mRMR")
    'Selector mRMR'
    """
    return text[:1].upper() + text[1:]


def some(names: Iterable[object], most: int = 5, what: str = "more", *, apart: str = ", ") -> str:
    """List the first of some names and count the others.

    Examples
    --------
    >>> some("ab", 3), some(range(9), 3), some(range(9), 6, "more groups")
    ('a, b', '0, 1, 2 and 6 more', '0, 1, 2, 3, 4, 5 and 3 more groups')
    """
    found = list(map(str, names))
    more = f" and {len(found) - most} {what}" if len(found) > most else ""
    return apart.join(found[:most]) + more


def duration(seconds: float) -> str:
    """Write a time span that was measured.

    Examples
    --------
    >>> duration(3.21), duration(75), duration(7320)
    ('3.2 s', '1 min 15 s', '2 h 2 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def ago(seconds: float) -> str:
    """Write how long ago something was, in the largest unit of which it fills two.

    Examples
    --------
    >>> [ago(seconds) for seconds in (90, 7200, 86400, 15 * 86400)]
    ['just now', '2 h ago', '24 h ago', '2 w ago']
    """
    for unit in ("w", "d", "h", "m"):
        if seconds >= 2 * UNITS[unit]:
            return f"{seconds / UNITS[unit]:.0f} {unit} ago"
    return "just now"


def roughly(seconds: float) -> str:
    """Write a time span that was estimated.

    Examples
    --------
    >>> [roughly(seconds) for seconds in (0.2, 42, 400, 20000)]
    ['1 s', '42 s', '7 min', '5.6 h']
    """
    if seconds < 100:
        return f"{max(round(seconds), 1)} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def clock(seconds: float) -> str:
    """Write a time span as a clock shows it, which changes while one looks.

    Examples
    --------
    >>> clock(75), clock(7320)
    ('1:15', '2:02:00')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
