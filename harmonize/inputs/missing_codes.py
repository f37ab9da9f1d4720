"""Numbers that stand for a missing value: -9, 99, -999 and the like, as SPSS, PLINK, REDCap and people write them."""

from collections.abc import Iterable

import numpy as np

from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError

CODES = tuple(sign * code for code in (9, 99, 999, 9999) for sign in (-1, 1))
"""What stands for a missing value, if not for itself."""

_LARGE = 99
"""Above its like, 9 may well be a measurement."""


def codes_among(levels: Iterable[object]) -> list[object]:
    """Give the levels of a factor that may stand for a missing value.

    A negative code does so beside any other level; a positive one beside two or more that are words, or where the
    others count from 0 or 1 without a gap and it is not the next.

    Examples
    --------
    >>> codes_among([1, 2, -9]), codes_among(["yes", "no", "999"]), codes_among(["0", "1", "9"])
    ([-9], ['999'], ['9'])
    >>> codes_among([7, 8, 9]), codes_among(range(1, 10)), codes_among(["A", "9"]), codes_among(["-9_level", "0"])
    ([], [], [], [])
    """
    given = list(dict.fromkeys(levels))
    numbers = {level: number_of(str(level)) for level in given}
    others = [number for number in numbers.values() if number not in CODES]
    counted = sorted(number for number in others if number is not None)
    in_words = len(others) > 1 and not counted
    counting = len(counted) == len(others) > 0 and counted[0] in (0, 1)
    counting = counting and counted == [counted[0] + i for i in range(len(counted))]
    return [
        level
        for level, number in numbers.items()
        if number in CODES
        and number is not None
        and others
        and (number < 0 or in_words or (counting and number != counted[-1] + 1))
    ]


def refuse_code_values(values: FloatArray, what: str) -> None:
    """Refuse a column of numbers in which a code for a missing value lies apart from all others.

    Apart is: further from them than they are from each other; or negative where no other is.

    Examples
    --------
    >>> refuse_code_values(np.array([40.0, 72.0, -9.0, 55.0]), "covariate 'age'")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: covariate 'age' is -9 in 1 of 4 rows and from 40 to 72 in the others, so that
    it may stand for a missing value; leave these rows out or fill them in, or if it was measured add a constant to
    the whole column, which changes no result
    """
    known = values[np.isfinite(values)]
    others = known[~np.isin(known, CODES)]
    if len(np.unique(others)) < 2:
        return
    low, high = others.min(), others.max()
    for code in CODES:
        gap = max(low - code, code - high)
        apart = gap > high - low or (code < 0 <= low)
        if apart and (code < 0 or code >= _LARGE) and (known == code).any():
            raise ConfigurationError(
                f"{what} is {code} in {int((known == code).sum())} of {len(values)} rows and from {low:.4g} to "
                f"{high:.4g} in the others, so that it may stand for a missing value; leave these rows out or fill "
                "them in, or if it was measured add a constant to the whole column, which changes no result"
            )


def number_of(text: str) -> float | None:
    """Give the number that a text is; None where it is none."""
    try:
        return float(text)
    except ValueError:
        return None
