import numpy as np
import pytest

from experiments.simulate.texture import random_texture


def test_has_mean_zero_and_standard_deviation_one():
    field = random_texture((2, 64, 64), 6.0, 1.5, np.random.default_rng(0))
    assert field.mean() == pytest.approx(0.0, abs=1e-6)
    assert field.std() == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("length", [5.0, 9.0])
@pytest.mark.parametrize("axis", [1, 2])
def test_autocorrelation_falls_as_said(length, axis):
    field = random_texture((4, 300, 300), length, 1.0, np.random.default_rng(1))
    for distance in (2, 4, 6):
        found = np.mean(field * np.roll(field, distance, axis))
        assert found == pytest.approx(np.exp(-((distance / length) ** 2)), abs=0.04)


def test_slices_are_independent():
    field = random_texture((2, 300, 300), 4.0, 1.0, np.random.default_rng(2))
    assert abs(np.mean(field[0] * field[1])) < 0.05
