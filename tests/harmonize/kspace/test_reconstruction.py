import numpy as np
import pytest

from harmonize.kspace.reconstruction import (
    fill_by_symmetry,
    noise_of_filling,
    reconstruct_denoised,
    reconstruct_standard,
)

LINE = np.fft.fftfreq(96, 1 / 96)


@pytest.fixture
def magnitude():
    y, x = np.meshgrid(np.arange(96) - 48, np.arange(96) - 48, indexing="ij")
    return ((x / 36) ** 2 + (y / 28) ** 2 < 1) * (1.0 + ((x - 8) ** 2 + (y + 5) ** 2 < 60))[None]


@pytest.fixture
def smooth_phase():
    return np.exp(1j * np.cos(np.pi * np.arange(96) / 96))[:, None] * np.exp(0.4j * np.sin(np.pi * np.arange(96) / 96))


def kspace_of(image):
    return np.fft.fft2(image, norm="ortho")


def test_standard_gives_the_magnitude(magnitude, smooth_phase):
    found = reconstruct_standard(kspace_of(magnitude * smooth_phase))
    np.testing.assert_allclose(found, magnitude, atol=1e-12)


def test_symmetry_restores_what_was_not_covered(magnitude, smooth_phase):
    covered = LINE >= -16
    kspace = kspace_of(magnitude * smooth_phase) * covered[:, None]
    zero_filled = np.abs(reconstruct_standard(kspace) - magnitude)
    filled = np.abs(np.abs(fill_by_symmetry(kspace, covered)) - magnitude)
    assert np.sqrt(np.mean(filled**2)) < 0.5 * np.sqrt(np.mean(zero_filled**2))


def test_symmetry_keeps_the_covered_lines(magnitude, smooth_phase):
    covered = LINE >= -16
    kspace = kspace_of(magnitude * smooth_phase) * covered[:, None]
    filled = kspace_of(fill_by_symmetry(kspace, covered))
    np.testing.assert_allclose(filled[:, covered], kspace[:, covered], atol=1e-10)


def test_surrogate_without_strength_and_with_all_lines_is_the_standard(magnitude):
    kspace = kspace_of(magnitude + np.random.default_rng(0).normal(0.0, 0.1, magnitude.shape))
    found = reconstruct_denoised(kspace, np.ones(96, bool), np.full((96, 96), 0.1), 0.0)
    np.testing.assert_array_equal(found, reconstruct_standard(kspace))


@pytest.mark.parametrize("first", [-48, -38, -19])
def test_noise_of_filling_is_the_measured_one(first):
    covered = first <= LINE
    noise = np.random.default_rng(1).normal(0.0, 1.0, (2, 12, 96, 96))
    kspace = kspace_of(1000.0 + noise[0] + 1j * noise[1]) * covered[:, None]
    found = np.abs(fill_by_symmetry(kspace, covered)).std() / reconstruct_standard(kspace).std()
    assert found == pytest.approx(noise_of_filling(covered), rel=0.06)
