import pickle

import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.errors import GridError, ScanError
from harmonize.image.volume import Grid, Volume, to_itk

GRID = Grid((4, 3, 2), (1.0, 1.0, 5.0), (10.0, -20.0, 30.0))


def ones() -> np.ndarray:
    return np.ones(GRID.shape)


def test_a_grid_survives_the_way_through_simpleitk():
    oblique = Grid((4, 3, 2), (0.7, 0.8, 5.0), (1.0, 2.0, 3.0), (0.6, 0.8, 0.0, -0.8, 0.6, 0.0, 0.0, 0.0, 1.0))
    array = np.arange(24.0).reshape(oblique.shape)
    image = to_itk(array, oblique)
    assert Grid.of(image) == oblique
    assert image.GetPixel(3, 2, 1) == array[1, 2, 3]
    assert to_itk(array > 3, oblique).GetPixelID() == sitk.sitkUInt8


@pytest.mark.parametrize("shape", [(3,), (5, 3), (2, 5, 3), (3, 2, 4, 3)])
def test_indices_are_what_points_gives_back(shape):
    """Stacks of more than two axes ended in an error, or in other numbers."""
    oblique = Grid((4, 3, 2), (0.7, 0.8, 5.0), (1.0, 2.0, 3.0), (0.6, 0.8, 0.0, -0.8, 0.6, 0.0, 0.0, 0.0, 1.0))
    indices = np.random.default_rng(0).normal(size=shape)
    np.testing.assert_allclose(oblique.indices(oblique.points(indices)), indices, atol=1e-12)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (Grid((4, 3, 3), GRID.spacing, GRID.origin), ["size: 4 x 3 x 2 against 4 x 3 x 3 voxels"]),
        (Grid(GRID.size, (1.0, 1.0, 6.0), GRID.origin), ["spacing: 1 x 1 x 5 against 1 x 1 x 6 mm"]),
        (Grid(GRID.size, GRID.spacing, (10.0, -19.5, 30.0)), ["origin: off by (0, 0.5, 0) mm"]),
        (
            Grid(GRID.size, GRID.spacing, GRID.origin, (-1.0, 0, 0, 0, -1.0, 0, 0, 0, 1.0)),
            ["direction: cosines differ by up to 2"],
        ),
        (Grid(GRID.size, (1.00001, 1.0, 5.0), (10.001, -20.0, 30.0)), []),
    ],
)
def test_differences_name_what_differs_and_by_how_much(other, expected):
    assert GRID.differences(other) == expected


def test_several_differences_are_all_named():
    assert len(GRID.differences(Grid((1, 1, 1)))) == 3


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_voxels_that_are_no_numbers_are_refused(bad, golden):
    image = ones()
    image[0, 0, 0] = bad
    with golden.error(ScanError):
        Volume(image, GRID)


def test_arrays_of_another_shape_are_refused(golden):
    with golden.error(GridError):
        Volume(np.ones((4, 3, 2)), GRID)
    with golden.error(GridError):
        Volume(ones(), GRID, {"liver": np.ones((2, 3), bool)})


def test_a_volume_cannot_be_changed_but_the_callers_array_can():
    image = ones()
    volume = Volume(image, GRID, {"liver": image > 0})
    with pytest.raises(ValueError, match="read-only"):
        volume.image[0, 0, 0] = 5
    with pytest.raises(ValueError, match="read-only"):
        volume.masks["liver"][0, 0, 0] = False
    with pytest.raises(TypeError):
        volume.masks["spleen"] = image > 0
    assert image.flags.writeable


def test_integers_become_floats():
    volume = Volume(np.full(GRID.shape, 32767, np.int16), GRID, {"liver": np.ones(GRID.shape, np.uint8)})
    assert volume.image.dtype == np.float64
    assert (volume.image + 1).max() == 32768
    assert volume.masks["liver"].dtype == np.bool_


def test_a_volume_can_be_sent_to_a_worker_process():
    """Mapping proxies cannot be pickled; a volume can all the same."""
    volume = Volume(ones(), GRID, {"liver": ones() > 0}, Grid((2, 2, 2)))
    again = pickle.loads(pickle.dumps(volume))
    assert again.grid == GRID
    assert again.reference == Grid((2, 2, 2))
    np.testing.assert_array_equal(again.image, volume.image)
    np.testing.assert_array_equal(again.masks["liver"], volume.masks["liver"])
    assert not again.image.flags.writeable


def test_volumes_are_compared_by_identity():
    """Comparing the arrays of two volumes has no single answer, and must not raise in a set or an `in`."""
    volume = Volume(ones(), GRID)
    assert volume in [Volume(ones(), GRID), volume]
    assert len({volume, Volume(ones(), GRID)}) == 2


def test_with_image_keeps_masks_and_grid():
    volume = Volume(ones(), GRID, {"liver": ones() > 0})
    other = volume.with_image(ones() * 3)
    assert other.grid is volume.grid
    assert other.masks["liver"].all()
    assert volume.image.max() == 1
    assert sitk.GetArrayFromImage(other.to_itk()).max() == 3


SHEARED = (1.0, 0.1, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": (4, 0, 2)},
        {"spacing": (1.0, np.nan, 5.0)},
        {"origin": (0.0, -np.inf, 0.0)},
        {"direction": (np.nan, *SHEARED[1:])},
        {"spacing": (1.0, 0.0, 5.0)},
        {"spacing": (1.0, 1.0, -5.0)},
        {"spacing": (0.0005, 1.0, 5.0)},
        {"spacing": (1.0, 1.0, 1500.0)},
        {"origin": (0.0, 0.0, 2e6)},
        {"direction": SHEARED},
        {"direction": (2.0, 0, 0, 0, 1, 0, 0, 0, 1)},
        {"direction": (0.0,) * 9},
        {"direction": (1.0, 1, 0, 0, 0, 0, 0, 0, 1)},
    ],
)
def test_a_grid_that_cannot_be_is_refused(wrong, golden):
    # With a direction of NaN every mask lay on the grid of its image, since no comparison with NaN is true.
    with golden.error(ScanError):
        Grid(**{"size": (4, 3, 2), **wrong})


def test_axes_written_with_three_decimals_are_at_right_angles():
    random = np.random.default_rng(0)
    for _ in range(200):
        axes = np.linalg.qr(random.normal(size=(3, 3)))[0]
        Grid((4, 3, 2), direction=tuple(np.round(axes, 3).ravel()))
