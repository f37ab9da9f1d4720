"""Confidence limits of a coefficient whose values are uncertain themselves, as harmonized ones are."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from harmonize.arrays import FloatArray, IntArray

_POINTS = 99
"""Quantiles that stand for the sampling distribution within a draw."""


class DrawnLimits(NamedTuple):
    """A coefficient over draws: the median of the estimates, and limits that hold both kinds of uncertainty.

    Parameters
    ----------
    estimate, lower, upper : ndarray of float64
        NaN where no draw has limits.
    draws : ndarray of int
        Draws that have.
    """

    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray
    draws: IntArray


def limits_over_draws(estimates: ArrayLike, lower: ArrayLike, upper: ArrayLike, level: float = 0.95) -> DrawnLimits:
    """Join the limits that a coefficient of agreement has in each draw of the values.

    Parameters
    ----------
    estimates, lower, upper : array_like, shape (n_draws, ...)
        Of ICC, CCC or a correlation in each draw, with limits of the same level; NaN where there is none.
    level : float
        Of the limits.

    Returns
    -------
    DrawnLimits
        Arrays of the shape of one draw.

    Notes
    -----
    In each draw the coefficient is taken to be normally distributed after Fisher's z, which may lie elsewhere above
    than below: with the distances of the limits from the estimate as its quantiles. The limits are quantiles of the
    mixture of these over draws, as of a posterior that is averaged over what is not known (Gelman et al. 2013, Bayesian
    Data Analysis, 3rd ed., section 10.1; Rubin 1987, Multiple Imputation for Nonresponse in Surveys).

    Examples
    --------
    >>> one = limits_over_draws([0.8], [0.6], [0.9])
    >>> [round(float(part), 2) for part in one[:3]]
    [0.8, 0.6, 0.9]
    >>> several = limits_over_draws([0.8, 0.7, 0.5], [0.6, 0.5, 0.2], [0.9, 0.85, 0.7])
    >>> [round(float(part), 2) for part in several[:3]]
    [0.7, 0.29, 0.88]
    """
    from scipy.stats import norm  # only here: loading it takes long

    with np.errstate(divide="ignore", invalid="ignore"):
        z, below, above = (np.arctanh(np.asarray(part, dtype=np.float64)) for part in (estimates, lower, upper))
    known = np.isfinite(z) & np.isfinite(below) & np.isfinite(above)
    z, below, above = (np.where(known, part, np.nan) for part in (z, below, above))
    at = norm.ppf((np.arange(_POINTS) + 0.5) / _POINTS) / norm.ppf(0.5 + level / 2.0)
    steps = at.reshape(-1, *[1] * z.ndim)
    points = z + np.where(steps < 0.0, steps * (z - below), steps * (above - z))
    draws = np.asarray(known.sum(axis=0))
    none = draws == 0
    tails = 0.5 - level / 2.0, 0.5 + level / 2.0
    found = np.nanquantile(np.where(none, 0.0, points), tails, axis=(0, 1), method="hazen")
    middle = np.nanmedian(np.where(none, 0.0, z), axis=0)
    estimate, low, high = (np.where(none, np.nan, np.tanh(part)) for part in (middle, *found))
    return DrawnLimits(estimate, low, high, draws)
