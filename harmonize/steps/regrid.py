"""Interpolation onto any other grid, by patient coordinates."""

from collections.abc import Mapping, Sequence

import numpy as np
import scipy
import SimpleITK as sitk

from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.image.boxes import bounding_box, box_on, part_of, places_on, widened
from harmonize.image.memory import remembered
from harmonize.image.volume import Grid, to_itk

ALIGNED, DIGITS = 1e-9, 9
"""Voxels by which places may be off that are the same, and to how many digits."""


def resample_onto(array: FloatArray, old: Grid, new: Grid, order: int) -> FloatArray:
    """Interpolate an array of shape (z, y, x) at the voxels of another grid, by splines of an order.

    Splines above order 1 are mirrored at the border, as in ITK, and hold from half a voxel beyond the outermost centres
    on, where the image ends; those of order 0 and 1 hold from these centres on. Along axes that both grids share each
    axis is done for itself: cubic splines are a product with one matrix an axis, four times faster than
    `scipy.ndimage.affine_transform`. ITK is asked for linear interpolation on turned grids alone: along an axis of two
    voxels its B-spline reads coefficients before the start of the image.

    Examples
    --------
    >>> line = np.array([[[0.0, 1.0, 2.0, 3.0]]])
    >>> resample_onto(line, Grid((4, 1, 1)), Grid((3, 1, 1), origin=(1.5, 0.0, 0.0)), order=1)
    array([[[1.5, 2.5, 3. ]]])
    """
    along = places_along(old, new)
    if along is not None:
        return _by_axes(array, along, order)
    matrix, start = places_on(new, old)
    shared = [axis for axis in range(3) if order and _alone(matrix, axis, new.size)]
    if shared:
        in_planes = _linear_in_planes if order == 1 else _cubic_in_planes
        return in_planes(array, matrix, start, new, shared[0])
    result = _linear_by_itk(array, old, new) if order == 1 else np.empty(new.shape)
    coefficients = (
        scipy.ndimage.spline_filter(array, order, mode="mirror") if order > 1 else np.ascontiguousarray(array)
    )
    for z, plane in enumerate(result):  # a slice at a time keeps the coordinates small
        y, x = np.nonzero(np.isnan(plane)) if order == 1 else np.ogrid[: new.size[1], : new.size[0]]
        if not y.size:
            continue
        at = [offset + row[0] * x + row[1] * y + row[2] * z for offset, row in zip(start, matrix, strict=True)]
        held = [_held(there, size, order) for there, size in zip(at, old.size, strict=True)][::-1]
        if order == 0:
            plane[...] = _nearest(coefficients, held)
        elif order == 1:
            plane[y, x] = _between(coefficients, held)
        else:
            plane[y, x] = scipy.ndimage.map_coordinates(coefficients, held, None, order, "mirror", prefilter=False)
    return result


def _nearest(array: FloatArray, places: Sequence[FloatArray]) -> FloatArray:
    """Give the voxels nearest to places along z, y, x, in its voxels; twice as fast as splines of order 0."""
    at = np.zeros(places[0].shape, dtype=np.intp)
    for along, size in zip(places, array.shape, strict=True):
        at *= size
        at += (along + 0.5).astype(np.intp)  # none is less than 0
    return array.reshape(-1).take(at)


def _between(array: FloatArray, places: Sequence[FloatArray]) -> FloatArray:
    """Interpolate linearly at places along z, y, x, in its voxels; several times as fast as splines of order 1."""
    (first, second), in_plane = _sides(places[0], array.shape[0]), _taps(places[1], places[2], array.shape[1:])
    voxels, size = array.reshape(-1), array.shape[1] * array.shape[2]
    return np.asarray(
        sum(
            part * sum(weight * voxels.take(plane * size + place) for place, weight in in_plane)
            for plane, part in (first, second)
        )
    )


def _alone(matrix: FloatArray, axis: int, size: Sequence[int]) -> bool:
    """Tell whether the place along an axis hangs on that along the same axis of the other grid alone, and no other."""
    rest = matrix.copy()
    rest[axis, axis] = 0
    return bool(max(np.abs(rest[axis]).max(), np.abs(rest[:, axis]).max()) * max(size) < ALIGNED)


