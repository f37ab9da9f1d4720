"""Percentiles of many intensities, without sorting them."""

from collections.abc import Sequence

import numpy as np

from harmonize.arrays import BLOCK, FloatArray

SAMPLE = 4096
"""Values that say where about a percentile is."""
MARGIN = 4.0
"""Standard deviations of a rank in the sample within which the percentile is sought."""


def percentile(values: FloatArray, percent: float) -> float:
    """Give a percentile, as `numpy.percentile` does.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        One or more, none of them NaN.
    percent : float
        From 0 to 100.

    Returns
    -------
    float
        Linear between the two nearest ranks.

    Examples
    --------
    >>> percentile(np.array([3.0, 1.0, 2.0, 9.0]), 50)
    2.5
    """
    return percentiles(values, (percent,))[0]


def percentiles(values: FloatArray, percents: Sequence[float]) -> list[float]:
    """Give percentiles, as `numpy.percentile` does.

    A sample, always the same, gives two bounds of each; only what lies between them is put in order. Where the bounds
    are wrong all is.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        One or more, none of them NaN.
    percents : sequence of float
        From 0 to 100.

    Returns
    -------
    list of float
        Linear between the two nearest ranks.

    Examples
    --------
    >>> percentiles(np.array([3.0, 1.0, 2.0, 9.0]), (0, 50))
    [1.0, 2.5]
    """
    places = [percent / 100 * (values.size - 1) for percent in percents]
    ranks = [min(int(np.floor(place)), max(values.size - 2, 0)) for place in places]
    found = []
    for place, rank, (low, high) in zip(places, ranks, _neighbours(values, ranks), strict=True):
        share = place - rank
        found.append(low + (high - low) * share if share < 0.5 else high - (high - low) * (1 - share))
    return found


def _neighbours(values: FloatArray, ranks: Sequence[int]) -> list[tuple[float, float]]:
    """Give the values of ranks, counted from 0, each with the next."""
    if values.size <= SAMPLE:
        return [_pair(values, rank) for rank in ranks]
    sample = np.sort(values[np.random.default_rng(0).integers(values.size, size=SAMPLE)])
    bounds = []
    for rank in ranks:
        share = (rank + 0.5) / values.size
        reach = MARGIN * np.sqrt(SAMPLE * share * (1 - share)) + 2
        first, last = int(share * SAMPLE - reach), int(share * SAMPLE + reach)
        bounds.append((sample[first] if first >= 0 else -np.inf, sample[last] if last < SAMPLE else np.inf))
    below = [0] * len(ranks)
    within: list[list[FloatArray]] = [[] for _ in ranks]
    for start in range(0, values.size, BLOCK):
        here = values[start : start + BLOCK]
        for i, (lower, upper) in enumerate(bounds):
            above = here >= lower
            below[i] += here.size - int(np.count_nonzero(above))
            above &= here <= upper
            within[i].append(here[above])
    found = []
    for rank, before, parts, (lower, upper) in zip(ranks, below, within, bounds, strict=True):
        if not 0 <= rank - before < sum(part.size for part in parts) - 1:
            found.append(_pair(values, rank))
        elif lower == upper:  # a value that many voxels have, such as 0 in air that the scanner masked
            found.append((float(lower), float(lower)))
        else:
            found.append(_pair(np.concatenate(parts), rank - before))
    return found


def _pair(values: FloatArray, rank: int) -> tuple[float, float]:
    """Give the value of a rank and that of the next, if there is one."""
    both = (rank, min(rank + 1, values.size - 1))
    low, high = np.partition(values, both)[list(both)]
    return float(low), float(high)
