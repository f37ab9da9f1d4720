"""The same voxels, counted in another order: axes swapped, or counted from their other end."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harmonize.image.volume import Grid


def counted_as(array: NDArray[Any], own: Grid, grid: Grid) -> tuple[NDArray[Any], Grid]:
    """Give voxels in the order in which another grid counts its own, as far as both have the same axes.

    No value is changed: programs write one and the same voxels in different orders, NIfTI mostly with x and y counted
    the other way than DICOM.

    Parameters
    ----------
    array : ndarray, shape (z, y, x)
        The voxels.
    own : Grid
        Where they lie.
    grid : Grid
        The grid whose order is wanted.

    Returns
    -------
    array : ndarray
        A view of the voxels, its axes in the order and direction of `grid`; as it came where these are oblique to each
        other.
    own : Grid
        Where they lie, in that order.

    Examples
    --------
    >>> own = Grid((3, 1, 1), origin=(2.0, 0.0, 0.0), direction=(-1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0))
    >>> voxels, place = counted_as(np.array([[[7, 8, 9]]]), own, Grid((3, 1, 1)))
    >>> voxels.tolist(), place.differences(Grid((3, 1, 1)))
    ([[[9, 8, 7]]], [])
    """
    turn = grid.axes.T @ own.axes  # a row for each axis of `grid`, a column for each of their own
    order = [int(axis) for axis in np.abs(turn).argmax(axis=1)]
    if sorted(order) != [0, 1, 2]:
        return array, own
    ahead = [bool(turn[axis, source] > 0) for axis, source in enumerate(order)]
    if order == [0, 1, 2] and all(ahead):
        return array, own
    corner = np.zeros(3)
    for source, forward in zip(order, ahead, strict=True):
        corner[source] = 0 if forward else own.size[source] - 1
    axes = own.axes[:, order] * np.where(ahead, 1.0, -1.0)
    turned = Grid(
        (own.size[order[0]], own.size[order[1]], own.size[order[2]]),
        (own.spacing[order[0]], own.spacing[order[1]], own.spacing[order[2]]),
        tuple(float(place) for place in own.points(corner)),  # type: ignore[arg-type]  # three of them
        tuple(float(cosine) for cosine in axes.ravel()),
    )
    kept = array.transpose([2 - source for source in reversed(order)])
    return np.flip(kept, tuple(2 - axis for axis, forward in enumerate(ahead) if not forward)), turned
