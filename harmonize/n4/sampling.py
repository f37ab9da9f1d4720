"""Which voxels N4 estimates the bias field from: every n-th along each axis, inside the foreground."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harmonize.arrays import FloatArray, IntArray


def every_nth(size: int, factor: int) -> slice:
    """Give the samples along an axis: every `factor`-th voxel, centred, at least one.

    The same voxels as SimpleITK's Shrink takes.

    Parameters
    ----------
    size : int
        Voxels along the axis.
    factor : int
        Distance of the samples, in voxels.

    Returns
    -------
    slice
        The indices of the samples.

    Examples
    --------
    >>> list(range(25))[every_nth(25, 4)]
    [2, 6, 10, 14, 18, 22]
    >>> list(range(3))[every_nth(3, 4)]
    [1]
    """
    samples = max(1, size // factor)
    reach = (samples - 1) * factor
    first = (size - reach) // 2  # the middle of the samples on that of the axis, half a voxel up if need be
    return slice(first, first + reach + 1, factor)


@dataclass(frozen=True)
class ForegroundSamples:
    """The foreground on the sampled grid.

    Parameters
    ----------
    axes : three slices
        Which voxels of the full grid are samples, along z, y, x.
    weights : ndarray, shape of the sampled grid
        1 in the foreground and 0 outside.
    foreground : ndarray of int, shape (n,)
        Flat indices of the samples in the foreground.
    log_intensity : ndarray, shape (n,)
        Natural logarithm of their intensities.
    """

    axes: tuple[slice, ...]
    weights: FloatArray
    foreground: IntArray
    log_intensity: FloatArray

    @classmethod
    def of(cls, image: FloatArray, mask: ArrayLike | None, factors: Sequence[int]) -> "ForegroundSamples":
        """Take the samples of an image.

        Parameters
        ----------
        image : ndarray, shape (z, y, x)
            Intensities, finite.
        mask : array of bool, shape (z, y, x), optional
            The foreground; default everywhere.
        factors : three of int
            Distance of the samples along z, y, x, in voxels.
        """
        axes = tuple(every_nth(size, factor) for size, factor in zip(image.shape, factors, strict=True))
        intensity = image[axes]
        sampled = intensity > 0
        if mask is not None:
            sampled &= np.asarray(mask, dtype=np.bool_)[axes]
        foreground = np.flatnonzero(sampled)
        return cls(axes, sampled.astype(np.float64), foreground, np.log(intensity.ravel()[foreground]))
