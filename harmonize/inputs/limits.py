"""Limits of numbers: said once, beside the number, for check, message, option and the schema for editors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from numbers import Integral, Real
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import numpy as np

from harmonize.errors import ConfigurationError


@dataclass(frozen=True)
class Bounds:
    """What a number may be; written beside its type as ``Annotated[int, Bounds(least=1)]``.

    Parameters
    ----------
    least, most : float or None
        Limits that are allowed themselves.
    above, below : float or None
        Limits that are not.
    whole : bool
        Whether only whole numbers are allowed; `limits_of` sees it by the type.
    """

    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None
    whole: bool = False

    def __str__(self) -> str:
        """Give the limits in words; empty for none.

        Examples
        --------
        >>> str(Bounds(least=2)), str(Bounds(above=0)), str(Bounds(above=0, most=1))
        ('2 or more', 'a number above 0', 'more than 0 and at most 1')
        """
        given = {name: value for name, value in vars(self).items() if value is not None and name != "whole"}
        match given:
            case {"least": least, "most": most}:
                return f"{least:g} to {most:.15g}"
            case {"least": least} if len(given) == 1:
                return f"{least:g} or more"
            case {"above": above} if len(given) == 1:
                return f"a number above {above:g}"
        words = {"above": "more than", "least": "at least", "most": "at most", "below": "less than"}
        return " and ".join(f"{words[name]} {given[name]:g}" for name in words if name in given)

    def holds(self, value: float) -> bool:
        """Tell whether a number lies within the limits; what is no number, or none of its kind, never does."""
        return (
            self._is_number(value)
            and (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def _is_number(self, value: object) -> bool:
        return isinstance(value, Integral if self.whole else Real) and not isinstance(value, bool | np.bool_)

    def check(self, name: str, value: float, error: type[ValueError] = ConfigurationError) -> None:
        """Raise an error for a number that is not within the limits.

        Examples
        --------
        >>> Bounds(above=0, below=1).check("level", 95)
        Traceback (most recent call last):
        harmonize.errors.ConfigurationError: level is 95, expected more than 0 and less than 1
        """
        if not self.holds(value):
            kind = "a whole number, " if self.whole and not self._is_number(value) else ""
            shown = f"{value:g}" if self._is_number(value) or isinstance(value, float) else f"{value!r:.80}"
            raise error(f"{name} is {shown}, expected {kind}{self}")

    def schema(self) -> dict[str, Any]:
        """Give them in the words of a JSON schema.

        Examples
        --------
        >>> Bounds(above=0, most=1).schema()
        {'exclusiveMinimum': 0, 'maximum': 1}
        """
        words = {"least": "minimum", "above": "exclusiveMinimum", "most": "maximum", "below": "exclusiveMaximum"}
        return {words[name]: getattr(self, name) for name in words if getattr(self, name) is not None}


AboveZero = Annotated[float, Bounds(above=0)]
Share = Annotated[float, Bounds(above=0, most=1)]
Part = Annotated[float, Bounds(above=0, below=1)]
Resamples = Annotated[int, Bounds(least=100)]
"""Fewer draws cannot tell a tail."""
Count = Annotated[int, Bounds(least=1)]


@cache
def limits_of(cls: Callable[..., Any]) -> Mapping[str, Bounds]:
    """Give the limits of the fields of a class, or the parameters of a function, as they stand beside their types.

    Examples
    --------
    >>> class Blur:
    ...     width: AboveZero | None = None
    >>> limits_of(Blur)
    {'width': Bounds(least=None, most=None, above=0, below=None, whole=False)}
    """
    parts: list[Any] = [cls]
    if isinstance(cls, type):
        parts = [part for base in reversed(cls.__mro__) for part in (base, base.__dict__.get("__init__"))]
    found = {name: _limits(hint) for part in parts for name, hint in getattr(part, "__annotations__", {}).items()}
    return {name: limits for name, limits in found.items() if limits is not None}


def check_limits(settings: object, error: type[ValueError] = ValueError) -> None:
    """Raise a `ValueError` for the first number that is given and not within the limits of its field."""
    kind: Any = type(settings)
    for name, limits in limits_of(kind).items():
        value = getattr(settings, name)
        for one in value if isinstance(value, tuple) else (value,):
            if one is not None:
                limits.check(name, one, error)


def check_arguments(function: Callable[..., Any], **given: float) -> None:
    """Raise a `ConfigurationError` for the first number that is not within the limits of a function's parameter.

    Examples
    --------
    >>> def draw(subjects: Count) -> None:
    ...     check_arguments(draw, subjects=subjects)
    >>> draw(0)
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: subjects is 0, expected 1 or more
    """
    limits = limits_of(function)
    for name, value in given.items():
        limits[name].check(name, value)


def _limits(hint: Any) -> Bounds | None:
    if get_origin(hint) is Annotated:
        limits = next((one for one in hint.__metadata__ if isinstance(one, Bounds)), None)
        return replace(limits, whole=get_args(hint)[0] is int) if limits else None
    one_of = get_args(hint) if get_origin(hint) in (Union, UnionType, tuple) else ()
    return next((limits for one in one_of if (limits := _limits(one)) is not None), None)
