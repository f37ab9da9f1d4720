import numpy as np
import pytest
from scipy.stats import false_discovery_control, ttest_ind

from selection.selectors.univariate import false_discovery_rate, mutual_information


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