def _linear_in_planes(array: FloatArray, matrix: FloatArray, start: FloatArray, new: Grid, axis: int) -> FloatArray:
    """Interpolate where grids share one axis (0 for x): along it, and in the planes across, which are all alike."""
    rows, columns = (other for other in (2, 1, 0) if other != axis)
    along = _held(start[axis] + matrix[axis, axis] * np.arange(new.size[axis]), array.shape[2 - axis], 1)
    i, j = np.ogrid[: new.size[rows], : new.size[columns]]
    shape = array.shape[2 - rows], array.shape[2 - columns]
    down, across = (
        _held(start[one] + matrix[one, rows] * i + matrix[one, columns] * j, size, 1)
        for one, size in zip((rows, columns), shape, strict=True)
    )
    taps = _taps(down, across, shape)
    last = len(along) > array.shape[2 - axis]  # so that the planes are as few as can be
    if axis == 0:  # the voxels of all planes at one place are a row in memory
        given = array if last else _linear(array, 2, along)
        result = _in_rows(given.reshape(-1, given.shape[2]), taps, down.shape)
        return _linear(result, 2, along) if last else result
    given = np.moveaxis(array, 2 - axis, 0)
    given = given if last else _linear(given, 0, along)
    planes = np.zeros((len(given), *down.shape))
    part = np.empty(down.size)
    for plane, found in zip(given, planes.reshape(len(given), -1), strict=True):
        voxels = np.ascontiguousarray(plane).reshape(-1)
        for place, weight in taps:
            np.take(voxels, place, out=part, mode="clip")
            part *= weight
            found += part
    return np.ascontiguousarray(np.moveaxis(_linear(planes, 0, along) if last else planes, 0, 2 - axis))


def _in_rows(rows: FloatArray, taps: Sequence[tuple[IntArray, FloatArray]], shape: tuple[int, ...]) -> FloatArray:
    """Add up four rows for each place of a plane of that shape, a line of it at a time."""
    result, part = np.zeros((*shape, rows.shape[1])), np.empty((shape[1], rows.shape[1]))
    lines = [(place.reshape(shape), weight.reshape(*shape, 1)) for place, weight in taps]
    for line, found in enumerate(result):
        for place, weight in lines:
            np.take(rows, place[line], axis=0, out=part, mode="clip")
            part *= weight[line]
            found += part
    return result


def _cubic_in_planes(array: FloatArray, matrix: FloatArray, start: FloatArray, new: Grid, axis: int) -> FloatArray:
    """Interpolate as `_linear_in_planes`, by cubic splines: with 16 weights a voxel where there were 64."""
    coefficients = remembered(array, _cubic_in_planes, lambda: scipy.ndimage.spline_filter(array, 3, mode="mirror"))
    rows, columns = (other for other in (2, 1, 0) if other != axis)
    i, j = np.ogrid[: new.size[rows], : new.size[columns]]
    given = np.moveaxis(coefficients, 2 - axis, 0)
    used, weights = [], []
    for one, size in zip((rows, columns), given.shape[1:], strict=True):
        index, weight = _cubic_taps((start[one] + matrix[one, rows] * i + matrix[one, columns] * j).ravel(), size)
        used.append(slice(int(index.min()), int(index.max()) + 1))
        weights.append((index - used[-1].start, weight))
    part = given[:, used[0], used[1]]
    along = _cubic_matrix(start[axis] + matrix[axis, axis] * np.arange(new.size[axis]), len(given))
    lines = np.tensordot(part, along, axes=(0, 1)).reshape(-1, len(along))
    (down, of_down), (across, of_across) = weights
    at = (down[:, :, None] * part.shape[2] + across[:, None, :]).reshape(-1)
    by = (of_down[:, :, None] * of_across[:, None, :]).ravel()
    found = scipy.sparse.csr_array((by, at, np.arange(0, len(at) + 1, 16)), (len(down), len(lines))) @ lines
    return np.ascontiguousarray(np.moveaxis(found.T.reshape(-1, i.size, j.size), 0, 2 - axis))


