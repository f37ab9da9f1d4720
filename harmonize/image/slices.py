"""Which axis of a volume counts its slices, so that a stack of any orientation is treated in its own plane."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from harmonize.arrays import FloatArray
from harmonize.errors import ScanError
from harmonize.image.volume import Grid

SliceAxis = Literal["auto", "x", "y", "z"]
"""How a setting names the axis: of the file, as SimpleITK counts (x first, z last), or inferred."""

ARRAY_AXES = "zyx"
"""The axes of an array, first to last."""
THICKER = 1.2
"""Slices are taken as such where their distance is at least this many times the larger voxel edge in plane."""
FEWER = 0.5
"""With voxels nearly cubic, where there are at most this many times as many of them as along either other axis."""
ROUNDING = 1e-6


def infer_slice_axis(grid: Grid) -> int | None:
    """Tell the slice axis from the grid alone.

    In this order: an axis of one voxel; the axis along which voxels are longest, at least 1.2 times the next; with
    voxels nearer to cubes, the axis with the fewest voxels, at most half as many as the next.

    Parameters
    ----------
    grid : Grid
        Of the image.

    Returns
    -------
    int or None
        The axis of the array (z, y, x), 0 to 2; None where neither voxel size nor shape tells.

    Examples
    --------
    >>> infer_slice_axis(Grid((256, 256, 24), (0.8, 0.8, 5.0)))
    0
    >>> infer_slice_axis(Grid((256, 24, 256), (0.8, 5.0, 0.8)))
    1
    >>> infer_slice_axis(Grid((128, 128, 128)))
    """
    shape, spacing = grid.shape, grid.spacing[::-1]
    if 1 in shape:
        return shape.index(1)
    by_length = sorted(range(3), key=lambda axis: spacing[axis])
    if spacing[by_length[2]] >= spacing[by_length[1]] * (THICKER - ROUNDING):
        return by_length[2]
    by_count = sorted(range(3), key=lambda axis: shape[axis])
    return by_count[0] if shape[by_count[0]] <= FEWER * shape[by_count[1]] else None


def slice_axis(grid: Grid, named: SliceAxis = "auto") -> int:
    """Give the slice axis that a setting names, or infer it.

    Parameters
    ----------
    grid : Grid
        Of the image.
    named : {"auto", "x", "y", "z"}
        The axis of the file, or ``"auto"`` for `infer_slice_axis`.

    Returns
    -------
    int
        The axis of the array (z, y, x), 0 to 2.

    Raises
    ------
    ScanError
        If the axis is to be inferred and the grid does not tell.

    Examples
    --------
    >>> slice_axis(Grid((128, 128, 128)), "z")
    0
    >>> slice_axis(Grid((128, 128, 128)))
    Traceback (most recent call last):
    harmonize.errors.ScanError: voxels of 1 x 1 x 1 mm, 128 x 128 x 128 of them (x, y, z), do not tell which axis ...
    """
    if named != "auto":
        return ARRAY_AXES.index(named)
    axis = infer_slice_axis(grid)
    if axis is None:
        lengths, counts = (" x ".join(f"{value:.4g}" for value in values) for values in (grid.spacing, grid.size))
        raise ScanError(
            f"voxels of {lengths} mm, {counts} of them (x, y, z), do not tell which axis the slices are counted along",
            "name it: z is the third axis of the file, which it is nearly always; or work in three dimensions",
        )
    return axis


def each_slice(image: FloatArray, axis: int | None, change: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Change every slice across an axis of the array on its own, or the whole image where there is no axis.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.array([[[1.0, 2.0], [3.0, 8.0]]])
    >>> each_slice(image, 1, lambda plane: plane - plane.mean())
    array([[[-0.5,  0.5],
            [-2.5,  2.5]]])
    """
    if axis is None:
        return change(image)
    changed: FloatArray = np.moveaxis(np.stack([change(plane) for plane in np.moveaxis(image, axis, 0)]), 0, axis)
    return changed


def spacing_of(grid: Grid, axis: int | None) -> list[float]:
    """Give the voxel edges along the axes of the array (z, y, x) in mm, without that of the slice axis if there is one.

    Examples
    --------
    >>> spacing_of(Grid((64, 32, 16), (0.8, 0.9, 5.0)), 0), spacing_of(Grid((64, 32, 16), (0.8, 0.9, 5.0)), None)
    ([0.9, 0.8], [5.0, 0.9, 0.8])
    """
    return [edge for index, edge in enumerate(grid.spacing[::-1]) if index != axis]


def check_planes(dimension: int, named: str) -> None:
    """Raise a `ValueError` for a dimension or slice axis that a step cannot have.

    Examples
    --------
    >>> check_planes(4, "auto")
    Traceback (most recent call last):
    ValueError: dimension is 4, expected 2 or 3
    """
    if dimension not in (2, 3):
        raise ValueError(f"dimension is {dimension}, expected 2 or 3")
    if named not in ("auto", *ARRAY_AXES):
        raise ValueError(f"slice_axis is '{named}', expected 'auto', 'x', 'y' or 'z'")
    if dimension == 3 and named != "auto":
        raise ValueError(f"slice_axis is '{named}' with dimension 3, which has no slices; remove one of them")
