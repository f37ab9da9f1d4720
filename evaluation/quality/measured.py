"""What a measure of quality gives: a value, or why there is none; and where in a scan it looks."""

from typing import NamedTuple

from harmonize.arrays import BoolArray, FloatArray
from harmonize.image.boxes import bounding_box

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
    >>> import numpy as np
    >>> mask = np.zeros((3, 64, 64), bool)
    >>> mask[1, 32, 32] = True
    >>> cropped(np.zeros(mask.shape), mask)[0].shape
    (1, 33, 33)
    """
    box = bounding_box(mask)  # found once for all measures
    if box is None:
        return slices[:0], mask[:0]
    row, column = (slice(max(side.start - margin, 0), side.stop + margin) for side in box[1:])
    place = (box[0], row, column)
    return slices[place], mask[place]
