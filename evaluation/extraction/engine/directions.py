"""The directions in which neighbours are looked for, one of each opposite pair, and their weights."""

import itertools
from collections.abc import Iterable

import numpy as np

from harmonize.arrays import FloatArray, IntArray


def half_directions(distances: Iterable[int], flat_axis: int | None = None) -> IntArray:
    """Give one of each two opposite directions, as steps along z, y, x.

    Parameters
    ----------
    distances : iterable of int
        Longest step along any axis (infinity norm).
    flat_axis : int, optional
        Axis along which no step is made, for texture in 2D.

    Returns
    -------
    ndarray of int, shape (directions, 3)
        The first step that is not 0 is positive.

    Examples
    --------
    >>> len(half_directions([1])), len(half_directions([1, 2])), len(half_directions([1], flat_axis=0))
    (13, 62, 4)
    >>> half_directions([1], flat_axis=0).tolist()
    [[0, 0, 1], [0, 1, -1], [0, 1, 0], [0, 1, 1]]
    """
    wanted = set(distances)
    most = max(wanted)
    sides = [range(1) if axis == flat_axis else range(-most, most + 1) for axis in range(3)]
    found = [step for step in itertools.product(*sides) if step > (0, 0, 0) and max(map(abs, step)) in wanted]
    return np.array(found, dtype=np.intp).reshape(-1, 3)


def lengths(directions: IntArray, spacing: tuple[float, ...], norm: str) -> FloatArray:
    """Give the length of steps in mm, as `weightingNorm` asks for it.

    Parameters
    ----------
    directions : ndarray of int, shape (directions, 3)
        Along z, y, x.
    spacing : tuple of float
        Along z, y, x.
    norm : {"infinity", "euclidean", "manhattan"}

    Examples
    --------
    >>> lengths(np.array([[0, 1, 1], [1, 0, 0]]), (5.0, 3.0, 4.0), "euclidean").tolist()
    [5.0, 5.0]
    """
    steps = np.abs(directions) * np.array(spacing)
    if norm == "infinity":
        return np.asarray(steps.max(axis=1))
    if norm == "euclidean":
        return np.asarray(np.sqrt((steps**2).sum(axis=1)))
    return np.asarray(steps.sum(axis=1))
