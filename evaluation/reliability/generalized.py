"""Generalized confidence limits of absolute agreement between conditions that are fixed."""

from functools import lru_cache

import numpy as np
import scipy

from harmonize.arrays import FloatArray

DRAWS = 4096
"""Values of the pivotal quantity; more of them move a limit of 95 % by less than a hundredth of its width."""

_BLOCK = 256  # features whose draws are held at once


def generalized_limits(
    subjects: FloatArray, conditions: FloatArray, error: FloatArray, n: FloatArray, k: int, alpha: float
) -> tuple[FloatArray, FloatArray]:
    """Give limits of ICC(A,1) from the mean squares of subjects, conditions and residual.

    Parameters
    ----------
    subjects, conditions, error : ndarray, shape (...,)
        Mean squares.
    n : ndarray, shape (...,)
        Subjects.
    k : int
        Conditions.
    alpha : float
        One less the confidence level.

    Returns
    -------
    lower, upper : ndarray, shape (...,)

    Notes
    -----
    The coefficient is s^2 / (s^2 + t^2 + e^2): variance of subjects, of the k condition means, and of the residual.
    Each is replaced by a generalized pivotal quantity: e^2 by (n-1)(k-1) MSE over a chi-squared variable, s^2 by the
    difference of (n-1) MSR over another and e^2, divided by k, and t^2 by what is left of the condition means when
    their residual error is taken out, with (k-1) t^2 n = max(0, sqrt(max(0, (k-1) MSC - e^2 X)) - e Z)^2, where X is
    chi-squared with k-2 degrees of freedom and Z standard normal. The limits are quantiles of the coefficient over
    draws that cover the four variables evenly (a Halton sequence) and are the same every time.

    References
    ----------
    Weerahandi S. Generalized confidence intervals. Journal of the American Statistical Association 1993;88:899-905.

    Examples
    --------
    >>> mean_squares = np.array([20.0]), np.array([30.0]), np.array([1.0])
    >>> lower, upper = generalized_limits(*mean_squares, n=np.array([17.0]), k=2, alpha=0.05)
    >>> f"{lower.item():.2f} to {upper.item():.2f}"
    '0.58 to 0.90'
    """
    shape = np.shape(subjects)
    rows = [np.ravel(np.broadcast_to(part, shape)) for part in (subjects, conditions, error, n)]
    limits = np.full((2, rows[0].size), np.nan)
    levels = (alpha / 2, 1 - alpha / 2)
    for count in np.unique(rows[3][np.isfinite(rows[3])]):
        chosen = np.flatnonzero(rows[3] == count)
        for start in range(0, len(chosen), _BLOCK):
            part = chosen[start : start + _BLOCK]
            of_subjects, of_conditions, of_error = (row[part, None] for row in rows[:3])
            draws = _coefficients(of_subjects, of_conditions, of_error, int(count), k)
            limits[:, part] = np.quantile(draws, levels, axis=1)
    return limits[0].reshape(shape), limits[1].reshape(shape)


def _coefficients(subjects: FloatArray, conditions: FloatArray, error: FloatArray, n: int, k: int) -> FloatArray:
    """Draw the coefficient of every feature, shape (n_features, DRAWS)."""
    of_subjects, of_error, normal, rest = _pivots(n, k)
    residual = (n - 1) * (k - 1) * error / of_error
    between = ((n - 1) * subjects / of_subjects - residual) / k
    length = np.sqrt(np.maximum((k - 1) * conditions - residual * rest, 0.0)) - np.sqrt(residual) * normal
    shift = np.square(np.maximum(length, 0.0)) / (n * (k - 1))
    with np.errstate(invalid="ignore"):
        return np.asarray(between / (between + shift + residual), dtype=np.float64)


@lru_cache(maxsize=64)
def _pivots(n: int, k: int) -> tuple[FloatArray, ...]:
    """Give even draws of two chi-squared variables, a standard normal one, and chi-squared with k - 2 degrees."""
    from scipy.stats import qmc  # only here: loading it takes half a second

    uniform = qmc.Halton(d=4, scramble=False).random(DRAWS + 1)[1:].T
    rest = scipy.special.chdtri(k - 2, uniform[3]) if k > 2 else np.zeros(DRAWS)
    return (
        scipy.special.chdtri(n - 1, uniform[0]),
        scipy.special.chdtri((n - 1) * (k - 1), uniform[1]),
        scipy.special.ndtri(uniform[2]),
        rest,
    )
