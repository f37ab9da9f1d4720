import itertools

import numpy as np
import pytest
from scipy import stats

from evaluation.trends.jonckheere import TIED, jonckheere
from harmonize.errors import ConfigurationError

MOTIVATION = [40, 35, 38, 43, 44, 41, 38, 40, 47, 44, 40, 42, 48, 40, 45, 43, 46, 44]
"""Hollander and Wolfe, Nonparametric Statistical Methods, 2nd edition 1999, example 6.2: three groups of six."""


def by_enumeration(values, levels):
    """Give J and the two-sided p from every order of the levels."""
    values, found = np.asarray(values), None

    def count(order):
        order = np.asarray(order)
        higher = order[:, None] > order[None, :]
        larger = (values[:, None] > values[None, :]) + 0.5 * (values[:, None] == values[None, :])
        return float((higher * larger).sum())

    found = count(levels)
    sums = np.array([count(order) for order in set(itertools.permutations(levels))])
    return found, min(1.0, 2 * min(np.mean(sums <= found), np.mean(sums >= found)))


def test_the_example_of_hollander_and_wolfe():
    """J = 79; by their table, without ties, P(J >= 79) = .0231; by their approximation with ties, .0207 (J* = 2.04)."""
    levels = np.repeat([1, 2, 3], 6)
    found = jonckheere(MOTIVATION, levels)
    assert (found.statistic, found.n) == (79, 18)
    assert found.p == pytest.approx(2 * 0.0210, abs=2e-4)
    untied = np.random.default_rng(0).normal(size=(20000, 18))
    assert np.mean(jonckheere(untied, levels).statistic >= 79) == pytest.approx(0.0231, abs=0.004)
    exact = {float(j): float(p) for j, p in zip(*_statistic_and_p(untied, levels), strict=True)}
    assert exact[79.0] == pytest.approx(2 * 0.0231, abs=1e-4)


def _statistic_and_p(values, levels):
    found = jonckheere(values, levels)
    return found.statistic, found.p


@pytest.mark.parametrize("levels", [[1, 1, 2, 2, 3, 3], [1, 2, 2, 2, 3], [1, 1, 1, 2, 3, 3, 4], [5, 5, 5, 9, 9, 9]])
@pytest.mark.parametrize("ties", [False, True])
def test_every_order_is_counted(levels, ties):
    rng = np.random.default_rng(len(levels))
    values = rng.normal(size=(25, len(levels)))
    values = np.round(values) if ties else values
    found = jonckheere(values, levels)
    for index in range(25):
        if found.status[index] == "ok":
            expected = by_enumeration(values[index], levels)
            assert (found.statistic[index], found.p[index]) == pytest.approx(expected)


def test_two_levels_are_the_test_of_mann_and_whitney():
    x, y = np.random.default_rng(0).normal(size=(2, 9))
    expected = stats.mannwhitneyu(y, x, method="exact")
    found = jonckheere([*x, *y], [1] * 9 + [2] * 9)
    assert (found.statistic, found.p) == pytest.approx((expected.statistic, expected.pvalue))


def test_large_samples_have_the_normal_approximation_with_ties():
    """With two levels its variance is that of Mann and Whitney with ties, with all levels of one that of Kendall."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 9, size=(2, 40)).astype(float)
    expected = stats.mannwhitneyu(y, x, method="asymptotic", use_continuity=False)
    found = jonckheere([*x, *y], [1] * 40 + [2] * 40)
    assert (found.statistic, found.p) == pytest.approx((expected.statistic, expected.pvalue))
    levels, values = rng.integers(0, 4, 80), rng.integers(0, 9, 80).astype(float)
    assert jonckheere(values, levels).p == pytest.approx(stats.kendalltau(levels, values, method="asymptotic").pvalue)


def test_many_ties_have_the_approximation():
    levels = np.repeat(np.arange(5), 8)
    assert TIED < 9**5
    values = np.random.default_rng(0).integers(0, 6, 40).astype(float)
    assert jonckheere(values, levels).p == pytest.approx(stats.kendalltau(levels, values, method="asymptotic").pvalue)


def test_laws():
    rng = np.random.default_rng(1)
    values, levels = rng.normal(size=(10, 20)), rng.integers(0, 4, 20)
    found = jonckheere(values, levels)
    assert jonckheere(np.exp(values), levels).p == pytest.approx(found.p)
    assert jonckheere(values, levels.astype(float) ** 3).p == pytest.approx(found.p)
    assert jonckheere(-values, levels).p == pytest.approx(found.p)
    order = rng.permutation(20)
    assert jonckheere(values[:, order], levels[order]).p == pytest.approx(found.p)


def test_missing_values_and_constant_features():
    values = np.random.default_rng(0).normal(size=(4, 9))
    levels = np.repeat([1, 2, 3], 3)
    values[0, 4] = np.nan
    values[1] = 7.0
    values[2, 3:] = np.nan
    found = jonckheere(values, levels)
    assert found.n.tolist() == [8, 9, 3, 9]
    assert found.status.tolist() == ["ok", "constant", "too_few", "ok"]
    assert found.p[0] == jonckheere(np.delete(values[0], 4), np.delete(levels, 4)).p


def test_a_tied_null_is_rejected_no_more_often_than_it_may():
    rng = np.random.default_rng(1)
    p = jonckheere(np.exp(rng.normal(size=(300, 12))).round(0), np.repeat([1, 2, 3], 4)).p
    assert np.nanmean(p <= 0.05) <= 0.075  # 300 draws


def test_levels_that_do_not_fit_are_refused(golden):
    with golden.error(ConfigurationError):
        jonckheere([1.0, 2.0, 3.0], [1, 2])
