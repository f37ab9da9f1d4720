import itertools

import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.image.counting import counted_as
from harmonize.image.volume import Grid

TILT = np.deg2rad(20)
DIRECTION = (1.0, 0.0, 0.0, 0.0, np.cos(TILT), -np.sin(TILT), 0.0, np.sin(TILT), np.cos(TILT))
GRID = Grid((5, 4, 3), (1.5, 1.0, 4.0), (-7.0, 11.0, 30.0), DIRECTION)
VOXELS = np.arange(60).reshape(GRID.shape)


def image():
    made = sitk.GetImageFromArray(VOXELS)
    made.SetSpacing(GRID.spacing)
    made.SetOrigin(GRID.origin)
    made.SetDirection(GRID.direction)
    return made


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("flips", list(itertools.product([False, True], repeat=3)))
def test_every_order_is_brought_back_to_that_of_the_grid(order, flips):
    # ITK's own filters reorder the voxels, and move origin and direction with them.
    other = sitk.Flip(sitk.PermuteAxes(image(), order), flips, flipAboutOrigin=False)
    voxels, grid = counted_as(sitk.GetArrayFromImage(other), Grid.of(other), GRID)
    np.testing.assert_array_equal(voxels, VOXELS)
    assert GRID.differences(grid) == []


def test_what_lies_elsewhere_stays_elsewhere():
    other = sitk.Flip(image(), [True, True, False], flipAboutOrigin=False)
    other.SetOrigin([place + 3 for place in other.GetOrigin()])
    _, grid = counted_as(sitk.GetArrayFromImage(other), Grid.of(other), GRID)
    assert GRID.differences(grid) == ["origin: off by (3, 3, 3) mm"]


def test_oblique_axes_are_left_as_they_are():
    third = np.sqrt(1 / 3)  # a diagonal of the cube is as near to x as to y and z
    turned = np.linalg.qr(np.array([[third, 1.0, 0.0], [third, 0.0, 1.0], [third, 0.0, 0.0]]))[0]
    oblique = Grid((4, 4, 4), direction=tuple(turned.ravel()))
    _, grid = counted_as(np.zeros((4, 4, 4)), oblique, Grid((4, 4, 4)))
    assert Grid((4, 4, 4)).differences(grid)
