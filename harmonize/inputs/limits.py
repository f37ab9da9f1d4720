"""Limits of numbers: said once, beside the number, for check, message, option and the schema for editors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints


@dataclass(frozen=True)
class Bounds:
    """What a number may be; written beside its type as ``Annotated[int, Bounds(least=1)]``.

    Parameters
    ----------
    least, most : float or None
        Limits that are allowed themselves.
    above, below : float or None
        Limits that are not.
    """

    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None

    def __str__(self) -> str:
        """Give the limits in words; empty for none.

        Examples
        --------
        >>> str(Bounds(least=2)), str(Bounds(above=0)), str(Bounds(above=0, most=1))
        ('2 or more', 'a number above 0', 'more than 0 and at most 1')
        """
        given = {name: value for name, value in vars(self).items() if value is not None}
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
        """Tell whether a number lies within the limits; one that is not a number never does."""
        return (
            (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

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
Count = Annotated[int, Bounds(least=1)]


@cache
def limits_of(cls: Callable[..., Any]) -> Mapping[str, Bounds]:
    """Give the limits of the fields of a class, or the parameters of a function, as they stand beside their types.

    Examples
    --------
    >>> class Blur:
    ...     width: AboveZero | None = None
    >>> limits_of(Blur)
    {'width': Bounds(least=None, most=None, above=0, below=None)}
    """
    found = {name: _limits(hint) for name, hint in get_type_hints(cls, include_extras=True).items()}
    return {name: limits for name, limits in found.items() if limits is not None}


def check_limits(settings: object, error: type[ValueError] = ValueError) -> None:
    """Raise a `ValueError` for the first number that is given and not within the limits of its field."""
    kind: Any = type(settings)
    for name, limits in limits_of(kind).items():
        value = getattr(settings, name)
        if value is not None and not limits.holds(value):
            raise error(f"{name} is {value:g}, expected {limits}")


def _limits(hint: Any) -> Bounds | None:
    if get_origin(hint) is Annotated:
        return next((one for one in hint.__metadata__ if isinstance(one, Bounds)), None)
    one_of = get_args(hint) if get_origin(hint) in (Union, UnionType) else ()
    return next((limits for one in one_of if (limits := _limits(one)) is not None), None)
