"""Numbers as figures, tables, terminals and reports write them."""

import math
from collections.abc import Callable
from functools import partial


def in_percent(value: float | None, digits: int = 0) -> str:
    """Write a share in per cent, without the sign; nothing rounds to none or to all that is not.

    Parameters
    ----------
    value : float or None
        From 0 to 1; None and NaN become a dash.
    digits : int
        After the point.

    Examples
    --------
    >>> in_percent(0.444), in_percent(0.0004), in_percent(0.9999), in_percent(0.9996, 1), in_percent(0.0)
    ('44', '<1', '>99', '>99.9', '0')
    """
    if value is None or math.isnan(value):
        return "–"
    least = 10.0**-digits
    scaled = 100 * value
    if scaled > 0 and round(scaled, digits) <= 0:
        return f"<{least:.{digits}f}"
    if scaled < 100 and round(scaled, digits) >= 100:
        return f">{100 - least:.{digits}f}"
    return f"{scaled:.{digits}f}"


def signed(value: float, digits: int = 2) -> str:
    """Write a number with a proper minus sign, and none before a zero.

    Examples
    --------
    >>> signed(-0.25), signed(-0.001), signed(-0.25, 1)
    ('−0.25', '0.00', '−0.2')
    """
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def with_limits(
    value: float,
    lower: float | None = None,
    upper: float | None = None,
    write: Callable[[float], str] = signed,
    missing: str = "–",
) -> str:
    """Write a value and its limits, where it has any (else None or NaN); with two digits unless `write` says else.

    Limits that are equal are none: what no subject changes tells nothing of other subjects.

    Examples
    --------
    >>> with_limits(0.71, 0.6, 0.82), with_limits(-0.2, math.nan, math.nan), with_limits(math.nan)
    ('0.71 (0.60 to 0.82)', '−0.20', '–')
    """
    if math.isnan(value):
        return missing
    if lower is None or upper is None or math.isnan(lower) or math.isnan(upper) or lower == upper:
        return write(value)
    return f"{write(value)} ({write(lower)} to {write(upper)})"


def rounded(
    value: float,
    lower: float | None = None,
    upper: float | None = None,
    digits: int = 2,
    scale: float = 1.0,
    missing: str = "–",
) -> str:
    """Write a value and its limits with so many digits, or the few more that it takes to tell the limits apart.

    Examples
    --------
    >>> rounded(-0.1, -0.25, 0.05, 1, 100), rounded(0.0, -0.0001, 0.0004, 1, 100), rounded(0.1, 0.1, 0.1)
    ('−10.0 (−25.0 to 5.0)', '0.00 (−0.01 to 0.04)', '0.10')
    """
    low, high = (None if end is None else scale * end for end in (lower, upper))
    for more in range(digits, digits + 4):
        if low is None or high is None or low == high or signed(low, more) != signed(high, more):
            digits = more
            break
    else:
        low = high = None
    return with_limits(scale * value, low, high, partial(signed, digits=digits), missing)


def p_value(value: float | None) -> str:
    """Write a p or q value.

    Examples
    --------
    >>> p_value(0.0321), p_value(0.0002), p_value(None)
    ('0.032', '<0.001', '–')
    """
    if value is None or math.isnan(value):
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"
