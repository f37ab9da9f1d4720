import numpy as np
import pytest

from harmonize.denoising.total_variation import total_variation
from harmonize.image.noise import tissue_noise
from harmonize.image.regions import foreground_mask
from harmonize.steps import TotalVariation


def test_each_slice_is_minimized_in_units_of_the_noise(phantom):
    volume = phantom.volume
    noise = tissue_noise(volume.image, foreground_mask(volume.image)).sigma
    result = TotalVariation(0.7)(volume).image
    for plane, smooth in zip(volume.image, result, strict=True):
        exact = total_variation(plane, 0.7 * noise, (1.5, 1.5), 0.02)
        assert np.sqrt(np.mean((smooth - exact) ** 2)) < 0.05 * noise
        assert smooth.mean() == pytest.approx(plane.mean())


def test_a_difference_across_thick_slices_counts_less(phantom):
    volume = phantom.volume
    smooth = TotalVariation(2.0, noise=3.0, dimension=3)(volume).image
    expected = total_variation(volume.image, 6.0, (6.0, 1.5, 1.5), 0.03)
    assert np.sqrt(np.mean((smooth - expected) ** 2)) < 0.05 * 3
