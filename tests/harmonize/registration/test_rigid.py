import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.errors import GridError
from harmonize.image.volume import Grid, to_itk
from harmonize.registration.rigid import Rigid, carry_mask, refuse_other_slices, slice_points, volume_points

OBLIQUE = (0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0)
GRID = Grid((40, 36, 6), (1.5, 1.5, 5.0), (-20.0, 13.0, 40.0), OBLIQUE)


def block() -> np.ndarray:
    mask = np.zeros(GRID.shape, bool)
    mask[2:4, 10:20, 12:24] = True
    return mask


@pytest.mark.parametrize("degrees", [0.0, 1e-4, 0.5, 30.0, 179.0])
def test_a_transform_of_simpleitk_is_read(degrees):
    flat = sitk.Euler2DTransform((3.0, 4.0), np.deg2rad(degrees), (5.0, -2.0))
    solid = sitk.Euler3DTransform((3.0, 4.0, 9.0), 0.0, np.deg2rad(degrees), 0.0, (5.0, -2.0, 1.0))
    for transform in (flat, solid):
        rigid = Rigid.of(transform)
        points = np.random.default_rng(0).normal(0, 50, (5, transform.GetDimension()))
        expected = [transform.TransformPoint(point.tolist()) for point in points]
        np.testing.assert_allclose(rigid(points), expected, atol=1e-9)
        back = [rigid.inverse().TransformPoint(list(point)) for point in expected]
        np.testing.assert_allclose(back, points, atol=1e-9)
        assert rigid.degrees == pytest.approx(degrees, abs=1e-7)


def test_points_of_a_mask_are_its_voxel_centres():
    image = to_itk(block(), GRID)
    expected = [
        image.TransformIndexToPhysicalPoint([int(i) for i in reversed(index)]) for index in np.argwhere(block())
    ]
    np.testing.assert_allclose(volume_points(block(), GRID), expected, atol=1e-9)


def test_a_mask_is_carried_by_whole_voxels_in_space():
    """By two voxels along the rows and one slice up, on a grid that is turned in space."""
    offset = np.array(OBLIQUE).reshape(3, 3) @ (3.0, 0.0, 5.0)
    shift = Rigid(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), tuple(offset))
    np.testing.assert_array_equal(carry_mask(block(), GRID, (shift,), GRID, 0), np.roll(block(), (1, 2), (0, 2)))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_slices_are_carried_each_by_its_own_motion(axis):
    """On a grid whose slices are counted along any axis; the plane counts columns first."""
    mask = np.moveaxis(block(), 0, axis)
    x_to_z = [np.moveaxis(np.array(GRID.spacing[::-1]), 0, 0)[i] for i in range(3)]
    spacing = np.insert(np.array(x_to_z[1:]), axis, x_to_z[0])[::-1]
    grid = Grid(mask.shape[::-1], tuple(spacing))
    one = ((1.0, 0.0), (0.0, 1.0))
    moves = (Rigid(one, (3.0, 0.0), slice=2), Rigid(one, (0.0, -1.5), slice=3))
    expected = np.zeros_like(block())
    expected[2] = np.roll(block()[2], 2, axis=1)
    expected[3] = np.roll(block()[3], -1, axis=0)
    np.testing.assert_array_equal(carry_mask(mask, grid, moves, grid, axis), np.moveaxis(expected, 0, axis))


def test_points_of_a_slice_move_as_its_mask_does():
    turn = Rigid.of(sitk.Euler2DTransform((22.0, 18.0), 0.3, (4.0, -3.0)), 2)
    only = block() & (np.arange(6) == 2)[:, None, None]
    centre = turn(slice_points(only, GRID, 0, 2)).mean(axis=0)
    carried = carry_mask(only, GRID, (turn,), GRID, 0)
    np.testing.assert_allclose(slice_points(carried, GRID, 0, 2).mean(axis=0), centre, atol=0.1)


def test_another_grid_gets_the_mask_at_the_same_place():
    finer = Grid((80, 72, 6), (0.75, 0.75, 5.0), GRID.origin, OBLIQUE)
    still = Rigid(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), (0.0, 0.0, 0.0))
    flat = tuple(Rigid(((1.0, 0.0), (0.0, 1.0)), (0.0, 0.0), slice=index) for index in (2, 3))
    for transforms in ((still,), flat):
        carried = carry_mask(block(), GRID, transforms, finer, 0)
        np.testing.assert_allclose(
            volume_points(carried, finer).mean(axis=0), volume_points(block(), GRID).mean(axis=0), atol=0.4
        )
        assert carried.sum() == pytest.approx(4 * block().sum(), rel=0.1)


def test_a_mask_that_leaves_the_grid_is_empty():
    away = Rigid(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), (500.0, 0.0, 0.0))
    assert not carry_mask(block(), GRID, (away,), GRID, 0).any()


@pytest.mark.parametrize(
    "other",
    [
        Grid((40, 36, 6), (1.5, 1.5, 5.0), GRID.origin),
        Grid((40, 36, 7), (1.5, 1.5, 5.0), GRID.origin, OBLIQUE),
        Grid((40, 36, 6), (1.5, 1.5, 4.0), GRID.origin, OBLIQUE),
        Grid((40, 36, 6), (1.5, 1.5, 5.0), (-20.0, 13.0, 43.0), OBLIQUE),
    ],
)
def test_other_slices_are_refused(other, golden):
    with golden.error(GridError):
        refuse_other_slices(other, GRID, 0)
    refuse_other_slices(Grid((64, 64, 6), (1.0, 1.0, 5.0), (3.0, 20.0, 41.0), OBLIQUE), GRID, 0)
