import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from harmonize.image.volume import Grid, to_itk
from harmonize.registration.rigid import Rigid
from harmonize.registration.rigid_image import Shown, Smooth

GRID = Grid((40, 36, 12), (1.0, 1.2, 3.0), (5.0, -7.0, 2.0), (0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -1.0))


@pytest.fixture(scope="module")
def image() -> sitk.Image:
    noise = np.random.default_rng(0).normal(0, 1, GRID.shape)
    return to_itk(100 + 2000 * ndimage.gaussian_filter(noise, (1.5, 4, 4)), GRID)


def places(count: int) -> np.ndarray:
    """Give points within the image, away from its borders."""
    indices = np.random.default_rng(1).uniform(5, (34, 30, 8), (count, 3))
    return GRID.points(indices)


def test_places_and_intensities_are_those_of_itk(image):
    """Blurred by the same filter, interpolated by ITK; moved points are looked at where they have gone."""
    blurred = ndimage.gaussian_filter(sitk.GetArrayFromImage(image), 0.7, mode="nearest")
    other = sitk.GetImageFromArray(blurred)
    other.CopyInformation(image)
    points, motion = places(50), Rigid(((0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)), (3.0, -8.0, 1.0))
    back = Rigid.of(motion.inverse())
    look = Smooth(Shown(image), 0.0).at(np.vstack([back(points), points + 1000]), motion)
    assert look.inside.tolist() == [True] * 50 + [False] * 50
    assert look.values[:50] == pytest.approx(sitk_values(other, points), rel=1e-5)


def sitk_values(image: sitk.Image, points: np.ndarray) -> list[float]:
    indices = [image.TransformPhysicalPointToContinuousIndex(point.tolist()) for point in points]
    return [image.EvaluateAtContinuousIndex(index, sitk.sitkLinear) for index in indices]


@pytest.mark.parametrize("width", [0.0, 3.0])
def test_the_slope_is_the_change_per_mm(image, width):
    smooth, points, step = Smooth(Shown(image), width), places(40), 1e-3
    slopes = smooth.at(points).slopes
    for axis in range(3):
        aside = step * np.eye(3)[axis]
        change = (smooth.at(points + aside).values - smooth.at(points - aside).values) / (2 * step)
        close = np.isclose(slopes[axis], change, rtol=0.05, atol=0.02 * np.abs(slopes).max())
        assert close.mean() > 0.9  # the slope jumps from cell to cell, and some steps cross


def test_a_box_of_the_image_shows_what_the_whole_shows(image):
    """The smoothing needs what lies around the box."""
    points = places(40)[:8]
    whole, part = Smooth(Shown(image), 2.0), Smooth(Shown(image), 2.0, points)
    assert part.at(points).inside.all()
    np.testing.assert_allclose(part.at(points).values, whole.at(points).values, rtol=1e-3)


def test_a_smoothed_image_is_kept_for_places_that_it_covers(image):
    shown, points = Shown(image), places(40)[:8]
    first = shown.smooth(2.0, points, 1.0)
    assert shown.smooth(2.0, points + 2.0, 1.0) is first
    elsewhere = shown.smooth(2.0, np.array(image.GetOrigin()) + np.zeros((1, 3)), 50.0)
    assert elsewhere is not first
    np.testing.assert_allclose(elsewhere.at(points).values, first.at(points).values, rtol=1e-3)


def test_wide_smoothing_of_blocks_is_that_of_voxels():
    """To a twentieth of what is left to vary; places stay where they were."""
    grid = Grid((120, 100, 6), (0.5, 0.5, 3.0), (1.0, 2.0, 3.0))
    voxels = ndimage.gaussian_filter(np.random.default_rng(0).normal(0, 1, grid.shape), (0, 2, 2))
    points = grid.points(np.random.default_rng(1).uniform((30, 30, 1), (90, 70, 4), (60, 3)).round())
    blurred = ndimage.gaussian_filter(voxels, (4.0 / 3.0, 8, 8), mode="nearest")
    expected = sitk_values(to_itk(blurred, grid), points)
    found = Smooth(Shown(to_itk(voxels, grid)), 4.0).at(points).values
    assert np.sqrt(np.mean((found - expected) ** 2)) < 0.05 * np.std(blurred)


@pytest.mark.parametrize("width", [0.0, 3.0])
def test_what_is_no_data_is_not_seen_and_darkens_nothing(width):
    """Zeros of padding had been smoothed into what lies beside them."""
    there = np.ones(GRID.shape, bool)
    there[:, :, :15] = False
    smooth = Smooth(Shown(to_itk(np.where(there, 100.0, 0.0), GRID), there), width)
    look = smooth.at(GRID.points([[5, 20, 6], [16, 20, 6], [30, 20, 6]]))
    assert look.inside.tolist() == [False, True, True]
    assert look.values[1:] == pytest.approx([100.0, 100.0], rel=1e-5)
    assert np.abs(look.slopes[:, 1:]).max() < 1e-3


def test_a_slice_is_sampled_as_a_volume_is():
    image = sitk.GetImageFromArray(np.arange(30.0).reshape(5, 6))
    look = Smooth(Shown(image), 0.0).at(np.array([[2.5, 2.0], [7.0, 1.0]]))
    assert look.inside.tolist() == [True, False]
    assert look.values[0] == pytest.approx(14.5, abs=0.1)
    assert look.slopes.shape == (2, 2)
    assert look.slopes[:, 0] == pytest.approx([1.0, 6.0], rel=0.2)
