"""Boxes of voxels: the smallest around an ROI, wider ones, and the part of a grid that they hold."""

import math
from dataclasses import replace

import numpy as np

from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.image.memory import remembered
from harmonize.image.volume import Grid

Box = tuple[slice, slice, slice]
"""Where an ROI lies, along z, y, x."""
ROUNDING = 1e-9
"""Voxels by which a place may be beyond a voxel's centre and still be taken for it."""


def bounding_box(mask: BoolArray) -> Box | None:
    """Give the smallest box around the voxels of an ROI, or None if it has none.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)

    Examples
    --------
    >>> mask = np.zeros((4, 4, 4), bool)
    >>> mask[1:3, 2, 0:2] = True
    >>> bounding_box(mask)
    (slice(1, 3, None), slice(2, 3, None), slice(0, 2, None))
    """
    return remembered(mask, bounding_box, lambda: _bounding_box(mask))


def _bounding_box(mask: BoolArray) -> Box | None:
    box: list[slice] = []
    for axis in range(3):  # each axis on what the former ones leave
        others = tuple(other for other in range(3) if other != axis)
        hits = np.flatnonzero(mask[tuple(box)].any(axis=others))
        if hits.size == 0:
            return None
        box.append(slice(int(hits[0]), int(hits[-1]) + 1))
    return box[0], box[1], box[2]


def slice_areas(mask: BoolArray, axis: int) -> IntArray:
    """Give the voxels of an ROI in each slice across an axis.

    Examples
    --------
    >>> mask = np.zeros((4, 4, 4), bool)
    >>> mask[1:3, 2, 0:2] = True
    >>> slice_areas(mask, 0)
    array([0, 2, 2, 0])
    """
    areas = np.zeros(mask.shape[axis], dtype=np.intp)
    box = bounding_box(mask)
    if box is not None:
        areas[box[axis]] = mask[box].sum(axis=tuple(other for other in range(3) if other != axis))
    return areas


def widened(box: Box, by: tuple[float, float, float], grid: Grid) -> Box:
    """Give the box that reaches farther by so many voxels along z, y, x, as far as there are voxels.

    Examples
    --------
    >>> widened((slice(0, 1), slice(2, 3), slice(1, 3)), (1, 1, 1), Grid((4, 4, 2)))
    (slice(0, 2, None), slice(1, 4, None), slice(0, 4, None))
    """
    z, y, x = (
        slice(max(side.start - math.ceil(more), 0), min(side.stop + math.ceil(more), size))
        for side, more, size in zip(box, by, grid.shape, strict=True)
    )
    return z, y, x


def part_of(grid: Grid, box: Box) -> Grid:
    """Give the grid of the voxels in a box.

    Examples
    --------
    >>> part_of(Grid((4, 4, 2), origin=(5.0, 0.0, 0.0)), (slice(0, 1), slice(2, 4), slice(1, 3)))
    Grid(size=(2, 2, 1), spacing=(1.0, 1.0, 1.0), origin=(6.0, 2.0, 0.0), direction=(1.0, ...))
    """
    z, y, x = box
    first = grid.points([x.start, y.start, z.start])
    size = (x.stop - x.start, y.stop - y.start, z.stop - z.start)
    return replace(grid, size=size, origin=(float(first[0]), float(first[1]), float(first[2])))


def box_on(box: Box, old: Grid, new: Grid, rim: float = 0.0) -> Box | None:
    """Give the smallest box of another grid with all its voxels whose centres lie in a box, or None if there are none.

    Parameters
    ----------
    box : Box
        On the old grid; from the first voxels' centres to the last ones'.
    old, new : Grid
        In the same patient's space.
    rim : float
        Voxels of the old grid by which the box is wider.

    Examples
    --------
    >>> box_on((slice(0, 2), slice(0, 4), slice(1, 3)), Grid((4, 4, 2)), Grid((8, 4, 2), spacing=(0.5, 1.0, 1.0)))
    (slice(0, 2, None), slice(0, 4, None), slice(2, 5, None))
    """
    sides = [(side.start - rim, side.stop - 1 + rim) for side in box]
    corners = new.indices(old.points([(x, y, z) for z in sides[0] for y in sides[1] for x in sides[2]]))
    lowest, highest = corners.min(axis=0)[::-1], corners.max(axis=0)[::-1]
    found = [
        slice(max(math.ceil(low - ROUNDING), 0), min(math.floor(high + ROUNDING) + 1, size))
        for low, high, size in zip(lowest, highest, new.shape, strict=True)
    ]
    if any(side.start >= side.stop for side in found):
        return None
    return found[0], found[1], found[2]


def places_on(new: Grid, old: Grid) -> tuple[FloatArray, FloatArray]:
    """Give matrix and offset (x, y, z) from voxel indices of the new grid to those of the old.

    Examples
    --------
    >>> places_on(Grid((2, 2, 2), spacing=(2.0, 1.0, 1.0)), Grid((4, 2, 2)))[0].diagonal()
    array([2., 1., 1.])
    """
    along = np.linalg.solve(old.axes, new.axes * np.array(new.spacing))
    return along / np.array(old.spacing)[:, None], old.indices(new.origin)


def beyond(new: Grid, old: Grid) -> BoolArray | None:
    """Tell which voxels of a grid have their centres outside all voxels of another; None where no one has.

    Examples
    --------
    >>> beyond(Grid((3, 1, 1), origin=(-0.75, 0.0, 0.0)), Grid((4, 1, 1)))
    array([[[ True, False, False]]])
    """
    matrix, start = places_on(new, old)
    x, y, z = np.ogrid[: new.size[0], : new.size[1], : new.size[2]]
    found: BoolArray | None = None
    for offset, row, size in zip(start, matrix, old.size, strict=True):
        reach = row * (np.array(new.size) - 1)
        if offset + np.minimum(reach, 0).sum() < -0.5 - ROUNDING or (
            offset + np.maximum(reach, 0).sum() > size - 0.5 + ROUNDING
        ):
            at = (offset + row[0] * x + row[1] * y + row[2] * z).transpose(2, 1, 0)
            off = (at < -0.5 - ROUNDING) | (at > size - 0.5 + ROUNDING)
            found = off if found is None else found | off
    return found if found is not None and found.any() else None
