import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.errors import ScanError
from harmonize.formats import MaskSource, read_volume
from harmonize.image.volume import Grid, Volume, to_itk
from harmonize.steps import Resample
from harmonize.steps.resample import resampled_grid

INTERPOLATORS = {"bspline": sitk.sitkBSpline, "linear": sitk.sitkLinear, "nearest": sitk.sitkNearestNeighbor}


def through_simpleitk(array: np.ndarray, old: Grid, new: Grid, interpolator: int) -> np.ndarray:
    resampler = sitk.ResampleImageFilter()
    resampler.SetSize(new.size)
    resampler.SetOutputSpacing(new.spacing)
    resampler.SetOutputOrigin(new.origin)
    resampler.SetOutputDirection(new.direction)
    resampler.SetInterpolator(interpolator)
    return sitk.GetArrayFromImage(resampler.Execute(to_itk(array, old)))


@pytest.mark.data
@pytest.mark.parametrize("interpolator", ["bspline", "linear"])
@pytest.mark.parametrize("spacing", [2.0, (1.1, 1.3), (None, None, 3.1), (0.5, 0.5, 5.0)])
def test_it_agrees_with_simpleitk_on_a_real_scan(data_root, interpolator, spacing):
    folder = data_root / "pyradiomics_cases"
    volume, _ = read_volume(folder / "brain1_image.nrrd", {"tumour": MaskSource(folder / "brain1_label.nrrd")})
    part = np.ascontiguousarray(volume.image[8:18, 80:140, 90:160])
    grid = Grid((70, 60, 10), volume.grid.spacing, volume.grid.origin, volume.grid.direction)
    result = Resample(spacing, interpolator)(Volume(part, grid))
    oracle = through_simpleitk(part, grid, result.grid, INTERPOLATORS[interpolator])
    np.testing.assert_allclose(result.image, oracle, atol=1e-6 * np.ptp(part))


def test_linear_masks_agree_with_simpleitk(phantom):
    volume = phantom.volume
    result = Resample((2.2, 1.9))(volume)
    for roi, mask in volume.masks.items():
        oracle = through_simpleitk(mask.astype(float), volume.grid, result.grid, sitk.sitkLinear) >= 0.5
        np.testing.assert_array_equal(result.masks[roi], oracle)


@pytest.mark.parametrize("spacing", [0.7, 1.0, 1.5, 2.3, 4.0])
def test_the_field_of_view_and_its_centre_are_kept(phantom, spacing):
    old = phantom.volume.grid
    new = resampled_grid(old, (spacing, spacing, spacing))

    def centre(grid: Grid) -> np.ndarray:
        middle = (np.array(grid.size) - 1) / 2
        return np.array(to_itk(np.zeros(grid.shape), grid).TransformContinuousIndexToPhysicalPoint(middle.tolist()))

    np.testing.assert_allclose(centre(new), centre(old), atol=1e-9)
    excess = np.array(new.size) * new.spacing - np.array(old.size) * old.spacing
    assert (excess > -1e-5).all()
    assert (excess < spacing).all()
    assert new.direction == old.direction


@pytest.mark.parametrize("interpolator", INTERPOLATORS)
@pytest.mark.parametrize("spacing", [0.6, 2.0, 3.7])
def test_constants_stay_constant(interpolator, spacing):
    volume = Volume(np.full((3, 7, 9), 5.0), Grid((9, 7, 3)))
    np.testing.assert_allclose(Resample(spacing, interpolator)(volume).image, 5.0, rtol=1e-12)


def test_cubic_splines_follow_a_smooth_function():
    x = np.arange(60.0)
    volume = Volume(np.sin(x / 5)[None, None], Grid((60, 1, 1)))
    result = Resample((0.4, None))(volume)
    position = (np.arange(result.grid.size[0])) * 0.4 + result.grid.origin[0]
    inner = (position > 5) & (position < 54)
    np.testing.assert_allclose(result.image[0, 0, inner], np.sin(position[inner] / 5), atol=1e-4)


@pytest.mark.parametrize("mask_interpolator", ["linear", "nearest"])
def test_the_size_of_rois_is_kept(phantom, mask_interpolator):
    volume = phantom.volume
    result = Resample((1.1, 1.1), mask_interpolator=mask_interpolator)(volume)
    for roi, mask in volume.masks.items():
        before = mask.sum() * np.prod(volume.grid.spacing)
        after = result.masks[roi].sum() * np.prod(result.grid.spacing)
        assert after == pytest.approx(before, rel=0.03)


def test_an_roi_between_the_new_voxels_becomes_empty():
    dot = np.zeros((1, 9, 9), bool)
    dot[0, 4, 5] = True
    result = Resample((5.0, 5.0))(Volume(np.ones((1, 9, 9)), Grid((9, 9, 1)), {"dot": dot}))
    assert not result.masks["dot"].any()


def test_a_scan_that_has_the_spacing_stays_itself(phantom):
    assert Resample((1.5, 1.50001))(phantom.volume) is phantom.volume
    assert Resample((1.5, 1.5, 6.0))(phantom.volume) is phantom.volume


def test_slices_are_kept_in_plane_and_a_single_one_always(phantom, flat_phantom):
    assert Resample((3.0, 3.0))(phantom.volume).grid.size[2] == 3
    flat = Resample(2.0)(flat_phantom.volume)
    assert (flat.grid.size[2], flat.grid.spacing[2]) == (1, 6.0)


def test_a_rounded_number_of_voxels_is_not_one_too_many():
    assert resampled_grid(Grid((3, 1, 1), (0.1, 1.0, 1.0)), (0.3, None, None)).size == (1, 1, 1)


@pytest.mark.parametrize("spacing", [0.1, 20.0, 1000.0])
def test_more_than_a_tenfold_change_is_refused(phantom, spacing, golden):
    with golden.error(ScanError):
        Resample((spacing, None))(phantom.volume)
