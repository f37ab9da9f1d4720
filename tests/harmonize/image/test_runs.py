import numpy as np
import pytest
from scipy import ndimage

from harmonize.image.runs import RunMask


def laid(mask: np.ndarray) -> RunMask:
    found = RunMask(mask.shape)
    found.voxels[...] = mask
    return found


def random_masks() -> list[np.ndarray]:
    """Noise of any density, smooth shapes, and shapes of one voxel along an axis."""
    rng = np.random.default_rng(0)
    noise = [rng.random((5, 9, 11)) < density for density in (0.02, 0.1, 0.3, 0.5, 0.7, 0.9)]
    smooth = [ndimage.gaussian_filter(rng.normal(size=(6, 30, 25)), width) > 0 for width in (0.7, 1.5, 3.0)]
    thin = [rng.random(shape) < 0.5 for shape in ((1, 9, 9), (9, 1, 9), (9, 9, 1), (1, 1, 1))]
    return [*noise, *smooth, *thin, np.zeros((2, 3, 4), bool), np.ones((2, 3, 4), bool)]


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("mask", random_masks())
def test_small_parts_are_those_of_ndimage(mask, share):
    labels, count = ndimage.label(mask, np.ones((3, 3, 3)))
    sizes = ndimage.sum_labels(mask, labels, np.arange(count + 1))
    found = laid(mask)
    found.drop_small_parts(share)
    np.testing.assert_array_equal(found.voxels, mask & (sizes >= share * sizes.max())[labels])


@pytest.mark.parametrize("mask", random_masks())
def test_holes_are_those_of_ndimage_in_every_slice(mask):
    found = laid(mask)
    found.fill_holes()
    np.testing.assert_array_equal(found.voxels, np.stack([ndimage.binary_fill_holes(plane) for plane in mask]))
