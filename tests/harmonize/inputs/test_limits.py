from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import pytest

from harmonize.errors import ConfigurationError
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
    "values",
    [
        {"first": 0.0},
        {"first": float("nan")},
        {"second": 0},
        {"share": 0.75},
        {"share": "0.1"},
        {"second": 2.5},
        {"second": True},
        {"sizes": (1.0, None, -2.0)},
    ],
)
def test_what_is_beyond_is_refused_by_its_name(values, golden):
    with golden.error(ValueError):
        check_limits(Settings(**values))


def test_parameters_of_functions_and_of_what_makes_an_object_have_limits_as_well(golden):
    """An estimator that is no dataclass, and a hint that cannot be evaluated, had none."""

    def draw(share: Share, other: "no such type" = None) -> None:  # type: ignore[name-defined]  # noqa: F722, ARG001
        check_arguments(draw, share=share)

    class Estimator:
        def __init__(self, folds: Count = 0) -> None:
            self.folds = folds

    draw(1.0)
    with golden.error(ConfigurationError):
        draw(2.0)
    with golden.error(ValueError):
        check_limits(Estimator())


def test_a_schema_says_the_same():
    assert Bounds(least=1, most=3).schema() == {"minimum": 1, "maximum": 3}
    assert Bounds(above=0, below=1).schema() == {"exclusiveMinimum": 0, "exclusiveMaximum": 1}
    assert Bounds().schema() == {}
    assert not str(Bounds())
