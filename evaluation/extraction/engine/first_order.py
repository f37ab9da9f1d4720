"""First-order features of several ROIs at once."""

from itertools import pairwise

import numpy as np

from evaluation.extraction.engine.counted import EPS, summed
from harmonize.arrays import FloatArray, IntArray


def first_order(
    values: FloatArray, starts: IntArray, histogram: tuple[IntArray, FloatArray], volume: float, shift: float
) -> dict[str, FloatArray]:
    """Compute first-order features as PyRadiomics defines them.

    Parameters
    ----------
    values : ndarray of float, shape (voxels,)
        Intensities, ROI after ROI.
    starts : ndarray of int, shape (ROIs + 1,)
        First voxel of each ROI, and the number of voxels.
    histogram : tuple of ndarray
        For each gray level that comes: the number of its ROI, and how many voxels have it.
    volume : float
        Of a voxel, in cubic mm.
    shift : float
        PyRadiomics' `voxelArrayShift`.

    Examples
    --------
    >>> found = first_order(np.arange(5.0), np.array([0, 5]), (np.zeros(1, int), np.array([5.0])), 1.0, 0.0)
    >>> found["Median"].item(), found["90Percentile"].item(), found["Variance"].item()
    (2.0, 3.6, 2.0)
    """
    first, counts = starts[:-1], np.diff(starts)

    def spread(of_roi: FloatArray) -> FloatArray:
        return np.asarray(np.repeat(of_roi, counts))

    def mean(terms: FloatArray) -> FloatArray:
        return np.asarray(np.add.reduceat(terms, first) / counts)

    ordered = np.concatenate([np.sort(values[one:next_one]) for one, next_one in pairwise(starts)])

    def percentile(percent: float) -> FloatArray:
        """Interpolate as NumPy does, to the last digit: ties with an intensity count."""
        place = (counts - 1) * (percent / 100)
        below = np.floor(place).astype(np.intp)
        part = place - below
        low, high = ordered[first + below], ordered[first + np.minimum(below + 1, counts - 1)]
        step = high - low
        return np.asarray(np.where(part < 0.5, low + step * part, high - step * (1 - part)))

    tenth, ninetieth = percentile(10), percentile(90)
    lowest, highest = ordered[first], ordered[starts[1:] - 1]
    average = mean(values)
    off = values - spread(average)
    squared = off * off
    variance = mean(squared)
    divisor = np.where(variance == 0, 1.0, variance)
    middle = (values >= spread(tenth)) & (values <= spread(ninetieth))
    n_middle = np.add.reduceat(middle, first, dtype=np.float64)
    n_middle[n_middle == 0] = np.nan  # of two voxels neither lies between
    of_middle = np.add.reduceat(np.where(middle, values, 0.0), first) / n_middle
    from_middle = np.where(middle, np.abs(values - spread(of_middle)), 0.0)
    energy = np.add.reduceat((values + shift) ** 2, first)
    roi, n = histogram
    p = n / counts[roi]
    return {
        "10Percentile": tenth,
        "90Percentile": ninetieth,
        "Energy": energy,
        "Entropy": -summed(roi, p * np.log2(p + EPS), len(counts)),
        "InterquartileRange": percentile(75) - percentile(25),
        "Kurtosis": mean(squared * squared) / divisor**2,
        "Maximum": highest,
        "Mean": average,
        "MeanAbsoluteDeviation": mean(np.abs(off)),
        "Median": (ordered[first + (counts - 1) // 2] + ordered[first + counts // 2]) / 2,
        "Minimum": lowest,
        "Range": highest - lowest,
        "RobustMeanAbsoluteDeviation": np.add.reduceat(from_middle, first) / n_middle,
        "RootMeanSquared": np.sqrt(energy / counts),
        "Skewness": mean(squared * off) / divisor**1.5,
        "TotalEnergy": energy * volume,
        "Uniformity": summed(roi, p * p, len(counts)),
        "Variance": variance,
    }
