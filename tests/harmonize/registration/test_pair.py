import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from harmonize.errors import ScanError
from harmonize.image.volume import Grid, Volume
from harmonize.registration.pair import Pair, find_motion, one_thread

GRID = Grid((64, 64, 2), (1.5, 1.5, 6.0))


@pytest.fixture
def reference():
    noise = np.random.default_rng(0).normal(100.0, 50.0, (2, 64, 64))
    return Volume(ndimage.gaussian_filter(noise, (0, 4, 4)), GRID)


@pytest.fixture
def region():
    mask = np.zeros((2, 64, 64), bool)
    mask[1, 20:44, 20:44] = True
    return mask


def test_the_motion_of_a_slice_is_found_in_mm_and_leads_back(reference, region):
    scan = reference.with_image(np.roll(reference.image, 2, axis=1))
    motion = find_motion(Pair.of_slices(reference, scan, region, 0, 1), "correlation", 15.0)
    assert motion.translation == pytest.approx(3.0, abs=0.1)
    assert motion.transform.offset == pytest.approx((0.0, 3.0), abs=0.2)
    assert motion.transform.slice == 1
    assert motion.residual < 0.2
    assert motion.metric_after < motion.metric_before


def test_the_way_back_of_an_roi_in_one_slice_is_searched_around_it():
    """Between slices nothing was left of it, so that it was searched everywhere: what does not move spoke against."""
    image = ndimage.gaussian_filter(np.random.default_rng(0).normal(100.0, 50.0, (12, 96, 96)), (1.5, 4, 4))
    reference, region = Volume(image, Grid((96, 96, 12), (1.5, 1.5, 4.0))), np.zeros(image.shape, bool)
    region[6, 44:52, 44:52] = True
    near = ndimage.binary_dilation(region, np.ones((5, 3, 3)), 14)
    scan = reference.with_image(np.where(near, ndimage.shift(image, (0.5, 0.0, 0.0), mode="nearest"), image))
    motion = find_motion(Pair.of_volumes(reference, scan, region), "correlation", 15.0)
    assert motion.translation == pytest.approx(2.0, abs=0.2)
    assert motion.residual < 0.5


def test_a_pair_has_the_centres_of_the_voxels_of_its_roi(reference, region):
    flat = Pair.of_slices(reference, reference, region, 0, 1)
    whole = Pair.of_volumes(reference, reference, region)
    assert flat.points.shape == (24 * 24, 2)
    assert whole.points.shape == (24 * 24, 3)
    np.testing.assert_allclose(flat.points.mean(axis=0), [31.5 * 1.5] * 2)
    assert (flat.where, whole.where) == (" of slice 1", "")


def test_images_of_different_places_fail_with_a_reason(reference, region):
    here, there = (
        Volume(np.tile(reference.image, (4, 1, 1)), Grid((64, 64, 8), (1.5, 1.5, 6.0), (x, 0.0, 0.0)))
        for x in (0.0, 1000.0)
    )
    with pytest.raises(ScanError, match="the registration failed"):
        find_motion(Pair.of_volumes(here, there, np.tile(region, (4, 1, 1))), "mutual_information", 15.0)


def test_the_number_of_threads_comes_back_even_after_an_error():
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    seen = []
    with pytest.raises(ZeroDivisionError), one_thread():
        seen.append(sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() / 0)
    with one_thread():
        seen.append(sitk.ProcessObject.GetGlobalDefaultNumberOfThreads())
    assert seen == [1]
    assert sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() == before
