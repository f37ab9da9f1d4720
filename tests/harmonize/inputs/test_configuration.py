import dataclasses
import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import build, refuse_unknown, suggest


@dataclasses.dataclass(frozen=True)
class Inner:
    count: int = 1
    label: str = "a"


@dataclasses.dataclass(frozen=True)
class Outer:
    kind: ClassVar[str] = "outer"

    ratio: float
    mode: Literal["fast", "exact"] = "fast"
    flag: bool = False
    limit: float | None = None
    pair: tuple[float, float] = (0.0, 1.0)
    several: tuple[int, ...] = ()
    spacing: float | tuple[float | None, ...] = 1.0
    named: Mapping[str, int] = dataclasses.field(default_factory=dict)
    inner: Inner = dataclasses.field(default_factory=Inner)
    anything: Any = None

    def __post_init__(self) -> None:
        if self.ratio < 0:
            raise ValueError(f"ratio is {self.ratio:g}, expected 0 or more")


def refused(values: object, cls: type = Outer) -> str:
    with pytest.raises(ConfigurationError) as caught:
        build(cls, values, "study.yaml: outer")
    return str(caught.value)


def test_values_of_every_kind_are_taken():
    built = build(
        Outer,
        {
            "ratio": 1,
            "mode": "exact",
            "flag": True,
            "limit": "1e-3",
            "pair": [1, 2.5],
            "several": [1, 2, 3],
            "spacing": [1, None],
            "named": {"liver": 3},
            "inner": {"count": 2},
            "anything": [1, {"a": None}],
        },
        "study.yaml",
    )
    expected = Outer(
        ratio=1.0,
        mode="exact",
        flag=True,
        limit=0.001,
        pair=(1.0, 2.5),
        several=(1, 2, 3),
        spacing=(1.0, None),
        named={"liver": 3},
        inner=Inner(count=2),
        anything=[1, {"a": None}],
    )
    assert built == expected
    assert isinstance(built.ratio, float)


def test_an_empty_section_gives_the_defaults():
    assert build(Inner, None, "study.yaml") == Inner()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "study.yaml: outer: expected a mapping of names to values, found []"),
        ({}, "study.yaml: outer: 'ratio' is missing; add it"),
        ({"ratio": 1, "modes": "fast"}, "study.yaml: outer: unknown key 'modes'; did you mean 'mode'?"),
        ({"ratio": 1, "kind": "x"}, "study.yaml: outer: unknown key 'kind'"),
        ({"ratio": 1, 5: "x"}, "study.yaml: outer: unknown key '5'"),
        ({"ratio": "much"}, "study.yaml: outer: ratio: expected a number, found 'much'"),
        ({"ratio": None}, "study.yaml: outer: ratio: expected a number, found None"),
        ({"ratio": True}, "study.yaml: outer: ratio: expected a number, found True"),
        ({"ratio": math.nan}, "study.yaml: outer: ratio: expected a number, found nan"),
        ({"ratio": "inf"}, "study.yaml: outer: ratio: expected a number, found 'inf'"),
        ({"ratio": 10**400}, "study.yaml: outer: ratio: expected a number, found 1000"),
        ({"ratio": -1}, "study.yaml: outer: ratio is -1, expected 0 or more"),
        ({"ratio": 1, "mode": "exakt"}, "study.yaml: outer: mode: unknown value 'exakt'; did you mean 'exact'?"),
        ({"ratio": 1, "mode": ["fast"]}, "study.yaml: outer: mode: unknown value ['fast']"),
        ({"ratio": 1, "flag": "yes"}, "study.yaml: outer: flag: expected true or false, found 'yes'"),
        ({"ratio": 1, "flag": 1}, "study.yaml: outer: flag: expected true or false, found 1"),
        ({"ratio": 1, "pair": [1]}, "study.yaml: outer: pair: expected 2 values, found 1: [1]"),
        ({"ratio": 1, "pair": "12"}, "study.yaml: outer: pair: expected a list, found '12'"),
        ({"ratio": 1, "several": [1, 2.5]}, "study.yaml: outer: several[1]: expected a whole number, found 2.5"),
        ({"ratio": 1, "several": [True]}, "study.yaml: outer: several[0]: expected a whole number, found True"),
        ({"ratio": 1, "spacing": "wide"}, "study.yaml: outer: spacing: expected a number, found 'wide'"),
        ({"ratio": 1, "spacing": [1, "x"]}, "study.yaml: outer: spacing[1]: expected a number, found 'x'"),
        ({"ratio": 1, "named": [1]}, "study.yaml: outer: named: expected a mapping, found [1]"),
        ({"ratio": 1, "named": {"liver": "x"}}, "study.yaml: outer: named: liver: expected a whole number, found 'x'"),
        ({"ratio": 1, "inner": {"cout": 1}}, "study.yaml: outer: inner: unknown key 'cout'; did you mean 'count'?"),
        ({"ratio": 1, "inner": {"label": 5}}, "inner: label: expected a text (put it in quotes), found 5"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(values, message):
    assert message in refused(values)


def test_a_long_value_is_cut_in_the_message():
    assert len(refused({"ratio": ["x"] * 1000})) < 160


NEAR_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from([field.name for field in dataclasses.fields(Outer)]) | st.text(max_size=5)


@given(st.dictionaries(KEYS, NEAR_JSON, max_size=6))
def test_any_yaml_is_built_or_refused(values):
    """Whatever a file holds, the outcome is a right object or a ConfigurationError, never another exception."""
    try:
        built = build(Outer, {"ratio": 1, **values}, "study.yaml")
    except ConfigurationError as error:
        assert str(error).startswith("study.yaml: ")  # noqa: PT017  # either outcome is right
        return
    assert isinstance(built.ratio, float)
    assert math.isfinite(built.ratio)
    assert built.mode in ("fast", "exact")
    assert len(built.pair) == 2
    assert all(type(item) is int for item in built.several)


@given(st.floats(0, 1e9), st.none() | st.floats(-1e9, 1e9), st.lists(st.integers(), max_size=4), st.text())
def test_building_from_its_own_values_gives_the_same(ratio, limit, several, label):
    made = Outer(ratio, limit=limit, several=tuple(several), inner=Inner(label=label))
    assert build(Outer, dataclasses.asdict(made), "study.yaml") == made


def test_suggestions():
    assert suggest("N4-bias", ["n4_bias"]) == "did you mean 'n4_bias'?"
    assert suggest(3, ["a", "b"]) == "known are: a, b"
    assert suggest("x", []) == "none is known here"


def test_refuse_unknown_takes_what_is_known(golden):
    refuse_unknown(["a"], iter(["a", "b"]), "here")
    with golden.error(ConfigurationError):
        refuse_unknown(["a", "c"], iter(["a", "b"]), "here")


def test_of_many_known_names_only_the_nearest_are_listed() -> None:
    known = [f"original_glcm_F{number:03}" for number in range(105)]
    told = suggest("vol", known)
    assert told.startswith("of 105 known ones the nearest are: original_glcm_F")
    assert told.count("original_glcm") == 5
    assert suggest("original_glcm_F1000", known).startswith("did you mean 'original_glcm_F100'")
