from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.transform import Rotation

from harmonize.errors import ScanError
from harmonize.image.volume import Grid, Volume
from harmonize.registration.rigid import volume_points
from harmonize.steps import Resample
from harmonize.steps.regrid import cubic_weights, resample_onto, shares_onto
from harmonize.steps.resample import resampled_grid

STEP = Resample(to="reference")
ORDERS = {"nearest": 0, "linear": 1, "bspline": 3}


@pytest.mark.parametrize("order", [0, 1, 3])
@pytest.mark.parametrize("turned", [False, True])
def test_at_the_border_all_grids_follow_one_rule(phantom, order, turned):
    """Mirrored splines up to where the image ends and held beyond; straight and turned grids differed at the rim."""
    old = phantom.volume.grid
    turn = np.array(old.direction).reshape(3, 3)
    if turned:
        c, s = np.cos(0.1), np.sin(0.1)
        turn = turn @ np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    new = Grid((70, 110, 4), (2.3, 1.1, 5.0), (-13.0, 2.0, 33.0), tuple(turn.ravel()))
    points = volume_points(np.ones(new.shape, bool), new) - np.array(old.origin)
    places = np.linalg.solve(np.array(old.direction).reshape(3, 3), points.T) / np.array(old.spacing)[:, None]
    beyond = 0.5 if order > 1 else 0.0
    held = np.clip(places, -beyond, np.array(old.size)[:, None] - 1 + beyond)
    expected = ndimage.map_coordinates(phantom.volume.image, held[::-1], order=order, mode="mirror")
    assert (held != places).any()
    found = resample_onto(phantom.volume.image, old, new, order)
    np.testing.assert_allclose(found, expected.reshape(new.shape), atol=1e-9 * np.ptp(expected))


@pytest.mark.parametrize("edge", [0.1, 0.3, 0.7])
def test_a_tie_of_the_nearest_voxel_does_not_hang_on_the_last_digit(edge):
    """From 0.1 to 0.2 mm every new centre lies between two old ones; rounding took now the one, now the other."""
    old = Grid((40, 1, 1), (edge, 1.0, 1.0))
    new = Grid((20, 1, 1), (2 * edge, 1.0, 1.0), (edge / 2, 0.0, 0.0))
    found = resample_onto(np.arange(40.0)[None, None], old, new, 0).ravel()
    assert len(set(np.diff(found))) == 1


def test_a_smooth_function_of_place_is_found_on_a_turned_grid():
    old = Grid((60, 60, 20), (1.0, 1.0, 2.0), (-30.0, -30.0, -20.0))
    c, s = np.cos(0.4), np.sin(0.4)
    new = Grid((20, 24, 8), (1.3, 1.1, 2.5), (-10.0, -12.0, -8.0), (c, -s, 0.0, s, c, 0.0, 0.0, 0.0, 1.0))

    def at(grid: Grid) -> np.ndarray:
        x, y, z = volume_points(np.ones(grid.shape, bool), grid).T
        return (np.sin(x / 9) + np.cos(y / 7) * np.sin(z / 11)).reshape(grid.shape)

    np.testing.assert_allclose(resample_onto(at(old), old, new, 3), at(new), atol=2e-3)
    result = Resample(to="reference")(Volume(at(old), old, {}, new))
    assert result.grid == new
    np.testing.assert_allclose(result.image, at(new), atol=2e-3)


def test_image_and_masks_come_onto_the_grid_of_the_reference(phantom):
    volume = phantom.volume
    target = resampled_grid(volume.grid, (1.2, 1.2, None))
    result = STEP(replace(volume, reference=target))
    assert result.grid == target
    for roi, mask in volume.masks.items():
        before = volume_points(mask, volume.grid).mean(axis=0)
        np.testing.assert_allclose(volume_points(result.masks[roi], target).mean(axis=0), before, atol=0.2)
        volumes = [m.sum() * np.prod(g.spacing) for m, g in ((mask, volume.grid), (result.masks[roi], target))]
        assert volumes[1] == pytest.approx(volumes[0], rel=0.03)


@pytest.mark.parametrize("interpolator", ORDERS)
def test_beyond_the_border_the_image_holds_its_values(interpolator):
    volume = Volume(np.full((2, 6, 6), 7.0), Grid((6, 6, 2)), {}, Grid((7, 7, 2), origin=(-1.0, 1.0, 0.0)))
    np.testing.assert_allclose(Resample(to="reference", interpolator=interpolator)(volume).image, 7.0)


@pytest.mark.parametrize("size", [2, 3])
def test_few_slices_are_interpolated_from_their_own_voxels_only(size):
    """ITK's B-spline read memory before the image along an axis of two voxels: NaN now and then."""
    old = Grid((6, 6, size))
    new = Grid((6, 6, size), origin=(0.0, 0.0, 0.5))
    image = np.random.default_rng(5).normal(size=old.shape)
    expected = ndimage.map_coordinates(
        image, np.mgrid[:size, :6, :6] + np.array([0.5, 0, 0])[:, None, None, None], order=3, mode="mirror"
    )
    np.testing.assert_allclose(resample_onto(image, old, new, 3), expected, atol=1e-12)


