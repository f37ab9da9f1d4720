"""Fuzzy c-means: the mean of one of the tissues found in the intensities is brought to a fixed value."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from harmonize.arrays import FloatArray, IntArray
from harmonize.errors import ScanError
from harmonize.image.regions import FOREGROUND, region_mask
from harmonize.image.volume import Volume
from harmonize.inputs.checks import check_region
from harmonize.inputs.limits import AboveZero, Bounds, Count, check_limits
from harmonize.steps.abilities import Abilities

MOST_ITERATIONS = 1000
TOLERANCE = 1e-7
"""Iterations end when no centre moves by more than this share of the range of the values."""
BINS = 4096
"""More values than this are first put into as many bins of the same width."""
CHUNK = 16384
"""Values whose memberships are computed at a time, so that they stay in the cache."""


def memberships(values: FloatArray, centres: FloatArray) -> FloatArray:
    """Give the fuzzy memberships of values in classes, for the fuzzifier 2.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        Intensities.
    centres : ndarray of float, shape (classes,)
        Centres of the classes.

    Returns
    -------
    ndarray of float, shape (classes, n)
        Inverse squared distances, divided by their sum over the classes; 1 for a value at a centre.

    Examples
    --------
    >>> memberships(np.array([0.0, 1.0, 3.0]), np.array([0.0, 4.0])).round(3)
    array([[1. , 0.9, 0.1],
           [0. , 0.1, 0.9]])
    """
    squared = (values - centres[:, None]) ** 2
    tiny = np.finfo(np.float64).tiny * 1e100  # at a centre: so large an inverse that all others vanish beside it
    inverse = 1 / np.maximum(squared, tiny)
    result: FloatArray = inverse / inverse.sum(axis=0)
    return result


def fuzzy_centres(values: FloatArray, classes: int) -> FloatArray:
    """Find the centres of fuzzy c-means in one dimension, with the fuzzifier 2.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        Intensities; at least `classes` different ones.
    classes : int
        How many centres.

    Returns
    -------
    ndarray of float, shape (classes,)
        Ascending. Iterations start at evenly spaced quantiles, so that the same values give the same centres. Of many
        values they run over bins, and end over all values: where steps over all values alone end, to 2e-6 of the range.

    Raises
    ------
    ScanError
        If there are fewer different values than classes, or the centres do not come to rest.

    References
    ----------
    J. C. Bezdek, "Pattern recognition with fuzzy objective function algorithms", Plenum (1981).

    Examples
    --------
    >>> fuzzy_centres(np.array([0.0, 0.1, 0.2, 5.0, 5.1, 9.8, 9.9, 10.0]), 3).round(2)
    array([0.1 , 5.05, 9.9 ])
    """
    low, high = float(values.min()), float(values.max())
    points, counts = _binned(values, low, high)
    if len(points) < classes:  # an outlier leaves the others to one bin
        points, counts = np.unique(values, return_counts=True)
    if len(points) < classes:
        raise ScanError(
            f"the intensities have {len(points)} different values, expected at least {classes} for as many tissue "
            "classes; the region is constant or nearly so",
            "look at this scan, or name a larger region",
        )
    points = (points - low) / (high - low)
    shares = (np.arange(classes) + 0.5) / classes
    centres: FloatArray = np.quantile(points, shares, weights=counts, method="inverted_cdf")
    if np.unique(centres).size < classes:  # most voxels share a value
        centres = np.quantile(points, shares)
    centres = _at_rest(points, counts, centres)
    if len(points) < len(values):  # from there the step is as good as the last, unless outliers have made bins coarse
        centres = _at_rest((values - low) / (high - low), None, centres)
    return np.sort(low + centres * (high - low))


def _binned(values: FloatArray, low: float, high: float) -> tuple[FloatArray, IntArray]:
    """Give the means of bins that hold values, and how many each; of few values, the different ones."""
    if len(values) <= BINS or not high > low:
        return np.unique(values, return_counts=True)
    bins = np.minimum((values - low) * (BINS / (high - low)), BINS - 1).astype(np.intp)
    counts = np.bincount(bins, minlength=BINS)
    held = counts > 0
    return np.bincount(bins, values, minlength=BINS)[held] / counts[held], counts[held]


def _at_rest(values: FloatArray, counts: IntArray | None, centres: FloatArray) -> FloatArray:
    """Move centres until they rest; `counts` says how often each value is there, once without it."""
    for _ in range(MOST_ITERATIONS):
        weight, total = np.zeros(len(centres)), np.zeros(len(centres))
        for start in range(0, len(values), CHUNK):
            part = values[start : start + CHUNK]
            weights = memberships(part, centres)
            weights *= weights
            if counts is not None:
                weights *= counts[start : start + CHUNK]
            weight += weights.sum(axis=1)
            total += weights @ part
        moved = total / weight
        if np.abs(moved - centres).max() <= TOLERANCE:
            return moved
        centres = moved
    raise ScanError(
        f"the centres of {len(centres)} tissue classes did not come to rest in {MOST_ITERATIONS} iterations",
        "choose another number of classes, or clip outliers first",
    )


@dataclass(frozen=True)
class FuzzyTissueMean:
    """Give a tissue class, found by fuzzy c-means of the intensities, a fixed mean.

    The image is multiplied by `target` over the mean intensity of the class, each voxel weighted by its membership;
    zero stays zero. Classes are by intensity alone: in a T1-weighted image of the brain, masked to the brain, 1, 2
    and 3 are cerebrospinal fluid, gray and white matter; elsewhere look what they are.

    Parameters
    ----------
    tissue : int
        Which class, counted from the darkest, which is 1.
    classes : int
        How many classes.
    target : float
        The mean of the class afterwards.
    region : str
        Whose voxels are classified: ``"foreground"``, ``"image"`` or the name of an ROI.

    References
    ----------
    J. C. Reinhold et al., "Evaluating the impact of intensity normalization on MR image synthesis", Proc. SPIE 10949
    (2019) 109493H.

    Examples
    --------
    >>> from radharmony import Grid
    >>> image = np.repeat([0.0, 20.0, 40.0, 80.0], 25).reshape(1, 10, 10)
    >>> FuzzyTissueMean()(Volume(image, Grid((10, 10, 1)))).image.max().round(6)
    np.float64(100.0)
    """

    name: ClassVar[str] = "fcm"
    title: ClassVar[str] = "fuzzy tissue mean"
    abilities: ClassVar[Abilities] = Abilities(one_scale=True)

    tissue: Count = 3
    classes: Annotated[int, Bounds(least=2)] = 3
    target: AboveZero = 100.0
    region: str = FOREGROUND

    def __post_init__(self) -> None:
        check_limits(self)
        if self.tissue > self.classes:
            raise ValueError(f"tissue is {self.tissue}, expected 1 (the darkest) to {self.classes} (the brightest)")
        check_region(self.region)

    def __call__(self, volume: Volume) -> Volume:
        """Give the volume with the tissue at its target.

        Raises
        ------
        ScanError
            For an empty or unknown region, one of fewer different values than classes, or a class whose mean is not
            above 0.
        """
        mean = self.tissue_mean(volume)
        if not mean > 0:
            raise ScanError(
                f"the mean of tissue class {self.tissue} is {mean:g}, expected a number above 0",
                "put this step before those that shift intensities, such as zscore, or name a brighter class",
            )
        return volume.with_image(volume.image / mean * self.target)

    def tissue_mean(self, volume: Volume) -> float:
        """Give the mean intensity of the class, weighted by membership."""
        values = volume.image[region_mask(volume, self.region)]
        unit = float(np.abs(values).max()) or 1.0  # intensities of any size: squares neither vanish nor overflow
        scaled = values / unit
        weights = memberships(scaled, fuzzy_centres(scaled, self.classes))[self.tissue - 1]
        return float(weights @ scaled / weights.sum()) * unit
