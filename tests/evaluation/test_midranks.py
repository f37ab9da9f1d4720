"""Ranks against SciPy's, with ties, infinities and along every axis."""

import numpy as np
import pytest
from scipy.stats import rankdata

from evaluation.midranks import midranks


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_ranks_are_those_of_scipy_with_ties(axis):
    rng = np.random.default_rng(0)
    values = rng.integers(0, 5, size=(4, 7, 6)).astype(float)
    values[1, 2] = np.inf
    assert np.array_equal(midranks(values, axis), rankdata(values, axis=axis))


def test_a_missing_value_leaves_no_rank_beside_it_as_in_scipy():
    values = np.array([[1.0, np.nan, 1.0], [2.0, 3.0, 2.0]])
    assert np.array_equal(midranks(values, axis=1), rankdata(values, axis=1), equal_nan=True)


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 3)])
def test_no_values_have_no_ranks(shape):
    assert midranks(np.empty(shape)).shape == shape
