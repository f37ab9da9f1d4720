import numpy as np
import pytest
import SimpleITK as sitk
from radiomics import imageoperations

from harmonize.errors import ScanError
from harmonize.formats import read_image
from harmonize.image.volume import Grid, Volume, to_itk
from harmonize.steps import ZScore
from harmonize.steps.zscore import zscore


def test_the_region_has_mean_zero_and_the_scale_as_deviation(phantom):
    inside = ZScore("liver", scale=100.0)(phantom.volume).image[phantom.volume.masks["liver"]]
    assert inside.mean() == pytest.approx(0, abs=1e-9)
    assert inside.std(ddof=1) == pytest.approx(100)


def test_the_outside_is_transformed_too(phantom):
    volume, liver = phantom.volume, phantom.volume.masks["liver"]
    expected = (volume.image - volume.image[liver].mean()) / volume.image[liver].std(ddof=1)
    np.testing.assert_allclose(ZScore("liver", scale=1.0)(volume).image, expected, rtol=1e-9, atol=1e-9)


def test_outliers_are_limited_before_scaling(phantom):
    image = ZScore("image", scale=10.0, outliers=2.0)(phantom.volume).image
    assert image.max() == 20.0
    assert image.min() >= -20.0


@pytest.mark.data
@pytest.mark.parametrize("outliers", [None, 3.0])
def test_over_the_image_it_is_the_normalization_of_pyradiomics(data_root, outliers):
    """Where there is data everywhere; corners outside the field of view count there, and do not here."""
    image, _ = read_image(data_root / "pyradiomics_cases" / "brain1_image.nrrd")
    image, grid = image[:, 60:200, 60:200], Grid((140, 140, len(image)))
    oracle = imageoperations.normalizeImage(to_itk(image, grid), normalizeScale=100, removeOutliers=outliers)
    result = ZScore("image", outliers=outliers)(Volume(image, grid)).image
    np.testing.assert_allclose(result, sitk.GetArrayFromImage(oracle), rtol=1e-10, atol=1e-8)


def test_one_voxel_has_no_deviation(golden):
    volume = Volume(np.arange(4.0).reshape(1, 2, 2), Grid((2, 2, 1)), {"dot": np.eye(2, dtype=bool)[None] & [1, 0]})
    with golden.error(ScanError):
        ZScore("dot")(volume)


def test_the_core_refuses_an_empty_mask(golden):
    with golden.error(ScanError):
        zscore(np.arange(3.0), np.zeros(3, bool))
