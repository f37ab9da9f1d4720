"""Gray levels of all ROIs of a canvas, each number of which names one level of one ROI."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluation.extraction.roi import bin_edges, levels_from, no_levels
from harmonize.arrays import FloatArray, IntArray


def discretized(values: FloatArray, setting: Mapping[str, Any]) -> IntArray:
    """Give the gray level of each intensity of an ROI, from 1.

    Raises
    ------
    ScanError
        If there are none.

    Examples
    --------
    >>> discretized(np.array([54.0, 166.0, 80.0, 75.0]), {"binWidth": 25}).tolist()
    [1, 5, 2, 2]
    """
    if setting.get("binLowerBound") is not None:
        return levels_from(values, setting["binLowerBound"], setting["binWidth"])
    edges = bin_edges(np.array([values.min(), values.max()]), setting)
    # Bins are evenly spaced up to rounding, so that a guess is off by one at most, unless they are about as narrow as
    # the spacing of numbers.
    guess = ((values - edges[0]) / (edges[1] - edges[0])).astype(np.intp)
    np.clip(guess, 0, len(edges) - 2, out=guess)
    guess += values >= edges.take(guess + 1, mode="clip")
    guess -= values < edges.take(guess)
    if np.all(values >= edges.take(guess)) and np.all(values < edges.take(guess + 1, mode="clip")):
        return np.asarray(guess + 1)
    levels = np.digitize(values, edges)
    if levels.min() < 1:
        raise no_levels(values, "the bins begin above the lowest one")
    return np.asarray(levels)


@dataclass(frozen=True)
class GrayLevels:
    """The gray levels of the voxels of a canvas; a code stands for one level of one ROI, and 0 for what is outside.

    Parameters
    ----------
    gray : ndarray of int, shape (voxels,)
        Gray level of each voxel within its ROI, from 1.
    most : ndarray of int, shape (ROIs,)
        Highest gray level of each ROI.
    base : ndarray of int, shape (ROIs,)
        What is added to a gray level of an ROI to give its code.
    codes : ndarray of int, shape (voxels,)
    n_codes : int
        One more than the highest code.
    """

    gray: IntArray
    most: IntArray
    base: IntArray
    codes: IntArray
    n_codes: int

    @classmethod
    def of(cls, levels: Sequence[IntArray], gap: int = 0) -> "GrayLevels":
        """Give codes to the levels of several ROIs, from `gap` + 1 on.

        Examples
        --------
        >>> GrayLevels.of([np.array([1, 2]), np.array([3, 1, 1])]).codes.tolist()
        [1, 2, 5, 3, 3]
        """
        most = np.array([int(one.max()) for one in levels])
        base = gap + np.concatenate([[0], np.cumsum(most)[:-1]])
        gray = np.concatenate(levels).astype(np.intp, copy=False)
        codes = gray + np.repeat(base, [one.size for one in levels])
        return cls(gray, most, base, codes, int(base[-1] + most[-1]) + 1)

    def roi_of(self, codes: IntArray) -> IntArray:
        """Give the number of the ROI that codes belong to."""
        return np.asarray(np.searchsorted(self.base, codes, side="left") - 1)
