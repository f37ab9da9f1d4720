"""An image smoothed to a level of the search, and its intensities and slopes anywhere in it."""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from harmonize.arrays import BoolArray, FloatArray
from harmonize.registration.rigid import Rigid

LEAST_BLUR = 0.7
"""Voxels that images are smoothed by at least, so that interpolation between voxels blurs little more."""
HALO = 4.0
"""Standard deviations of the smoothing that are kept around a box, so that what is in it is as in the whole image."""
PER_BLOCK = 2.0
"""Voxels are averaged to blocks of at most the width of the smoothing over this: little is lost, and much saved."""
LEAST_BLOCKS = 8
"""Along an axis."""
EDGE = 1e-6
"""Voxels by which a place may lie outside, for rounding."""
SPARE = 6.0
"""Mm by which a box that is kept goes beyond what is asked for: the way back starts from moved places."""
HALF = 0.5
"""Share of a block of voxels that has to hold data."""


@dataclass(frozen=True, eq=False)
class Shown:
    """An image, and where it holds data.

    Parameters
    ----------
    image : SimpleITK.Image
        Of 64-bit floats, two or three dimensions.
    there : ndarray of bool, shape of its array, optional
        False in padding and blank areas, which are no image; None: data everywhere.
    """

    image: sitk.Image
    there: BoolArray | None = None
    _smooth: dict[float, "Smooth"] = field(default_factory=dict, repr=False)

    def smooth(self, width: float, around: FloatArray, reach: float) -> "Smooth":
        """Give it smoothed, as `Smooth`, which is kept for whoever asks for nearly the same box again."""
        known = self._smooth.get(width)
        if known is None or not known.covers(around, reach):
            known = self._smooth[width] = Smooth(self, width, around, reach + SPARE)
        return known

    def mask(self) -> sitk.Image | None:
        """Give where there are data as an image of its own."""
        if self.there is None:
            return None
        mask = sitk.GetImageFromArray(self.there.astype(np.uint8))
        mask.CopyInformation(self.image)
        return mask


@dataclass(frozen=True, eq=False)
class Seen:
    """What an image shows at moved points, interpolated linearly.

    Parameters
    ----------
    inside : ndarray of bool, shape (n,)
        Which of the points lie in the image, where it holds data.
    corners : ndarray of float, shape (2, ..., 2, n)
        Intensities of the voxels around each point; of no meaning outside.
    parts : ndarray of float, shape (dimension, n)
        How far the point is on the way from one to the next along each axis, x first.
    to_index : ndarray of float, shape (dimension, dimension)
        From mm to voxels.
    """

    inside: BoolArray
    corners: NDArray[np.float32]
    parts: NDArray[np.float32]
    to_index: FloatArray

    @cached_property
    def values(self) -> FloatArray:
        """Give the intensities; of no meaning outside."""
        field: NDArray[Any] = self.corners
        for part in self.parts:
            low, high = field[..., 0, :], field[..., 1, :]
            field = low + part * (high - low)
        values: FloatArray = field
        return values

    @cached_property
    def slopes(self) -> FloatArray:
        """Give their exact gradient, shape (dimension, n), per mm."""
        fields = [self.corners]
        for part in self.parts:  # the value, then the slope along each axis that has been dealt with, x first
            steps = [field[..., 1, :] - field[..., 0, :] for field in fields]
            fields = [field[..., 0, :] + part * step for field, step in zip(fields, steps, strict=True)] + steps[:1]
        slopes: FloatArray = self.to_index.T @ np.stack(fields[1:])
        return slopes


