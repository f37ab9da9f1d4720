import itertools

import numpy as np
import pytest

from evaluation.extraction.engine.directions import half_directions, lengths


@pytest.mark.parametrize("flat", [None, 0, 1, 2])
@pytest.mark.parametrize("distances", [(1,), (2,), (1, 3)])
def test_each_direction_and_its_opposite_are_all_there_are(distances, flat):
    half = {tuple(step) for step in half_directions(distances, flat).tolist()}
    other = {tuple(-side for side in step) for step in half}
    every = {
        step
        for step in itertools.product(range(-3, 4), repeat=3)
        if max(map(abs, step)) in distances and (flat is None or step[flat] == 0)
    }
    assert not half & other
    assert half | other == every


def test_lengths_in_mm():
    steps = np.array([[0, -1, 2], [1, 0, 0]])
    assert lengths(steps, (5.0, 3.0, 2.0), "infinity").tolist() == [4.0, 5.0]
    assert lengths(steps, (5.0, 3.0, 2.0), "euclidean").tolist() == [5.0, 5.0]
    assert lengths(steps, (5.0, 3.0, 2.0), "manhattan").tolist() == [7.0, 5.0]
