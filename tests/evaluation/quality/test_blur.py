import math

import numpy as np
import pytest
import scipy

from evaluation.quality.blur import blur_metric


def everywhere(image, margin=8):
    mask = np.zeros(image.shape, bool)
    mask[:, margin:-margin, margin:-margin] = True
    return mask


@pytest.mark.parametrize("axis", [1, 2])
def test_a_step_leaves_a_ninth_and_a_ramp_over_nine_voxels_what_the_sums_say(axis):
    step = np.zeros((1, 64, 64))
    step[:, :, 32:] = 100.0
    ramp = scipy.ndimage.uniform_filter1d(step, 9, axis=2)
    left = 1 - sum(k / 9 for k in (4, 3, 2, 1, 0, 1, 2, 3, 4)) / 9  # of nine differences a ninth each
    for image, expected in ((step, 1 / 9), (ramp, left)):
        turned = np.swapaxes(image, 1, 2) if axis == 1 else image
        assert blur_metric(turned, everywhere(turned)).value == pytest.approx(expected, rel=1e-9)


def test_the_more_an_image_is_blurred_the_larger_it_is_and_near_that_of_scikit_image():
    noise = np.random.default_rng(0).normal(size=(64, 64))
    for blur, expected in ((0, 0.1488), (1, 0.2447), (2, 0.4375), (4, 0.7464)):
        # skimage 0.26, measure.blur_effect(image, h_size=9), which takes Sobel's for differences of neighbours
        image = scipy.ndimage.gaussian_filter(noise, blur)[None]
        assert blur_metric(image, everywhere(image, 2)).value == pytest.approx(expected, abs=0.05)


def test_gain_and_offset_change_nothing():
    image = np.random.default_rng(0).normal(size=(2, 40, 40))
    before = blur_metric(image, everywhere(image)).value
    assert blur_metric(5 * image + 1000, everywhere(image)).value == pytest.approx(before, rel=1e-9)


def test_constant_and_tiny_regions_have_none():
    image = np.random.default_rng(0).normal(size=(1, 40, 40))
    tiny = np.zeros(image.shape, bool)
    tiny[0, 20, 20] = True
    for found in (blur_metric(np.ones(image.shape), everywhere(image)), blur_metric(image, tiny)):
        assert math.isnan(found.value)
        assert found.status != "ok"
    assert blur_metric(image, np.zeros(image.shape, bool)).status != "ok"
