import numpy as np

from evaluation.reliability import icc
from evaluation.reliability.over_draws import limits_over_draws


def test_draws_that_are_all_alike_have_the_limits_of_one():
    values = np.random.default_rng(0).normal(size=(5, 20, 1)) + 0.3 * np.random.default_rng(1).normal(size=(5, 20, 2))
    found = icc(values)
    joined = limits_over_draws(*(np.stack([part] * 30) for part in (found.estimate, found.lower, found.upper)))
    np.testing.assert_allclose(joined.estimate, found.estimate)
    np.testing.assert_allclose(joined.lower, found.lower, atol=0.01)
    np.testing.assert_allclose(joined.upper, found.upper, atol=0.01)


def test_where_draws_know_all_but_differ_their_quantiles_are_the_limits():
    z = np.random.default_rng(0).normal(1.0, 0.2, 4000)
    joined = limits_over_draws(np.tanh(z), np.tanh(z - 1e-6), np.tanh(z + 1e-6))
    np.testing.assert_allclose(np.arctanh([joined.lower, joined.upper]), np.quantile(z, [0.025, 0.975]), atol=1e-3)


def test_both_kinds_of_uncertainty_add_up():
    """A normal mixture of normals has the sum of the variances."""
    rng = np.random.default_rng(0)
    z = rng.normal(0.5, 0.3, 5000)
    joined = limits_over_draws(np.tanh(z), np.tanh(z - 1.96 * 0.4), np.tanh(z + 1.96 * 0.4))
    np.testing.assert_allclose(np.arctanh(joined.upper) - np.arctanh(joined.lower), 2 * 1.96 * 0.5, rtol=0.03)


def test_draws_without_limits_do_not_count():
    joined = limits_over_draws([[0.5, np.nan], [0.5, 0.2]], [[0.1, np.nan], [0.1, np.nan]], [[0.7, np.nan], [0.7, 0.4]])
    assert joined.draws.tolist() == [2, 0]
    assert np.isnan([joined.estimate[1], joined.lower[1], joined.upper[1]]).all()
    assert not np.isnan(joined.lower[0])
