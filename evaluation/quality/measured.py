"""What a measure of quality gives: a value, or why there is none; and where in a scan it looks."""

from typing import NamedTuple

import numpy as np

from harmonize.arrays import BoolArray, FloatArray

OK = "ok"
MARGIN = 16
"""Voxels around a region in plane that filters and profiles may reach into."""


class Measured(NamedTuple):
    """A value, or why there is none.

    Parameters
    ----------
    value : float
        NaN where it cannot be computed.
    status : str
        ``"ok"``, or the reason.

    Examples
    --------
    >>> Measured.none("4 voxels, expected at least 16").value
    nan
    """

    value: float
    status: str = OK

    @classmethod
    def none(cls, reason: str) -> "Measured":
        """Say why there is no value."""
        return cls(float("nan"), reason)


def cropped(slices: FloatArray, mask: BoolArray, margin: int = MARGIN) -> tuple[FloatArray, BoolArray]:
    """Cut a stack of slices to those that hold a region, and in plane to its surroundings.

    Examples
    --------
    >>> mask = np.zeros((3, 64, 64), bool)
    >>> mask[1, 32, 32] = True
    >>> cropped(np.zeros(mask.shape), mask)[0].shape
    (1, 33, 33)
    """
    here = np.asarray(mask.any(axis=(1, 2)))
    if not here.any():
        return slices[here], mask[here]
    ranges = []
    for axis in (1, 2):
        held = np.flatnonzero(mask.any(axis=(0, 3 - axis)))
        ranges.append(slice(max(int(held[0]) - margin, 0), int(held[-1]) + margin + 1))
    place = (slice(int(here.argmax()), len(here) - int(here[::-1].argmax())), *ranges)
    return slices[place], mask[place]
