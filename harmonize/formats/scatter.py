"""How the voxels of labels lie together: those of organs do, those of one intensity of an image do not."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harmonize.arrays import BoolArray


def cohesion(labels: NDArray[Any], values: Sequence[int]) -> float:
    """Say how often voxels side by side have the same label: the share of them for each label, averaged over labels.

    The most frequent value, the background, is left out with all that touches it: small things count as large ones.

    Parameters
    ----------
    labels : ndarray of int or float, shape (z, y, x)
        Whole numbers.
    values : sequence of int
        Those that occur, in order.

    Returns
    -------
    float
        From 0 to 1; 1 where nothing but the background touches anything.

    Examples
    --------
    >>> halves, stripes = np.array([[[0, 0, 0, 1, 1, 2, 2]]]), np.array([[[0, 0, 0, 1, 2, 1, 2]]])
    >>> round(cohesion(halves, [0, 1, 2]), 2), cohesion(stripes, [0, 1, 2])
    (0.67, 0.0)
    """
    known = np.array(values, dtype=labels.dtype)
    counts = np.zeros(len(known), dtype=int)
    alike, pairs = counts.copy(), counts.copy()
    for plane in labels:
        counts += np.bincount(np.searchsorted(known, plane).ravel(), minlength=len(known))
    background = known[np.argmax(counts)]
    for axis in range(labels.ndim):
        lower, upper = (np.moveaxis(labels, axis, 0)[part] for part in (slice(None, -1), slice(1, None)))
        for one, other in zip(lower, upper, strict=True):
            there = (one != background) & (other != background)
            first, second = np.searchsorted(known, one[there]), np.searchsorted(known, other[there])
            alike += 2 * np.bincount(first[first == second], minlength=len(known))
            pairs += np.bincount(first, minlength=len(known)) + np.bincount(second, minlength=len(known))
    met = pairs > 0
    return float((alike[met] / pairs[met]).mean()) if met.any() else 1.0


def lone(mask: BoolArray) -> int:
    """Count the voxels of an ROI that touch no other of it, not even by a corner.

    Examples
    --------
    >>> lone(np.array([[[1, 0, 0, 0, 0], [0, 1, 0, 0, 1]]], dtype=bool))
    1
    """
    if not mask.any():
        return 0
    axes = range(mask.ndim)
    held = [np.flatnonzero(mask.any(axis=tuple(other for other in axes if other != axis))) for axis in axes]
    mask = mask[tuple(slice(places[0], places[-1] + 1) for places in held)]
    around = np.pad(mask, 1).astype(np.uint8)
    for axis in range(mask.ndim):
        ahead = np.moveaxis(around, axis, 0)
        total = ahead.copy()
        total[1:] += ahead[:-1]
        total[:-1] += ahead[1:]
        around = np.moveaxis(total, 0, axis)
    return int((mask & (around[1:-1, 1:-1, 1:-1] == 1)).sum())
