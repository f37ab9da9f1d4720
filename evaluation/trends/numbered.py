"""Levels as numbers: those that are told, or asked for with what the names suggest; none is guessed."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.levels import find_level
from harmonize.inputs.missing_codes import number_of
from harmonize.words import listed, some

NUMBER = re.compile(r"(?<![\d.,])(?:(?<![^\W_])[+-])?\d+(?:[.,]\d+)?(?![\d.,])")
"""The number in a name such as R4 or 1.5T; the hyphen of DLR-1 is no sign."""
COMMA = re.compile(r"\s*[+-]?\d+,(?!\d{3}\s*$)\d+\s*")
"""A number with a decimal comma; before three digits, as in 1,500, it may part thousands."""
MOST_NAMED = 6
"""Levels that a message names; more are counted."""
LEFT_OUT = "none"
"""Stands in the place of a number for a level that is left out."""


def check_numbers(levels: ArrayLike, *, repeated: bool = False) -> FloatArray:
    """Give numbers of levels as an array, or say why they order nothing.

    Parameters
    ----------
    levels : array_like, shape (n_levels,)
    repeated : bool
        Whether a number may stand there several times, as where each subject has one.

    Raises
    ------
    ConfigurationError
        For what is no finite number, fewer than two different ones, or one that stands there twice.

    Examples
    --------
    >>> check_numbers([2, 4, 6])
    array([2., 4., 6.])
    """
    try:
        numbers = np.asarray(levels, dtype=np.float64)
    except (TypeError, ValueError):
        raise ConfigurationError(f"trends: `levels`: expected numbers, found {levels!r:.80}") from None
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise ConfigurationError(f"trends: `levels`: expected a list of finite numbers, found {levels!r:.80}")
    different = len(np.unique(numbers))
    if different < 2:
        raise ConfigurationError(f"trends: `levels`: expected at least two different numbers, found {levels!r:.80}")
    if not repeated and different < len(numbers):
        raise ConfigurationError(f"trends: `levels`: a number stands twice in {levels!r:.80}; name each level once")
    return numbers


def level_numbers(names: Sequence[str], given: Mapping[str, object], where: str) -> dict[str, float]:
    """Give the number of each level of a factor, by its name.

    Parameters
    ----------
    names : sequence of str
        The levels, as the table has them. Those that are numbers themselves need none, unless others of them are given
        another than their own.
    given : mapping of str to number or text
        The number of each level, with a decimal point or comma; ``none`` leaves a level out.
    where : str
        What is asked, as messages name it, such as ``study.yaml: levels: acquisition``.

    Raises
    ------
    ConfigurationError
        For levels that are dates, a level that there is none of, one without a number (with the numbers that the names
        suggest), what is no number, and a number that two levels have.

    Examples
    --------
    >>> level_numbers(["1.5", "3"], {}, "levels: field_strength")
    {'1.5': 1.5, '3': 3.0}
    >>> level_numbers(["REF", "R2", "R4"], {"R4": 4, "R2": 2, "REF": "none"}, "levels: acquisition")
    {'R2': 2.0, 'R4': 4.0}
    >>> level_numbers(["2", "4", "10"], {"10": "none"}, "levels: acceleration")
    {'2': 2.0, '4': 4.0}
    >>> level_numbers(["R2", "R4"], {}, "levels: acquisition")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: levels: acquisition: 'R2' and 'R4' have no number; the names suggest R2=2,
    R4=4: say so, or give others
    """
    told = {find_level(name, names, f"{where}: there is no level"): number for name, number in given.items()}
    if len(told) < len(given):
        raise ConfigurationError(f"{where}: {listed(given)} name a level twice; give each level one number")
    given = told
    if not given:
        _refuse_dates(names, where)
    found: dict[str, float | None] = {name: _number(given[name], name, where) for name in names if name in given}
    own = {name: number for name in names if (number := _own(name)) is not None}
    # Numbers that replace some of the names' own leave open what the others' are.
    if all(found[name] in (None, own[name]) for name in own.keys() & found.keys()):
        found = {**own, **found}
    without = [name for name in names if name not in found]
    if without:
        raise ConfigurationError(f"{where}: {_question(without, names)}")
    numbers = {name: number for name, number in found.items() if number is not None}
    by_number: dict[float, str] = {}
    for name, number in numbers.items():
        if by_number.setdefault(number, name) != name:
            raise ConfigurationError(
                f"{where}: '{by_number[number]}' and '{name}' have the same number {number:g}; give each its own, or "
                f"leave one out as {name}={LEFT_OUT}"
            )
    if len(numbers) < 2:
        raise ConfigurationError(
            f"{where}: {len(numbers)} level with a number; a trend needs at least two, and Page's test three"
        )
    return dict(sorted(numbers.items(), key=lambda one: one[1]))


def _number(value: object, name: str, where: str) -> float | None:
    if value is None or value == LEFT_OUT:
        return None
    text = str(value)
    number = None if isinstance(value, bool) else _own(text.replace(",", ".") if COMMA.fullmatch(text) else text)
    if number is None:
        raise ConfigurationError(f"{where}: {name}: expected a number or {LEFT_OUT}, found {value!r:.40}")
    return number


def _own(name: str) -> float | None:
    """Give the number that a name is; a comma in it could part thousands as well, and is asked about."""
    number = number_of(name)
    return None if number is None or not np.isfinite(number) else float(number)


def _refuse_dates(names: Sequence[str], where: str) -> None:
    """Ask about levels that are dates: as numbers they have gaps, and each subject has its own."""
    import pandas as pd  # only here: loading it takes long

    from evaluation.reading.order import are_dates

    texts = all(_own(name) is None or len(name) == len("20201121") for name in names)
    if len(names) > 1 and texts and are_dates(pd.Series(names, dtype=object)):
        raise ConfigurationError(
            f"{where}: {_some(names)} are dates, which are no levels: number each subject's visits 1, 2, 3, or write "
            "the days since the first scan, in a column of its own"
        )


def _some(names: Sequence[str]) -> str:
    quoted = [repr(name) for name in names]
    return listed(quoted) if len(quoted) <= MOST_NAMED else some(quoted, MOST_NAMED)


def _question(without: Sequence[str], names: Sequence[str]) -> str:
    """Ask for numbers, with those that the names suggest."""
    asked = f"{_some(without)} {'has' if len(without) == 1 else 'have'} no number"
    found = {name: NUMBER.findall(name) for name in names}
    told = {
        name: float(numbers[0].replace(",", "."))
        for name, numbers in found.items()
        if len(numbers) == 1 and ("," not in numbers[0] or COMMA.fullmatch(numbers[0]))
    }
    other = next((name for name in names if name not in told), None)
    if not told or len(set(told.values())) < len(told):
        return f"{asked}; give each level one, as {without[0]}=NUMBER, or leave it out as {without[0]}={LEFT_OUT}"
    pairs = [f"{name}={number:g}" for name, number in told.items()]
    suggested = f"{asked}; the names suggest {some(pairs, MOST_NAMED)}"
    if other is None:
        return f"{suggested}: say so, or give others"
    return f"{suggested}; give {other} one, too, or leave it out as {other}={LEFT_OUT}"
