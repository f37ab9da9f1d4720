import numpy as np
import pytest
from scipy import stats

from evaluation.reliability.jackknife import jackknife
from harmonize.errors import ConfigurationError


def left_out(values):
    return np.stack([np.delete(values, index, axis=-1).mean(axis=-1) for index in range(values.shape[-1])])


def test_of_a_mean_it_is_the_t_test():
    values = np.random.default_rng(0).normal(0.4, 1, size=(3, 17))
    result = jackknife(values.mean(axis=-1), left_out(values), level=0.9)
    expected = stats.ttest_1samp(values, 0, axis=-1)
    limits = expected.confidence_interval(0.9)

    np.testing.assert_allclose(result.p, expected.pvalue)
    np.testing.assert_allclose([result.lower, result.upper], [limits.low, limits.high])


def test_subjects_that_are_not_used_do_not_count():
    values = np.random.default_rng(1).normal(1, 1, size=12)
    used = np.ones(15, dtype=bool)
    used[[2, 7, 14]] = False
    without = np.full(15, values.mean())
    without[used] = left_out(values)
    result, expected = jackknife(values.mean(), without, used=used), jackknife(values.mean(), left_out(values))

    for name in ("lower", "upper", "p"):
        assert float(getattr(result, name)) == pytest.approx(float(getattr(expected, name)))


def test_without_spread_only_zero_can_be_tested():
    result = jackknife([0.0, 0.3, np.nan], np.array([[0.0, 0.3, np.nan]] * 9))

    np.testing.assert_array_equal(result.p, [1, np.nan, np.nan])
    np.testing.assert_array_equal(result.lower, [0, 0.3, np.nan])


def test_a_value_that_is_missing_once_leaves_no_limits(golden):
    without = np.array([0.1, 0.2, np.nan, 0.3])
    result = jackknife(0.0, without)

    assert np.isnan([result.lower, result.upper, result.p]).all()
    with golden.error(ConfigurationError):
        jackknife(0.2, without, level=95)
