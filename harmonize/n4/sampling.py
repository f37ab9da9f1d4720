"""Which voxels N4 estimates the bias field from: every n-th along each axis, inside the foreground."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harmonize.arrays import FloatArray
from harmonize.errors import GridError, ScanError


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
        Confidence in each sample; 0 outside the foreground.
    foreground : ndarray of int, shape (n,)
        Flat indices of the samples with a weight.
    log_intensity : ndarray, shape (n,)
        Natural logarithm of their intensities.
    """

    axes: tuple[slice, ...]
    weights: FloatArray
    foreground: NDArray[np.intp]
    log_intensity: FloatArray

    @classmethod
    def of(
        cls, image: FloatArray, mask: ArrayLike | None, weights: ArrayLike | None, factors: Sequence[int]
    ) -> "ForegroundSamples":
        """Take the samples of an image.

        Parameters
        ----------
        image : ndarray, shape (z, y, x)
            Intensities.
        mask : array of bool, shape (z, y, x), optional
            The foreground; default everywhere.
        weights : array, shape (z, y, x), optional
            Confidence, 0 or more; default 1.
        factors : three of int
            Distance of the samples along z, y, x, in voxels.

        Raises
        ------
        GridError
            If the shape of the mask or of the weights is not that of the image.
        ScanError
            If an intensity or weight is not finite, a weight is negative, or the samples do not hold two different
            intensities.
        """
        if not np.all(np.isfinite(image)):
            raise ScanError("the image has voxels that are NaN or infinite", "replace them before N4")
        axes = tuple(every_nth(size, factor) for size, factor in zip(image.shape, factors, strict=True))
        intensity = image[axes]
        sampled = (intensity > 0).astype(np.float64)
        if mask is not None:
            sampled *= _on_grid(mask, image, "mask")[axes].astype(bool)
        if weights is not None:
            confidence = _on_grid(weights, image, "weights").astype(np.float64)
            if not np.all(np.isfinite(confidence)) or confidence.min() < 0:
                raise ScanError("the weights of N4 have values that are negative, NaN or infinite", "give 0 or more")
            sampled *= confidence[axes]
        foreground = np.flatnonzero(sampled)
        found = intensity.ravel()[foreground]
        if found.size == 0 or found.min() == found.max():
            what = f"all have the intensity {found[0]:g}" if found.size else "none is left to estimate the field from"
            raise ScanError(
                f"N4: {found.size} of {sampled.size} sampled voxels are foreground and above 0, and {what}",
                f"check image and mask, or shrink by less than {' x '.join(map(str, factors))} (z, y, x)",
            )
        return cls(axes, sampled, foreground, np.log(found))


def _on_grid(array: ArrayLike, image: FloatArray, name: str) -> NDArray[np.generic]:
    array = np.asarray(array)
    if array.shape != image.shape:
        raise GridError(
            f"the {name} of N4 has shape {array.shape}, the image {image.shape} (z, y, x)", "give both on one grid"
        )
    return array
