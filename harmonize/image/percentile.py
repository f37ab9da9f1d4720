"""Percentiles of many intensities, without sorting them."""

import numpy as np

from harmonize.arrays import FloatArray

SAMPLE = 4096
"""Values that say where about a percentile is."""
MARGIN = 4.0
"""Standard deviations of a rank in the sample within which the percentile is sought."""


def percentile(values: FloatArray, percent: float) -> float:
    """Give a percentile, as `numpy.percentile` does.

    A sample, always the same, gives two bounds; only what lies between them is put in order. Where the bounds are
    wrong all is.

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
    place = percent / 100 * (values.size - 1)
    rank = int(np.floor(place))
    low, high = _neighbours(values, min(rank, max(values.size - 2, 0)))
    share = place - min(rank, max(values.size - 2, 0))
    return low + (high - low) * share if share < 0.5 else high - (high - low) * (1 - share)


def _neighbours(values: FloatArray, rank: int) -> tuple[float, float]:
    """Give the value of a rank, counted from 0, and that of the next."""
    if values.size > SAMPLE:
        sample = np.sort(values[np.random.default_rng(0).integers(values.size, size=SAMPLE)])
        share = (rank + 0.5) / values.size
        reach = MARGIN * np.sqrt(SAMPLE * share * (1 - share)) + 2
        first, last = int(share * SAMPLE - reach), int(share * SAMPLE + reach)
        lower = sample[first] if first >= 0 else -np.inf
        upper = sample[last] if last < SAMPLE else np.inf
        before = rank - int(np.count_nonzero(values < lower))
        within = values >= lower
        within &= values <= upper
        count = np.count_nonzero(within)
        if 0 <= before < count - 1:
            if lower == upper:  # a value that many voxels have, such as 0 in air that the scanner masked
                return float(lower), float(lower)
            values, rank = values[within], before
    low, high = np.partition(values, (rank, min(rank + 1, values.size - 1)))[[rank, min(rank + 1, values.size - 1)]]
    return float(low), float(high)
