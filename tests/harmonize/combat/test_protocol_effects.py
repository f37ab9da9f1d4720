import numpy as np
import pytest

from harmonize.combat.protocol_effects import fit_protocol
from harmonize.errors import ConfigurationError

ECHO_TIME = np.array([80.0, 80, 90, 100, 110, 120, 120, 95])[:, None] - 80.0
AGE = np.array([40.0, 55, 61, 38, 47, 70, 52, 66])[:, None]
VALUES = np.array([1.2, 1.9, 2.4, 2.2, 3.1, 4.4, 3.5, 2.9])[:, None]
LOCATION = [1.2, 1.9, 1.90755268284, 1.21510536568, 1.62265804852, 2.43021073136, 1.53021073136, 2.16132902426]
SCALED = [1.2, 1.9, 1.92218809732, 1.20566503763, 1.58050225907, 2.39017044718, 1.60028073357, 2.16812200278]


@pytest.mark.parametrize(("mean_only", "expected"), [(True, LOCATION), (False, SCALED)])
def test_it_equals_r(mean_only, expected):
    """R 4: lm(y ~ age + te), y less its slope; lm(log(r^2 / (sigma^2 (1 - hatvalues))) ~ te) for the scale."""
    found = fit_protocol(VALUES, AGE, ECHO_TIME, empirical_bayes=False, mean_only=mean_only)
    np.testing.assert_allclose(found.intercept, -4.1416017354347 + 80 * 0.0492447317160, rtol=1e-9)
    np.testing.assert_allclose(found.coefficients, [[0.0363245971312]], rtol=1e-9)
    np.testing.assert_allclose(found.deviation, [0.121314081739], rtol=1e-9)
    np.testing.assert_allclose(found.scale_slopes, [[0.0 if mean_only else 0.0296485203685]], rtol=1e-9)
    np.testing.assert_allclose(found.apply(VALUES, AGE, ECHO_TIME).ravel(), expected, rtol=1e-9)


def planted(rng, n, p, location, scale):
    taken = rng.uniform(-1.0, 1.0, (n, 1))
    noise = rng.gamma(2.0, size=(n, p)) - 2.0  # skewed
    return taken, location * taken + np.exp(0.5 * scale * taken) * noise


def test_planted_effects_are_found():
    rng = np.random.default_rng(0)
    taken, values = planted(rng, 400, 50, rng.normal(2.0, 0.3, 50), rng.normal(1.0, 0.2, 50))
    found = fit_protocol(values, np.empty((400, 0)), taken)
    assert abs((found.slopes * found.deviation).mean() - 2.0) < 0.1
    assert abs(found.scale_slopes.mean() - 1.0) < 0.1
    after = fit_protocol(found.apply(values, np.empty((400, 0)), taken), np.empty((400, 0)), taken)
    assert abs(after.slopes).max() < 0.1
    assert abs(after.scale_slopes).max() < 0.1


def test_where_there_is_no_effect_hardly_anything_is_taken_out():
    rng = np.random.default_rng(1)
    taken, values = planted(rng, 60, 100, 0.0, 0.0)
    drawn, plain = (fit_protocol(values, np.empty((60, 0)), taken, empirical_bayes=one) for one in (True, False))
    assert (drawn.slopes**2).mean() < 0.2 * (plain.slopes**2).mean()
    assert (drawn.scale_slopes**2).mean() < 0.2 * (plain.scale_slopes**2).mean()


def test_features_without_a_rest_pass_unchanged():
    rng = np.random.default_rng(2)
    taken = rng.normal(size=(20, 1))
    values = np.column_stack([np.full(20, 7.0), 3.0 * taken[:, 0], rng.normal(size=(20, 2))])
    found = fit_protocol(values, np.empty((20, 0)), taken)
    np.testing.assert_array_equal(found.deviation == 0.0, [True, True, False, False])
    np.testing.assert_array_equal(found.apply(values, np.empty((20, 0)), taken)[:, :2], values[:, :2])


def test_what_cannot_be_learned_is_refused(golden):
    values, kept = np.arange(10.0).reshape(5, 2) ** 2, np.empty((5, 0))
    with golden.error(ConfigurationError):
        fit_protocol(values[:, :1], kept, np.arange(5.0)[:, None])
    with golden.error(ConfigurationError):  # one row alone has another value, and is fitted exactly
        fit_protocol(values, kept, np.array([[0.0], [0], [0], [0], [1]]))
