"""Frozen dataclasses from plain mappings, as a YAML file gives them, with errors a person can act on."""

import dataclasses
import difflib
import math
import types
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, Union

from harmonize.errors import ConfigurationError

T = TypeVar("T")

WANTED = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", Path: "a path"}
"""The kinds of plain values, in words."""

MANY, FEW = 25, 5
"""Of more known names than `MANY` a message lists the nearest `FEW`."""


def suggest(name: object, known: Iterable[str]) -> str:
    """Give the sentence that names the nearest right spelling, or else all of them; of many, the nearest few.

    Examples
    --------
    >>> suggest("zscor", ["n4", "zscore"])
    "did you mean 'zscore'?"
    >>> suggest("x", ["n4", "zscore"])
    'known are: n4, zscore'
    """
    known = sorted(known)
    if not known:
        return "none is known here"
    folded = {key.lower().replace("-", "_"): key for key in known}
    wanted = str(name).lower().replace("-", "_")
    near = difflib.get_close_matches(wanted, folded, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{folded[near[0]]}'?"
    if len(known) <= MANY:
        return f"known are: {', '.join(known)}"
    nearest = difflib.get_close_matches(wanted, folded, n=FEW, cutoff=0.0)
    return f"of {len(known)} known ones the nearest are: {', '.join(folded[key] for key in nearest)}"


def refuse_unknown(keys: Iterable[object], known: Iterable[str], where: str, what: str = "unknown key") -> None:
    """Raise a `ConfigurationError` for the first key that is not among the known ones, with the nearest right one.

    Examples
    --------
    >>> refuse_unknown(["ICC", "cvv"], ["ICC", "cv", "qcd"], "thresholds", "there is no statistic")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: thresholds: there is no statistic 'cvv'; did you mean 'cv'?
    """
    known = list(known)
    for key in keys:
        if key not in known:
            raise ConfigurationError(f"{where}: {what} '{key}'; {suggest(key, known)}")


def build(cls: type[T], values: object, where: str) -> T:
    """Make a frozen dataclass from a mapping, refusing unknown keys and wrong types.

    Parameters
    ----------
    cls : type
        A dataclass whose fields are numbers, strings, booleans, `Literal`, tuples or mappings of these, `None`
        where the annotation allows it, or other such dataclasses.
    values : object
        What the file holds; `None` stands for an empty mapping.
    where : str
        The place in the file, as the error message shall name it.

    Returns
    -------
    object
        An instance of `cls`.

    Raises
    ------
    ConfigurationError
        For an unknown key (with the nearest right one), a missing one, or a value of the wrong type. What the
        dataclass itself refuses with a `ValueError` is raised again with the place in front.

    Examples
    --------
    >>> import dataclasses
    >>> @dataclasses.dataclass(frozen=True)
    ... class Clip:
    ...     lower: float
    ...     upper: float = 99.5
    >>> build(Clip, {"lower": "1e-3"}, "study.yaml: clip")
    Clip(lower=0.001, upper=99.5)
    >>> build(Clip, {"lower": 1, "uper": 2}, "study.yaml: clip")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: study.yaml: clip: unknown key 'uper'; did you mean 'upper'?
    """
    values = {} if values is None else values
    if not isinstance(values, Mapping):
        raise ConfigurationError(f"{where}: expected a mapping of names to values, found {_shown(values)}")
    fields = {field.name: field for field in dataclasses.fields(cls) if field.init}  # type: ignore[arg-type]  # only dataclasses are passed
    refuse_unknown(values, fields, where)
    missing = [
        name
        for name, field in fields.items()
        if name not in values and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise ConfigurationError(f"{where}: '{missing[0]}' is missing; add it")
    hints = typing.get_type_hints(cls)
    arguments = {key: convert(hints[key], value, f"{where}: {key}") for key, value in values.items()}
    try:
        return cls(**arguments)
    except ConfigurationError:
        raise
    except ValueError as error:
        raise ConfigurationError(f"{where}: {error}") from error


def convert(hint: Any, value: Any, where: str) -> Any:
    """Give a value of a plain mapping as a type hint wants it; raises `ConfigurationError` where it does not fit."""
    origin = typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if hint is Any:
        return value
    if origin in (Union, types.UnionType):
        return _convert_union(arguments, value, where)
    if origin is Literal:
        if value in arguments and type(value) in {type(argument) for argument in arguments}:
            return value
        raise ConfigurationError(f"{where}: unknown value {_shown(value)}; {suggest(value, map(str, arguments))}")
    if dataclasses.is_dataclass(hint):
        return build(typing.cast(type, hint), value, where)
    if origin is tuple:
        return _convert_tuple(arguments, value, where)
    if origin in (dict, Mapping):
        if not isinstance(value, Mapping):
            raise ConfigurationError(f"{where}: expected a mapping, found {_shown(value)}")
        return {
            convert(arguments[0], key, where): convert(arguments[1], item, f"{where}: {key}")
            for key, item in value.items()
        }
    return _convert_scalar(hint, value, where)


def _convert_union(arguments: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and type(None) in arguments:
        return None
    errors = []
    for argument in arguments:
        if argument is not type(None):
            try:
                return convert(argument, value, where)
            except ConfigurationError as error:
                errors.append(error)
    # The alternatives with parts stand last: for a value with parts, theirs is the error that names the wrong part.
    raise errors[-1 if isinstance(value, list | tuple | Mapping) else 0]


def _convert_tuple(arguments: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise ConfigurationError(f"{where}: expected a list, found {_shown(value)}")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        hints: tuple[Any, ...] = (arguments[0],) * len(value)
    else:
        hints = arguments
    if len(hints) != len(value):
        raise ConfigurationError(f"{where}: expected {len(hints)} values, found {len(value)}: {_shown(value)}")
    return tuple(convert(hint, item, f"{where}[{i}]") for i, (hint, item) in enumerate(zip(hints, value, strict=True)))


def _convert_scalar(hint: Any, value: Any, where: str) -> Any:
    if hint is float and not isinstance(value, bool):
        try:  # YAML 1.1 reads 1e-3 as a text
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if math.isfinite(number):
            return number
    elif hint is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    elif hint in (bool, str) and isinstance(value, hint):
        return value
    quotes = " (put it in quotes)" if hint is str and isinstance(value, bool | int | float) else ""
    raise ConfigurationError(f"{where}: expected {WANTED[hint]}{quotes}, found {_shown(value)}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
