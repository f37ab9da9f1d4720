"""Noise as a perturbation: its moments, its correlation and its level."""

import numpy as np
import pytest
from scipy import special

from harmonize.errors import ScanError
from harmonize.formats import read_image
from harmonize.image.noise import foreground_noise, tissue_noise
from harmonize.image.regions import foreground_mask
from harmonize.image.volume import Grid, Volume
from harmonize.perturbations.noise import AddedNoise


def plain(value: float, shape: tuple[int, int, int] = (60, 64, 64)) -> Volume:
    return Volume(np.full(shape, value), Grid(shape[::-1]))


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_difference_is_normal_of_the_stated_level() -> None:
    """To four standard errors of mean, variance and fourth moment of 245 760 voxels."""
    volume = plain(100.0)
    difference = (AddedNoise(sigma=4.0, factor=1.5)(volume, rng(0)).image - volume.image) / 6.0
    n = difference.size
    assert abs(difference.mean()) < 4 / np.sqrt(n)
    assert abs(difference.var() - 1) < 4 * np.sqrt(2 / n)
    assert abs((difference**4).mean() - 3) < 4 * np.sqrt(96 / n)


@pytest.mark.parametrize("ratio", [0.0, 0.5, 1.0, 3.0, 10.0])
def test_rician_moments(ratio: float) -> None:
    """Gudbjartsson and Patz 1995, eq. 1: E(M) = s sqrt(pi/2) L_1/2(-A² / 2s²), and E(M²) = A² + 2 s²."""
    sigma = 3.0
    found = AddedNoise(sigma=sigma, distribution="rician")(plain(ratio * sigma), rng(1)).image
    x = ratio**2 / 2
    laguerre = np.exp(-x / 2) * ((1 + x) * special.iv(0, x / 2) + x * special.iv(1, x / 2))
    n = found.size
    assert abs(found.mean() - sigma * np.sqrt(np.pi / 2) * laguerre) < 4 * found.std() / np.sqrt(n)
    square = found**2
    assert abs(square.mean() - sigma**2 * (ratio**2 + 2)) < 4 * square.std() / np.sqrt(n)


def test_rician_noise_twice_is_rician_noise_of_both() -> None:
    """A magnitude with noise 3 and then 4 is distributed as one with noise 5, in air, faint and bright tissue."""
    volume = Volume(np.repeat([0.0, 6.0, 50.0], 20 * 64 * 64).reshape(60, 64, 64), Grid((64, 64, 60)))
    first = AddedNoise(sigma=3.0, distribution="rician")(volume, rng(2))
    both = AddedNoise(sigma=4.0, distribution="rician")(first, rng(3)).image
    once = AddedNoise(sigma=5.0, distribution="rician")(volume, rng(4)).image
    for part in (slice(0, 20), slice(20, 40), slice(40, 60)):
        percents = np.linspace(1, 99, 33)
        np.testing.assert_allclose(
            np.percentile(both[part], percents), np.percentile(once[part], percents), rtol=0, atol=0.3
        )


def test_correlated_noise_has_its_level_and_correlation() -> None:
    volume = plain(100.0, (200, 64, 64))
    noise = AddedNoise(sigma=5.0, correlation=2.0)(volume, rng(5)).image - 100
    assert noise.std() == pytest.approx(5, rel=0.01)
    for lag, expected in [(1, np.exp(-0.25)), (2, np.exp(-1)), (3, np.exp(-2.25)), (6, 0.0)]:
        for axis in (1, 2):
            assert (noise * np.roll(noise, lag, axis)).mean() / 25 == pytest.approx(expected, abs=0.02)
    assert (noise * np.roll(noise, 1, 0)).mean() / 25 == pytest.approx(0, abs=0.02)


def test_the_g_factor_is_in_the_middle_of_the_slices() -> None:
    """Stored with the slices last too."""
    volume = Volume(np.full((64, 64, 400), 100.0), Grid((400, 64, 64), spacing=(4.0, 1.0, 1.0)))
    noise = (AddedNoise(sigma=2.0, g_factor=1.5)(volume, rng(6)).image - 100).std(axis=2)
    assert noise[30:34, 30:34].mean() == pytest.approx(3.0, rel=0.02)
    assert noise[[0, 0, -1, -1], [0, -1, 0, -1]].mean() == pytest.approx(2.0, rel=0.06)


def test_blank_areas_and_padding_stay() -> None:
    image = rng(7).normal(100, 5, (4, 40, 40))
    image[:, :, :8] = 0.0
    image[:, :, 32:] = -2000.0
    volume = Volume(image, Grid((40, 40, 4), (1, 1, 3)), outside=image == -2000)
    for distribution in ("gaussian", "rician"):
        found = AddedNoise(distribution=distribution)(volume, rng(8)).image
        assert (found[:, :, :8] == 0).all()
        assert (found[:, :, 32:] == -2000).all()
        assert (found[:, :, 8:32] != image[:, :, 8:32]).all()


def test_what_cannot_be_is_refused(golden) -> None:
    with golden.error(ScanError):
        AddedNoise()(plain(1.0, (1, 8, 8)), rng(0))
    with golden.error(ScanError):
        AddedNoise(sigma=1.0, distribution="rician")(plain(-1.0), rng(0))
    with golden.error(ValueError):
        AddedNoise(distribution="poisson")
    with golden.error(ValueError):
        AddedNoise(g_factor=0.5)


@pytest.mark.data
@pytest.mark.parametrize("name", ["pyradiomics_cases/brain1_image.nrrd", "kidney_repeat/ge_01"])
@pytest.mark.parametrize("distribution", ["gaussian", "rician"])
def test_real_scans_get_noise_of_the_level_that_they_have(data_root, name, distribution) -> None:
    """The estimate rises by more than sqrt(2): details of real scans have heavier tails than normal ones."""
    path = data_root / name
    volume = Volume(*read_image(path if path.is_file() else next(path.glob("*_e1.nii.gz"))))
    before = foreground_noise(volume, 0)
    found = AddedNoise(distribution=distribution)(volume, rng(9))
    mask = foreground_mask(volume.image)
    assert (found.image - volume.image)[mask].std() == pytest.approx(before.sigma, rel=0.02)
    assert 1.4 < tissue_noise(found.image, mask).sigma / before.sigma < 1.8
