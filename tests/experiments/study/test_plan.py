from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from evaluation.extraction import ExtractionSettings
from experiments.study.plan import StepFailure, build_tree, walk
from experiments.study.strategy import Strategy
from harmonize.errors import ScanError
from harmonize.image.volume import Grid, Volume

CALLS: Counter[float] = Counter()


@dataclass(frozen=True)
class Add:
    name: ClassVar[str] = "add"
    amount: float = 1.0

    def __call__(self, volume):
        CALLS[self.amount] += 1
        return volume.with_image(volume.image + self.amount)


@dataclass(frozen=True)
class Fail:
    name: ClassVar[str] = "fail"

    def __call__(self, volume):
        raise ScanError("it broke", "mend it")


@pytest.fixture
def volume():
    CALLS.clear()
    return Volume(np.zeros((1, 2, 2)), Grid((2, 2, 1)))


def strategy(name, *steps):
    return Strategy(name, steps, ExtractionSettings())


def test_shared_first_steps_are_done_once(volume):
    tree = build_tree(
        [strategy("a", Add(1)), strategy("b", Add(1), Add(10)), strategy("c", Add(1), Add(20)), strategy("raw")]
    )
    results = {found.name: stepped.image.max() for found, stepped in walk(tree, volume)}
    assert results == {"raw": 0, "a": 1, "b": 11, "c": 21}
    assert CALLS == {1: 1, 10: 1, 20: 1}
    assert tree.steps() == 3


def test_equal_steps_after_different_ones_are_not_shared(volume):
    tree = build_tree([strategy("a", Add(1), Add(5)), strategy("b", Add(2), Add(5))])
    assert {found.name: stepped.image.max() for found, stepped in walk(tree, volume)} == {"a": 6, "b": 7}
    assert tree.steps() == 4


def test_a_failing_step_takes_only_those_that_need_it(volume):
    tree = build_tree([strategy("a", Add(1)), strategy("b", Fail(), Add(1)), strategy("c", Fail())])
    results = {found.name: stepped for found, stepped in walk(tree, volume)}
    assert results["a"].image.max() == 1
    assert isinstance(results["b"], StepFailure)
    assert isinstance(results["c"], StepFailure)
    assert (results["b"].step, str(results["b"].error)) == ("fail", "it broke; mend it")


def test_the_volume_is_left_as_it_was(volume):
    list(walk(build_tree([strategy("a", Add(1))]), volume))
    assert volume.image.max() == 0


@dataclass(frozen=True)
class Surprise:
    name: ClassVar[str] = "surprise"

    def __call__(self, volume):
        return {}["absent"]


def test_whatever_a_step_raises_is_a_failure_of_this_scan(volume):
    # An error that nobody had thought of ended the whole run.
    found = {one.name: stepped for one, stepped in walk(build_tree([strategy("a", Surprise()), strategy("b")]), volume)}
    assert isinstance(found["a"], StepFailure)
    assert (found["a"].step, type(found["a"].error)) == ("surprise", KeyError)
    assert isinstance(found["b"], Volume)
