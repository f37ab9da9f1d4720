import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from harmonize.errors import ConfigurationError
from selection.correlation import absolute_correlation, standardized


@pytest.mark.parametrize(("method", "oracle"), [("spearman", spearmanr), ("pearson", pearsonr)])
def test_it_equals_scipy_pair_by_pair_with_ties(method, oracle):
    rng = np.random.default_rng(1)
    values = np.round(rng.normal(size=(30, 6)) @ rng.normal(size=(6, 6)), 0)
    found = absolute_correlation(values, method)
    for i in range(6):
        for j in range(6):
            assert found[i, j] == pytest.approx(abs(oracle(values[:, i], values[:, j]).statistic), abs=1e-12)


@pytest.mark.parametrize("scale", [1e-160, 1e-8, 1e160])
def test_scale_and_offset_do_not_matter(scale):
    values = np.random.default_rng(2).normal(size=(20, 4))
    assert absolute_correlation(scale * values, "pearson") == pytest.approx(absolute_correlation(values, "pearson"))
    assert absolute_correlation(values + 1e4, "pearson") == pytest.approx(
        absolute_correlation(values, "pearson"), abs=1e-9
    )


def test_a_constant_column_has_no_correlation():
    values = np.random.default_rng(3).normal(size=(20, 3))
    values[:, 1] = 0.1  # not exact in binary: its computed variance is not 0
    for method in ("spearman", "pearson"):
        found = absolute_correlation(values, method)
        assert (found[1, [0, 2]] == 0).all()
        assert found[1, 1] == 1


def test_standardized_columns_have_mean_0_and_variance_1():
    unit = standardized(np.random.default_rng(4).normal(5, 3, size=(40, 3)))
    assert unit.mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-12)
    assert unit.var(axis=0) == pytest.approx(np.ones(3))


def test_another_method_is_refused(golden):
    with golden.error(ConfigurationError):
        absolute_correlation(np.eye(3), "kendall")