class Smooth:
    """A smoothed image, to be sampled anywhere.

    What is no data has no part in the smoothing: weights are those of the data around (normalized convolution,
    Knutsson and Westin 1993).

    Parameters
    ----------
    shown : Shown
        Two or three dimensions.
    width : float
        Standard deviation of the smoothing in mm; at least 0.7 voxels along each axis.
    around : ndarray of float, shape (n, dimension), optional
        In mm; only the box of these points is kept, None: the whole image.
    reach : float
        How far in mm the box goes beyond them.
    """

    def __init__(self, shown: Shown, width: float, around: FloatArray | None = None, reach: float = 0.0) -> None:
        image = shown.image
        dimension = image.GetDimension()
        spacing = np.array(image.GetSpacing())
        axes = np.array(image.GetDirection()).reshape(dimension, dimension)
        blur = np.maximum(width / spacing, LEAST_BLUR)
        self._image, size = image, np.array(image.GetSize())
        self._box = _box(image, around, reach)
        low, high = self._box[0] - HALO * blur, self._box[1] + HALO * blur
        first = np.minimum(np.floor(low).astype(int), size - 2).clip(0)
        last = np.maximum(np.ceil(high).astype(int) + 1, first + 2).clip(max=size)
        box = tuple(slice(start, end) for start, end in zip(first[::-1], last[::-1], strict=True))
        block = np.clip(np.floor(blur / PER_BLOCK).astype(int), 1, np.maximum((last - first) // LEAST_BLOCKS, 1))
        voxels = sitk.GetArrayViewFromImage(image)[box].astype(np.float32)
        left = np.sqrt(blur**2 - (block**2 - 1) / 12) / block  # averaging has smoothed already
        self._there = None
        if shown.there is None or (there := shown.there[box]).all():
            self._values = _smoothed(_averaged(voxels, block[::-1]), left)
        else:
            shares = _averaged(there.astype(np.float32), block[::-1])
            weights = np.maximum(_smoothed(shares, left), np.finfo(np.float32).tiny)
            self._there = shares >= HALF
            voxels = np.where(there, voxels, np.float32(0))
            self._values = (_smoothed(_averaged(voxels, block[::-1]), left) / weights).astype(np.float32)
        self._last = np.array(self._values.shape[::-1]) - 1
        self._to_index = (axes / (spacing * block)).T
        self._origin = np.array(image.GetOrigin()) + axes @ (spacing * (first + (block - 1) / 2))

    def covers(self, around: FloatArray, reach: float) -> bool:
        """Say whether the box of points is part of this one's."""
        low, high = _box(self._image, around, reach)
        return bool((low >= self._box[0]).all() and (high <= self._box[1]).all())

    def at(self, points: FloatArray, motion: Rigid | None = None) -> Seen:
        """Look at points given in mm, shape (n, dimension), moved if a motion is given."""
        matrix, offset = self._to_index, -self._to_index @ self._origin
        if motion is not None:
            matrix, offset = matrix @ np.array(motion.matrix), offset + matrix @ np.array(motion.offset)
        places = matrix @ points.T + offset[:, None]
        last = self._last[:, None]
        inside = np.all((places >= -EDGE) & (places <= last + EDGE), axis=0)
        low = np.clip(places, 0, np.maximum(last - 1, 0)).astype(np.intp)
        parts = (places - low).astype(np.float32)
        strides = np.cumprod([1, *self._values.shape[:0:-1]])
        if self._there is not None:
            nearest = np.clip(np.floor(places + 0.5), 0, last).astype(np.intp)
            inside &= self._there.ravel().take(strides @ nearest)
        ends = [(0, stride if size else 0) for stride, size in zip(strides, self._last, strict=True)][::-1]
        corners = np.array([sum(end) for end in product(*ends)])[:, None] + strides @ low
        around = self._values.ravel().take(corners).reshape(*(2,) * len(parts), -1)
        return Seen(inside, around, parts, self._to_index)


def _box(image: sitk.Image, around: FloatArray | None, reach: float) -> tuple[FloatArray, FloatArray]:
    """Give the least and the greatest index of points and what lies so many mm around, as far as the image goes."""
    size, dimension = np.array(image.GetSize(), dtype=np.float64), image.GetDimension()
    if around is None or not len(around):
        return np.zeros(dimension), size
    spacing, axes = np.array(image.GetSpacing()), np.array(image.GetDirection()).reshape(dimension, dimension)
    indices = (around - np.array(image.GetOrigin())) @ axes / spacing
    low, high = indices.min(axis=0) - reach / spacing, indices.max(axis=0) + reach / spacing
    return np.clip(low, 0, size), np.clip(high, 0, size)


def _smoothed(voxels: NDArray[np.float32], widths: FloatArray) -> NDArray[np.float32]:
    smooth: NDArray[np.float32] = ndimage.gaussian_filter(voxels, widths[::-1], mode="nearest", truncate=HALO)
    return smooth


def _averaged(voxels: NDArray[np.float32], block: NDArray[np.int_]) -> NDArray[np.float32]:
    """Average whole blocks of voxels; what is left over at the far borders is cut off."""
    for axis, size in enumerate(map(int, block)):
        if size > 1:
            count = voxels.shape[axis] // size
            whole = voxels[(slice(None),) * axis + (slice(count * size),)]
            shape = (*voxels.shape[:axis], count, size, *voxels.shape[axis + 1 :])
            voxels = whole.reshape(shape).mean(axis=axis + 1)
    return voxels
