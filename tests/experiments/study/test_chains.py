"""Chains of perturbations in a study file."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from experiments.study.chains import MOST, parse_perturbations
from harmonize.errors import ConfigurationError
from harmonize.perturbations import PERTURBATIONS, Effect

GRID = [{"gamma": {"exponent": [0.5, 0.8, 1.2]}}, {"gamma": {"exponent": [0.9, 1.1]}}]


@dataclass(frozen=True)
class Shift:
    """Of random numbers, and with a parameter that is a list itself."""

    name: ClassVar[str] = "shift"
    title: ClassVar[str] = "shift"
    effect: ClassVar[Effect] = Effect(grid=True, random=True)

    fraction: tuple[float, ...] | None = None

    def __call__(self, volume, random):
        """Give it as it is."""
        return volume


@pytest.fixture(autouse=True)
def shift(monkeypatch):
    monkeypatch.setitem(PERTURBATIONS.own, "shift", Shift)


def exponents(draws):
    return [tuple(step.exponent for step in draw.steps) for draw in draws]


def test_a_list_of_numbers_is_a_grid():
    draws = parse_perturbations({"G": {"steps": GRID}}, "here")
    assert [draw.name for draw in draws] == [f"G-{number}" for number in range(1, 7)]
    assert exponents(draws) == [(a, b) for a in (0.5, 0.8, 1.2) for b in (0.9, 1.1)]


def test_some_of_a_grid_are_drawn_without_repeats_and_more_begin_with_the_same():
    of = {n: exponents(parse_perturbations({"G": {"steps": GRID, "combinations": n}}, "")) for n in (3, 5)}
    assert of[5][:3] == of[3]
    assert len(set(of[5])) == 5
    other = exponents(parse_perturbations({"G": {"steps": GRID, "combinations": 5, "seed": 1}}, ""))
    assert other != of[5]


def test_repeats_come_behind_so_that_more_of_them_change_no_earlier_draw():
    entry = {"steps": ["shift", {"gamma": {"exponent": [0.5, 2]}}]}
    once, twice = (parse_perturbations({"S": entry | {"repeats": repeats}}, "") for repeats in (1, 2))
    assert twice[: len(once)] == once
    assert [(draw.number, draw.steps[1].exponent) for draw in twice] == [(1, 0.5), (2, 2.0), (3, 0.5), (4, 2.0)]


def test_a_parameter_that_is_a_list_has_a_list_of_lists_for_a_grid():
    one = parse_perturbations({"S": [{"shift": {"fraction": [0.1, 0.2]}}]}, "")
    two = parse_perturbations({"S": [{"shift": {"fraction": [[0.1, 0.2], [0.3, 0.4]]}}]}, "")
    assert [draw.steps[0].fraction for draw in one] == [(0.1, 0.2)]
    assert [draw.steps[0].fraction for draw in two] == [(0.1, 0.2), (0.3, 0.4)]


def test_nothing_asked_is_nothing():
    assert parse_perturbations(None, "") == ()


MANY = [{"gamma": {"exponent": [1 + number / 100 for number in range(100)]}}] * 2


@pytest.mark.parametrize(
    "value",
    [
        ["gamma"],
        {"G": None},
        {"G": {"steps": "gamma"}},
        {"G": {"steps": ["gama"]}},
        {"G": {"steps": [{"gamma": {"exponnt": 2}}]}},
        {"G": {"steps": [{"gamma": {"exponent": [2, 0]}}]}},
        {"G": {"steps": [{"gamma": {"exponent": [2, 2]}}]}},
        {"G": {"steps": [{"gamma": {"exponent": []}}]}},
        {"G": {"steps": [["gamma"]]}},
        {"G": ["gamma"], "g": ["gamma"]},
        {"A+B": ["gamma"]},
        {1: ["gamma"]},
        {"G": {"steps": ["gamma"], "repeats": 3}},
        {"G": {"steps": ["gamma"], "combinations": "some"}},
        {"G": {"steps": ["gamma"], "combinations": 0}},
        {"G": {"steps": GRID, "combinations": 7}},
        {"G": {"steps": MANY}},
        {"G": {"steps": ["shift"], "repeats": MOST + 1}},
        {"G": {"steps": ["gamma"], "before": "n4", "after": "zscore"}},
        {"G": {"steps": ["gamma"], "seed": -1}},
        {"Unperturbed": ["gamma"]},
    ],
)
def test_what_cannot_be_meant_is_refused(value, golden):
    with golden.error(ConfigurationError):
        parse_perturbations(value, "study.yaml: perturbations")
