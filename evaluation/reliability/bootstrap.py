"""Intervals by resampling subjects, for any statistic."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluation.reliability.sample import check_level
from harmonize.arrays import FloatArray, IntArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.limits import Resamples, check_arguments
from harmonize.words import plural


@dataclass(frozen=True)
class BootstrapResult:
    """Bootstrap intervals; every array has the shape of the statistic.

    Parameters
    ----------
    estimate : ndarray
        The statistic of the subjects as they are.
    lower, upper : ndarray
        Percentile limits; NaN where the estimate is NaN or fewer than half of the resamples have a value.
    n_valid : ndarray of int
        Resamples with a value; the others (all subjects drawn equal, say) are left out.
    n_resamples : int
        Resamples drawn.
    """

    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray
    n_valid: IntArray
    n_resamples: int


def bootstrap(
    statistic: Callable[[IntArray], ArrayLike],
    n_subjects: int,
    *,
    level: float = 0.95,
    n_resamples: Resamples = 2000,
    seed: int = 0,
) -> BootstrapResult:
    """Resample subjects to get percentile intervals of any statistic.

    A subject is drawn with all that belongs to it (features, ROIs, sequences), whose measurements of a subject are
    not independent.

    Parameters
    ----------
    statistic : callable
        Maps the positions of the subjects drawn to an array of any shape; NaN where it has no value.
    n_subjects : int
        How many there are.
    level : float
        Confidence level.
    n_resamples : int
        Number of resamples; the memory needed is that times the size of the statistic.
    seed : int
        Makes the resamples repeatable.

    Raises
    ------
    ConfigurationError
        For fewer than 2 subjects, a level outside (0, 1) or fewer than 100 resamples.

    Notes
    -----
    Resamples repeat subjects, which lowers an ICC and moves the share of features above a threshold; the interval
    can lie beside the estimate when that bias exceeds the spread. In simulations of 93 correlated features and 17
    subjects percentiles covered the expected share in 91 % (nominal 95 %): prefer `share_intervals`, and for the ICC
    of one feature, which they cover in 89-92 %, the limits of `icc`.

    References
    ----------
    Efron B, Tibshirani RJ. An Introduction to the Bootstrap. Chapman & Hall 1993, chapter 13.

    Examples
    --------
    >>> from radharmony import icc
    >>> rng = np.random.default_rng(0)
    >>> values = rng.normal(size=(17, 1)) + 0.3 * rng.normal(size=(17, 2))
    >>> result = bootstrap(lambda subjects: icc(values[subjects], level=None).estimate, 17)
    >>> f"{result.estimate:.2f} ({result.lower:.2f} to {result.upper:.2f})"
    '0.91 (0.74 to 0.96)'
    """
    tail = (1 - check_level(level)) / 2
    if n_subjects < 2:
        raise ConfigurationError(f"bootstrap: {plural(n_subjects, 'subject')}, expected at least 2 to draw from")
    check_arguments(bootstrap, n_resamples=n_resamples)
    estimate = np.asarray(statistic(np.arange(n_subjects)), dtype=np.float64)
    draws = np.random.default_rng(seed).integers(n_subjects, size=(n_resamples, n_subjects))
    resampled = np.stack([np.asarray(statistic(draw), dtype=np.float64) for draw in draws])
    resampled[~np.isfinite(resampled)] = np.nan
    n_valid = np.asarray(np.isfinite(resampled).sum(axis=0))
    usable = ~np.isnan(estimate) & (n_valid >= n_resamples / 2)
    limits = np.full((2, *estimate.shape), np.nan)
    limits[:, usable] = np.nanquantile(resampled[:, usable], [tail, 1 - tail], axis=0)
    return BootstrapResult(estimate, limits[0], limits[1], n_valid, n_resamples)
