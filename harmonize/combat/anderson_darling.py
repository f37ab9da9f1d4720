"""The k-sample Anderson-Darling test, of thousands of features at once."""

import numpy as np

from harmonize.arrays import BoolArray, FloatArray, IntArray

_CRITICAL_5_PERCENT = (1.645, 0.678, -0.362)
"""Coefficients of 1, 1/sqrt(k-1) and 1/(k-1) in the critical value at 5 % (Scholz & Stephens 1987, table 2)."""


def anderson_darling(values: FloatArray, codes: IntArray) -> FloatArray:
    """Give the standardized k-sample Anderson-Darling statistic with mid-ranks for ties.

    Parameters
    ----------
    values : ndarray of float64, shape (n_rows, n_features)
        Complete.
    codes : ndarray of int, shape (n_rows,)
        Sample of each row, numbered from 0; two samples or more.

    Returns
    -------
    ndarray of float64, shape (n_features,)
        About 0 with variance 1 where all samples come from one distribution; NaN for a constant feature.

    References
    ----------
    Scholz & Stephens 1987, Journal of the American Statistical Association 82(399), 918-924, eq. 7 and 4,
    doi:10.1080/01621459.1987.10478517.
    """
    n, counts = len(values), np.bincount(codes)
    order = np.argsort(values, axis=0, kind="stable")
    ranked = np.take_along_axis(values, order, axis=0)
    below = np.array([np.searchsorted(column, column, side="left") for column in ranked.T]).T.astype(np.float64)
    up_to = np.array([np.searchsorted(column, column, side="right") for column in ranked.T]).T.astype(np.float64)
    middle = 0.5 * (below + up_to)
    # Every row stands for itself, so that a tied value counts as often as it occurs.
    variance = middle * (n - middle) - n * (up_to - below) / 4.0
    weight = np.divide(1.0, variance, out=np.full_like(variance, np.nan), where=variance > 0.0)
    statistic = np.zeros(values.shape[1])
    for sample, size in enumerate(counts):
        member = codes[order] == sample
        running = np.vstack([np.zeros((1, values.shape[1])), np.cumsum(member, axis=0)])
        lower = np.take_along_axis(running, below.astype(np.intp), axis=0)
        upper = np.take_along_axis(running, up_to.astype(np.intp), axis=0)
        statistic += (weight * (n * 0.5 * (lower + upper) - size * middle) ** 2).sum(axis=0) / size
    statistic *= (n - 1.0) / n**2
    return np.asarray((statistic - (len(counts) - 1)) / _deviation(counts), dtype=np.float64)


def differs(statistic: FloatArray, n_samples: int) -> BoolArray:
    """Tell where the statistic exceeds its critical value at 5 %; a constant feature does not differ."""
    m = n_samples - 1
    critical = np.dot(_CRITICAL_5_PERCENT, [1.0, 1.0 / np.sqrt(m), 1.0 / m])
    return np.asarray(np.nan_to_num(statistic, nan=-np.inf) > critical)


def _deviation(counts: IntArray) -> float:
    """Give the standard deviation of the statistic where all samples come from one distribution."""
    n, k = int(counts.sum()), len(counts)
    h_sizes = (1.0 / counts).sum()
    inverse = 1.0 / np.arange(1, n)
    h = inverse.sum()
    tails = np.cumsum(inverse[::-1])[::-1]  # sum of 1/j for j from i to n - 1
    g = (tails[1:] / np.arange(n - 1, 1, -1)).sum()
    a = (4 * g - 6) * (k - 1) + (10 - 6 * g) * h_sizes
    b = (2 * g - 4) * k**2 + 8 * h * k + (2 * g - 14 * h - 4) * h_sizes - 8 * h + 4 * g - 6
    c = (6 * h + 2 * g - 2) * k**2 + (4 * h - 4 * g + 6) * k + (2 * h - 6) * h_sizes + 4 * h
    d = (2 * h + 6) * k**2 - 4 * h * k
    return float(np.sqrt((a * n**3 + b * n**2 + c * n + d) / ((n - 1.0) * (n - 2.0) * (n - 3.0))))
