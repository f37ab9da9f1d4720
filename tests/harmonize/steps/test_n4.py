import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.errors import ScanError
from harmonize.formats import read_image
from harmonize.image.regions import foreground_mask
from harmonize.image.volume import Grid, Volume, to_itk
from harmonize.steps import N4BiasField, ZScore


@pytest.mark.parametrize("which", ["phantom", "flat_phantom"])
def test_a_known_field_is_recovered(request, which):
    """To 15 % of its variation, under noise of 3 % of the signal (three dimensions and two)."""
    known = request.getfixturevalue(which)
    found = N4BiasField().log_bias_field(known.volume)
    error = (found - known.log_bias)[known.body]
    assert error.std() < 0.15 * known.log_bias[known.body].std()


def test_a_scan_without_bias_stays_as_it_is(phantom):
    rng = np.random.default_rng(1)
    image = np.abs(phantom.truth + rng.normal(0, 3, phantom.truth.shape))
    field = N4BiasField().log_bias_field(phantom.volume.with_image(image))
    assert field[phantom.body].std() < 0.01


def test_it_divides_by_the_field_and_keeps_the_mean(phantom):
    step = N4BiasField(iterations=10)
    corrected = step(phantom.volume).image
    np.testing.assert_allclose(corrected, phantom.volume.image / np.exp(step.log_bias_field(phantom.volume)))
    inside = foreground_mask(phantom.volume.image) & (phantom.volume.image > 0)
    assert corrected[inside].mean() == pytest.approx(phantom.volume.image[inside].mean())


@pytest.mark.data
@pytest.mark.parametrize("engine", ["numpy", "itk"])
def test_it_is_the_filter_of_simpleitk_on_a_real_scan(data_root, engine):
    image, grid = read_image(data_root / "pyradiomics_cases" / "brain1_image.nrrd")
    mask = foreground_mask(image) & (image > 0)
    settings = {"shrink": 8, "levels": 2, "iterations": 3, "convergence_threshold": 0.0, "fwhm": 0.2, "bins": 150}
    step = N4BiasField(engine=engine, extent="samples", **settings)
    scan, region = to_itk(image.astype(np.float32), grid), to_itk(mask, grid)
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.SetMaximumNumberOfIterations([3, 3])
    n4.SetConvergenceThreshold(0.0)
    n4.SetBiasFieldFullWidthAtHalfMaximum(0.2)
    n4.SetNumberOfHistogramBins(150)
    n4.Execute(sitk.Shrink(scan, [8, 8, 6]), sitk.Shrink(region, [8, 8, 6]))  # 25 slices: at least 4 stay
    expected = sitk.GetArrayFromImage(n4.GetLogBiasFieldAsImage(scan)).astype(float)
    difference = step.log_bias_field(Volume(image, grid)) - expected
    assert np.ptp(expected) > 0.05
    assert difference.std() < 2e-5  # equal up to the factor that keeps the mean, in single precision


def test_voxels_without_a_logarithm_do_not_contribute(phantom):
    volume = phantom.volume
    image = volume.image.copy()
    spoiled = np.random.default_rng(2).random(image.shape) < 0.02
    image[spoiled] = -50.0
    step = N4BiasField(region="image", levels=1, iterations=3)
    restricted = Volume(image, volume.grid, {"positive": ~spoiled})
    expected = N4BiasField(region="positive", levels=1, iterations=3).log_bias_field(restricted)
    np.testing.assert_array_equal(step.log_bias_field(restricted), expected)
    assert (step(restricted).image[spoiled] < 0).all()


def test_an_image_without_positive_voxels_is_refused(phantom, golden):
    below = phantom.volume.with_image(phantom.volume.image - 1e4)
    with golden.error(ScanError):
        N4BiasField(region="image")(below)


def test_after_a_z_score_it_still_ends_defined(phantom):
    assert np.isfinite(N4BiasField(iterations=3)(ZScore()(phantom.volume)).image).all()


def test_a_region_that_shrinking_loses_is_refused(phantom, golden):
    dot = np.zeros(phantom.volume.image.shape, bool)
    dot[1, 40, 41] = True
    with golden.error(ScanError):
        N4BiasField(region="dot")(Volume(phantom.volume.image, phantom.volume.grid, {"dot": dot}))


def test_very_thick_slices_and_few_voxels():
    rng = np.random.default_rng(3)
    volume = Volume(rng.uniform(50, 150, (2, 10, 6)), Grid((6, 10, 2), (1.0, 1.0, 8.0)))
    assert np.isfinite(N4BiasField(region="image")(volume).image).all()
