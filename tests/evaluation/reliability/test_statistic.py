from dataclasses import fields

import numpy as np
import pytest

from evaluation.reliability import statistic as module
from evaluation.reliability.statistic import Estimates, Settings, in_parts
from evaluation.reliability.statistics import STATISTICS


@pytest.mark.parametrize("name", ["icc", "spearman", "cv"])
def test_parts_are_the_whole(name, monkeypatch):
    """Of two conditions against the reference, and of features that are no multiple of a part."""
    values = 10 + np.random.default_rng(0).normal(size=(2, 7, 9, 2))
    whole = STATISTICS[name].compute(values, Settings("REF"))
    sizes = []
    compute = STATISTICS[name].compute
    monkeypatch.setattr(module, "NEAR", 3 * values[:, 0].size)
    found = in_parts(
        lambda part, settings: sizes.append(part.shape) or compute(part, settings), values, Settings("REF")
    )
    assert [shape[1] for shape in sizes] == [3, 3, 1]
    for one in fields(Estimates):
        np.testing.assert_array_equal(getattr(found, one.name), getattr(whole, one.name))


def test_a_group_without_features_is_computed_as_it_is():
    assert in_parts(STATISTICS["cv"].compute, np.empty((0, 5, 3)), Settings()).estimate.shape == (0,)
