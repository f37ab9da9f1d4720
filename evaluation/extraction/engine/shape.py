"""Features of the shape of an ROI, in three dimensions or in one slice."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.extraction.engine.diameters import diameter, diameter_in_planes, midpoints
from evaluation.extraction.engine.mesh import surface_and_volume
from harmonize.arrays import BoolArray, FloatArray

_CUT = np.array([0, 1, 1, 2, 1, 2, 4, 3, 1, 4, 2, 3, 2, 3, 3, 0])
"""By which of the four pixels of a square lie inside, how its outline cuts it: not at all (0), around one (1) or all
but one (3), straight (2), around two that touch in a corner (4)."""

_ROUNDING = 1e-14
"""A moment of so much of the largest, or of less than nothing, is what rounding leaves where an ROI is flat."""

_ENCLOSED = 1e-9
"""Of the volume of its voxels, what a surface must enclose at least; less is rounding, or holes."""


def shapes(
    mask: BoolArray, spacing: Sequence[float], classes: Mapping[str, Sequence[str]], flat_axis: int
) -> dict[str, float]:
    """Compute the features that are asked for, as `<class>_<feature>`.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        An ROI in its box.
    spacing : sequence of float
        In mm, along z, y, x.
    classes : mapping of str to sequence of str
        Which features of `shape` and `shape2D`.
    flat_axis : int
        For `shape2D`, along which the ROI has one slice.

    Examples
    --------
    >>> shapes(np.ones((1, 3, 3), bool), (5.0, 2.0, 2.0), {"shape2D": ["PixelSurface"]}, 0)
    {'shape2D_PixelSurface': 36.0}
    """
    found: dict[str, float] = {}
    for name, features in classes.items():
        if name == "shape":
            values = shape(mask, spacing)
        else:
            values = shape2d(np.moveaxis(mask, flat_axis, 0)[0], [*spacing[:flat_axis], *spacing[flat_axis + 1 :]])
        found.update({f"{name}_{feature}": values[feature] for feature in features})
    return found


def shape(mask: BoolArray, spacing: Sequence[float]) -> dict[str, float]:
    """Compute PyRadiomics' features of class `shape`.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        An ROI in its box, of two voxels or more.
    spacing : sequence of float
        In mm, along z, y, x.

    Returns
    -------
    dict of str to float
        By name; lengths in mm. What follows from the volume is NaN where the surface of a few voxels that touch only
        in edges has so many holes that it encloses nothing.

    References
    ----------
    PyRadiomics documentation, `radiomics.shape`. Zwanenburg A et al. Image biomarker standardisation initiative,
    reference manual, section 3.1. arXiv:1612.07003.

    Examples
    --------
    >>> found = shape(np.ones((2, 2, 2), bool), (1.0, 1.0, 1.0))
    >>> found["VoxelVolume"], round(found["Maximum2DDiameterSlice"], 6), round(found["Elongation"], 6)
    (8.0, 2.236068, 1.0)
    """
    steps = np.array(spacing)
    area, volume = surface_and_volume(mask, steps)
    voxels = float(np.count_nonzero(mask) * steps.prod())
    if volume < _ENCLOSED * voxels:
        volume = math.nan
    points = midpoints(mask)
    places = points * (steps / 2)
    least, minor, major = _axes(mask, steps)
    return {
        "Elongation": float(minor / major),
        "Flatness": float(least / major),
        "LeastAxisLength": float(least),
        "MajorAxisLength": float(major),
        "Maximum2DDiameterColumn": diameter_in_planes(places[:, [0, 2]], points[:, 1]),
        "Maximum2DDiameterRow": diameter_in_planes(places[:, [0, 1]], points[:, 2]),
        "Maximum2DDiameterSlice": diameter_in_planes(places[:, [1, 2]], points[:, 0]),
        "Maximum3DDiameter": diameter(places),
        "MeshVolume": volume,
        "MinorAxisLength": float(minor),
        "Sphericity": float(np.cbrt(36 * np.pi * volume**2) / area),
        "SurfaceArea": area,
        "SurfaceVolumeRatio": area / volume,
        "VoxelVolume": voxels,
    }


def shape2d(mask: BoolArray, spacing: Sequence[float]) -> dict[str, float]:
    """Compute PyRadiomics' features of class `shape2D`.

    Parameters
    ----------
    mask : ndarray of bool, shape (rows, columns)
        An ROI in its box, of two pixels or more.
    spacing : sequence of float
        In mm, along rows and columns' axes as in the mask.

    Returns
    -------
    dict of str to float
        By name; lengths in mm.

    References
    ----------
    PyRadiomics documentation, `radiomics.shape2D`.

    Examples
    --------
    >>> found = shape2d(np.ones((2, 2), bool), (1.0, 1.0))
    >>> found["PixelSurface"], found["MeshSurface"], round(found["Perimeter"], 6)
    (4.0, 3.5, 6.828427)
    """
    steps = np.array(spacing)
    perimeter, surface = _outline(mask, steps)
    minor, major = _axes(mask, steps)
    return {
        "Elongation": float(minor / major),
        "MajorAxisLength": float(major),
        "MaximumDiameter": diameter(midpoints(mask) * (steps / 2)),
        "MeshSurface": surface,
        "MinorAxisLength": float(minor),
        "Perimeter": perimeter,
        "PerimeterSurfaceRatio": perimeter / surface,
        "PixelSurface": float(np.count_nonzero(mask) * steps.prod()),
        "Sphericity": float(2 * np.sqrt(np.pi * surface) / perimeter),
    }


def _axes(mask: BoolArray, steps: FloatArray) -> FloatArray:
    """Give the axes of the ellipsoid with the principal moments of the voxels' centres, from the shortest on."""
    places = np.argwhere(mask).T.astype(np.float64)
    places = (places - places.mean(axis=1)[:, None]) * steps[:, None]
    moments = np.linalg.eigvalsh(places @ places.T / places.shape[1])
    moments[moments < _ROUNDING * moments[-1]] = 0.0
    lengths: FloatArray = 4 * np.sqrt(moments)
    return lengths


def _outline(mask: BoolArray, steps: FloatArray) -> tuple[float, float]:
    """Give length and inner area of the line through the midpoints between pixels inside and neighbours outside."""
    padded = np.pad(mask, 1).astype(np.uint8)
    squares = padded[:-1, :-1] + 2 * padded[:-1, 1:] + 4 * padded[1:, :-1] + 8 * padded[1:, 1:]
    count = np.bincount(squares.ravel(), minlength=16).astype(np.float64)
    alike = np.bincount(_CUT, count, 5)
    height, width = steps
    along_rows, along_columns = count[0b0011] + count[0b1100], count[0b0101] + count[0b1010]
    slanted = 0.5 * np.hypot(height, width)
    perimeter = slanted * (alike[1] + alike[3] + 2 * alike[4]) + width * along_rows + height * along_columns
    surface = height * width * (alike[1] / 8 + alike[2] / 2 + alike[3] * 7 / 8 + alike[4] / 4 + count[15])
    return float(perimeter), float(surface)
