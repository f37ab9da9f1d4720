import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from statsmodels.stats.multitest import multipletests

from evaluation.reliability.multiplicity import benjamini_hochberg, holm
from harmonize.errors import ConfigurationError


def test_the_fifteen_p_values_of_benjamini_and_hochberg_1995():
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1,
    ]

    # At a false discovery rate of 5 % they reject the four smallest.
    assert (benjamini_hochberg(p) <= 0.05).sum() == 4


@given(hnp.arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 1)))
def test_adjusting_by_the_definition(p):
    q = benjamini_hochberg(p)
    m, order = len(p), np.argsort(p, kind="stable")
    expected = np.minimum.accumulate((p[order] * m / np.arange(1, m + 1))[::-1])[::-1]

    np.testing.assert_allclose(q[order], np.minimum(expected, 1), rtol=1e-12, atol=1e-300)  # subnormals are coarse


def test_a_test_that_could_not_be_computed_is_not_in_the_family():
    p = np.array([[0.01, np.nan], [0.04, 0.03]])

    np.testing.assert_array_equal(np.isnan(benjamini_hochberg(p)), np.isnan(p))
    np.testing.assert_allclose(benjamini_hochberg(p)[~np.isnan(p)], benjamini_hochberg([0.01, 0.04, 0.03]))
    assert np.isnan(benjamini_hochberg([np.nan])).all()


def test_values_that_are_no_probabilities_are_refused(golden):
    with golden.error(ConfigurationError):
        benjamini_hochberg([0.1, 1.5])


@given(hnp.arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 1)))
def test_holm_is_that_of_statsmodels_and_leaves_out_what_is_missing(p):
    expected = multipletests(p, method="holm")[1]

    np.testing.assert_allclose(holm(p), expected, rtol=1e-12, atol=1e-300)
    with_gap = holm(np.insert(p, len(p) // 2, np.nan))
    np.testing.assert_allclose(np.delete(with_gap, len(p) // 2), expected, rtol=1e-12, atol=1e-300)
    assert np.isnan(with_gap[len(p) // 2])
