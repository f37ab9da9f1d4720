"""Generalized confidence limits of components of variance and of ratios of them."""

from functools import lru_cache

import numpy as np
import scipy

from harmonize.arrays import FloatArray, IntArray

DRAWS = 1024
"""Values of each pivotal quantity."""
_SEED = 20
_FINEST = 4  # degrees of freedom are rounded to quarters, so that draws are made once for many features


def draw_components(
    mean_squares: FloatArray, degrees: FloatArray, weights: FloatArray, stretch: FloatArray | float = 1.0
) -> FloatArray:
    """Draw the components that mean squares may come from.

    Parameters
    ----------
    mean_squares, degrees : ndarray, shape (n_features, n_strata)
    weights : ndarray, shape (n_strata, n_sources)
        Expectation of the mean squares by source.
    stretch : ndarray, broadcast to (n_features, n_strata)
        How many times the standard deviation of a mean square is that of its degrees of freedom, as where cells are
        missing.

    Returns
    -------
    ndarray, shape (n_sources, n_features, DRAWS)
        None below zero; the same draws every time.

    Notes
    -----
    The variance of each stratum is replaced by its sum of squares over a chi-squared variable, and the components by
    what these variances make, by weighted least squares where there are more strata than sources. Strata with the
    same expectation count as one.

    References
    ----------
    Weerahandi S. Generalized confidence intervals. Journal of the American Statistical Association 1993;88:899-905.
    """
    distinct, member = np.unique(weights, axis=0, return_inverse=True)
    of_stratum = np.zeros((len(weights), len(distinct)))
    of_stratum[np.arange(len(weights)), member.ravel()] = 1.0
    worth = degrees @ of_stratum
    level = (mean_squares * degrees) @ of_stratum / worth
    spread = np.sqrt((degrees * stretch**2) @ of_stratum / worth)
    quarters, place = np.unique(np.maximum(np.rint(_FINEST * worth), 1).astype(int), return_inverse=True)
    inverse = np.stack([_inverse(each) for each in quarters.tolist()])
    place = place.reshape(worth.shape)
    variances = np.empty((len(distinct), len(worth), DRAWS))
    for stratum, order in enumerate(_orders(len(distinct))):
        drawn = np.take(inverse[:, order], place[:, stratum], axis=0, out=variances[stratum])
        drawn *= (level * spread * worth)[:, stratum, None]
        drawn += (level * (1 - spread))[:, stratum, None]
    np.maximum(variances, 0.0, out=variances)
    if len(distinct) == weights.shape[1]:
        found = (np.linalg.inv(distinct) @ variances.reshape(len(distinct), -1)).reshape(variances.shape)
    else:
        precise = distinct.T[None] * (worth / np.maximum(level, 1e-300) ** 2)[:, None, :]
        found = np.swapaxes(np.linalg.solve(precise @ distinct, precise) @ np.swapaxes(variances, 0, 1), 0, 1)
    return np.asarray(np.maximum(found, 0.0, out=found))


@lru_cache(maxsize=4096)
def _inverse(quarters: int) -> FloatArray:
    """Give one over each of the even draws of a chi-squared variable with so many quarters of a degree of freedom."""
    return np.asarray(1 / scipy.special.chdtri(quarters / _FINEST, (np.arange(DRAWS) + 0.5) / DRAWS))


@lru_cache(maxsize=16)
def _orders(n_strata: int) -> IntArray:
    """Give a Latin hypercube: each row holds the same even places, in an order of its own."""
    return np.random.default_rng(_SEED).permuted(np.tile(np.arange(DRAWS), (n_strata, 1)), axis=1)
