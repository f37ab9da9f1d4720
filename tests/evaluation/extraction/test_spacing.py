import numpy as np
import pytest
import SimpleITK as sitk
from radiomics import imageoperations

from evaluation.extraction.parameters import DEFAULTS
from evaluation.extraction.pyradiomics import quiet
from evaluation.extraction.roi import bounding_box
from evaluation.extraction.spacing import on_spacing
from harmonize.image.volume import Grid, to_itk

SPACINGS = [(1.0, 1.0, 1.0), (2.0, 2.0, 0.0), (0.5, 0.0, 4.0), (0.0, 0.0, 0.0), (0.8, 1.1, 3.0), (5.0, 5.0, 5.0)]


def made():
    random = np.random.default_rng(4)
    array = random.normal(size=(14, 30, 26))
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((0.8, 1.1, 3.0))
    image.SetOrigin((-5.0, 4.0, 7.5))
    image.SetDirection((0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0))
    mask = np.zeros(array.shape, bool)
    mask[2:7, 3:12, 8:25] = random.random((5, 9, 17)) < 0.8
    return image, mask


@pytest.mark.parametrize("pad", [0, 5])
@pytest.mark.parametrize("interpolator", ["sitkBSpline", "sitkLinear", "sitkNearestNeighbor"])
@pytest.mark.parametrize("wanted", SPACINGS)
@pytest.mark.parametrize("flat", [False, True])
def test_image_and_mask_are_those_of_pyradiomics(wanted, interpolator, pad, flat):
    image, mask = made()
    if flat:
        mask[:4] = mask[5:] = False
    own = {"resampledPixelSpacing": wanted, "interpolator": interpolator, "padDistance": pad}
    setting = {**DEFAULTS, **own}
    with quiet():
        expected, of_mask = imageoperations.resampleImage(image, to_itk(mask, Grid.of(image)), **setting)
    found, on_grid = on_spacing(image, mask, bounding_box(mask), setting)
    np.testing.assert_array_equal(sitk.GetArrayViewFromImage(found), sitk.GetArrayViewFromImage(expected))
    np.testing.assert_array_equal(on_grid, sitk.GetArrayViewFromImage(of_mask) == 1)
    for get in ("GetSpacing", "GetOrigin", "GetDirection"):
        assert getattr(found, get)() == pytest.approx(getattr(expected, get)(), abs=1e-12)
