import itertools

import numpy as np
import pytest
from scipy import stats

from evaluation.reliability.ranks import friedman, wilcoxon
from harmonize.errors import ConfigurationError


@pytest.mark.parametrize("ties", [False, True])
def test_friedman_agrees_with_scipy(ties):
    values = np.random.default_rng(1).normal(size=(20, 17, 4))
    values = np.round(values) if ties else values
    result = friedman(values)

    for index in range(20):
        expected = stats.friedmanchisquare(*values[index].T)
        assert (result.statistic[index], result.p[index]) == pytest.approx(tuple(expected))


def test_values_that_differ_by_rounding_are_tied():
    """The same feature by another order of sums differed by 1e-16, and its ranks with it: p .0150 instead of .0083."""
    values = np.array([[0.3, 0.3, 0.5], [2, 3, 5], [1, 4, 6], [3, 4, 4.5], [1, 2, 3]])
    rounded = values.copy()
    rounded[0, 0] = 0.1 + 0.2
    assert rounded[0, 0] != values[0, 0]
    assert friedman(rounded).statistic == friedman(values).statistic
    assert friedman(1e-9 * rounded).p == pytest.approx(float(friedman(values).p))


def test_differences_that_differ_by_rounding_are_tied():
    """y + 0.1 - y is not the same for all y: six equal differences had ranks 1 to 6, p .125 instead of .21875."""
    y, signs = np.arange(1.0, 7.0), np.array([1, 1, 1, 1, -1, 1])
    assert wilcoxon(y + 0.1 * signs, y).p == wilcoxon(y + 0.125 * signs, y).p == pytest.approx(0.21875)


def test_what_differs_by_more_is_not_tied():
    values = np.array([[1.0, 1.0 + 1e-12, 2.0], [1.0, 1.0 + 1e-12, 2.0]])
    assert friedman(values).statistic == pytest.approx(4.0)


@pytest.mark.parametrize("n", [1, 2, 5, 17, 50])
def test_exact_wilcoxon_agrees_with_scipy(n):
    x, y = np.random.default_rng(n).normal(size=(2, 10, n)) + np.array([0.0, 0.4])[:, None, None]
    result = wilcoxon(x, y)

    for index in range(10):
        expected = stats.wilcoxon(y[index], x[index], method="exact")
        assert (result.statistic[index], result.p[index]) == pytest.approx((expected.statistic, expected.pvalue))


def by_enumeration(difference):
    """Give the smaller sum of ranks, and p from every way to sign them."""
    ranks = stats.rankdata(np.abs(difference[difference != 0]))
    signs = np.array(list(itertools.product([0.0, 1.0], repeat=len(ranks))))
    sums = np.minimum(signs @ ranks, (1 - signs) @ ranks)
    positive = ranks[difference[difference != 0] > 0].sum()
    found = min(positive, ranks.sum() - positive)
    return found, min(1.0, float(np.mean(sums <= found + 1e-9)))


@pytest.mark.parametrize("n", [4, 7, 11])
def test_ties_and_zeros_are_counted_out(n):
    """Regression: with ties or zeros p came from the normal approximation, at n = 7 half of what it is."""
    rng = np.random.default_rng(n)
    x, y = rng.integers(0, 6, size=(2, 30, n)).astype(float)
    y[0] = x[0] + 1.0  # all tied, all in one direction
    result = wilcoxon(x, y)
    for index in range(30):
        if (x[index] != y[index]).any():
            assert (result.statistic[index], result.p[index]) == pytest.approx(by_enumeration(y[index] - x[index]))
    assert result.p[0] == pytest.approx(2 / 2**n)
    assert np.nanmin(result.p) >= 2 / 2**n


def test_with_ties_scipy_says_the_same():
    rng = np.random.default_rng(0)
    x, y = np.round(8 * rng.normal(size=(2, 5, 10))) / 8  # whose differences have no rounding
    expected = stats.wilcoxon(y, x, axis=1, method=stats.PermutationMethod(n_resamples=2000))  # 2^10 is all
    assert wilcoxon(x, y).p == pytest.approx(expected.pvalue)


def test_a_tied_null_is_rejected_no_more_often_than_it_may():
    rng = np.random.default_rng(1)
    x, y = np.exp(rng.normal(size=(2, 4000, 7))).round(0)  # skewed, half of the differences tied or zero
    p = wilcoxon(x, y).p
    assert np.nanmean(p <= 0.05) <= 0.055


@pytest.mark.parametrize("kind", ["many", "ties", "zeros"])
def test_approximate_wilcoxon_agrees_with_scipy(kind):
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 10, 80)) if kind == "many" else rng.integers(0, 9, size=(2, 10, 80)).astype(float)
    if kind == "ties":
        y = np.where(x == y, y + 1, y)
    result = wilcoxon(x, y)

    for index in range(10):
        expected = stats.wilcoxon(y[index], x[index], method="approx")
        assert (result.statistic[index], result.p[index]) == pytest.approx((expected.statistic, expected.pvalue))


def test_missing_subjects_drop_out():
    values = np.random.default_rng(4).normal(size=(2, 9, 3))
    values[0, 3, 1] = np.nan
    ranked, signed = friedman(values), wilcoxon(values[..., 0], values[..., 1])

    assert ranked.n.tolist() == signed.n.tolist() == [8, 9]
    kept = np.delete(values[0], 3, axis=0)
    assert ranked.p[0] == pytest.approx(float(friedman(kept).p))
    assert signed.p[0] == pytest.approx(float(wilcoxon(kept[:, 0], kept[:, 1]).p))


def test_statuses():
    same, nobody = np.ones((5, 3)), np.full((5, 3), np.nan)

    assert friedman(same).status == wilcoxon(same[:, 0], same[:, 1]).status == "constant"
    assert friedman(nobody).status == wilcoxon(nobody[:, 0], nobody[:, 1]).status == "too_few"
    for result in (friedman(same), friedman(nobody), wilcoxon(same[:, 0], same[:, 1])):
        assert np.isnan([result.statistic, result.p]).all()


def test_friedman_needs_three_conditions(golden):
    with golden.error(ConfigurationError):
        friedman(np.ones((5, 2)))
