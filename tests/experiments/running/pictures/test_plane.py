"""Tests of the layout of slices: radiological convention from the direction cosines alone."""

import itertools

import numpy as np
import pytest

from experiments.running.pictures.plane import Plane
from harmonize.image.volume import Grid


def positions(grid):
    """Patient coordinates (x to the left, y to the back, z to the head) of every voxel, shape (z, y, x, 3)."""
    z, y, x = np.indices(grid.shape)
    index = np.stack([x, y, z], axis=-1) * np.array(grid.spacing)
    return index @ np.array(grid.direction).reshape(3, 3).T + np.array(grid.origin)


def signed_permutations():
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1.0, -1.0), repeat=3):
            yield tuple((np.eye(3)[list(order)] * signs).ravel())


@pytest.mark.parametrize("direction", list(signed_permutations()))
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_every_way_to_store_a_volume_is_seen_from_the_feet_the_front_or_the_left(direction, axis):
    grid = Grid((5, 4, 3), (1.0, 2.0, 3.0), (7.0, 8.0, 9.0), direction)
    plane = Plane.of(grid, axis, 1)
    x, y, z = (plane.take(positions(grid)[..., i]) for i in range(3))
    across = next(i for i, along in enumerate((x, y, z)) if np.ptp(along) == 0)
    to_right = {0: y, 1: x, 2: x}[across]  # front on the left, or the patient's right on the left
    to_top = {0: z, 1: z, 2: -y}[across]  # head or front at the top
    assert np.all(np.diff(to_right, axis=1) > 0)
    assert np.all(np.diff(to_top, axis=0) < 0)
    assert (plane.left, plane.right) == (("A", "P") if across == 0 else ("R", "L"))
    down, right = (abs(float(np.diff(along, axis=i).flat[0])) for along, i in ((to_top, 0), (to_right, 1)))
    assert plane.spacing == pytest.approx((down, right))


def test_an_oblique_slice_is_laid_out_as_the_nearest_plane():
    tilt = np.deg2rad(20)
    turn = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    coronal = turn @ np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # rows run to the feet
    plane = Plane.of(Grid((4, 5, 3), (1.0, 1.0, 6.0), direction=tuple(coronal.ravel())), 0, 0)
    assert (plane.left, plane.right, plane.transposed, plane.flipped) == ("R", "L", False, (False, False))
