import numpy as np
import pandas as pd
import pytest
from scipy.interpolate import CubicSpline

from harmonize.combat.covariates import check_estimable, learn_covariates, natural_spline, slopes
from harmonize.errors import ConfigurationError


def test_spline_basis_spans_the_natural_interpolating_splines():
    """SciPy's natural cubic spline through any values at the knots lies in the span, between the knots."""
    knots = np.array([-1.5, -0.2, 0.4, 1.1, 2.0])
    x = np.linspace(-1.5, 2.0, 101)
    curve = CubicSpline(knots, [0.3, -1.0, 2.0, 0.5, 0.1], bc_type="natural")(x)
    design = np.column_stack([np.ones_like(x), natural_spline(x, knots)])
    rest = curve - design @ np.linalg.lstsq(design, curve, rcond=None)[0]
    assert np.abs(rest).max() < 1e-12


def test_spline_is_straight_beyond_the_knots():
    beyond = natural_spline(np.array([5.0, 6.0, 7.0]), np.array([0.0, 1.0, 2.0, 3.0]))
    np.testing.assert_allclose(np.diff(beyond, 2, axis=0), 0.0, atol=1e-12)


@pytest.mark.parametrize("gaps", [False, True])
def test_slopes_equal_least_squares_with_batch_intercepts(gaps):
    rng = np.random.default_rng(0)
    codes, covariates, values = rng.integers(0, 3, 50), rng.normal(size=(50, 2)), rng.normal(size=(50, 4))
    if gaps:
        values[rng.random(values.shape) < 0.1] = np.nan
    found = slopes(values, covariates, codes, 3, list("abcd"))
    for j in range(4):
        there = np.isfinite(values[:, j])
        design = np.column_stack([codes[there, None] == np.arange(3), covariates[there]])
        expected = np.linalg.lstsq(design, values[there, j], rcond=None)[0][3:]
        np.testing.assert_allclose(found[:, j], expected, rtol=1e-10)


def test_unseen_levels_and_columns_are_coded_as_learned(golden):
    frame = pd.DataFrame({"sex": ["m", "f", "m", "x"], "age": [10.0, 20.0, 30.0, 60.0]})
    learned = learn_covariates(frame, ["sex"], ["age"])
    assert learned.names() == ["sex=m", "sex=x", "age"]
    np.testing.assert_allclose(learned.code(frame.iloc[[0]])[0, :2], [1.0, 0.0])
    with golden.error(ConfigurationError):
        learned.code(frame.assign(sex="q"))


def test_partial_confounding_that_can_be_estimated_is_allowed():
    codes = np.array([0, 0, 0, 1, 1, 1, 1])
    only_in_second = np.array([[0.0], [0], [0], [0], [1], [1], [0]])
    check_estimable(only_in_second, codes, ["drug=yes"], "scanner")
