import numpy as np
import pytest
import scipy
import SimpleITK as sitk
from radiomics import imageoperations

from evaluation.extraction.parameters import DEFAULTS
from evaluation.extraction.pyradiomics import quiet
from evaluation.extraction.spacing import on_spacing
from harmonize.image.boxes import bounding_box
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


@pytest.mark.parametrize("shape", [(2, 5, 10), (5, 2, 10), (6, 7, 2), (2, 2, 9), (2, 2, 2), (1, 2, 7), (3, 3, 4)])
def test_an_axis_of_two_voxels_is_mirrored(shape):
    """ITK's B-spline read memory before and behind the image: 11 different energies in 60 calls, some of 1e228."""
    random, spacing, wanted = np.random.default_rng(1), np.array([3.0, 1.0, 0.5]), np.array([2.3, 0.7, 0.21])
    array = random.normal(size=shape)
    image = to_itk(array, Grid(shape[::-1], tuple(spacing)))
    setting = {**DEFAULTS, "resampledPixelSpacing": wanted.tolist(), "padDistance": 5}
    mask = np.ones(shape, bool)
    found = []
    for extra in range(60):
        garbage = np.full(500_000 + 1000 * extra, 7e3 + extra)  # so that memory holds something else every time
        del garbage
        resampled, _ = on_spacing(image, mask, bounding_box(mask), setting)
        found.append(sitk.GetArrayFromImage(resampled))
    assert all((other == found[0]).all() for other in found)
    indices = np.stack(np.mgrid[tuple(map(slice, found[0].shape))])
    points = np.array(resampled.GetOrigin()) + np.moveaxis(indices[::-1], 0, -1) * resampled.GetSpacing()
    places = np.moveaxis((points / spacing)[..., ::-1], -1, 0)
    size = np.array(shape).reshape(3, 1, 1, 1)
    within = ((places > -0.5) & (places < size - 0.5 - 1e-9)).all(axis=0)
    expected = np.where(within, scipy.ndimage.map_coordinates(array, places, order=3, mode="mirror"), 0.0)
    np.testing.assert_allclose(found[0], expected, rtol=0, atol=1e-12)
    assert found[0].any()
