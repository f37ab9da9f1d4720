"""Spearman's rank correlation of two conditions, which no monotone change of either can alter."""

import numpy as np
import scipy
from numpy.typing import ArrayLike

from evaluation.reliability.ranks import ranks_of
from evaluation.reliability.sample import Sample, check_level, pair
from evaluation.reliability.statistic import Estimates
from evaluation.reliability.status import Status, first_reason


def spearman(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> Estimates:
    """Compute Spearman's rank correlation of two conditions.

    Parameters
    ----------
    x, y : array_like, shape (..., n_subjects)
        The same subjects under both conditions; leading axes broadcast. A subject with a missing (NaN or
        infinite) value in either drops out of that leading index. Ties share the mean of their ranks.
    level : float
        Confidence level of the limits, which use Bonett and Wright's variance on Fisher's z scale.

    Returns
    -------
    Estimates
        Arrays of the leading shape. ``too_few`` below 3 subjects; ``constant`` or ``no_subject_variance`` where the
        subjects do not differ under both or under one of the conditions: no estimate. No limits below 4 subjects and
        for a coefficient of 1 or -1, whose variance is unknown.

    Raises
    ------
    ConfigurationError
        When the numbers of subjects differ or the level lies outside (0, 1).

    Notes
    -----
    The variance of z is (1 + r²/2) / (n - 3).

    References
    ----------
    Spearman C. The proof and measurement of association between two things. American Journal of Psychology
    1904;15:72-101. Bonett DG, Wright TA. Sample size requirements for estimating Pearson, Kendall and Spearman
    correlations. Psychometrika 2000;65:23-28.

    Examples
    --------
    >>> result = spearman([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 8.0, 27.0, 125.0, 64.0, 216.0])
    >>> f"{result.estimate:.3f} ({result.lower:.3f} to {result.upper:.3f})"
    '0.943 (0.383 to 0.996)'
    """
    return spearman_of(Sample.of(pair(x, y)), level)


def spearman_of(sample: Sample, level: float) -> Estimates:
    """Compute it of a sample of two conditions, which other statistics may share."""
    quantile = scipy.special.ndtri(0.5 + check_level(level) / 2)
    n, used = sample.n, sample.used[..., None]
    lowest = np.where(used, sample.values, np.inf).min(axis=-2, initial=np.inf)
    highest = np.where(used, sample.values, -np.inf).max(axis=-2, initial=-np.inf)
    flat = (highest - lowest <= sample.negligible[..., None]).any(axis=-1)
    # Whoever does not count ranks last and weighs nothing.
    by_condition = np.swapaxes(np.where(used, sample.values, np.inf), -1, -2)
    ranks = np.swapaxes(ranks_of(by_condition, sample.negligible[..., None, None]), -1, -2)
    ranks = np.where(used, ranks - (n[..., None, None] + 1) / 2, 0.0)
    squares = (ranks**2).sum(axis=-2)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = (ranks[..., 0] * ranks[..., 1]).sum(axis=-1) / np.sqrt(squares[..., 0] * squares[..., 1])
    estimate = np.clip(estimate, -1.0, 1.0)
    lost = {Status.TOO_FEW: n < 3, Status.CONSTANT: sample.constant, Status.NO_SUBJECT_VARIANCE: flat}
    estimate = np.where(first_reason(lost) == Status.OK, estimate, np.nan)
    limited = (n > 3) & (np.abs(estimate) < 1)
    status = first_reason({**lost, Status.NO_INTERVAL: ~limited})
    z = np.arctanh(np.where(limited, estimate, np.nan))
    half = quantile * np.sqrt((1 + estimate**2 / 2) / np.maximum(n - 3, 1))
    return Estimates(estimate, np.tanh(z - half), np.tanh(z + half), n, status)
