"""Rotation in the plane of the slices."""

import numpy as np
import pytest

from harmonize.image.volume import Grid, Volume
from harmonize.perturbations import Rotation, perturb

NONE = np.random.default_rng(0)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_quarter_turn_is_that_of_the_array(axis: int) -> None:
    shape, spacing = [5, 5, 5], [1.0, 1.0, 1.0]
    shape[axis], spacing[2 - axis] = 3, 4.0
    image = np.random.default_rng(0).normal(size=shape)
    found = Rotation(90.0)(Volume(image, Grid((shape[2], shape[1], shape[0]), tuple(spacing))), NONE).image
    planes = {0: (1, 2), 1: (0, 2), 2: (0, 1)}[axis]
    np.testing.assert_allclose(found, np.rot90(image, axes=planes), atol=1e-9)


def test_the_axis_can_be_named() -> None:
    volume = Volume(np.random.default_rng(0).normal(size=(5, 5, 5)), Grid((5, 5, 5)))
    assert np.allclose(Rotation(90.0)(volume, NONE).image, np.rot90(volume.image, axes=(1, 2)))
    assert np.allclose(Rotation(90.0, slice_axis="x")(volume, NONE).image, np.rot90(volume.image, axes=(0, 1)))


def test_there_and_back_in_a_chain_is_the_scan() -> None:
    volume = Volume(np.random.default_rng(0).normal(size=(4, 20, 24)), Grid((24, 20, 4), (1.0, 1.3, 6.0)))
    found = perturb([Rotation(17.0), Rotation(-17.0)], volume)
    np.testing.assert_allclose(found.image, volume.image, atol=1e-9)


def test_the_centre_stays() -> None:
    grid = Grid((24, 20, 4), (1.0, 1.3, 6.0), (3.0, 4.0, 5.0))
    centre = [11.5, 9.5, 1.5]
    np.testing.assert_allclose(Rotation(33.0).grid(grid).points(centre), grid.points(centre))


def test_more_than_half_a_turn_is_refused() -> None:
    with pytest.raises(ValueError, match="angle"):
        Rotation(181.0)
