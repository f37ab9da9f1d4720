import itertools

import numpy as np
import pytest
from scipy import stats

from evaluation.trends.page import page
from harmonize.errors import ConfigurationError

CRAIG = [
    [0.797, 0.873, 0.888, 0.923, 0.942, 0.956],
    [0.794, 0.772, 0.908, 0.982, 0.946, 0.913],
    [0.838, 0.801, 0.853, 0.951, 0.883, 0.837],
    [0.815, 0.801, 0.747, 0.859, 0.887, 0.902],
]
"""Siegel and Castellan, Nonparametric Statistics for the Behavioral Sciences, 2nd edition 1988, page 186."""
TEACHING = np.array([*"343224335132232245124344245134"], dtype=float).reshape(10, 3)
"""The example of `scipy.stats.page_trend_test`, with ties; its L is 133.5."""


def by_enumeration(values):
    """Give L and the two-sided p from every way to order the ranks within subjects."""
    ranks = stats.rankdata(values, axis=1)
    places = np.arange(1, ranks.shape[1] + 1)
    of_subjects = [[float(np.dot(places, order)) for order in itertools.permutations(row)] for row in ranks]
    sums = np.array([sum(one) for one in itertools.product(*of_subjects)])
    found = float((ranks @ places).sum())
    mean = ranks.size * (ranks.shape[1] + 1) ** 2 / 4
    return found, float(np.mean(np.abs(sums - mean) >= abs(found - mean) - 1e-9))


@pytest.mark.parametrize("shape", [(4, 6), (10, 3), (17, 4), (30, 5), (50, 3), (3, 8)])
def test_without_ties_it_agrees_with_the_exact_test_of_scipy(shape):
    for seed in range(5):
        values = np.random.default_rng(seed).normal(size=shape) + 0.2 * np.arange(shape[1])
        rising = stats.page_trend_test(values, method="exact")
        falling = stats.page_trend_test(-values, method="exact")
        found = page(values)
        assert found.statistic == rising.statistic
        assert found.p == pytest.approx(min(1.0, 2 * min(rising.pvalue, falling.pvalue)), abs=1e-13)


def test_published_examples():
    craig = page(CRAIG)
    assert (craig.statistic, craig.n) == (stats.page_trend_test(CRAIG).statistic, 4)
    assert craig.p == pytest.approx(2 * stats.page_trend_test(CRAIG, method="exact").pvalue)


def test_with_ties_it_agrees_with_coin(monkeypatch):
    """R 4.2.2, coin 1.4-2: friedman_test(y ~ g | b) with ordered g; drawn 4 x 10^6 times, p was .00069 to .00081."""
    found = page(TEACHING)
    assert found.statistic == 133.5
    assert found.p == pytest.approx(0.00076, abs=5e-5)
    monkeypatch.setattr("evaluation.trends.page.SUBJECTS", 0)
    assert page(TEACHING).p == pytest.approx(0.001250442113, abs=1e-12)


@pytest.mark.parametrize(("n", "k", "critical"), [(2, 3, 28), (3, 3, 41), (10, 3, 128), (4, 4, 111), (12, 4, 317)])
def test_critical_values_of_page(n, k, critical):
    """Page 1963, table 2: the smallest L of one-sided p <= .05."""
    ordered = np.arange(1.0, k + 1)
    rng = np.random.default_rng(0)
    values = rng.permuted(np.tile(ordered, (4000, n, 1)), axis=-1)
    values[np.arange(n) < rng.integers(n + 1, size=(4000, 1))] = ordered
    found = page(values)
    levels = dict(zip(found.statistic.tolist(), (found.p / 2).tolist(), strict=True))
    assert levels[critical] <= 0.05
    assert levels[critical - 1] > 0.05


@pytest.mark.parametrize("shape", [(2, 3), (4, 3), (5, 3), (3, 4), (2, 5)])
def test_ties_are_counted_out(shape):
    rng = np.random.default_rng(shape[0])
    values = rng.integers(0, 3, size=(40, *shape)).astype(float)
    found = page(values)
    for index in range(40):
        statistic, p = by_enumeration(values[index])
        if found.status[index] == "ok":
            assert (found.statistic[index], found.p[index]) == pytest.approx((statistic, p))
        else:
            assert found.status[index] == "constant"
            assert p == 1


def test_large_samples_have_the_normal_approximation_with_the_variance_that_ties_leave():
    values = np.random.default_rng(0).normal(size=(3, 60, 4)) + 0.1 * np.arange(4)
    for one, p in zip(values, page(values).p, strict=True):
        expected = stats.page_trend_test(one, method="asymptotic").pvalue
        assert p == pytest.approx(2 * min(expected, 1 - expected))
    rounded = np.round(values)
    permuted = np.random.default_rng(1).permuted(np.tile(rounded[0], (20000, 1, 1)), axis=-1)
    spread = np.std(page(permuted).statistic)
    found = page(rounded[0])
    z = (found.statistic - 60 * 4 * 25 / 4) / spread
    assert found.p == pytest.approx(2 * stats.norm.sf(abs(z)), rel=0.1)


def test_the_exact_p_meets_the_approximation_at_its_border():
    values = np.random.default_rng(3).normal(size=(51, 4)) + 0.15 * np.arange(4)
    assert page(values[:50]).p == pytest.approx(float(page(values).p), rel=0.6)
    exact, normal = page(np.tile(values[:25], (2, 1))), page(np.tile(values[:25], (3, 1)))
    assert normal.p < exact.p


def test_laws():
    values = np.random.default_rng(0).normal(size=(20, 12, 4))
    found = page(values)
    assert page(np.exp(values)).p == pytest.approx(found.p)
    assert page(-values).p == pytest.approx(found.p)
    assert page(values[..., ::-1]).p == pytest.approx(found.p)
    assert page(values + np.arange(12)[:, None]).p == pytest.approx(found.p)
    assert page(np.tile(np.arange(4.0), (12, 1))).p == pytest.approx(2 / 24**12)


def test_values_that_differ_by_rounding_are_tied():
    values = np.array([[0.3, 0.3, 0.5], [2, 3, 5], [1, 4, 6], [3, 4, 4.5]])
    rounded = values.copy()
    rounded[0, 1] = 0.1 + 0.2
    assert page(rounded).statistic == page(values).statistic


def test_missing_values_and_constant_features():
    values = np.random.default_rng(0).normal(size=(3, 8, 3))
    values[0, 2, 1] = np.nan
    values[1] = 7.0
    values[2, :, 0] = np.nan
    found = page(values)
    assert found.n.tolist() == [7, 8, 0]
    assert found.status.tolist() == ["ok", "constant", "too_few"]
    assert np.isnan(found.p[1:]).all()
    assert found.p[0] == page(np.delete(values[0], 2, axis=0)).p


def test_two_levels_are_refused(golden):
    with golden.error(ConfigurationError):
        page(np.ones((5, 2)))
