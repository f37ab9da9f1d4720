import numpy as np
import pytest
from sklearn.utils.estimator_checks import check_estimator

from harmonize.errors import ConfigurationError
from selection.missingness import MissingnessThreshold


@pytest.mark.parametrize("estimator", [MissingnessThreshold()])
def test_the_contract_of_scikit_learn(estimator):
    check_estimator(estimator, on_skip=None)


def test_a_share_equal_to_the_greatest_is_kept():
    values = np.ones((10, 3))
    values[:2, 1] = values[:3, 2] = np.nan
    selector = MissingnessThreshold(0.2).fit(values)
    assert selector.missing_.tolist() == [0.0, 0.2, 0.3]
    assert selector.get_support().tolist() == [True, True, False]
    assert np.isnan(selector.transform(values)).sum() == 2


def test_masked_values_are_missing():
    """Regression: -999 below a NumPy mask was counted as a value, and given back."""
    values = np.ma.masked_equal(np.array([[1.0, -999, 2], [3, -999, -999], [4, 5, 6], [7, 8, 9]]), -999)
    selector = MissingnessThreshold(0.3).fit(values)
    assert selector.missing_.tolist() == [0.0, 0.5, 0.25]
    np.testing.assert_array_equal(selector.transform(values), [[1, 2], [3, np.nan], [4, 6], [7, 9]])


def test_nothing_left_or_no_share_is_an_error(golden):
    with golden.error(ConfigurationError):
        MissingnessThreshold().fit([[np.nan], [1.0]])
    with golden.error(ConfigurationError):
        MissingnessThreshold(20).fit([[1.0]])
