import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.image.circles import Circle, circle_mask
from harmonize.image.volume import Grid
from harmonize.registration.rigid import volume_points

OBLIQUE = (0.0, 1.0, 0.0, 0.8, 0.0, -0.6, 0.6, 0.0, 0.8)
GRID = Grid((64, 60, 8), (0.8, 0.8, 5.0), (-12.0, 33.0, 7.0), OBLIQUE)


def by_definition(centre, radius, grid):
    """Voxels whose centres are within the radius, all in mm."""
    z, y, x = np.indices(grid.shape)
    sx, sy, sz = grid.spacing
    return ((x - centre[0]) * sx) ** 2 + ((y - centre[1]) * sy) ** 2 + ((z - centre[2]) * sz) ** 2 <= radius**2


@pytest.mark.parametrize("centre", [(20.0, 30.0, 4.0), (20.4, 29.7, 3.0)])
def test_a_circle_of_15_pixels(centre):
    mask = circle_mask(Circle(centre, 15.0), GRID)
    expected = by_definition(centre, 7.5 * 0.8, Grid(GRID.size, (0.8, 0.8, 1e3)))
    np.testing.assert_array_equal(mask, expected)
    assert mask.sum() == pytest.approx(np.pi * 7.5**2, rel=0.02)
    assert np.flatnonzero(mask.any(axis=(1, 2))).tolist() == [centre[2]]


def test_a_sphere_counts_thick_slices_in_mm():
    inside = circle_mask(Circle((20.0, 30.0, 4.0), 25.0, "pixel", "sphere"), GRID)
    np.testing.assert_array_equal(inside, by_definition((20.0, 30.0, 4.0), 10.0, GRID))
    assert inside.any(axis=(1, 2)).sum() == 5


@pytest.mark.parametrize("shape", ["circle", "sphere"])
def test_mm_are_patient_coordinates(shape):
    """On a grid that is turned in space."""
    indices = (20.0, 30.0, 4.0)
    dot = np.zeros(GRID.shape, bool)
    dot[4, 30, 20] = True
    ((x, y, z),) = volume_points(dot, GRID)
    in_mm = circle_mask(Circle((x, y, z), 12.0, "mm", shape), GRID)
    np.testing.assert_array_equal(in_mm, circle_mask(Circle(indices, 15.0, "pixel", shape), GRID))


def test_a_circle_lies_in_the_slice_that_is_nearest():
    masks = [circle_mask(Circle((20.0, 30.0, z), 5.0), GRID) for z in (2.6, 3.0, 3.4)]
    assert (masks[0] == masks[1]).all()
    assert (masks[1] == masks[2]).all()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_plane_is_that_of_the_slices(axis):
    size, spacing, centre = [60, 60], [0.8, 0.8], [20.0, 30.0]
    for values, along in ((size, 8), (spacing, 5.0), (centre, 4.0)):
        values.insert(2 - axis, along)
    mask = circle_mask(Circle(tuple(centre), 15.0), Grid(tuple(size), tuple(spacing)))
    others = tuple(item for item in range(3) if item != axis)
    assert mask.any(axis=others).sum() == 1
    assert mask.sum() == 177


def test_a_cube_needs_to_be_told_the_plane_of_a_circle_not_of_a_sphere(golden):
    cube = Grid((30, 30, 30))
    with golden.error(ScanError):
        circle_mask(Circle((15.0, 15.0, 15.0), 7.0), cube)
    assert circle_mask(Circle((15.0, 15.0, 15.0), 7.0, slice_axis="x"), cube).any(axis=(0, 1)).sum() == 1
    assert circle_mask(Circle((15.0, 15.0, 15.0), 7.0, shape="sphere"), cube).any(axis=(0, 1)).sum() == 7


def test_it_is_clipped_to_its_boundary_and_to_the_image():
    boundary = np.zeros(GRID.shape, bool)
    boundary[:, :, 18:] = True
    whole = circle_mask(Circle((20.0, 30.0, 4.0), 15.0), GRID)
    np.testing.assert_array_equal(circle_mask(Circle((20.0, 30.0, 4.0), 15.0), GRID, boundary), whole & boundary)
    at_border = circle_mask(Circle((1.0, 30.0, 4.0), 15.0), GRID)
    np.testing.assert_array_equal(at_border[:, :, :-19], whole[:, :, 19:])


def test_little_that_is_left_is_refused_with_the_numbers(golden):
    boundary = np.zeros(GRID.shape, bool)
    boundary[:, :, 24:] = True
    with golden.error(ScanError):
        circle_mask(Circle((20.0, 30.0, 4.0), 15.0), GRID, boundary)
    with golden.error(ScanError):
        circle_mask(Circle((0.0, 0.0, 4.0), 15.0), GRID)
    with golden.error(ScanError):
        circle_mask(Circle((20.5, 30.5, 4.0), 0.1), GRID)


def test_a_centre_off_the_image_is_refused_with_the_numbers(golden):
    with golden.error(ScanError):
        circle_mask(Circle((20.0, 30.0, 8.0), 15.0), GRID)
    with golden.error(ScanError):
        circle_mask(Circle((500.0, 0.0, 0.0), 15.0, "mm"), GRID)


def test_a_diameter_has_to_be_positive(golden):
    with golden.error(ValueError):
        Circle((1.0, 1.0, 1.0), 0.0)
