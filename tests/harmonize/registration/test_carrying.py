import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from harmonize.errors import ScanError
from harmonize.image.circles import Circle, circle_mask
from harmonize.image.volume import Grid
from harmonize.registration.carrying import allowed_loss, carry_circle, carry_organ
from harmonize.registration.rigid import Rigid, carry_mask

GRID = Grid((64, 60, 9), (0.8, 0.8, 5.0), (-12.0, 33.0, 7.0))
TURNED = Grid((60, 9, 64), (0.8, 5.0, 0.8), (-12.0, 33.0, 40.0), (0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0))


def shift(*offset: float) -> Rigid:
    return Rigid.from_arrays(np.eye(3), np.array(offset))


def middle_of(mask: np.ndarray, grid: Grid) -> np.ndarray:
    indices = np.argwhere(mask).mean(axis=0)[::-1] * np.array(grid.spacing)
    return indices @ np.array(grid.direction).reshape(3, 3).T + np.array(grid.origin)


@pytest.mark.parametrize("shape", ["circle", "sphere"])
def test_60_motions_leave_the_number_of_voxels_as_it_is(shape):
    """A shift of 1.5 mm along z made 162 of 177 voxels, and most of the sites of a study were refused for that."""
    circle = Circle((31.3, 29.6, 4.2), 15.0, "pixel", shape)
    before = circle_mask(circle, GRID)
    rng = np.random.default_rng(0)
    for _ in range(60):
        turn = Rotation.from_rotvec(np.deg2rad(rng.uniform(-8, 8, 3))).as_matrix()
        middle = middle_of(before, GRID)
        motion = Rigid.from_arrays(turn, middle - turn @ middle + rng.uniform(-8, 8, 3))
        carried = carry_circle(circle, GRID, (motion,), GRID, 0)
        assert carried.sum() == before.sum()
        off = (middle_of(carried, GRID) - motion(middle[None])[0]) / GRID.spacing
        assert np.abs(off).max() <= 1.01  # half a voxel of rounding here and there


def test_a_shift_along_the_slices_by_less_than_half_of_one_changes_nothing():
    circle = Circle((30.0, 30.0, 4.0), 15.0)
    carried = carry_circle(circle, GRID, (shift(0.0, 0.0, 1.5),), GRID, 0)
    assert carried.sum() == 177
    np.testing.assert_array_equal(carried, circle_mask(circle, GRID))
    up = carry_circle(circle, GRID, (shift(1.6, 0.0, 3.0),), GRID, 0)
    np.testing.assert_array_equal(up, circle_mask(Circle((32.0, 30.0, 5.0), 15.0), GRID))


@pytest.mark.parametrize("unit", ["pixel", "mm"])
def test_another_orientation_of_the_file_has_as_many_voxels(unit):
    """The axes change places and turn round; the place within a voxel goes with them."""
    for centre in ((30.3, 29.8, 4.0), (30.5, 29.5, 4.0)):
        place = centre
        if unit == "mm":
            place = tuple(np.array(centre) * GRID.spacing + np.array(GRID.origin))
        circle = Circle(place, 15.0 if unit == "pixel" else 12.0, unit)
        before = circle_mask(circle, GRID)
        after = carry_circle(circle, GRID, (shift(0.3, -0.2, 0.4),), TURNED, 0)
        assert after.sum() == before.sum()
        assert np.linalg.norm(middle_of(after, TURNED) - middle_of(before, GRID)) < 4.0


def test_in_the_plane_of_the_slices_each_has_its_own_motion():
    moves = tuple(Rigid(((1.0, 0.0), (0.0, 1.0)), (0.8 * index, 0.0), index) for index in (3, 4))
    for index in (3, 4):
        circle = Circle((30.0, 30.0, float(index)), 15.0)
        expected = circle_mask(Circle((30.0 + index, 30.0, float(index)), 15.0), GRID)
        np.testing.assert_array_equal(carry_circle(circle, GRID, moves, GRID, 0), expected)


def test_only_a_centre_off_the_image_is_refused(golden):
    circle = Circle((30.0, 30.0, 4.0), 15.0)
    at_border = carry_circle(circle, GRID, (shift(26.0, 0.0, 0.0),), GRID, 0)
    assert 0 < at_border.sum() < 177
    corner = carry_circle(circle, GRID, (shift(26.4, 23.2, 0.0),), GRID, 0)
    assert 0 < corner.sum() < 177 / 2
    for away in ((27.5, 0.0, 0.0), (0.0, 0.0, 23.0)):
        with golden.error(ScanError):
            carry_circle(circle, GRID, (shift(*away),), GRID, 0)


def test_what_its_boundary_cut_off_stays_cut_off():
    circle, boundary = Circle((30.0, 30.0, 4.0), 15.0), np.zeros(GRID.shape, bool)
    boundary[:, :, 28:] = True
    before = circle_mask(circle, GRID, boundary)
    carried = carry_circle(circle, GRID, (shift(4.0, -2.4, 1.5),), GRID, 0, boundary)
    np.testing.assert_array_equal(carried, np.roll(before, (0, -3, 5), (0, 1, 2)))
    oblique = carry_circle(circle, GRID, (shift(0.3, 0.5, 2.2),), GRID, 0, boundary)
    assert oblique.sum() == before.sum()


def test_a_circle_that_cannot_be_drawn_on_the_reference_is_refused_there(golden):
    with golden.error(ScanError):
        carry_circle(Circle((0.0, 0.0, 4.0), 15.0), GRID, (shift(8.0, 8.0, 0.0),), GRID, 0)


def ellipsoid(radii: tuple[float, float, float], at: float = 4.0) -> np.ndarray:
    z, y, x = np.indices(GRID.shape)
    parts = ((x - 30.2) / radii[0], (y - 30.4) / radii[1], (z - at) / radii[2])
    return sum(part**2 for part in parts) <= 1


@pytest.mark.parametrize(("radii", "voxels"), [((9.0, 9.0, 1.3), 500), ((22.0, 20.0, 2.6), 4000)])
def test_interpolation_alone_never_refuses_a_drawn_organ(radii, voxels):
    mask, rng = ellipsoid(radii), np.random.default_rng(1)
    assert mask.sum() == pytest.approx(voxels, rel=0.4)
    for _ in range(20):
        turn = Rotation.from_rotvec(np.deg2rad(rng.uniform(-3, 3, 3))).as_matrix()
        middle = middle_of(mask, GRID)
        motion = Rigid.from_arrays(turn, middle - turn @ middle + rng.uniform(-3, 3, 3))
        carried = carry_organ(mask, GRID, (motion,), GRID, 0)
        np.testing.assert_array_equal(carried, carry_mask(mask, GRID, (motion,), GRID, 0))


def test_an_organ_that_leaves_the_image_is_refused_by_its_size(golden):
    mask = ellipsoid((22.0, 20.0, 2.6))
    most = allowed_loss(int(mask.sum()))
    assert 0.05 < most < 0.1
    with golden.error(ScanError):
        carry_organ(mask, GRID, (shift(0.0, 0.0, 15.0),), GRID, 0)


def test_small_organs_may_lose_more():
    losses = [allowed_loss(count) for count in (1, 60, 200, 600, 2000, 8000, 10**6)]
    assert losses == sorted(losses, reverse=True)
    np.testing.assert_allclose(losses, [0.5, 0.441, 0.225, 0.134, 0.0878, 0.065, 0.0506], atol=1e-3)
