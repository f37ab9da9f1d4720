"""Smooth fields of a scanner, and its noise where neighbours share it."""

import numpy as np
from scipy import fft

from harmonize.arrays import FloatArray

PHASE_SD = 0.6
"""Standard deviation of the receive phase over the field of view, radians."""


def smooth_field(shape: tuple[int, int, int], rng: np.random.Generator) -> FloatArray:
    """Give a random field (z, y, x) of the lowest cosine modes, with mean 0 and standard deviation 1."""
    z, y, x = (np.cos(np.pi * np.outer(np.arange(3), (np.arange(n) + 0.5) / n)) for n in shape)
    order = np.add.outer(np.add.outer(np.arange(3), np.arange(3)), np.arange(3))
    weights = rng.standard_normal((3, 3, 3)) * np.where((order > 0) & (order <= 3), 1.0 / np.maximum(order, 1), 0.0)
    weights[1:] *= 0.2  # a slab is thin: little changes through it
    field = np.einsum("abc,az,by,cx->zyx", weights, z, y, x, optimize=True)
    return np.asarray((field - field.mean()) / field.std())


def noise_amplification(shape: tuple[int, int], peak: float, acceleration: int) -> FloatArray:
    """Give the g-factor (y, x): 1 without acceleration, else a smooth hill over the middle of the field of view."""
    if acceleration == 1:
        return np.ones(shape)
    y, x = (np.cos(np.pi * ((np.arange(n) + 0.5) / n - 0.5)) ** 2 for n in shape)
    return 1.0 + (peak - 1.0) * np.outer(y, x)


def correlated_noise(shape: tuple[int, int, int], length: float, random: np.random.Generator) -> FloatArray:
    """Give normal noise (z, y, x) of standard deviation 1 whose slices are independent.

    Its autocorrelation in plane is exp(-d² / `length`²) at distance d, exactly: white noise is filtered by the square
    root of the discrete spectrum of that function, which is nowhere negative. As in a discrete Fourier transform
    opposite borders are neighbours.

    Parameters
    ----------
    shape : tuple of int
        z, y, x.
    length : float
        Distance in voxels at which the correlation has fallen to 1 / e; 0 gives white noise.
    random : numpy.random.Generator
        Source of randomness.

    Examples
    --------
    >>> field = correlated_noise((4, 128, 128), 2.0, np.random.default_rng(0))
    >>> round(float(np.mean(field * np.roll(field, 2, axis=2))), 1)  # exp(-1) = 0.37
    0.4
    """
    white = random.standard_normal(shape)
    if length == 0.0:
        return white
    spectrum = fft.rfft2(white)
    spectrum *= np.sqrt(np.outer(_power(shape[1], length), _power(shape[2], length)[: spectrum.shape[2]]))
    found: FloatArray = fft.irfft2(spectrum, shape[1:])
    return found


def _power(size: int, length: float) -> FloatArray:
    """Give the spectrum of the correlation along an axis, a sum over all turns around it."""
    reach = int(np.ceil(6.0 * length / size))
    lags = np.arange(size)[:, None] + size * np.arange(-reach - 1, reach + 1)
    correlation = np.exp(-((lags / length) ** 2)).sum(axis=1)
    power: FloatArray = np.maximum(fft.fft(correlation).real, 0.0) / correlation[0]
    return power
