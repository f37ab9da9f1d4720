from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from experiments.study.plan import StepFailure, tree_of, walk
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


def walked(volume, *places):
    return {stage.steps: stage.volume for stage in walk(places, volume)}


def test_shared_first_steps_are_done_once(volume):
    raw, a, b, c = (), (Add(1),), (Add(1), Add(10)), (Add(1), Add(20))
    results = {steps: stepped.image.max() for steps, stepped in walked(volume, a, b, c, raw).items()}
    assert results == {raw: 0, a: 1, b: 11, c: 21}
    assert CALLS == {1: 1, 10: 1, 20: 1}
    assert len(tree_of([a, b, c, raw])) == 1 + 3


def test_equal_steps_after_different_ones_are_not_shared(volume):
    a, b = (Add(1), Add(5)), (Add(2), Add(5))
    assert {steps: stepped.image.max() for steps, stepped in walked(volume, a, b).items()} == {a: 6, b: 7}
    assert len(tree_of([a, b])) == 1 + 4


def test_a_failing_step_takes_only_those_that_need_it(volume):
    a, b, c = (Add(1),), (Fail(), Add(1)), (Fail(),)
    results = walked(volume, a, b, c)
    assert results[a].image.max() == 1
    assert isinstance(results[b], StepFailure)
    assert isinstance(results[c], StepFailure)
    assert (results[b].step, str(results[b].error)) == ("fail", "it broke; mend it")


def test_the_volume_is_left_as_it_was(volume):
    walked(volume, (Add(1),))
    assert volume.image.max() == 0


@dataclass(frozen=True)
class Surprise:
    name: ClassVar[str] = "surprise"

    def __call__(self, volume):
        return {}["absent"]


def test_whatever_a_step_raises_is_a_failure_of_this_scan(volume):
    # An error that nobody had thought of ended the whole run.
    found = walked(volume, (Surprise(),), ())
    assert isinstance(found[Surprise(),], StepFailure)
    assert (found[Surprise(),].step, type(found[Surprise(),].error)) == ("surprise", KeyError)
    assert isinstance(found[()], Volume)


def test_a_walk_goes_on_from_where_another_has_left_off(volume):
    far = (Add(1), Add(10))
    (stage,) = walk([far], volume, far[:1], (9.0,))
    assert (stage.volume.image.max(), stage.spent[0], len(stage.spent)) == (10, 9.0, 2)
    assert CALLS == {10: 1}