def _taps(down: FloatArray, across: FloatArray, shape: tuple[int, ...]) -> list[tuple[IntArray, FloatArray]]:
    """Give the four voxels of a plane around each place, as positions in one line, and their weights."""
    return [
        (row * shape[1] + column, of_row * of_column)
        for row, of_row in _sides(down.ravel(), shape[0])
        for column, of_column in _sides(across.ravel(), shape[1])
    ]


def _sides(places: FloatArray, size: int) -> tuple[tuple[IntArray, FloatArray], tuple[IntArray, FloatArray]]:
    """Give the voxels before and after each place along an axis, and their weights."""
    low = np.minimum(places.astype(np.intp), max(size - 2, 0))
    share = places - low
    return (low, 1 - share), (np.minimum(low + 1, size - 1), share)


def _linear_by_itk(array: FloatArray, old: Grid, new: Grid) -> FloatArray:
    """Interpolate within the image, where ITK holds the outermost centres, too; what is beyond is NaN, for others."""
    image, place = to_itk(array, old), (new.origin, new.spacing, new.direction)
    done = sitk.Resample(image, new.size, sitk.Transform(), sitk.sitkLinear, *place, np.nan, sitk.sitkFloat64)
    result: FloatArray = sitk.GetArrayFromImage(done)
    return result


def shares_onto(mask: BoolArray, old: Grid, new: Grid, order: int) -> FloatArray:
    """Interpolate a mask as `resample_onto` its zeros and ones, by splines of order 0 or 1, only around the mask.

    Examples
    --------
    >>> line = np.array([[[False, True, False, False]]])
    >>> shares_onto(line, Grid((4, 1, 1)), Grid((3, 1, 1), origin=(0.5, 0.0, 0.0)), order=1)
    array([[[0.5, 0.5, 0. ]]])
    """
    along = places_along(old, new)
    result = np.zeros(new.shape)
    if along is None:
        _turned_shares(mask, old, new, order, result)
        return result
    inside, reached, places = [], [], []
    for axis, at in enumerate(along):
        used = np.flatnonzero(mask.any(axis=tuple({0, 1, 2} - {axis})))
        first, last = (int(used[0]), int(used[-1])) if used.size else (0, -1)
        held = _held(at, mask.shape[axis], order)
        near = np.flatnonzero((held > first - 1) & (held < last + 1))
        if not near.size:
            return result
        inside.append(slice(max(first - 1, 0), last + 2))
        reached.append(slice(int(near[0]), int(near[-1]) + 1))
        places.append(held[reached[-1]] - inside[-1].start)
    result[tuple(reached)] = _by_axes(mask[tuple(inside)].astype(np.float64), places, order)
    return result


def _turned_shares(mask: BoolArray, old: Grid, new: Grid, order: int, result: FloatArray) -> None:
    box = bounding_box(mask)
    if box is None:
        return
    if all(side.start > 0 and side.stop < size for side, size in zip(box, mask.shape, strict=True)):
        reached = box_on(box, old, new, rim=1.0)
    else:  # its outermost voxels hold beyond the image
        reached = (slice(0, new.shape[0]), slice(0, new.shape[1]), slice(0, new.shape[2]))
    if reached is not None:
        box = widened(box, (1, 1, 1), old)
        given = mask[box].astype(np.float64)
        result[reached] = resample_onto(given, part_of(old, box), part_of(new, reached), order)


def places_along(old: Grid, new: Grid) -> list[FloatArray] | None:
    """Give where the voxels of a grid lie along z, y, x of another, in its voxels; none where the axes differ."""
    matrix, start = places_on(new, old)
    if np.abs(matrix - np.diag(np.diag(matrix))).max() * max(new.size) >= ALIGNED:
        return None
    return [start[axis] + matrix[axis, axis] * np.arange(new.size[axis]) for axis in (2, 1, 0)]


