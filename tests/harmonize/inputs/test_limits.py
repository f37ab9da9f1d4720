from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import pytest

from harmonize.inputs.limits import AboveZero, Bounds, Count, Share, check_arguments, check_limits, limits_of


@dataclass
class Settings:
    first: AboveZero | None = 1.0
    second: Count = 2
    share: Annotated[float, Bounds(above=0, most=0.5)] = 0.1
    sizes: tuple[AboveZero | None, ...] = ()
    labels: Mapping[str, Count] = field(default_factory=dict)
    free: float = -1.0


def test_limits_stand_beside_the_type_of_a_number():
    assert list(limits_of(Settings)) == ["first", "second", "share", "sizes"]
    assert limits_of(Settings)["second"].whole


@pytest.mark.parametrize("settings", [Settings(), Settings(first=None), Settings(share=0.5), Settings(second=1)])
def test_what_is_absent_or_within_passes(settings):
    check_limits(settings)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"first": 0.0}, "first is 0, expected a number above 0"),
        ({"first": float("nan")}, "first is nan, expected a number above 0"),
        ({"second": 0}, "second is 0, expected 1 or more"),
        ({"share": 0.75}, "share is 0.75, expected more than 0 and at most 0.5"),
        ({"share": "0.1"}, "share is '0.1', expected more than 0 and at most 0.5"),
        ({"second": 2.5}, "second is 2.5, expected a whole number, 1 or more"),
        ({"second": True}, "second is True, expected a whole number, 1 or more"),
        ({"sizes": (1.0, None, -2.0)}, "sizes is -2, expected a number above 0"),
    ],
)
def test_what_is_beyond_is_refused_by_its_name(values, words):
    with pytest.raises(ValueError, match=f"^{words}$"):
        check_limits(Settings(**values))


def test_parameters_of_functions_and_of_what_makes_an_object_have_limits_as_well():
    """An estimator that is no dataclass, and a hint that cannot be evaluated, had none."""

    def draw(share: Share, other: "no such type" = None) -> None:  # type: ignore[name-defined]  # noqa: F722, ARG001
        check_arguments(draw, share=share)

    class Estimator:
        def __init__(self, folds: Count = 0) -> None:
            self.folds = folds

    draw(1.0)
    with pytest.raises(ValueError, match=r"^share is 2, expected more than 0 and at most 1$"):
        draw(2.0)
    with pytest.raises(ValueError, match=r"^folds is 0, expected 1 or more$"):
        check_limits(Estimator())


def test_a_schema_says_the_same():
    assert Bounds(least=1, most=3).schema() == {"minimum": 1, "maximum": 3}
    assert Bounds(above=0, below=1).schema() == {"exclusiveMinimum": 0, "exclusiveMaximum": 1}
    assert Bounds().schema() == {}
    assert not str(Bounds())
