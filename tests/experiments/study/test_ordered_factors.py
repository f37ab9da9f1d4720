from pathlib import Path

import pytest

from experiments.study.manifest import Scan
from experiments.study.ordered_factors import levels_record, parse_levels
from harmonize.errors import ConfigurationError

FACTORS = ("acquisition", "reconstruction")


def scans(names=("R1", "R2", "R4")):
    return [
        Scan("S1", "T2", f"{name}+{other}", {"acquisition": name, "reconstruction": other}, Path("a.nii"), {}, {}, 2)
        for name in names
        for other in ("STD", "DLR")
    ]


def parsed(value, names=("R1", "R2", "R4"), reference="R1+STD"):
    return parse_levels(value, FACTORS, scans(names), reference, "study.yaml: levels")


def test_levels_have_the_numbers_that_are_given():
    (factor,) = parsed({"acquisition": {"R1": 1, "R2": 2, "R4": "4"}})
    assert (factor.name, factor.reference) == ("acquisition", 1)
    assert [one.conditions for one in factor.ladders()] == [
        ("R1+STD", "R2+STD", "R4+STD"),
        ("R1+DLR", "R2+DLR", "R4+DLR"),
    ]
    assert levels_record((factor,)) == {"levels": {"acquisition": {"R1": 1, "R2": 2, "R4": 4}}}


def test_levels_that_are_numbers_need_none():
    (factor,) = parsed({"acquisition": None}, ("1.5", "3.0", "7"), "3.0+STD")
    assert dict(factor.numbers) == {"1.5": 1.5, "3.0": 3, "7": 7}
    assert factor.reference is None  # between others: compared with the lowest
    (factor,) = parsed({"acquisition": {3: 30, 1.5: 15, 7: "none"}}, ("1.5", "3.0", "7"), "3.0+STD")
    assert (dict(factor.numbers), factor.reference) == ({"1.5": 15, "3.0": 30}, 30)


def test_without_levels_there_are_none():
    assert parsed(None) == ()
    assert levels_record(()) == {}


@pytest.mark.parametrize(
    "value",
    [
        ["acquisition"],
        {"acqisition": {"R1": 1}},
        {"acquisition": None},
        {"acquisition": [1, 2, 4]},
        {"acquisition": {"R1": 1, "R2": 2}},
        {"acquisition": {"R1": 1, "R2": 2, "R3": 3}},
        {"reconstruction": {"STD": 0, "DLR": "strong"}},
    ],
)
def test_what_could_mean_two_things_is_asked(value, golden):
    with golden.error(ConfigurationError):
        parsed(value)
