"""Blur as a perturbation: its transfer function."""

import numpy as np
import pytest
from scipy import ndimage

from harmonize.image.volume import Grid, Volume
from harmonize.perturbations.blur import Blurring

RANDOM = np.random.default_rng(0)


def wave(cycles: int, axis: int, grid: Grid) -> np.ndarray:
    """Give a cosine with this many half cycles along an axis of the array."""
    size = grid.shape[axis]
    along = np.cos(np.pi * cycles * (np.arange(size) + 0.5) / size)
    return along.reshape([-1 if one == axis else 1 for one in range(3)]) * np.ones(grid.shape)


@pytest.mark.parametrize("fwhm", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(("axis", "dimension"), [(1, 2), (2, 2), (0, 3), (2, 3)])
def test_what_is_left_of_each_frequency(fwhm: float, axis: int, dimension: int) -> None:
    grid = Grid((40, 32, 6), spacing=(0.7, 0.9, 4.0))
    for cycles in range(grid.shape[axis]):
        image = wave(cycles, axis, grid)
        found = Blurring(fwhm, dimension=dimension)(Volume(image, grid), RANDOM).image
        frequency = cycles / (2 * grid.shape[axis] * grid.spacing[::-1][axis])
        mtf = np.exp(-2 * np.pi**2 * (fwhm / np.sqrt(8 * np.log(2))) ** 2 * frequency**2)
        np.testing.assert_allclose(found, mtf * image, rtol=0, atol=1e-12)


def test_it_is_scipys_filter_where_that_is_fine_enough() -> None:
    image = np.random.default_rng(0).uniform(size=(3, 50, 60))
    grid = Grid((60, 50, 3), spacing=(1.0, 1.0, 5.0))
    sigma = 2.5
    expected = ndimage.gaussian_filter(image, (0, sigma, sigma), mode="reflect", truncate=8)
    found = Blurring(sigma * np.sqrt(8 * np.log(2)))(Volume(image, grid), RANDOM).image
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_slices_are_blurred_on_their_own_in_2d() -> None:
    image = np.random.default_rng(0).uniform(0, 1e-6, (5, 20, 20))
    image[2, 10, 10] = 1.0
    grid = Grid((20, 20, 5), spacing=(1.0, 1.0, 4.0))
    flat, deep = (Blurring(5.0, dimension=dimension)(Volume(image, grid), RANDOM).image for dimension in (2, 3))
    assert (flat[[0, 1, 3, 4]] < 1e-6).all()
    assert (deep[[1, 3], 10, 10] > 0.001).all()


def test_padding_does_not_spread() -> None:
    image = np.full((1, 20, 20), 50.0)
    image[:, :6] = -2000.0
    found = Blurring(4.0)(Volume(image, Grid((20, 20, 1)), outside=image < 0), RANDOM).image
    assert (found[:, :6] == -2000).all()
    np.testing.assert_allclose(found[:, 6:], 50.0)
