"""How far voxels are from the surface of an ROI, on either side of it."""

from typing import Literal

import numpy as np
import scipy

from harmonize.arrays import BoolArray, FloatArray
from harmonize.image.boxes import Box, bounding_box, widened
from harmonize.image.volume import Grid

Layers = Literal["distance", "voxels"]
"""In mm, or in steps from voxel to voxel along the axes."""
EMPTY: Box = (slice(0, 0), slice(0, 0), slice(0, 0))
DIGITS = 9
"""Decimals to which distances that are the same agree."""


def heights(mask: BoolArray, grid: Grid, by: Layers, reach: float) -> tuple[Box, FloatArray]:
    """Give the distances of voxels from the nearest voxel of an ROI, centre to centre; 0 within.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
    grid : Grid
        Of the mask.
    by : {"distance", "voxels"}
        In mm or in steps.
    reach : float
        Up to where they are asked for.

    Returns
    -------
    box : Box
        Of all voxels within reach.
    distances : ndarray of float
        In the box; those above the reach may be missing others.

    Examples
    --------
    >>> line = np.array([[[True, False, False, False]]])
    >>> heights(line, Grid((4, 1, 1), (2.0, 1.0, 1.0)), "distance", 4.0)[1]
    array([[[0., 2., 4.]]])
    """
    box = bounding_box(mask)
    if box is None:
        return EMPTY, np.zeros((0, 0, 0))
    z, y, x = (reach / step if by == "distance" else reach for step in grid.spacing[::-1])
    box = widened(box, (z, y, x), grid)
    return box, _from_nearest(~mask[box], grid, by)


def depths(mask: BoolArray, grid: Grid, by: Layers) -> tuple[Box, FloatArray]:
    """Give the distances of voxels of an ROI from the nearest voxel outside it; 0 outside.

    Beyond the image is no outside: an ROI that fills it is infinitely deep.

    Examples
    --------
    >>> line = np.array([[[True, True, True, False]]])
    >>> depths(line, Grid((4, 1, 1), (2.0, 1.0, 1.0)), "voxels")[1]
    array([[[3., 2., 1., 0.]]])
    """
    box = bounding_box(mask)
    if box is None:
        return EMPTY, np.zeros((0, 0, 0))
    box = widened(box, (1, 1, 1), grid)
    inside = mask[box]
    return box, _from_nearest(inside, grid, by) if not inside.all() else np.full(inside.shape, np.inf)


def _from_nearest(far: BoolArray, grid: Grid, by: Layers) -> FloatArray:
    if by == "voxels":
        return np.asarray(scipy.ndimage.distance_transform_cdt(far, "taxicab"), dtype=np.float64)
    found = scipy.ndimage.distance_transform_edt(far, sampling=grid.spacing[::-1])
    return np.asarray(np.round(found, DIGITS))
