import numpy as np
import pytest

from evaluation.comparison.pooled import pooled_test
from evaluation.reliability.multiplicity import benjamini_hochberg


def pooled_p(draws, symmetric):
    return pooled_test(draws, symmetric)[0]


def test_one_feature_is_the_permutation_test():
    draws = np.array([[3.0], [1.0], [-3.0], [2.0], [-4.0]])
    assert pooled_p(draws, symmetric=True).tolist() == [3 / 5]
    assert pooled_p(draws, symmetric=False).tolist() == [2 * 1 / 5]
    assert pooled_p(-draws, symmetric=False).tolist() == [2 * 1 / 5]


def test_the_unit_of_a_feature_does_not_matter():
    draws = np.random.default_rng(0).normal(size=(99, 20))
    scaled = draws * np.logspace(-9, 9, 20)
    for symmetric in (True, False):
        np.testing.assert_allclose(pooled_p(scaled, symmetric), pooled_p(draws, symmetric))


def test_draws_that_do_not_lie_around_zero():
    """A small loss where a loss is the rule is no evidence, and none is found either where the gain is as usual."""
    rng = np.random.default_rng(1)
    draws = 0.3 + 0.1 * rng.normal(size=(500, 40))
    draws[0, :3] = [0.05, -0.2, 0.8]
    p = pooled_p(draws, symmetric=False)
    assert p[0] == 1
    assert p[1:3].max() < 0.001
    assert (p[3:] > 0.0005).all()


def test_what_does_not_vary_or_is_missing():
    draws = np.random.default_rng(2).normal(size=(50, 4))
    draws[:, 1] = 0
    draws[7, 2] = np.nan
    for symmetric in (True, False):
        p = pooled_p(draws, symmetric)
        assert p[1] == 1
        assert np.isnan(p[2])
        assert np.isfinite(p[[0, 3]]).all()
    assert np.isnan(pooled_p(draws[:, 2:3], symmetric=True)).all()


def test_equal_up_to_rounding_counts_as_equal():
    draws = np.full((10, 1), 0.1)
    draws[1:, 0] *= 1 + 1e-14
    assert pooled_p(np.concatenate([draws, -draws]), symmetric=True).tolist() == [1.0]


def test_q_is_that_of_benjamini_and_hochberg_unless_it_is_as_common_by_chance():
    draws = np.random.default_rng(4).normal(size=(400, 30))
    draws[0, :10] = 9
    p, q = pooled_test(draws, symmetric=True)
    adjusted = benjamini_hochberg(p)
    assert (q >= adjusted).all()
    np.testing.assert_allclose(q[:10], np.maximum(adjusted[:10], 1 / 400))
    few = pooled_test(draws[:16], symmetric=True)
    assert few[1].min() >= 1 / 16


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("factors", [1, 3, 30])
def test_any_finding_is_as_rare_as_said_whatever_the_tails_and_the_correlation(factors, symmetric):
    """Draws that are equally probable: at most 5 % of the studies have some q < .05."""
    rng = np.random.default_rng(3)
    loadings = rng.normal(size=(factors, 40))
    found = []
    for _ in range(300):
        heavy = rng.standard_t(3, size=(64, factors)) @ loadings + 0.5 * rng.normal(size=(64, 40))
        found.append((pooled_test(heavy, symmetric)[1] < 0.05).any())
    assert np.mean(found) <= 0.08
