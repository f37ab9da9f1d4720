import numpy as np

from harmonize.image.frequencies import scale_frequencies
from harmonize.image.volume import Grid


def test_it_is_a_filter_of_the_mirrored_image():
    """The same as a discrete Fourier transform of the image beside its mirror images."""
    grid = Grid((10, 8, 3), spacing=(0.5, 2.0, 3.0))
    image = np.random.default_rng(0).normal(size=grid.shape)
    mirrored = np.concatenate([image, image[:, ::-1]], axis=1)
    mirrored = np.concatenate([mirrored, mirrored[:, :, ::-1]], axis=2)
    square = np.fft.fftfreq(16, 2.0)[:, None] ** 2 + np.fft.fftfreq(20, 0.5) ** 2
    expected = np.fft.ifft2(np.fft.fft2(mirrored) / (1 + square)).real[:, :8, :10]
    found = scale_frequencies(image, grid, 0, lambda square: 1 / (1 + square))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_gain_of_one_changes_nothing():
    grid = Grid((9, 8, 4))
    image = np.random.default_rng(0).normal(size=grid.shape)
    np.testing.assert_allclose(scale_frequencies(image, grid, None, np.ones_like), image, atol=1e-12)
