"""Levels of a factor as people write them: numbers without quotes, words for missing values, spellings of one name."""

import datetime
import math
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import suggest
from harmonize.inputs.missing_codes import codes_among, number_of

ABSENT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "na": ("NA",),
        "n/a": ("N/A", "n/a"),
        "#n/a": ("#N/A",),
        "nan": ("NaN", "nan", "-nan", "NAN"),
        "null": ("null", "NULL"),
        "<na>": ("<NA>",),
        **dict.fromkeys(("n.a.", "nil", "missing", "?", ".", "-", "--", "n.d.", "k.a.", "k. a."), ()),
    }
)
"""What R, pandas, SQL, SAS, Weka, spreadsheets and people write for a missing level of a factor, in lower case, and the
spellings of it that stand for no value in a column of numbers; there all others are asked about."""

ABSENT_OR_A_NAME: Mapping[str, tuple[str, ...]] = MappingProxyType({"none": ("None", "none")})
"""The same of what Python writes for one, and people for a treatment or a setting that there was none of."""

NOT_KNOWN = ("unknown", "not known", "not available", "unbekannt")
"""What people write for a class, a batch or a covariate that they do not know, in lower case."""

NO_VALUE = ("", *(text for words in (ABSENT, ABSENT_OR_A_NAME) for texts in words.values() for text in texts))
"""Texts that stand for no value in a column of numbers."""


def find_level(wanted: object, known: Iterable[str], what: str) -> str:
    """Give the level that a study file or an option names, also where its number is written in another way.

    Parameters
    ----------
    wanted : object
        A text, or the number or date that YAML makes of one without quotes.
    known : iterable of str
        The levels, as the table has them.
    what : str
        The start of the error message, such as ``study.yaml: reference: no scan has the condition``.

    Raises
    ------
    ConfigurationError
        If there is no such level, or several of the same number.

    Examples
    --------
    >>> find_level(1, ["1", "2"], "reference: no condition"), find_level("3", ["1.5", "3.0"], "reference: no condition")
    ('1', '3.0')
    >>> find_level(1, ["01", "1.0"], "reference: no condition")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: reference: no condition '1' of this spelling, but '01' and '1.0'; write one of
    them, in quotes
    """
    levels = list(dict.fromkeys(known))
    text = wanted.isoformat() if isinstance(wanted, datetime.date) else str(wanted)
    if text in levels and not isinstance(wanted, bool):
        return text
    if isinstance(wanted, bool):
        raise ConfigurationError(
            f"{what} '{wanted}'; YAML reads yes, no, on and off without quotes as true and false: write the name in "
            f"quotes; {suggest(text, levels)}"
        )
    number = number_of(text)
    same = [level for level in levels if number is not None and number_of(level) == number]
    if len(same) == 1:
        return same[0]
    if same:
        spelled = " and ".join(f"'{level}'" for level in same)
        raise ConfigurationError(f"{what} '{text}' of this spelling, but {spelled}; write one of them, in quotes")
    raise ConfigurationError(f"{what} '{text}'; {suggest(text, levels)}")


def level_text(value: object) -> str:
    """Give the text of a level that YAML may have made a number or a date of.

    Examples
    --------
    >>> level_text(1), level_text(1.5), level_text("REF")
    ('1', '1.5', 'REF')
    """
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def says_missing(level: object, *, none: bool = True) -> bool:
    """Say whether a level is a word for a missing value; `none` counts None and words such as unknown as one.

    Examples
    --------
    >>> [says_missing(level) for level in ("NA", " nan", "None", "Unknown", "-", "no", "-1", 3)]
    [True, True, True, True, True, False, False, False]
    """
    if not isinstance(level, str):
        return False
    word = level.strip().lower()
    return not word or word in ABSENT or (none and (word in ABSENT_OR_A_NAME or word in NOT_KNOWN))


def refuse_missing(levels: Iterable[object], what: str, *, none: bool = True, codes: bool = True) -> None:
    """Raise a `ConfigurationError` for a level that is a word or a code for a missing value, and say what to do.

    `codes` is False for subjects and the like, which may be any numbers.

    Examples
    --------
    >>> refuse_missing(["A", "B", "NA"], "batch 'scanner'")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: batch 'scanner' is 'NA' in some rows, which may be a missing value or a name;
    leave these rows out or fill them in, or if it is a name write it out, such as 'NA_level'
    """
    given = list(dict.fromkeys(levels))
    asked = codes_among(level for level in given if not says_missing(level)) if codes else []
    for level in given:
        if says_missing(level, none=none) or level in asked:
            raise ConfigurationError(
                f"{what} is '{level}' in some rows, which may be a missing value or a name; leave these rows out or "
                f"fill them in, or if it is a name write it out, such as '{str(level).strip() or 'no'}_level'"
            )


def alike(names: Iterable[str]) -> list[list[str]]:
    """Group different names that are equal but for capitals, spaces, `-`, `_` and how their numbers are written.

    Examples
    --------
    >>> alike(["HASTE", "Haste", "T2-FS", "T2 FS", "S01", "S1", "S10", "HASTE", "2", "2.0", "-2"])
    [['HASTE', 'Haste'], ['T2-FS', 'T2 FS'], ['S01', 'S1'], ['2', '2.0']]
    """
    groups: dict[str | float, list[str]] = {}
    for name in dict.fromkeys(names):
        groups.setdefault(_bare(name), []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def refuse_one_number_twice(levels: Iterable[object], what: str) -> None:
    """Raise a `ConfigurationError` for levels that are one whole number, with decimals and without.

    Programs that read whole numbers as such in one table and with decimals in another leave both where tables are put
    together, and the rows of one level then count as two.

    Examples
    --------
    >>> refuse_one_number_twice(["1", "2", "1.0"], "column 'reader'")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: column 'reader' has the levels '1' and '1.0', one number written in two ways;
    write it the same way in every row, or with a letter before it if they are two
    """
    first: dict[float, str] = {}
    for level in dict.fromkeys(map(str, levels)):
        number = _number(level)
        if number is None:
            continue
        other = first.setdefault(number, level)
        if other != level and (set(other) | set(level)) & set(".,"):
            raise ConfigurationError(
                f"{what} has the levels '{other}' and '{level}', one number written in two ways; write it the same way "
                "in every row, or with a letter before it if they are two"
            )


def _number(name: str) -> float | None:
    """Give the number that a level is, written with a point or a comma; None if it is none."""
    number = None if "_" in name else number_of(name.replace(",", ".", 1))
    return number if number is not None and math.isfinite(number) else None


def _bare(name: str) -> str | float:
    number = _number(name)
    if number is not None:
        return number
    return re.sub(r"0+(?=\d)", _zeros, re.sub(r"[\s_-]+", "", name).casefold())


def _zeros(found: re.Match[str]) -> str:
    """Keep zeros that follow a digit: they are part of a number."""
    before = found.string[: found.start()]
    return found.group() if before[-1:].isdigit() else ""
