"""Sharpening as a perturbation: its transfer function."""

import numpy as np
import pytest

from harmonize.image.volume import Grid, Volume
from harmonize.perturbations.blur import Blurring
from harmonize.perturbations.sharpening import Sharpening

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("amount", [0.3, 1.0])
def test_it_adds_what_a_blur_takes_away(amount: float) -> None:
    volume = Volume(np.random.default_rng(0).normal(100, 10, (3, 30, 40)), Grid((40, 30, 3), (0.8, 0.8, 3.0)))
    blurred = Blurring(2.0)(volume, RANDOM).image
    found = Sharpening(amount, fwhm=2.0)(volume, RANDOM).image
    np.testing.assert_allclose(found, volume.image + amount * (volume.image - blurred), rtol=0, atol=1e-10)


def test_noise_is_sharpened_as_its_frequencies_are() -> None:
    """White noise keeps the mean square of 1 + amount (1 - MTF) over all frequencies."""
    volume = Volume(np.random.default_rng(1).normal(0, 1, (40, 64, 64)), Grid((64, 64, 40), (1.0, 1.0, 5.0)))
    f = np.arange(64) / 128
    mtf = np.exp(-2 * (np.pi * 2.0 / np.sqrt(8 * np.log(2))) ** 2 * (f[:, None] ** 2 + f**2))
    expected = np.sqrt(np.mean((1 + 0.5 * (1 - mtf)) ** 2))
    assert Sharpening(0.5, fwhm=2.0)(volume, RANDOM).image.std() == pytest.approx(expected, rel=0.01)
