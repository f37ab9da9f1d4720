import numpy as np
import pytest

from harmonize.kspace.acquisition import measure
from harmonize.kspace.reconstruction import reconstruct_standard


def test_all_lines_without_noise_give_the_image_again():
    image = np.random.default_rng(0).uniform(1, 5, (2, 24, 31))
    found = reconstruct_standard(measure(image, np.ones(24), np.zeros(()), np.random.default_rng(0)))
    np.testing.assert_allclose(found, image, rtol=0, atol=1e-12)


def test_noise_has_its_standard_deviation_in_both_parts():
    noise = np.linspace(1.0, 3.0, 48)[:, None] * np.ones(40)
    kspace = measure(np.zeros((300, 48, 40)), np.ones(48), noise, np.random.default_rng(0))
    image = np.fft.ifft2(kspace, norm="ortho")
    for part in (image.real, image.imag):
        assert part.std(axis=0) / noise == pytest.approx(1, abs=0.25)
        assert (part / noise).std() == pytest.approx(1, rel=0.005)
