"""Supervoxels: clusters of neighbouring voxels of like intensity (SLIC), for contours that follow the image."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harmonize.arrays import FloatArray, IntArray

ITERATIONS = 5
"""More of them move hardly any border."""
CHUNK = 16384
"""Voxels at a time, so that the work stays in the cache."""
FAR = 1e6
"""Where the centre of a supervoxel is that does not exist."""


def supervoxels(image: FloatArray, spacing: Sequence[float], size: float, compactness: float) -> IntArray:
    """Cluster voxels by place and intensity.

    Centres start on a regular grid of cells of the wanted size, as nearly cubes in mm as whole slices allow. Each voxel
    goes to the nearest of the centres of its own cell and those around it, by the square of the distance in mm over the
    edge of a cube of that size, and of the difference in intensity over the compactness; centres move to the mean of
    their voxels, five times. Unlike in [1]_, parts that hang together with no other of their supervoxel stay with it.

    Parameters
    ----------
    image : ndarray of float, shape (z, y, x)
        Intensities, about 0 to 1.
    spacing : sequence of float
        Along z, y, x, in mm.
    size : float
        Of a supervoxel, in cubic mm.
    compactness : float
        Difference in intensity that counts as much as the edge of a cube; the larger, the rounder.

    Returns
    -------
    ndarray of int, shape (z, y, x)
        The number of each voxel's supervoxel.

    References
    ----------
    .. [1] R. Achanta et al., "SLIC superpixels compared to state-of-the-art superpixel methods", IEEE Transactions on
       Pattern Analysis and Machine Intelligence 34:2274, 2012.

    Examples
    --------
    >>> supervoxels(np.array([[[0.0, 0.0, 0.0, 1.0]]]), (1.0, 1.0, 1.0), 2.0, 0.1)
    array([[[0, 0, 0, 1]]])
    """
    edge = size ** (1 / 3)
    widths = _cell(spacing, size, image.shape)
    counts = [math.ceil(length / width) for length, width in zip(image.shape, widths, strict=True)]
    places = np.meshgrid(
        *(np.arange(n) * (step / edge) for n, step in zip(image.shape, spacing, strict=True)), indexing="ij"
    )
    told = [place for place, n in zip(places, image.shape, strict=True) if n > 1]
    voxels = np.stack([_cells(one, counts, widths) for one in (*told, image / compactness)]).astype(np.float32)
    real = _cells(np.ones(image.shape), counts, widths) > 0
    centres = np.stack([(part * real).sum(axis=1) / real.sum(axis=1) for part in voxels])
    around = _around(counts)
    flat = [part[real] for part in voxels]
    for _ in range(ITERATIONS):
        owners = _nearest_centres(voxels, centres, around)
        owned = owners[real]
        held = np.bincount(owned, minlength=centres.shape[1])
        sums = np.stack([np.bincount(owned, part, centres.shape[1]) for part in flat])
        centres = np.where(held > 0, sums / np.maximum(held, 1), centres)
    blocks = owners.reshape(*counts, *widths).transpose(0, 3, 1, 4, 2, 5)
    whole = blocks.reshape([count * width for count, width in zip(counts, widths, strict=True)])
    z, y, x = image.shape
    return np.ascontiguousarray(whole[:z, :y, :x])


def _cell(spacing: Sequence[float], size: float, shape: tuple[int, ...]) -> list[int]:
    """Give the edges of a cell in voxels: coarse axes first, so that the others make up for their rounding."""
    widths, left, volume = [1, 1, 1], 3, size
    for axis in sorted(range(3), key=lambda axis: -spacing[axis]):
        wanted = round(volume ** (1 / left) / spacing[axis])
        widths[axis] = min(max(wanted, 1), shape[axis])
        volume, left = volume / (widths[axis] * spacing[axis]), left - 1
    return widths


def _cells(array: FloatArray, counts: Sequence[int], widths: Sequence[int]) -> FloatArray:
    """Give an array as (cell, voxel in it), with zeros behind its ends."""
    (a, b, c), (i, j, k) = counts, widths
    padded = np.zeros((a * i, b * j, c * k))
    padded[: array.shape[0], : array.shape[1], : array.shape[2]] = array
    return padded.reshape(a, i, b, j, c, k).transpose(0, 2, 4, 1, 3, 5).reshape(a * b * c, i * j * k)


def _around(counts: Sequence[int]) -> IntArray:
    """Give the cells around each, itself among them; shape (at most 27, cells), one past the last where is none."""
    a, b, c = counts
    numbers = np.full((a + 2, b + 2, c + 2), a * b * c)
    numbers[1:-1, 1:-1, 1:-1] = np.arange(a * b * c).reshape(a, b, c)
    shifts = itertools.product(*(range(3) if count > 1 else (1,) for count in counts))
    return np.stack([numbers[i : i + a, j : j + b, k : k + c].ravel() for i, j, k in shifts])


def _nearest_centres(voxels: NDArray[np.float32], centres: FloatArray, around: IntArray) -> IntArray:
    """Give the number of the nearest centre of those around; shape (cell, voxel in it)."""
    known = np.full((len(centres), centres.shape[1] + 1), FAR, dtype=np.float32)
    known[:, :-1] = centres
    owners = np.empty(voxels.shape[1:], dtype=np.intp)
    step = max(1, CHUNK // voxels.shape[2])
    for start in range(0, voxels.shape[1], step):
        part, near = voxels[:, start : start + step], around[:, start : start + step]
        least = np.full(part.shape[1:], np.inf, dtype=np.float32)
        which = np.zeros(part.shape[1:], dtype=np.uint8)
        away, along, mark = np.empty_like(least), np.empty_like(least), np.empty_like(which)
        for number, centre in enumerate(known[:, near].swapaxes(0, 1)[..., None]):
            np.subtract(part[0], centre[0], out=away)
            np.multiply(away, away, out=away)
            for values, middle in zip(part[1:], centre[1:], strict=True):
                np.subtract(values, middle, out=along)
                np.multiply(along, along, out=along)
                away += along
            np.multiply((away < least).view(np.uint8), np.uint8(number), out=mark)
            np.maximum(which, mark, out=which)  # the last that is nearer, as where() would, in a fifth of the time
            np.minimum(least, away, out=least)
        owners[start : start + step] = near[which, np.arange(near.shape[1])[:, None]]
    return owners
