"""Distances from the surface of an ROI."""

import numpy as np
import pytest
import scipy

from harmonize.image.volume import Grid
from harmonize.perturbations.surface import depths, heights

GRID = Grid((14, 12, 6), (1.0, 1.2, 5.0))


def blob() -> np.ndarray:
    z, y, x = np.mgrid[:6, :12, :14]
    return (x - 6) ** 2 + (y - 5) ** 2 + 4 * (z - 2) ** 2 < 17


def test_heights_are_those_to_the_nearest_voxel() -> None:
    mask = blob()
    box, found = heights(mask, GRID, "distance", 3.0)
    inside, all_of_it = GRID.points(np.argwhere(mask)[:, ::-1]), GRID.points(np.argwhere(np.ones_like(mask))[:, ::-1])
    known = scipy.spatial.distance.cdist(all_of_it, inside).min(axis=1).reshape(mask.shape)
    near = known <= 3.0
    np.testing.assert_allclose(found, known[box], atol=1e-8)
    assert near.sum() == near[box].sum()


@pytest.mark.parametrize("by", ["distance", "voxels"])
def test_depths_are_heights_of_the_rest(by) -> None:
    mask = blob()
    box, found = depths(mask, GRID, by)
    _, known = heights(~mask, GRID, by, 100.0)
    assert known.shape == mask.shape
    np.testing.assert_allclose(found, known[box])


def test_steps_are_dilations() -> None:
    mask = blob()
    box, found = heights(mask, GRID, "voxels", 2.0)
    for steps in (1, 2):
        known = scipy.ndimage.binary_dilation(mask, iterations=steps)
        np.testing.assert_array_equal(found <= steps, known[box])
        assert known.sum() == known[box].sum()


def test_nothing_and_everything() -> None:
    assert heights(np.zeros(GRID.shape, bool), GRID, "distance", 3.0)[1].size == 0
    assert depths(np.zeros(GRID.shape, bool), GRID, "distance")[1].size == 0
    assert np.isinf(depths(np.ones(GRID.shape, bool), GRID, "voxels")[1]).all()
