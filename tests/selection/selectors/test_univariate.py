import numpy as np
import pytest
from scipy.stats import f_oneway, false_discovery_control, ttest_ind

from selection.selectors.mrmr import MRMR
from selection.selectors.univariate import f_of_classes, false_discovery_rate, mutual_information


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 40)
    values = rng.normal(size=(80, 50))
    values[:, :5] += 0.9 * y[:, None]
    return values, y


@pytest.mark.parametrize("alpha", [0.05, 0.3])
def test_it_is_benjamini_hochberg_over_t_tests(data, alpha):
    values, y = data
    p = ttest_ind(values[y == 0], values[y == 1]).pvalue  # for two classes F is t squared
    expected = false_discovery_control(p) <= alpha
    assert (false_discovery_rate(alpha).fit(values, y).get_support() == expected).all()
    assert expected[:5].sum() >= 3


def test_mutual_information_finds_what_a_linear_test_misses(data):
    values, y = data
    values[:, 9] = np.where(y == 1, np.sign(values[:, 9]) * 3, 0) + np.random.default_rng(1).normal(0, 0.3, 80)
    selector = mutual_information(1, random_state=0).fit(values, y)
    assert selector.get_support(indices=True).tolist() == [9]
    assert (selector.scores_ == mutual_information(1, random_state=0).fit(values, y).scores_).all()


def test_f_is_that_of_scipy_and_a_constant_column_has_none_without_a_word(data):
    """Fewer of its rows than columns vary in a fold: NumPy's own words stood among the notes."""
    values, y = data
    values[:, 3] = 7.5
    found, p = f_of_classes(values, y)
    others = np.delete(values, 3, axis=1)
    expected = f_oneway(others[y == 0], others[y == 1])
    np.testing.assert_allclose(np.delete(found, 3), expected.statistic, rtol=1e-9)
    np.testing.assert_allclose(np.delete(p, 3), expected.pvalue, rtol=1e-9)
    assert np.isnan([found[3], p[3]]).all()
    assert not false_discovery_rate(0.9).fit(values, y).get_support()[3]


def test_values_that_differ_between_classes_only_have_an_infinite_f():
    found, p = f_of_classes([[1.0], [1.0], [2.0], [2.0]], [0, 0, 1, 1])
    assert (found.tolist(), p.tolist()) == ([np.inf], [0.0])


@pytest.mark.parametrize("selector", [MRMR(2), false_discovery_rate(0.05)])
def test_as_many_rows_as_classes_are_told_in_words(selector, data, golden):
    """It was told as `invalid value encountered in divide`."""
    values, _ = data
    with golden.warning(UserWarning):
        selector.fit(values[:2], [0, 1])
