"""Parallel imaging as a perturbation: its noise and its ghosts."""

import numpy as np
import pytest

from harmonize.image.volume import Grid, Volume
from harmonize.kspace.fields import noise_amplification
from harmonize.perturbations.parallel_imaging import ParallelImaging


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def noisy(sigma: float, shape: tuple[int, int, int] = (200, 48, 48)) -> Volume:
    image = 1000 + rng(0).normal(0, sigma, shape)
    return Volume(image, Grid(shape[::-1], spacing=(1.0, 1.0, 4.0)))


@pytest.mark.parametrize("acceleration", [2, 3])
def test_noise_is_that_of_sense(acceleration: int) -> None:
    """Pruessmann 1999: SNR falls by sqrt(R) g, with R all lines over the measured ones; also from what is there."""
    found = ParallelImaging(acceleration, centre=0.0, aliasing=0.0, g_factor=1.6, sigma=3.0)(noisy(3.0), rng(1))
    expected = 3.0 * np.sqrt(acceleration) * noise_amplification((48, 48), 1.6, 2)
    ratio = found.image.std(axis=0) / expected
    assert ratio.mean() == pytest.approx(1, rel=0.01)
    assert np.abs(ratio - 1).max() < 0.25


def test_the_level_is_estimated() -> None:
    volume = noisy(3.0, (20, 96, 96))
    given, found = (ParallelImaging(sigma=sigma)(volume, rng(1)).image for sigma in (3.0, None))
    assert (found - volume.image).std() == pytest.approx((given - volume.image).std(), rel=0.03)


def test_a_ghost_of_what_is_not_restored() -> None:
    """Every second line lacks a tenth: 5 % of the object stand half a field of view away, 95 % where it is."""
    image = np.zeros((1, 64, 64))
    image[0, 10:16, 20:40] = 1000.0
    one = ParallelImaging(2, centre=0.0, aliasing=0.1, sigma=1e-9, phase=0.0)
    found = one(Volume(image, Grid((64, 64, 1)), outside=np.zeros(image.shape, bool)), rng(0)).image
    assert found[0, 12, 30] == pytest.approx(950, rel=1e-6)
    for_ghosts = image + 1e-6 * rng(0).uniform(size=image.shape)  # no air that the scanner masked
    found = one(Volume(for_ghosts, Grid((64, 64, 1))), rng(0)).image
    assert found[0, 12 + 32, 30] == pytest.approx(50, rel=1e-4)


def test_not_accelerated_it_is_the_scan() -> None:
    volume = noisy(3.0, (4, 32, 32))
    np.testing.assert_allclose(ParallelImaging(1.0)(volume, rng(1)).image, volume.image, atol=1e-9)
