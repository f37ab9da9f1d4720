import numpy as np
import pytest
from scipy import stats

from evaluation.comparison.chance import chance_p


def test_without_an_error_it_counts_draws():
    draws = np.arange(99.0)
    assert chance_p(200.0, draws, 0.0, 9) == pytest.approx(2 / 100)
    assert chance_p(97.0, draws, 0.0, 9) == pytest.approx(2 * 3 / 100)
    assert chance_p(-1.0, draws, 0.0, 9) == pytest.approx(2 / 100)
    assert chance_p(10.0, draws, 0.0, 9) == 1


def test_where_chance_does_nothing_it_is_the_jackknifes_t_test():
    expected = 2 * stats.t.sf(2.5, 16)
    assert chance_p(0.5, np.zeros(10**5), 0.2, 17) == pytest.approx(expected, abs=1e-4)
    assert chance_p(-0.5, np.zeros(10**5), 0.2, 17) == pytest.approx(expected, abs=1e-4)


def test_error_and_draws_add_up():
    rng = np.random.default_rng(0)
    draws = 0.1 + 0.3 * rng.normal(size=4000)
    sums = rng.choice(draws, 200_000) + 0.2 * rng.standard_t(16, 200_000)
    assert chance_p(0.9, draws, 0.2, 17) == pytest.approx(2 * np.mean(sums >= 0.9), abs=0.005)
    assert chance_p(-0.6, draws, 0.2, 17) == pytest.approx(2 * np.mean(sums <= -0.6), abs=0.005)


def test_nothing_to_compare_with_gives_none():
    assert np.isnan(chance_p(0.3, np.full(5, np.nan), 0.0, 9))
    assert np.isnan(chance_p(np.nan, np.zeros(5), 0.0, 9))
    assert np.isnan(chance_p(0.3, np.zeros(5), np.nan, 9))
