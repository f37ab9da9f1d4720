"""How a setting is read: from the text of a command line, or from what Python users and files of settings give."""

import numbers
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class FrozenMapping(Mapping[str, str]):
    """Names and their values, which can be compared and hashed, and cannot be changed.

    Examples
    --------
    >>> FrozenMapping({"icc": "0.9"}) == {"icc": "0.9"}, len({FrozenMapping({"a": "1"}), FrozenMapping({"a": "1"})})
    (True, 1)
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return repr(self._values)


def names(value: object) -> tuple[str, ...]:
    """Take several names: of a text or of several, separated by commas.

    Examples
    --------
    >>> names("a, b,"), names(["a,b", "c"])
    (('a', 'b'), ('a', 'b', 'c'))
    """
    return tuple(name.strip() for text in texts(value) for name in text.split(",") if name.strip())


def texts(value: object) -> tuple[str, ...]:
    """Take one text or several.

    Examples
    --------
    >>> texts("site=A,B"), texts(["site=A", "site=B"])
    (('site=A,B',), ('site=A', 'site=B'))
    """
    several = (value,) if isinstance(value, str) else value
    if not isinstance(several, list | tuple) or not all(isinstance(one, str) for one in several):
        raise ValueError(f"expected texts, found {value!r:.80}")
    return tuple(several)


def level(value: object) -> str:
    """Take a level of a column: a text, or a whole number as a table writes it.

    Examples
    --------
    >>> level("REF"), level(2)
    ('REF', '2')
    """
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return str(int(value))
    if not isinstance(value, str):
        raise ValueError(f"expected a text, found {value!r:.80}; write the level as the table does, such as '{value}'")
    return value


def long_names(value: object) -> tuple[str, str]:
    """Take the columns of the names and of the values of features.

    Examples
    --------
    >>> long_names("name, value")
    ('name', 'value')
    """
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    feature, comma, column = text.partition(",")
    if not comma:
        raise ValueError(f"expected FEATURE,VALUE, found '{text}'")
    return feature.strip(), column.strip()


def paths(value: object) -> tuple[Path, ...]:
    """Take one path or several."""
    several = (value,) if isinstance(value, str | os.PathLike) else value
    if not isinstance(several, list | tuple) or not several:
        raise ValueError(f"expected one path or several, found {value!r:.80}")
    return tuple(Path(one) for one in several)


def each_once(named: Iterable[tuple[str, T]]) -> dict[str, T]:
    """Take names and values; one that is named again has to have the same value.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> each_once([("icc", ".9"), ("cv", ".1"), ("icc", ".8")])
    Traceback (most recent call last):
    ValueError: 'icc' is given twice, as '.9' and '.8'; give it once
    """
    found: dict[str, T] = {}
    for name, value in named:
        if found.setdefault(name, value) != value:
            raise ValueError(f"'{name}' is given twice, as '{found[name]}' and '{value}'; give it once")
    return found


def pairs(metavar: str) -> Callable[[object], FrozenMapping]:
    """Make what takes NAME=VALUE, called so by the metavar, or a mapping.

    Examples
    --------
    >>> pairs("COLUMN=REGEX")(["study =(?P<day>a=b)"]), pairs("STATISTIC=VALUE")({"icc": 0.9})
    ({'study': '(?P<day>a=b)'}, {'icc': '0.9'})
    """

    def read(value: object) -> FrozenMapping:
        if isinstance(value, Mapping):
            return FrozenMapping({str(name): str(one) for name, one in value.items()})
        found = [one.partition("=") for one in texts(value)]
        for name, equals, rest in found:
            if not equals:
                raise ValueError(f"expected {metavar}, found '{name}{rest}'")
        return FrozenMapping(each_once((name.strip(), rest) for name, _, rest in found))

    return read


def number_or_text(text: str) -> float | str:
    """Take a number where it is one; what else is refused by whoever asks for numbers, with the names it knows.

    Examples
    --------
    >>> number_or_text("0.9"), number_or_text("high")
    (0.9, 'high')
    """
    try:
        return float(text)
    except ValueError:
        return text


def number_or_none(value: object) -> float | None:
    """Take a number, or the word none.

    Examples
    --------
    >>> number_or_none("none"), number_or_none("0.9"), number_or_none(0.9)
    (None, 0.9, 0.9)
    """
    if value is None or value == "none":
        return None
    try:
        if not isinstance(value, str | numbers.Real) or isinstance(value, bool):
            raise TypeError
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"expected a number or none, found '{value}'") from None
