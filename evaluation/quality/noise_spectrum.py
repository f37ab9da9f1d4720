"""The texture of the noise: at which spatial frequency its power has its peak, and its mean."""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from evaluation.quality.measured import Measured, cropped
from harmonize.arrays import BoolArray, FloatArray

PATCH = 16
"""Edge of the patches, in voxels."""
STRIDE = 8
"""Distance of their corners."""
FEWEST = 4
"""Fewer patches than this give no spectrum."""
MOST = 1000
"""Of more patches so many are taken, evenly chosen."""


class NoiseSpectrum(NamedTuple):
    """The radial noise power spectrum.

    Parameters
    ----------
    frequency : ndarray
        In cycles per mm: the middle of each ring, up to the Nyquist frequency of the coarser axis.
    power : ndarray
        Mean power of each ring, in squared units of the image times mm².
    patches : int
        How many it is the mean of.
    """

    frequency: FloatArray
    power: FloatArray
    patches: int


def noise_spectrum(slices: FloatArray, mask: BoolArray, spacing: tuple[float, float]) -> NoiseSpectrum | str:
    """Compute the noise power spectrum of square patches in a region, a plane taken off each.

    Patches of 16 x 16 voxels in plane lie wholly in the region, half over each other; anatomy in them counts as noise.

    Parameters
    ----------
    slices : ndarray of float, shape (slice, row, column)
        Intensities.
    mask : ndarray of bool, same shape
        The region.
    spacing : (float, float)
        Distance of rows and of columns, in mm.

    Returns
    -------
    NoiseSpectrum or str
        Or why there is none.

    References
    ----------
    ICRU Report 54: Medical imaging, the assessment of image quality. 1996. Samei E, et al. Performance evaluation of
    computed tomography systems: summary of AAPM Task Group 233. Med Phys 2019;46:e735-e756.

    Examples
    --------
    White noise of variance 4 in pixels of 0.5 mm²:

    >>> noise = np.random.default_rng(0).normal(0.0, 2.0, (4, 64, 64))
    >>> found = noise_spectrum(noise, np.ones(noise.shape, bool), (1.0, 0.5))
    >>> round(float(found.power.mean()), 1)
    2.0
    """
    slices, mask = cropped(slices, mask, 0)
    corners = _corners(mask)
    if len(corners) < FEWEST:
        return f"{len(corners)} patches of {PATCH} x {PATCH} voxels in the region, expected at least {FEWEST}"
    windows = sliding_window_view(slices, (PATCH, PATCH), axis=(1, 2))
    patches = windows[tuple(corners.T)].reshape(len(corners), -1)
    row, column = np.mgrid[:PATCH, :PATCH]
    basis, _ = np.linalg.qr(np.stack([np.ones(PATCH**2), row.ravel(), column.ravel()], axis=1).astype(np.float64))
    detail = patches - patches @ basis @ basis.T
    lost = PATCH**2 / (PATCH**2 - basis.shape[1])  # the degrees of freedom that the planes have taken
    power = np.square(np.abs(np.fft.fft2(detail.reshape(-1, PATCH, PATCH)))).mean(axis=0)
    power *= spacing[0] * spacing[1] / PATCH**2 * lost
    radius = np.hypot(np.fft.fftfreq(PATCH, spacing[0])[:, None], np.fft.fftfreq(PATCH, spacing[1])[None])
    width = 1.0 / (PATCH * min(spacing))
    rings = max(int(0.5 / max(spacing) / width + 1e-9), 1)
    ring = np.rint(radius / width).astype(int)
    members = np.bincount(ring.ravel())[1 : rings + 1]
    sums = np.bincount(ring.ravel(), power.ravel())[1 : rings + 1]
    return NoiseSpectrum(width * np.arange(1.0, rings + 1.0), sums / members, len(corners))


def noise_peak(spectrum: NoiseSpectrum | str) -> Measured:
    """Give the frequency of the largest power, in cycles per mm.

    Examples
    --------
    >>> noise_peak(NoiseSpectrum(np.array([0.1, 0.2, 0.3]), np.array([1.0, 3.0, 2.0]), 9)).value
    0.2
    """
    if isinstance(spectrum, str) or not spectrum.power.max() > 0.0:
        return Measured.none(spectrum if isinstance(spectrum, str) else "there is no noise")
    return Measured(float(spectrum.frequency[spectrum.power.argmax()]))


def noise_mean_frequency(spectrum: NoiseSpectrum | str) -> Measured:
    """Give the mean frequency, weighted by the radial power, in cycles per mm.

    Examples
    --------
    >>> noise_mean_frequency(NoiseSpectrum(np.array([1.0, 3.0]), np.array([1.0, 3.0]), 9)).value
    2.5
    """
    if isinstance(spectrum, str) or not spectrum.power.max() > 0.0:
        return Measured.none(spectrum if isinstance(spectrum, str) else "there is no noise")
    return Measured(float(np.average(spectrum.frequency, weights=spectrum.power)))


def _corners(mask: BoolArray) -> np.ndarray:
    """Give the corners (slice, row, column) of patches that lie wholly in a mask, which begins at its first voxels."""
    if min(mask.shape[1:]) < PATCH or np.count_nonzero(mask) < PATCH**2:
        return np.zeros((0, 3), int)
    count, rows, columns = len(mask), mask.shape[1] // STRIDE, mask.shape[2] // STRIDE
    part = mask[:, : rows * STRIDE, : columns * STRIDE]
    part = np.logical_and.reduce(part.reshape(count, rows, STRIDE, columns * STRIDE), axis=2)
    whole = np.logical_and.reduce(part.reshape(count, rows, columns, STRIDE), axis=3)
    down = whole[:, :-1] & whole[:, 1:]  # a patch is two squares of one stride high and wide
    corners = np.argwhere(down[:, :, :-1] & down[:, :, 1:]) * (1, STRIDE, STRIDE)
    return corners[np.linspace(0, len(corners) - 1, min(len(corners), MOST)).astype(int)] if len(corners) else corners
