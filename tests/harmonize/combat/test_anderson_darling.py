import warnings

import numpy as np
import pytest
from scipy.stats import anderson_ksamp

from harmonize.combat.anderson_darling import anderson_darling, differs


@pytest.mark.parametrize("sizes", [(10, 15), (12, 9, 20), (5, 6, 7, 8)])
@pytest.mark.parametrize("ties", [False, True])
def test_equals_scipy(sizes, ties):
    rng = np.random.default_rng(0)
    codes = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    values = rng.normal(size=(len(codes), 5)) + 0.8 * codes[:, None] * (np.arange(5) > 2)
    if ties:
        values = np.round(values, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # p-values at the ends of a table, and a parameter that is being renamed
        expected = [anderson_ksamp([column[codes == k] for k in range(len(sizes))]) for column in values.T]
    found = anderson_darling(values, codes)
    np.testing.assert_allclose(found, [result.statistic for result in expected], rtol=1e-10)
    critical = [result.critical_values[2] for result in expected]
    np.testing.assert_array_equal(differs(found, len(sizes)), found > critical)


def test_a_constant_feature_does_not_differ():
    statistic = anderson_darling(np.ones((20, 1)), np.repeat([0, 1], 10))
    assert np.isnan(statistic[0])
    assert not differs(statistic, 2)[0]
