import math

import numpy as np
import pytest

from evaluation.quality.noise_spectrum import PATCH, noise_mean_frequency, noise_peak, noise_spectrum


def noise_at(frequency, size=128, slices=8):
    """Draw noise whose power lies about a radial frequency, in cycles per voxel."""
    white = np.fft.fft2(np.random.default_rng(0).normal(size=(slices, size, size)))
    radius = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size))
    return np.fft.ifft2(white * np.exp(-(((radius - frequency) / 0.03) ** 2) / 2)).real


def whole(image):
    return np.ones(image.shape, bool)


@pytest.mark.parametrize("frequency", [0.125, 0.25, 0.375])
@pytest.mark.parametrize("spacing", [1.0, 0.5, 2.0])
def test_the_peak_is_where_the_power_is_in_cycles_per_mm(frequency, spacing):
    image = noise_at(frequency)
    found = noise_peak(noise_spectrum(image, whole(image), (spacing, spacing)))
    assert found.value == pytest.approx(frequency / spacing, abs=0.5 / PATCH / spacing)


def test_white_noise_has_its_variance_times_the_area_of_a_voxel_at_every_frequency():
    image = np.random.default_rng(0).normal(0.0, 3.0, (20, 128, 128))
    found = noise_spectrum(image, whole(image), (0.8, 0.8))
    assert found.power[1:] == pytest.approx(9.0 * 0.64, rel=0.04)
    nyquist = 0.5 / 0.8
    expected = (found.frequency[0] + nyquist) / 2
    assert noise_mean_frequency(found).value == pytest.approx(expected, rel=0.03)


def test_a_plane_is_no_noise_and_blur_lowers_the_mean_frequency():
    row, column = np.mgrid[:64, :64]
    plane = (3.0 * row - 2.0 * column)[None] + np.zeros((2, 1, 1))
    noise = np.random.default_rng(0).normal(size=(2, 64, 64))
    alone = noise_spectrum(noise, whole(noise), (1.0, 1.0))
    assert noise_spectrum(noise + plane, whole(noise), (1.0, 1.0)).power == pytest.approx(alone.power, rel=1e-6)
    smooth = (noise + np.roll(noise, 1, axis=1) + np.roll(noise, 1, axis=2)) / 3
    assert (
        noise_mean_frequency(noise_spectrum(smooth, whole(noise), (1.0, 1.0))).value < noise_mean_frequency(alone).value
    )


def test_patches_lie_wholly_in_the_region():
    image = np.random.default_rng(0).normal(size=(3, 64, 64))
    inside = np.zeros(image.shape, bool)
    inside[:, 10:42, 20:52] = True
    far = np.where(inside, image, 1e6)
    found, expected = (noise_spectrum(one, inside, (1.0, 1.0)) for one in (far, image))
    assert found.patches == 27
    assert found.power == pytest.approx(expected.power)


def test_small_regions_and_images_without_noise_have_none():
    image = np.random.default_rng(0).normal(size=(1, 40, 40))
    small = np.zeros(image.shape, bool)
    small[:, :12, :12] = True
    for region in (small, np.zeros(image.shape, bool)):
        found = noise_peak(noise_spectrum(image, region, (1.0, 1.0)))
        assert math.isnan(found.value)
        assert found.status != "ok"
    still = noise_spectrum(np.zeros((1, 64, 64)), np.ones((1, 64, 64), bool), (1.0, 1.0))
    assert noise_peak(still).status == noise_mean_frequency(still).status == "there is no noise"


def test_patches_are_all_that_lie_wholly_in_the_region_a_stride_apart_from_its_corner():
    mask = np.zeros((2, 90, 75), bool)
    mask[:, 5:80, 3:70] = True
    mask[1, 30, 40] = False
    tops, lefts = range(5, 90 - 15, 8), range(3, 75 - 15, 8)
    whole = [mask[z, y : y + 16, x : x + 16].all() for z in range(2) for y in tops for x in lefts]
    noise = np.random.default_rng(0).normal(size=mask.shape)
    assert noise_spectrum(noise, mask, (1.0, 1.0)).patches == sum(whole)
