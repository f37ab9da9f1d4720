import numpy as np
import pytest

from harmonize.kspace.fields import correlated_noise, smooth_field

SHAPE = (3, 96, 80)


def rng(seed):
    return np.random.default_rng(seed)


def test_field_is_standardised_and_smooth():
    field = smooth_field(SHAPE, rng(0))
    assert field.shape == SHAPE
    assert field.mean() == pytest.approx(0.0, abs=1e-12)
    assert field.std() == pytest.approx(1.0)
    assert np.abs(np.diff(field, axis=2)).max() < 0.2
    assert np.abs(np.diff(field, axis=1)).max() < 0.2


@pytest.mark.parametrize("length", [0.0, 0.7, 1.5, 4.0])
def test_the_autocorrelation_is_as_stated(length):
    """To five standard errors of 400 slices; the variance is 1 whatever the length."""
    fields = correlated_noise((400, 48, 40), length, rng(1))
    for lag in [(0, 0), (0, 1), (1, 0), (2, 1), (0, 3)]:
        products = (fields * np.roll(fields, lag, (1, 2))).mean(axis=(1, 2))
        expected = np.exp(-np.dot(lag, lag) / length**2) if length else float(lag == (0, 0))
        assert abs(products.mean() - expected) < 5 * products.std() / 20, lag


def test_slices_are_independent():
    fields = correlated_noise((400, 32, 32), 3.0, rng(2))
    assert abs((fields[1:] * fields[:-1]).mean()) < 0.02
