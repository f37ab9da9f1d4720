"""Shares in per cent, as figures, tables and reports write them."""

import math


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
