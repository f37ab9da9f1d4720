"""Circular and spherical ROIs placed by their centres."""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ScanError
from harmonize.image.slices import SliceAxis, infer_slice_axis, slice_axis
from harmonize.image.volume import Grid
from harmonize.inputs.limits import AboveZero, check_limits

LEAST_SHARE = 0.5
"""An ROI of which less than this share is left by the border of the image or its boundary is refused."""
ROUNDING = 1e-9


@dataclass(frozen=True)
class Circle:
    """A circle in one slice, or a sphere.

    Parameters
    ----------
    centre : tuple of float
        x, y, z; in pixels counted along the axes of the file from 0 at the centre of the first voxel, or in mm in the
        patient coordinates of DICOM and ITK (left, posterior, superior).
    diameter : float
        In the same unit; a pixel is the smaller voxel edge in plane.
    unit : {"pixel", "mm"}
        Of both.
    shape : {"circle", "sphere"}
        A circle lies in the slice that its centre is nearest to.
    slice_axis : {"auto", "x", "y", "z"}
        Axis of the file that counts the slices; ``"auto"`` infers it (`harmonize.image.slices`).
    """

    centre: tuple[float, float, float]
    diameter: AboveZero
    unit: Literal["pixel", "mm"] = "pixel"
    shape: Literal["circle", "sphere"] = "circle"
    slice_axis: SliceAxis = "auto"

    def __post_init__(self) -> None:
        check_limits(self)


def circle_mask(circle: Circle, grid: Grid, boundary: BoolArray | None = None, least: float = LEAST_SHARE) -> BoolArray:
    """Draw a circle or a sphere on the grid of an image.

    A voxel belongs to it if its centre is no further than half the diameter from the circle's centre, in mm; in a
    circle, the distance along the slice axis does not count.

    Parameters
    ----------
    circle : Circle
        What to draw.
    grid : Grid
        Of the image.
    boundary : ndarray of bool, shape (z, y, x), optional
        The ROI is clipped to it.
    least : float
        Share of its voxels that has to be left.

    Returns
    -------
    ndarray of bool, shape (z, y, x)
        Never empty.

    Raises
    ------
    ScanError
        If the centre is not in the image, the circle holds no voxel, or less of it is left than asked for.

    Examples
    --------
    >>> int(circle_mask(Circle((20.0, 20.0, 1.0), 15.0), Grid((64, 64, 3), (0.8, 0.8, 5.0))).sum())
    177
    >>> circle_mask(Circle((90.0, 20.0, 1.0), 15.0), Grid((64, 64, 3)))
    Traceback (most recent call last):
    harmonize.errors.ScanError: the centre (90, 20, 1) pixel is not in the image of 64 x 64 x 3 voxels; ...
    """
    axis = slice_axis_of(circle, grid)
    index = index_of(circle, grid)
    beyond = [not -0.5 <= place <= size - 0.5 for place, size in zip(index, grid.size, strict=True)]
    if any(beyond):
        place = ", ".join(f"{value:.4g}" for value in circle.centre)
        size = " x ".join(map(str, grid.size))
        found = ", ".join(f"{value:.4g}" for value in index)
        raise ScanError(
            f"the centre ({place}) {circle.unit} is not in the image of {size} voxels"
            + (f": it falls on voxel ({found})" if circle.unit == "mm" else ""),
            "correct the table of centres: x, y, z counted from 0, or mm with x to the left, y to the back, z to the "
            "head",
        )
    low, inside = _neighbourhood(circle, grid, index, axis)
    wanted = int(inside.sum())
    mask = np.zeros(grid.shape, dtype=np.bool_)
    edges = [(max(a, 0), min(a + n, size)) for a, n, size in zip(low, inside.shape, grid.shape, strict=True)]
    here = tuple(slice(first, last) for first, last in edges)
    mask[here] = inside[tuple(slice(first - a, last - a) for a, (first, last) in zip(low, edges, strict=True))]
    in_image = int(mask.sum())
    if boundary is not None:
        mask &= boundary
    left = int(mask.sum())
    if left < least * wanted or not left:
        within = f", {in_image} of them in the image" if in_image < wanted else ""
        raise ScanError(
            f"{left} voxels are left of a {circle.shape} of {circle.diameter:g} {circle.unit} ({wanted} voxels"
            f"{within}), expected at least {least:.0%}",
            "move the centre inwards, or make the diameter smaller" if wanted else "make the diameter larger",
        )
    return mask


def slice_axis_of(circle: Circle, grid: Grid) -> int:
    """Give the axis of the array that the slices of a circle are counted along."""
    if circle.shape == "sphere" and circle.slice_axis == "auto":
        return infer_slice_axis(grid) or 0
    return slice_axis(grid, circle.slice_axis)


def index_of(circle: Circle, grid: Grid) -> FloatArray:
    """Give the centre along the axes of the file, in voxels."""
    if circle.unit == "pixel":
        return np.array(circle.centre)
    return grid.indices(circle.centre)


def circle_at(circle: Circle, index: FloatArray, grid: Grid) -> Circle:
    """Give the same circle with its centre elsewhere, in voxels of a grid with x first."""
    x, y, z = map(float, grid.points(index) if circle.unit == "mm" else index)
    return replace(circle, centre=(x, y, z))


def _neighbourhood(circle: Circle, grid: Grid, index: FloatArray, axis: int) -> tuple[list[int], BoolArray]:
    """Give the voxels of the ROI in a box around its centre, as if the image had no border, and where the box starts.

    Along the axes of the array.
    """
    spacing, centre = np.array(grid.spacing[::-1]), index[::-1]
    pixel = min(edge for item, edge in enumerate(spacing) if item != axis)
    radius = circle.diameter / 2 * (pixel if circle.unit == "pixel" else 1.0)
    low, distances = [], []
    for item in range(3):
        if item == axis and circle.shape == "circle":
            low.append(min(max(math.floor(centre[item] + 0.5), 0), grid.shape[item] - 1))
            distances.append(np.zeros(1))
            continue
        first, last = (math.floor(centre[item] + sign * radius / spacing[item]) for sign in (-1, 1))
        low.append(first)
        distances.append(((np.arange(first, last + 2) - centre[item]) * spacing[item]) ** 2)
    z, y, x = distances
    total = z[:, None, None] + y[:, None] + x
    inside: BoolArray = total <= (radius * (1 + ROUNDING)) ** 2
    return low, inside
