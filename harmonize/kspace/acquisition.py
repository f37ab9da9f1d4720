"""Measuring k-space, as far as an image can tell: lines with a share of their signal, and noise of the image."""

import numpy as np
from scipy import fft

from harmonize.arrays import ComplexArray, FloatArray


def measure(
    signal: FloatArray | ComplexArray, shares: FloatArray, noise: FloatArray, random: np.random.Generator
) -> ComplexArray:
    """Give k-space (z, y, x), orthonormal and in the order of an FFT, whose phase-encode lines lie along y.

    Parameters
    ----------
    signal : ndarray, shape (z, y, x)
        The image without this noise.
    shares : ndarray of float, shape (y,)
        What there is of the signal of each line, in the order of an FFT: 1 all, 0 nothing.
    noise : ndarray of float
        Standard deviation of the noise in each of the real and the imaginary part of the image, in a shape that
        broadcasts to (y, x); where it is 0 everywhere nothing is drawn.
    random : numpy.random.Generator
        Source of randomness.

    Examples
    --------
    >>> image = np.arange(8.0).reshape(1, 4, 2)
    >>> half = measure(image, np.array([1.0, 0.0, 1.0, 0.0]), np.zeros(()), np.random.default_rng(0))
    >>> np.abs(fft.ifft2(half, norm="ortho"))[0, :, 0].round(6).tolist()  # each row has half of that two rows away
    [2.0, 4.0, 2.0, 4.0]
    """
    kspace: ComplexArray = fft.fft2(signal, norm="ortho") * shares[:, None]
    if np.any(noise > 0.0):
        parts = random.standard_normal((2, *kspace.shape))
        kspace += fft.fft2((parts[0] + 1j * parts[1]) * noise, norm="ortho")
    return kspace