def test_a_scan_on_the_grid_of_the_reference_stays_itself(phantom):
    volume = replace(phantom.volume, reference=phantom.volume.grid)
    assert STEP(volume) is volume


def test_what_is_elsewhere_is_refused_with_the_numbers(phantom, golden):
    volume = phantom.volume
    away = replace(volume.grid, origin=(500.0, 5.0, 30.0))
    with golden.error(ScanError):
        STEP(replace(volume, reference=away))
    part = replace(volume.grid, size=(96, 50, 3))
    with golden.error(ScanError):
        STEP(replace(volume, reference=part))


def test_without_a_reference_it_says_so(phantom, golden):
    with golden.error(ScanError):
        STEP(phantom.volume)


def test_a_tenfold_change_is_refused_here_too(golden):
    volume = Volume(np.zeros((2, 30, 30)), Grid((30, 30, 2)), {}, Grid((2, 2, 2), (11.0, 11.0, 1.0)))
    with golden.error(ScanError):
        STEP(volume)


def test_a_blurred_copy_of_the_reference_is_compared_voxel_by_voxel(phantom):
    """The purpose: half the matrix, brought back."""
    fine = phantom.volume
    coarse_grid = resampled_grid(fine.grid, (3.0, 3.0, None))
    smooth = ndimage.gaussian_filter(fine.image, (0, 1, 1))
    coarse = Volume(resample_onto(smooth, fine.grid, coarse_grid, 3), coarse_grid, {}, fine.grid)
    inner = np.s_[:, 8:-8, 8:-8]
    assert np.corrcoef(STEP(coarse).image[inner].ravel(), smooth[inner].ravel())[0, 1] > 0.999


@pytest.mark.parametrize("size", [1, 2, 3, 11])
def test_cubic_weights_are_those_of_scipy_add_up_to_one_and_mirror(size):
    places = (size - 1) / 2 + (np.arange(9) - 4) * (2.0 / 1.3)
    weights = cubic_weights(places, size)
    held = np.clip(places, -0.5, size - 0.5)[None]
    expected = [ndimage.map_coordinates(unit, held, order=3, mode="mirror") for unit in np.eye(size)]
    np.testing.assert_allclose(weights, np.stack(expected, axis=1), atol=1e-13)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    np.testing.assert_allclose(weights[::-1, ::-1], weights, atol=1e-12)


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("kind", ["inside", "at the border", "everywhere", "nowhere", "beyond"])
def test_a_mask_is_interpolated_only_around_it_and_as_the_whole(order, kind):
    mask = np.zeros((6, 20, 30), bool)
    part = {"inside": np.s_[2:4, 5:9, 10:17], "at the border": np.s_[0:2, 15:, :3], "everywhere": np.s_[:]}
    mask[part.get(kind, np.s_[:0])] = True
    if kind == "beyond":
        mask[5, 19, 29] = True
    old = Grid((30, 20, 6), (1.0, 1.0, 3.0))
    for new in (
        resampled_grid(old, (1.3, 0.7, 2.0)),
        Grid((20, 15, 5), (1.1, 1.2, 2.9), (-4.0, 3.0, -2.0)),
        Grid((8, 9, 2), (1.0, 1.0, 3.0), (2.0, 1.5, 1.0)),
    ):
        expected = resample_onto(mask.astype(float), old, new, order)
        np.testing.assert_allclose(shares_onto(mask, old, new, order), expected, atol=1e-15)


@pytest.mark.parametrize("turn", ["about x", "about y", "about z", "about all"])
@pytest.mark.parametrize("size", [(9, 8, 7), (9, 1, 7), (2, 8, 1)])
@pytest.mark.parametrize("order", [0, 1])
def test_interpolation_on_turned_grids_is_that_of_scipy_with_held_borders(turn, size, order):
    angles = [0.3 if turn in (f"about {name}", "about all") else 0.0 for name in "xyz"]
    direction = Rotation.from_euler("xyz", angles).as_matrix().ravel()
    old = Grid(size, spacing=(1.0, 1.3, 2.0), origin=(3.0, -2.0, 1.0))
    array = np.random.default_rng(5).normal(size=old.shape)
    for spacing in ((0.7, 0.9, 0.8), (1.6, 2.0, 3.0)):
        new = Grid((11, 9, 6), spacing, origin=(1.47, -1.0, 0.2), direction=tuple(direction.tolist()))
        z, y, x = np.indices(new.shape)
        places = old.indices(new.points(np.stack([x, y, z], axis=-1).reshape(-1, 3)))
        held = np.clip(places, 0, np.array(old.size) - 1)
        expected = ndimage.map_coordinates(array, held.T[::-1], order=order).reshape(new.shape)
        np.testing.assert_allclose(resample_onto(array, old, new, order), expected, atol=1e-12)