def _by_axes(array: FloatArray, places: Sequence[FloatArray], order: int) -> FloatArray:
    """Interpolate along z, y, x, first where most voxels are lost."""
    for axis in sorted(range(3), key=lambda axis: len(places[axis]) / array.shape[axis]):
        at, size = places[axis], array.shape[axis]
        if len(at) == size and np.abs(at - np.arange(size)).max() <= ALIGNED:
            continue
        if order > 1:
            array = np.moveaxis(np.tensordot(cubic_weights(at, size), array, axes=(1, axis)), 0, axis)
        elif order == 1:
            array = _linear(array, axis, _held(at, size, order))
        else:  # rounded first, so that a tie does not hang on the last digit
            array = array.take(np.floor(_held(at.round(DIGITS), size, order) + 0.5).astype(np.intp), axis)
    return np.ascontiguousarray(array)


def _linear(array: FloatArray, axis: int, places: FloatArray) -> FloatArray:
    below = np.minimum(places.astype(np.intp), max(array.shape[axis] - 2, 0))
    above = np.minimum(below + 1, array.shape[axis] - 1)
    shares = places - below
    result = np.empty((*array.shape[:axis], len(places), *array.shape[axis + 1 :]))
    if axis == 0:
        for plane, low, high, share in zip(result, below, above, shares, strict=True):
            np.multiply(array[low], 1 - share, out=plane)
            plane += array[high] * share
        return result
    shares = shares[:, None] if axis == 1 else shares
    for plane, given in zip(result, array, strict=True):
        np.multiply(given.take(below, axis - 1), 1 - shares, out=plane)
        plane += given.take(above, axis - 1) * shares
    return result


def cubic_weights(places: FloatArray, size: int) -> FloatArray:
    """Give the matrix that interpolates along an axis by cubic B-splines, mirrored at its ends.

    Parameters
    ----------
    places : ndarray of float, shape (n,)
        Where, in voxels.
    size : int
        Voxels along the axis.

    Returns
    -------
    ndarray of float, shape (n, size)
        Rows that add up to 1.

    Examples
    --------
    >>> cubic_weights(np.array([0.0, 1.0]), 3).round(12) + 0.0
    array([[1., 0., 0.],
           [0., 1., 0.]])
    """
    coefficients = scipy.ndimage.spline_filter1d(np.eye(size), 3, axis=0, mode="mirror") if size > 1 else np.eye(1)
    return np.asarray(_cubic_matrix(places, size) @ coefficients)


def _cubic_matrix(places: FloatArray, size: int) -> FloatArray:
    weights = np.zeros((len(places), size))
    for index, weight in zip(*(one.T for one in _cubic_taps(places, size)), strict=True):
        np.add.at(weights, (np.arange(len(places)), index), weight)
    return weights


def _cubic_taps(places: FloatArray, size: int) -> tuple[IntArray, FloatArray]:
    taps = np.floor(places := _held(places, size, 3)).astype(np.intp)[:, None] + np.arange(-1, 3)
    index = np.abs(taps) % max(2 * size - 2, 1)
    share = places - taps[:, 1]
    square, cube = share**2, share**3
    second, third = (4 - 6 * square + 3 * cube) / 6, (1 + 3 * (share + square - cube)) / 6
    return np.minimum(index, 2 * size - 2 - index), np.stack(
        [1 - second - third - cube / 6, second, third, cube / 6], axis=1
    )


def _held(places: FloatArray, size: int, order: int) -> FloatArray:
    beyond = 0.5 if order > 1 else 0.0
    held: FloatArray = np.clip(places, -beyond, size - 1 + beyond)
    return held


def masks_onto(masks: Mapping[str, BoolArray], old: Grid, new: Grid, order: int) -> dict[str, BoolArray]:
    """Give masks on another grid: where half of a voxel is in.

    Examples
    --------
    >>> line = np.array([[[False, True, True, False]]])
    >>> masks_onto({"a": line}, Grid((4, 1, 1)), Grid((2, 1, 1), origin=(0.5, 0.0, 0.0)), 1)
    {'a': array([[[ True,  True]]])}
    """  # whatever the last digit says
    return {name: shares_onto(mask, old, new, order) >= 0.5 - ALIGNED for name, mask in masks.items()}


def padding_onto(outside: BoolArray | None, old: Grid, new: Grid) -> BoolArray | None:
    """Give where padding has any share in the voxels of another grid."""
    return None if outside is None else shares_onto(outside, old, new, 1) > ALIGNED
