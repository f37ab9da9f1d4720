"""Filters that are stated by what they leave of each spatial frequency."""

from collections.abc import Callable

import numpy as np
from scipy import fft

from harmonize.arrays import FloatArray
from harmonize.image.slices import spacing_of
from harmonize.image.volume import Grid

FWHM = 2 * np.sqrt(2 * np.log(2))
"""Full width at half maximum of a Gaussian of standard deviation 1."""


def scale_frequencies(
    image: FloatArray, grid: Grid, slice_axis: int | None, gain: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    """Multiply each spatial frequency by a gain; the image counts as mirrored at its borders.

    Mirrored at the outer faces of its voxels, an image is a sum of cosines, of the frequencies k / (2 N) a voxel: what
    is left of each is exactly what the gain says, whatever the size of the voxels, where a sampled kernel of a small
    width is not.

    Parameters
    ----------
    image : ndarray of float, shape (z, y, x)
        Intensities.
    grid : Grid
        Of the image.
    slice_axis : int, optional
        Axis of the array that counts the slices, each of which is filtered on its own; None filters in three
        dimensions.
    gain : callable
        Given the square of the frequency, in 1/mm², what is left of it.

    Examples
    --------
    >>> image = np.arange(6.0).reshape(1, 2, 3)
    >>> scale_frequencies(image, Grid((3, 2, 1)), 0, lambda square: (square == 0).astype(float)).round(6)
    array([[[2.5, 2.5, 2.5],
            [2.5, 2.5, 2.5]]])
    """
    axes = [axis for axis in range(3) if axis != slice_axis]
    square = np.zeros((1, 1, 1))
    for axis, edge in zip(axes, spacing_of(grid, slice_axis), strict=True):
        size = image.shape[axis]
        along = (np.arange(size) / (2 * size * edge)) ** 2
        square = square + along.reshape([-1 if other == axis else 1 for other in range(3)])
    cosines = fft.dctn(image, axes=axes, norm="ortho")
    cosines *= gain(square)
    found: FloatArray = fft.idctn(cosines, axes=axes, norm="ortho", overwrite_x=True)
    return found


def gaussian_gain(square: FloatArray, fwhm: float) -> FloatArray:
    """Give what a Gaussian point spread function leaves of frequencies: exp(-2 π² σ² f²), with σ = FWHM / 2.355.

    Parameters
    ----------
    square : ndarray of float
        Squares of the frequencies, 1/mm².
    fwhm : float
        Full width of the point spread function at half its maximum, mm.

    Examples
    --------
    >>> gaussian_gain(np.array([0.0, 0.25]), 1.0).round(2).tolist()  # at half a cycle a mm
    [1.0, 0.41]
    """
    gain: FloatArray = np.exp(-2 * (np.pi * fwhm / FWHM) ** 2 * square)
    return gain
