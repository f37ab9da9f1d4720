import numpy as np
import pytest
from scipy import stats

from harmonize.errors import ScanError
from harmonize.image.volume import Grid, Volume
from harmonize.steps import RobustZScore
from harmonize.steps.robust_zscore import robust_zscore


def test_it_is_median_and_scaled_mad_of_scipy(phantom):
    volume, liver = phantom.volume, phantom.volume.masks["liver"]
    inside = volume.image[liver]
    mad = stats.median_abs_deviation(inside, scale="normal")
    expected = (volume.image - np.median(inside)) / mad * 100
    np.testing.assert_allclose(RobustZScore("liver")(volume).image, expected, rtol=1e-9, atol=1e-9)


def test_of_normal_noise_it_is_the_zscore():
    image = np.random.default_rng(0).normal(300.0, 20.0, (4, 100, 100))
    result = RobustZScore("image", scale=1.0)(Volume(image, Grid((100, 100, 4)))).image
    assert (result.mean(), result.std()) == pytest.approx((0.0, 1.0), abs=0.02)


def test_a_few_bright_voxels_do_not_move_it(phantom):
    image = phantom.volume.image.copy()
    image[0, 40:43, 40:43] = 1e6
    plain = RobustZScore("image")(phantom.volume).image
    struck = RobustZScore("image")(phantom.volume.with_image(image)).image
    far = image != 1e6
    assert np.abs(struck[far] - plain[far]).max() < 0.02 * np.ptp(plain)


def test_half_a_region_of_one_intensity_has_no_deviation(golden):
    volume = Volume(np.array([[[5.0, 5.0, 5.0, 9.0, 1.0]]]), Grid((5, 1, 1)))
    with golden.error(ScanError):
        RobustZScore("image")(volume)


def test_the_core_refuses_an_empty_mask(golden):
    with golden.error(ScanError):
        robust_zscore(np.arange(3.0), np.zeros(3, bool))
