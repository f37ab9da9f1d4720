"""The order of a subject's scans: by numbers, by dates, or by texts that count, such as ``visit9`` and ``visit10``."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pyarrow as pa

from evaluation.reading.numbers import numbers_of
from harmonize.errors import ConfigurationError
from harmonize.inputs.levels import NO_VALUE
from harmonize.words import plural

MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november"),
    "december",
)

READINGS = {"day.month.year": "dmy", "month/day/year": "mdy", "year-month-day": "ymd"}
"""In what order day, month and year may stand, in words and letters."""

_TIME = (
    r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d+))?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)
_DATE = re.compile(r"(\d{1,4}|[A-Za-z]{3,9})\.?[-/. ,]+(\d{1,2}|[A-Za-z]{3,9})\.?(?:[-/. ,]+(\d{1,4}))?" + _TIME)
_RUN_TOGETHER = re.compile(r"(\d{1,2})([A-Za-z]{3,9})(\d{4}|\d{2})(?::(?=\d))?(.*)")
"""Dates as SAS writes them: 21NOV2020, and 21NOV2020:09:30:00 with a time of day."""
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[AaPp]\.?[Mm]\.?)?")
"""A time of day alone."""
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T_ -]?(\d{2})(\d{2})(\d{2})?(\.\d+)?(Z|[+-]\d{4})?)?")
"""Dates without signs, as DICOM and file names write them."""

_CUTS: dict[int, dict[str, tuple[int, ...]]] = {
    8: {"YYYYMMDD": (4, 2, 2), "DDMMYYYY": (2, 2, 4), "MMDDYYYY": (2, 2, 4)},
    6: {"YYMMDD": (2, 2, 2), "DDMMYY": (2, 2, 2), "MMDDYY": (2, 2, 2), "YYYYMM": (4, 2), "MMYYYY": (2, 4)},
}
"""By the digits of a number, the dates that it may be, and the digits of their parts."""


def ranks_within(
    texts: pd.Series, groups: pd.Series, place: Callable[[int], str], column: str, decimal: str | None = None
) -> pd.Series:
    """Count up the values of a column within groups: 1, 2, ..., equal ones alike.

    Parameters
    ----------
    texts : Series of str
        Numbers, dates, or texts that differ in one number.
    groups : Series
        Within what is counted.
    place : callable
        Says where a row of the table stands, for messages.
    column : str
        Its name, for messages.
    decimal : {".", ","} or None
        The decimal sign of numbers; None finds it.

    Raises
    ------
    ConfigurationError
        For texts that have no order in time, or dates that give different orders whether read day first or month
        first.

    Examples
    --------
    >>> one = pd.Series(["a", "a"])
    >>> ranks_within(pd.Series(["visit10", "visit9"]), one, str, "visit").tolist()
    [2, 1]
    >>> ranks_within(pd.Series(["01-Feb-2020", "31-Jan-2020"]), one, str, "date").tolist()
    [2, 1]
    >>> ranks_within(pd.Series(["03/04/2020", "05/02/2020"]), one, str, "date")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: `order`: column 'date': dates such as '03/04/2020' give one order when read ...
    """
    missing = texts.isin(NO_VALUE)
    if missing.any():
        first = int(missing.to_numpy().argmax())
        raise ConfigurationError(
            f"`order`: column '{column}' has no value in {place(first)} but '{texts.iloc[first]}' "
            f"({plural(int(missing.sum()), 'cell')}); every row needs one"
        )
    numbers = numbers_of({column: pa.chunked_array([pa.array(texts, pa.string())])}, decimal)
    if column in numbers:
        ranks = _ranked(pd.Series(numbers[column], index=texts.index), groups)
        _refuse_digits(texts, groups, ranks, column)
        return ranks
    return _by_date(texts, groups, column) if are_dates(texts) else _by_count(texts, groups, place, column)


def _ranked(values: pd.Series, groups: pd.Series) -> pd.Series:
    return values.groupby(groups, sort=False).rank(method="dense").astype(int)


def _refuse_digits(texts: pd.Series, groups: pd.Series, ranks: pd.Series, column: str) -> None:
    """Refuse numbers that may be dates such as 31122019, if these have another order."""
    digits = texts.str.replace(r"\.0+$", "", regex=True)
    if not digits.str.fullmatch(r"\d+").all():
        return
    longest = int(digits.str.len().max())
    width = {7: 8, 11: 12, 13: 14}.get(longest, longest)  # a number loses the zero of its first days and months
    if width not in (6, 8, 12, 14) or int(digits.str.len().min()) < width - 1:
        return
    padded = digits.str.zfill(width)
    cuts = _CUTS[min(width, 8)]
    found = {form: padded.map({text: _cut(text, form) for text in padded.unique()}) for form in cuts}
    whole = {form: dates for form, dates in found.items() if dates.notna().all()}
    other = [form for form, dates in whole.items() if not ranks.equals(_ranked(dates, groups))]
    if not whole:  # one that is mistyped does not make numbers of them
        other = [form for form, dates in found.items() if not form.startswith("Y") and dates.notna().mean() > 0.5]
    if other:
        raise ConfigurationError(
            f"`order`: column '{column}': digits such as '{texts.iloc[0]}' may be dates ({' or '.join(other)}), which "
            "have another order than the numbers; write dates as 2020-12-31, or the scans as 1, 2, 3"
        )


def _cut(text: str, form: str) -> float | None:
    """Read digits as a date, with the time of day behind it, as seconds."""
    parts, start = [], 0
    for size in _CUTS[len(form)][form]:
        parts.append(text[start : start + size])
        start += size
    clock = " " + ":".join(re.findall("..", text[start:])) if text[start:] else ""
    date = _date("-".join(parts) + clock, "".join(dict.fromkeys(form.lower())))
    if date is None or ("YYYY" in form and not 1900 <= date.year <= 2100):
        return None
    return (date - datetime(1970, 1, 1)).total_seconds()


def are_dates(texts: pd.Series) -> bool:
    """Tell whether all texts are dates, such as 2020-11-21, 21.11.2020 or 20201121.

    Examples
    --------
    >>> are_dates(pd.Series(["21.11.2020", "3.12.2020"])), are_dates(pd.Series(["R2", "R4"]))
    (True, False)
    """
    return any(_dates(texts, order) is not None for order in READINGS.values())


def _by_date(texts: pd.Series, groups: pd.Series, column: str) -> pd.Series:
    """Rank dates, if all ways in which they may be meant give one order."""
    found = {words: dates for words, order in READINGS.items() if (dates := _dates(texts, order)) is not None}
    ranks = {words: _ranked(dates, groups) for words, dates in found.items()}
    first, *others = ranks.values()
    for other in others:
        if not first.equals(other):
            row = int((first != other).to_numpy().argmax())
            raise ConfigurationError(
                f"`order`: column '{column}': dates such as '{texts.iloc[row]}' give one order when read as "
                f"{' and another as '.join(ranks)}; write them as 2020-12-31"
            )
    return first


def _dates(texts: pd.Series, order: str) -> pd.Series | None:
    """Give seconds of all dates when read in an order; nothing if some text cannot be."""
    known = {text: _date(text, order) for text in texts.unique()}
    if len({_CLOCK.fullmatch(text) is None for text in known}) > 1:  # a time of day beside dates is of no day
        return None
    dates = list(known.values())
    if any(date is None for date in dates) or len({date.tzinfo is None for date in dates if date}) > 1:
        return None
    start = datetime(1970, 1, 1)
    utc = {
        text: (date.astimezone(UTC).replace(tzinfo=None) if date.tzinfo else date) - start
        for text, date in known.items()
        if date is not None
    }
    return texts.map({text: span / timedelta(microseconds=1) for text, span in utc.items()}).astype(float)


def _date(text: str, order: str) -> datetime | None:
    """Read one date, with or without a time of day."""
    compact = _COMPACT.fullmatch(text)
    if compact:
        year, month, day, hour, minute, *rest = (part or "" for part in compact.groups())
        second, fraction, zone = rest
        text = f"{year}-{month}-{day} {hour or '00'}:{minute or '00'}:{second or '00'}{fraction}{zone}"
    elif _CLOCK.fullmatch(text):
        text = f"1970-01-01 {text}"
    elif together := _RUN_TOGETHER.fullmatch(text):
        text = "{}-{}-{} {}".format(*together.groups()).rstrip()
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    parts = [part for part in match.groups()[:3] if part]
    letters = _letters(parts, order)
    if letters is None:
        return None
    named = dict(zip(letters, parts, strict=True))
    return _moment(named.get("d", "1"), named["m"], named["y"], match)


def _letters(parts: list[str], order: str) -> str | None:
    """Say which part is day, month and year: a name of a month and a year of four digits tell it by themselves."""
    years = [i for i, part in enumerate(parts) if part.isdigit() and len(part) == 4]
    words = [i for i, part in enumerate(parts) if not part.isdigit()]
    if len(years) > 1 or len(words) > 1 or any(part.isdigit() and len(part) == 3 for part in parts):
        return None
    if len(parts) == 2:  # a month of a year
        return None if not years else "ym" if years == [0] else "my"
    if years == [0]:
        return "ymd" if words in ([], [1]) else None
    if words == [0]:
        return "mdy"
    if years == [2]:
        return "dmy" if words == [1] else None if words or order == "ymd" else order
    if words:
        return order if words == [1] and order != "mdy" and not years else None
    return None if years else order


def _moment(day: str, month: str, year: str, match: re.Match[str]) -> datetime | None:
    number = _month(month) if month.isalpha() else int(month)
    if number is None or not (day.isdigit() and year.isdigit()):
        return None
    full = int(year) if len(year) == 4 else 1900 + int(year) + 100 * (int(year) < 70)
    clock = match.groupdict()
    hour = int(clock["hour"] or 0)
    if clock["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (clock["half"][0] in "Pp")
    fraction = int(((clock["fraction"] or "0") + "000000")[:6])
    zone = _zone(clock["zone"])
    try:
        return datetime(
            full, number, int(day), hour, int(clock["minute"] or 0), int(clock["second"] or 0), fraction, zone
        )
    except ValueError:
        return None


def _month(word: str) -> int | None:
    found = [i for i, name in enumerate(MONTHS, start=1) if len(word) > 2 and name.startswith(word.lower())]
    return found[0] if found else None


def _zone(text: str | None) -> timezone | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    minutes = 60 * int(text[1:3]) + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _by_count(texts: pd.Series, groups: pd.Series, place: Callable[[int], str], column: str) -> pd.Series:
    """Rank texts that are the same but for one number, as people count."""
    frames = texts.str.replace(r"\d+", "0", regex=True).str.casefold()
    alike = (frames == frames.iloc[0]) & ~frames.str.contains(" -0", regex=False)  # "week -2": below zero
    counts = texts.str.findall(r"\d+")
    words = texts.str.contains("[A-Za-z]").all()
    if alike.all() and len(counts.iloc[0]) and words:
        numbers = pd.DataFrame(counts.tolist(), index=texts.index).astype(float)
        varying = [i for i in numbers if (numbers[i].groupby(groups, sort=False).nunique() > 1).any()]
        if len(varying) <= 1:
            return _ranked(numbers[varying[0] if varying else numbers.columns[-1]], groups)
    first = 0 if alike.all() else int((~alike).to_numpy().argmax())
    shown = list(dict.fromkeys([texts.iloc[first], *texts.unique()[:3]]))[:3]
    listed = ", ".join(f"'{text}'" for text in shown)
    raise ConfigurationError(
        f"`order`: column '{column}' holds texts without an order in time, such as {listed} ({place(first)}); expected "
        "numbers, dates such as 2020-12-31, or texts that differ in one number such as visit9 and visit10. Compare "
        f"them by their names with `condition={column}` `reference='{texts.iloc[0]}'`, or number them in a column"
    )
