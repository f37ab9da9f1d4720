"""The largest distance between points, found without looking at all pairs."""

import math
from functools import cache
from itertools import product

import numpy as np

from harmonize.arrays import BoolArray, FloatArray, IntArray

_FEW = 64
"""Points of which all pairs are looked at."""

_MANY = 2000
"""Points for which more directions pay."""

_AT_ONCE = 1 << 20
"""Numbers held at once."""


def midpoints(mask: BoolArray) -> IntArray:
    """Give the points halfway between each voxel inside and its neighbours outside.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x) or (y, x)

    Returns
    -------
    ndarray of int, shape (n_points, 3) or (n_points, 2)
        Twice their place, counted from the centre of the voxel before the first.

    Examples
    --------
    >>> midpoints(np.ones((1, 1), bool)).tolist()
    [[1, 2], [3, 2], [2, 1], [2, 3]]
    """
    padded = np.pad(mask, 1)
    found = []
    for axis in range(mask.ndim):
        points = 2 * np.argwhere(np.diff(padded, axis=axis))
        points[:, axis] += 1
        found.append(points)
    return np.concatenate(found)


def diameter(points: FloatArray) -> float:
    """Give the largest distance between two points.

    Along some direction out of a dense set, the two lie nearly as far apart as they are; so the search is among those
    that lie near either end along one in which all points together are as wide as that.

    Parameters
    ----------
    points : ndarray of float, shape (n_points, 2) or (n_points, 3)

    Examples
    --------
    >>> diameter(np.array([[0.0, 0.0], [3.0, 1.0], [3.0, 4.0]]))
    5.0
    """
    if len(points) <= _FEW:
        return _farthest(points, points)
    directions, shortest = _directions(points.shape[1], 2 if len(points) < _MANY else 4)
    batch = max(1, _AT_ONCE // len(points))
    along = [directions[start : start + batch] @ points.T for start in range(0, len(directions), batch)]
    low = np.concatenate([part.min(axis=1) for part in along])
    width = np.concatenate([part.max(axis=1) for part in along]) - low
    best = float(width.max())
    for number in np.argsort(-width):
        least = shortest * best
        if width[number] < least:
            break
        height = along[number // batch][number % batch] - low[number]
        best = max(best, _farthest(points[height >= least], points[height <= width[number] - least]))
    return best


def diameter_in_planes(points: FloatArray, planes: IntArray) -> float:
    """Give the largest distance between two points in one plane.

    Parameters
    ----------
    points : ndarray of float, shape (n_points, 2)
        In their planes.
    planes : ndarray of int, shape (n_points,)
        The number of the plane of each.

    Examples
    --------
    >>> diameter_in_planes(np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]), np.array([1, 2, 1]))
    1.0
    """
    order = np.argsort(planes.astype(np.int16), kind="stable")  # by radix
    points, planes = points[order], planes[order]
    starts = np.flatnonzero(np.diff(planes, prepend=planes[0] - 1))
    ends = np.append(starts[1:], len(planes))
    directions, shortest = _directions(2, 2)
    along = directions @ points.T
    width = np.maximum.reduceat(along, starts, axis=1) - np.minimum.reduceat(along, starts, axis=1)
    at_most = width.max(axis=0) / shortest
    best = 0.0
    for number in np.argsort(-at_most):
        if at_most[number] <= best:
            break
        best = max(best, diameter(points[starts[number] : ends[number]]))
    return best


@cache
def _directions(dimensions: int, steps: int) -> tuple[FloatArray, float]:
    r"""Give unit vectors, and how much of any other's length shows along the nearest of them or of their opposites.

    They go through a grid of step :math:`1/n`, n the number of steps, on the sides of the cube of edge 2. Any
    direction meets these at most :math:`\sqrt{d-1}/2n` beside one of the grid; both lie outside the unit sphere, on
    which they are no farther apart, so that the cosine of the angle between them is at least :math:`1-(d-1)/8n^2`.
    """
    grid = [place for place in product(range(-steps, steps + 1), repeat=dimensions) if max(map(abs, place)) == steps]
    half = np.array([place for place in grid if place > (0,) * dimensions], dtype=np.float64)
    rounding = 1e-12
    return half / np.linalg.norm(half, axis=1)[:, None], 1 - (dimensions - 1) / (8 * steps**2) - rounding


def _farthest(some: FloatArray, others: FloatArray) -> float:
    batch = max(1, _AT_ONCE // len(others))
    farthest = 0.0
    for start in range(0, len(some), batch):
        squares = sum(
            np.square(one[:, None] - other) for one, other in zip(some[start : start + batch].T, others.T, strict=True)
        )
        farthest = max(farthest, float(np.max(squares)))
    return math.sqrt(farthest)
