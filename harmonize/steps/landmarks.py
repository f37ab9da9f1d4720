"""Landmarks: percentiles of a region, and the map that brings them to given values."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from harmonize.arrays import FloatArray
from harmonize.errors import ScanError
from harmonize.image.regions import region_mask
from harmonize.image.volume import Volume

TIE = 1e-9
"""Landmarks closer than this share of their range are one."""


def refuse_percentiles(percentiles: Sequence[float]) -> None:
    """Raise a `ValueError` unless there are at least two percentiles, ascending from 0 or more to at most 100."""
    ascending = all(low < high for low, high in pairwise(percentiles))
    if len(percentiles) < 2 or not ascending or percentiles[0] < 0 or percentiles[-1] > 100:
        shown = ", ".join(f"{value:g}" for value in percentiles)
        raise ValueError(f"percentiles are {shown or 'none'}, expected at least two, ascending within 0 to 100")


def refuse_values(values: Sequence[float], percentiles: Sequence[float], what: str) -> None:
    """Raise a `ValueError` unless there is one value a percentile, none below the one before, the last above the first.

    Examples
    --------
    >>> refuse_values((0.0, 2.0, 1.0), (1.0, 50.0, 99.0), "standard_scale")
    Traceback (most recent call last):
    ValueError: standard_scale falls from 2 to 1, expected values that rise with the percentiles
    """
    if len(values) != len(percentiles):
        raise ValueError(f"{what} has {len(values)} values for {len(percentiles)} percentiles, expected as many")
    for low, high in pairwise(values):
        if high < low:
            raise ValueError(f"{what} falls from {low:g} to {high:g}, expected values that rise with the percentiles")
    if not values[-1] > values[0]:
        raise ValueError(f"{what} is {values[0]:g} everywhere, expected values that rise with the percentiles")


def landmarks_of(volume: Volume, region: str, percentiles: Sequence[float]) -> FloatArray:
    """Give percentiles of the intensities in a region (linear interpolation between order statistics).

    Raises
    ------
    ScanError
        For an empty or unknown region, or one that is constant between the outermost percentiles.
    """
    found: FloatArray = np.percentile(volume.image[region_mask(volume, region)], percentiles)
    if not found[-1] > found[0]:
        raise ScanError(
            f"percentiles {percentiles[0]:g} and {percentiles[-1]:g} of region '{region}' are both {found[0]:g}: it is "
            "constant between them",
            "look at this scan, name another region, or choose percentiles further apart",
        )
    return found


class ObservesLandmarks(ABC):
    """A step that learns from the percentiles of a region of each scan."""

    region: str

    @property
    @abstractmethod
    def percentiles(self) -> tuple[float, ...]:
        """Which percentiles."""

    def observe(self, volume: Volume) -> tuple[float, ...]:
        """Give the percentiles of a scan; raises `ScanError` for an empty, unknown or constant region."""
        return tuple(map(float, landmarks_of(volume, self.region, self.percentiles)))


def match_landmarks(image: FloatArray, landmarks: FloatArray, values: Sequence[float]) -> FloatArray:
    """Map intensities so that landmarks take given values, linearly in between.

    Parameters
    ----------
    image : ndarray of float
        Intensities.
    landmarks : ndarray of float, shape (n,)
        Ascending; the last above the first. Where some are equal, as in images of few gray levels, they are taken
        for one, whose value is the mean of theirs.
    values : sequence of float, length n
        What they become; ascending.

    Returns
    -------
    ndarray of float64, shape of the image
        Never falls where the image rises. Beyond the outermost landmarks the outermost pieces are continued.

    Examples
    --------
    >>> match_landmarks(np.array([-1.0, 1.0, 3.0, 5.0]), np.array([0.0, 2.0, 4.0]), (0.0, 10.0, 100.0))
    array([ -5.,   5.,  55., 145.])
    """
    group = np.concatenate([[0], np.cumsum(np.diff(landmarks) > TIE * (landmarks[-1] - landmarks[0]))])
    size = np.bincount(group)
    x, y = np.bincount(group, landmarks) / size, np.bincount(group, values) / size
    result: FloatArray = np.interp(image, x, y)
    below, above = image < x[0], image > x[-1]
    result[below] = y[0] + (image[below] - x[0]) * ((y[1] - y[0]) / (x[1] - x[0]))
    result[above] = y[-1] + (image[above] - x[-1]) * ((y[-1] - y[-2]) / (x[-1] - x[-2]))
    return result
