import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.image.volume import Grid, Volume
from harmonize.steps.noise_units import denoise


def test_the_image_is_smoothed_from_zero_in_units_of_its_noise(phantom):
    seen = []

    def smooth(image, axis):
        seen.append((image, axis))
        return image + 1.0

    volume = phantom.volume
    result = denoise(volume, 4.0, 2, "auto", smooth)
    ((image, axis),) = seen
    assert axis == 0
    assert image.min() == 0
    assert np.ptp(image) == pytest.approx(np.ptp(volume.image) / 4)
    np.testing.assert_allclose(result.image, volume.image + 4.0)


def test_three_dimensions_have_no_slice_axis(phantom):
    axes = []
    denoise(phantom.volume, 4.0, 3, "auto", lambda image, axis: axes.append(axis) or image)
    assert axes == [None]


def test_a_constant_image_is_left_alone():
    volume = Volume(np.full((2, 4, 4), 7.0), Grid((4, 4, 2)))
    assert denoise(volume, None, 3, "auto", lambda image, _: image + 1.0) is volume


def test_noise_that_cannot_be_estimated_is_refused(golden):
    volume = Volume(np.arange(32.0).reshape(2, 4, 4), Grid((4, 4, 2)))
    with golden.error(ScanError):
        denoise(volume, None, 3, "auto", lambda image, _: image)
