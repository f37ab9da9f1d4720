"""How a setting is read: from the text of a command line, or from what Python users and files of settings give."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path


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


def paths(value: object) -> tuple[Path, ...]:
    """Take one path or several."""
    several = (value,) if isinstance(value, str | os.PathLike) else value
    if not isinstance(several, list | tuple) or not several:
        raise ValueError(f"expected one path or several, found {value!r:.80}")
    return tuple(Path(one) for one in several)


def pairs(metavar: str) -> Callable[[object], dict[str, str]]:
    """Make what takes NAME=VALUE, called so by the metavar, or a mapping.

    Examples
    --------
    >>> pairs("COLUMN=REGEX")(["study =(?P<day>a=b)"]), pairs("STATISTIC=VALUE")({"icc": 0.9})
    ({'study': '(?P<day>a=b)'}, {'icc': '0.9'})
    """

    def read(value: object) -> dict[str, str]:
        if isinstance(value, Mapping):
            return {str(name): str(one) for name, one in value.items()}
        found = [one.partition("=") for one in texts(value)]
        for name, equals, rest in found:
            if not equals:
                raise ValueError(f"expected {metavar}, found '{name}{rest}'")
        return {name.strip(): rest for name, _, rest in found}

    return read


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
        return float(value)  # type: ignore[arg-type]  # what is none, raises
    except (TypeError, ValueError):
        raise ValueError(f"expected a number or none, found '{value}'") from None
