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


@pytest.mark.parametrize("n", [1, 2, 5, 17, 50])
def test_exact_wilcoxon_agrees_with_scipy(n):
    x, y = np.random.default_rng(n).normal(size=(2, 10, n)) + np.array([0.0, 0.4])[:, None, None]
    result = wilcoxon(x, y)

    for index in range(10):
        expected = stats.wilcoxon(y[index], x[index], method="exact")
        assert (result.statistic[index], result.p[index]) == pytest.approx((expected.statistic, expected.pvalue))


@pytest.mark.parametrize("kind", ["many", "ties", "zeros"])
def test_approximate_wilcoxon_agrees_with_scipy(kind):
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 9, size=(2, 10, 30)).astype(float) if kind != "many" else rng.normal(size=(2, 10, 60))
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


def test_friedman_needs_three_conditions():
    with pytest.raises(ConfigurationError, match="found 2 conditions, expected at least 3"):
        friedman(np.ones((5, 2)))
