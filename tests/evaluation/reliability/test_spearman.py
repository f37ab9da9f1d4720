import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluation.reliability.spearman import spearman
from harmonize.errors import ConfigurationError


def test_difficult_features_agree_with_scipy(difficult):
    x, y = (np.stack([values[:, column] for values in difficult.values()]) for column in (0, 2))
    result = spearman(x, y)

    for index, name in enumerate(difficult):
        if result.status[index] == "ok":
            assert result.estimate[index] == pytest.approx(stats.spearmanr(x[index], y[index]).statistic), name
    assert (result.status == "ok").sum() >= 9


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=4, max_size=20))
def test_ties_share_their_ranks(pairs):
    x, y = np.array(pairs, dtype=float).T
    result = spearman(x, y)

    if np.ptp(x) > 0 and np.ptp(y) > 0:
        assert result.estimate == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
    else:
        assert np.isnan(result.estimate)
        assert result.status == ("constant" if np.ptp([x, y]) == 0 else "no_subject_variance")


def test_a_monotone_change_alters_nothing_and_a_missing_subject_drops_out():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 17))
    y = x + 0.5 * rng.normal(size=(3, 17))
    y[1, 4] = np.nan
    result, changed = spearman(x, y), spearman(x, np.exp(3 * y) + 100)

    np.testing.assert_allclose(changed.estimate, result.estimate)
    assert result.n.tolist() == [17, 16, 17]
    kept = np.delete(np.arange(17), 4)
    assert result.estimate[1] == pytest.approx(stats.spearmanr(x[1, kept], y[1, kept]).statistic)


def test_limits_cover():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(6000, 17))
    y = 0.8 * x + 0.6 * rng.normal(size=(6000, 17))
    result = spearman(x, y)

    truth = 6 / np.pi * np.arcsin(0.8 / 2)
    covered = (result.lower <= truth) & (truth <= result.upper)
    assert covered.mean() == pytest.approx(0.95, abs=0.02)


def test_values_that_differ_by_rounding_are_tied():
    x, y = np.array([0.3, 0.3, 0.5, 0.1, 0.2]), np.array([1.0, 2.0, 3.0, 5.0, 4.0])
    rounded = x.copy()
    rounded[0] = 0.1 + 0.2
    assert spearman(rounded, y).estimate == spearman(x, y).estimate


def test_few_subjects_and_perfect_order(golden):
    two, three, perfect = (spearman(np.arange(float(n)), np.arange(float(n)) ** 2) for n in (2, 3, 10))

    assert (two.status, three.status, perfect.status) == ("too_few", "no_interval", "no_interval")
    assert np.isnan(two.estimate)
    assert (three.estimate, perfect.estimate) == (1, 1)
    assert np.isnan([three.lower, perfect.lower, perfect.upper]).all()
    with golden.error(ConfigurationError):
        spearman([1.0, 2.0], [1.0, 2.0, 3.0])
