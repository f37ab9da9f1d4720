"""How closed outlines in a plane lie to each other: whether one holds points, and whether two are the same.

Distances are in pixels.
"""

from collections.abc import Iterator

import numpy as np

from harmonize.arrays import BoolArray, FloatArray

STEP = 0.25
"""How far apart the points are that stand for an outline."""
COPY = 0.5
"""How near two outlines are everywhere that are the same: between them is no room for a row of pixels."""
AT_ONCE = 1 << 21
"""Pairs of a point and an edge that are looked at together."""


def holds(outline: FloatArray, points: FloatArray) -> BoolArray:
    """Say which points lie within a closed outline (even-odd rule).

    Parameters
    ----------
    outline : ndarray of float64, shape (n, 2)
        Column and row of each corner. The last corner is joined to the first.
    points : ndarray of float64, shape (m, 2)
        Column and row of each.

    Returns
    -------
    ndarray of bool, shape (m,)

    Examples
    --------
    >>> triangle = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    >>> holds(triangle, np.array([[1.0, 1.0], [3.0, 3.0]]))
    array([ True, False])
    """
    ends = np.roll(outline, -1, axis=0)
    crossed = np.zeros(len(points), dtype=int)
    for part in _parts(len(points), len(outline)):
        across = points[part, 1:]
        point, edge = np.nonzero((outline[:, 1] <= across) != (ends[:, 1] <= across))
        (x, y), (x_end, y_end) = outline[edge].T, ends[edge].T
        crossing = x + (across[point, 0] - y) / (y_end - y) * (x_end - x)
        right = points[part, 0][point] < crossing
        crossed[part] = np.bincount(point[right], minlength=len(across))
    odd: BoolArray = crossed % 2 == 1
    return odd


def along(outline: FloatArray) -> FloatArray:
    """Give the corners of an outline, and points between them at most `STEP` apart.

    Examples
    --------
    >>> along(np.array([[0.0, 0.0], [0.5, 0.0]])).tolist()
    [[0.0, 0.0], [0.25, 0.0], [0.5, 0.0], [0.25, 0.0]]
    """
    way = np.roll(outline, -1, axis=0) - outline
    counts = np.maximum(np.ceil(np.hypot(*way.T) / STEP).astype(int), 1)
    edge = np.repeat(np.arange(len(outline)), counts)
    place = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    points: FloatArray = outline[edge] + (place / counts[edge])[:, None] * way[edge]
    return points


def same(one: FloatArray, other: FloatArray) -> bool:
    """Say whether two outlines are the same: neither has a corner farther than `COPY` from the other.

    Where they start, which way they run and how they are rounded does not matter.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0]])
    >>> same(square, np.roll(square, 1, axis=0)[::-1] + 0.1), same(square, square + 1)
    (True, False)
    """
    return bool((np.abs(box(one) - box(other)) <= COPY).all()) and _near(one, other) and _near(other, one)


def box(outline: FloatArray) -> FloatArray:
    """Give the lowest column and row of an outline, and the highest.

    Examples
    --------
    >>> box(np.array([[0.0, 1.0], [4.0, 1.0], [0.0, 5.0]])).tolist()
    [0.0, 1.0, 4.0, 5.0]
    """
    return np.concatenate([outline.min(axis=0), outline.max(axis=0)])


def area(outline: FloatArray) -> float:
    """Give the area within an outline, negative where it runs the other way round.

    Examples
    --------
    >>> area(np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]]))
    8.0
    """
    (x, y), (x_end, y_end) = outline.T, np.roll(outline, -1, axis=0).T
    return float(x @ y_end - x_end @ y) / 2


def _near(points: FloatArray, outline: FloatArray) -> bool:
    """Say whether all points are within `COPY` of an outline."""
    way = np.roll(outline, -1, axis=0) - outline
    length = np.maximum((way**2).sum(axis=1), np.finfo(float).tiny)
    for part in _parts(len(points), len(outline)):
        beside = points[part, None] - outline
        share = np.clip((beside * way).sum(axis=2) / length, 0, 1)
        distance = ((beside - share[..., None] * way) ** 2).sum(axis=2).min(axis=1)
        if (distance > COPY**2).any():
            return False
    return True


def _parts(points: int, edges: int) -> Iterator[slice]:
    step = max(AT_ONCE // max(edges, 1), 1)
    return (slice(first, first + step) for first in range(0, points, step))
