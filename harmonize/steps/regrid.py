"""Interpolation onto any other grid, by patient coordinates."""

import numpy as np
import scipy
import SimpleITK as sitk

from harmonize.arrays import FloatArray
from harmonize.errors import ScanError
from harmonize.image.volume import Grid, Volume, to_itk
from harmonize.registration.rigid import volume_points

LEAST_OVERLAP = 0.5
"""Share of the new grid that has to lie in the image."""
ALIGNED, DIGITS = 1e-9, 9
"""Voxels by which places may be off that are the same, and to how many digits."""
LEAST_OF_ROI = 0.99
"""Share of an ROI that the new grid has to hold."""


def resample_onto(array: FloatArray, old: Grid, new: Grid, order: int) -> FloatArray:
    """Interpolate an array of shape (z, y, x) at the voxels of another grid, by splines of an order.

    Splines above order 1 are mirrored at the border, as in ITK, and hold from half a voxel beyond the outermost centres
    on, where the image ends; those of order 0 and 1 hold from these centres on. Along axes that both grids share this
    is a product with one matrix an axis, four times faster than `scipy.ndimage.affine_transform` for cubic splines.
    ITK is not asked: along an axis of two voxels its B-spline reads coefficients before the start of the image.

    Examples
    --------
    >>> line = np.array([[[0.0, 1.0, 2.0, 3.0]]])
    >>> resample_onto(line, Grid((4, 1, 1)), Grid((3, 1, 1), origin=(1.5, 0.0, 0.0)), order=1)
    array([[[1.5, 2.5, 3. ]]])
    """
    matrix, start = _index_map(old, new)
    if np.abs(matrix - np.diag(np.diag(matrix))).max() * max(new.size) < ALIGNED:
        for axis in range(3):
            places = start[axis] + matrix[axis, axis] * np.arange(new.size[axis])
            if len(places) != old.size[axis] or np.abs(places - np.arange(len(places))).max() > ALIGNED:
                weights = axis_weights(places, old.size[axis], order)
                array = np.moveaxis(np.tensordot(weights, array, axes=(1, 2 - axis)), 0, 2 - axis)
        return np.ascontiguousarray(array)
    result = np.empty(new.shape)
    x, y = np.arange(new.size[0]), np.arange(new.size[1])[:, None]
    coefficients = scipy.ndimage.spline_filter(array, order, mode="mirror") if order > 1 else array
    for z in range(new.size[2]):  # a slice at a time keeps the coordinates small
        at = [
            _held(start[axis] + matrix[axis, 0] * x + matrix[axis, 1] * y + matrix[axis, 2] * z, size, order)
            for axis, size in enumerate(old.size)
        ]
        scipy.ndimage.map_coordinates(coefficients, at[::-1], result[z], order, mode="mirror", prefilter=False)
    return result


def axis_weights(places: FloatArray, size: int, order: int) -> FloatArray:
    """Give the matrix that interpolates along an axis.

    Parameters
    ----------
    places : ndarray of float, shape (n,)
        Where, in voxels.
    size : int
        Voxels along the axis.
    order : {0, 1, 3}
        Nearest voxel, linear, cubic B-spline.

    Returns
    -------
    ndarray of float, shape (n, size)
        Rows that add up to 1.

    Examples
    --------
    >>> axis_weights(np.array([-0.5, 0.5, 1.5, 2.5, 3.5]), 4, order=1)[2]
    array([0. , 0.5, 0.5, 0. ])
    """
    if order == 0:
        places = places.round(DIGITS)  # so that a tie does not hang on the last digit
    places = _held(places, size, order)
    weights: FloatArray = np.stack(
        [scipy.ndimage.map_coordinates(unit, places[None], order=order, mode="mirror") for unit in np.eye(size)], axis=1
    )
    return weights


def _held(places: FloatArray, size: int, order: int) -> FloatArray:
    beyond = 0.5 if order > 1 else 0.0
    held: FloatArray = np.clip(places, -beyond, size - 1 + beyond)
    return held


def _index_map(old: Grid, new: Grid) -> tuple[FloatArray, FloatArray]:
    """Give matrix and offset (x, y, z) from voxel indices of one grid to those of another."""
    along = np.linalg.solve(old.axes, new.axes * np.array(new.spacing))
    return along / np.array(old.spacing)[:, None], old.indices(new.origin)


def refuse_elsewhere(volume: Volume, new: Grid) -> None:
    """Raise a `ScanError` where an image hardly overlaps with a grid, or the grid cuts an ROI off."""
    inside = sitk.Resample(
        to_itk(np.ones(volume.grid.shape, dtype=np.uint8), volume.grid),
        to_itk(np.zeros(new.shape, dtype=np.uint8), new),
        sitk.Transform(),
        sitk.sitkNearestNeighbor,
    )
    share = float(sitk.GetArrayViewFromImage(inside).mean())
    if share < LEAST_OVERLAP:
        raise ScanError(
            f"{share:.0%} of the reference grid lies in this image, expected at least {LEAST_OVERLAP:.0%}",
            "look whether both show the same place, or give a spacing instead",
        )
    for roi, mask in volume.masks.items():
        places = new.indices(volume_points(mask, volume.grid))
        within = ((places >= -0.5) & (places <= np.array(new.size) - 0.5)).all(axis=1)
        held = float(within.mean()) if within.size else 1.0
        if held < LEAST_OF_ROI:
            raise ScanError(
                f"the reference grid holds {held:.1%} of ROI '{roi}', expected at least {LEAST_OF_ROI:.0%}",
                "leave this scan out, or give a spacing instead",
            )
