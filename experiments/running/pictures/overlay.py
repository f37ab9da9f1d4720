"""The overlay of a registered pair: reference and scan side by side, and as a checkerboard, before and after."""

import numpy as np
from scipy import ndimage

from experiments.running.pictures.plane import Plane
from experiments.running.pictures.raster import OUTLINES, Pixels, grey, outline, paint, resized, to_jpeg
from harmonize.arrays import BoolArray, FloatArray
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Grid, Volume
from harmonize.registration import Registered
from harmonize.registration.rigid import Rigid, move_indices, still

TILE, GAP = 168, 4
"""Pixels of the longer side of a tile, and between two."""
SQUARES = 8
"""Of the checkerboard, along the longer side."""
AROUND = 40.0
"""Mm around the ROIs that are shown: twice the usual margin that scans are compared in."""
WINDOW = (0.5, 99.5)
"""Percentiles of what is shown of each scan that are black and white."""
QUALITY = 70
"""Of JPEG: a picture takes about 15 kB."""


def draw_overlay(reference: Volume, scan: Volume, found: Registered | None) -> bytes:
    """Draw the slice with the largest area of ROIs of a pair, in the place of the reference.

    Parameters
    ----------
    reference : Volume
        With the ROIs that are carried.
    scan : Volume
        The other one.
    found : Registered, optional
        The motion, trusted or refused; None where none was found.

    Returns
    -------
    bytes
        A JPEG file with tiles from left to right: the reference with its ROIs; the scan as it is there after the
        motion, with the same ROIs; a checkerboard of both as they lie, and one after the motion, on which edges go on
        from square to square where the motion is right. Without a motion the scan is shown as it lies, and the last
        tile is left out.
    """
    axis = infer_slice_axis(reference.grid) or 0 if found is None else found.axis
    region = np.any(list(reference.masks.values()), axis=0)
    others = tuple(other for other in range(3) if other != axis)
    plane = Plane.of(reference.grid, axis, int(region.sum(axis=others).argmax()))
    box = _box(plane.take(region).astype(bool), plane.spacing)
    rois = [plane.take(mask).astype(bool)[box] for mask in reference.masks.values()]
    here = plane.take(reference.image).astype(np.float64)[box]
    lying = _seen(scan, reference.grid, (still(3),), plane)[box]
    after = lying if found is None else _seen(scan, reference.grid, found.transforms, plane)[box]
    height, width = _size(here.shape, plane.spacing)
    first, before, last = (_shades(values, height, width) for values in (here, lying, after))
    edge = max(1, max(height, width) // SQUARES)
    board = (np.indices((height, width)) // edge).sum(axis=0) % 2 == 1
    checkered = [np.where(board[..., None], first, other) for other in (before, last)]
    tiles = [first, last, *checkered[: 1 if found is None else 2]]
    for tile in tiles:
        for number, roi in enumerate(rois):
            paint(tile, outline(roi, height, width), OUTLINES[number % len(OUTLINES)])
    white = np.full((height, GAP, 3), 255, dtype=np.uint8)
    return to_jpeg(np.hstack([part for tile in tiles for part in (white, tile)][1:]), QUALITY)


def _seen(scan: Volume, grid: Grid, transforms: tuple[Rigid, ...], plane: Plane) -> FloatArray:
    """Give what a scan shows at the places of a slice of the reference, laid on the page; NaN outside of it."""
    shape = tuple(1 if axis == plane.axis else size for axis, size in enumerate(grid.shape))
    indices = np.indices(shape).reshape(3, -1)[::-1].T.astype(np.float64)  # x first
    indices[:, 2 - plane.axis] = plane.index
    places = move_indices(indices, grid, transforms, scan.grid, plane.axis)[:, ::-1].T
    values = ndimage.map_coordinates(scan.image, places, order=1, mode="constant", cval=np.nan)
    whole = np.broadcast_to(values.reshape(shape), grid.shape)
    return plane.take(whole).astype(np.float64)


def _box(region: BoolArray, spacing: tuple[float, float]) -> tuple[slice, slice]:
    """Give the part of a slice that lies around the ROIs."""
    rows, columns = ndimage.find_objects(region.astype(np.uint8))[0]
    more = [int(np.ceil(AROUND / edge)) for edge in spacing]
    return (
        slice(max(rows.start - more[0], 0), rows.stop + more[0]),
        slice(max(columns.start - more[1], 0), columns.stop + more[1]),
    )


def _size(shape: tuple[int, ...], spacing: tuple[float, float]) -> tuple[int, int]:
    extent = np.multiply(shape, spacing)
    height, width = np.maximum(np.rint(TILE * extent / extent.max()), 1).astype(int)
    return int(height), int(width)


def _shades(values: FloatArray, height: int, width: int) -> Pixels:
    shown = resized(values, height, width)
    known = values[np.isfinite(values)]
    low, high = np.percentile(known, WINDOW) if known.size else (0.0, 1.0)
    if not high > low:
        low, high = low - 0.5, low + 0.5
    return grey(np.nan_to_num(shown, nan=float(low)), float(low), float(high))
