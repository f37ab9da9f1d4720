"""Limits and a test of any estimate by leaving out each subject once."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from evaluation.reliability.sample import check_level
from evaluation.reliability.squares import ROUNDING
from harmonize.arrays import FloatArray


@dataclass(frozen=True)
class JackknifeResult:
    """Limits and test of the jackknife; arrays of the shape of the estimate.

    Parameters
    ----------
    lower, upper : ndarray
        Estimate -+ Student's t times the jackknife's standard error; NaN where any value is.
    p : ndarray
        Two-sided, of an estimate of zero by the same t; 1 where estimate and error are zero, NaN where only the
        error is.
    error : ndarray
        The standard error.
    """

    lower: FloatArray
    upper: FloatArray
    p: FloatArray
    error: FloatArray


def jackknife(
    estimate: ArrayLike, left_out: ArrayLike, level: float = 0.95, used: ArrayLike | None = None
) -> JackknifeResult:
    """Give limits and a test of an estimate by its values without each subject in turn.

    Parameters
    ----------
    estimate : array_like
        Of all subjects.
    left_out : array_like, shape (n_subjects, ...)
        Without each of them.
    level : float
        Confidence level.
    used : array_like of bool, shape (n_subjects, ...), or None
        The subjects that the estimate uses, whose number less 1 is the degrees of freedom; None is all.

    Returns
    -------
    JackknifeResult
        Arrays of the shape of the estimate.

    Raises
    ------
    ConfigurationError
        For a level outside (0, 1).

    References
    ----------
    Tukey JW. Bias and confidence in not quite large samples. Annals of Mathematical Statistics 1958;29:614.

    Examples
    --------
    Of a mean it is the t test:

    >>> values = np.array([1.0, 2.0, 4.0, 5.0])
    >>> result = jackknife(values.mean(), (values.sum() - values) / 3)
    >>> f"{result.lower:.2f} to {result.upper:.2f}, p = {result.p:.3f}"
    '0.09 to 5.91, p = 0.046'
    """
    quantile = 0.5 + check_level(level) / 2
    of_all, without = np.asarray(estimate, dtype=np.float64), np.asarray(left_out, dtype=np.float64)
    counts = np.ones(without.shape, dtype=bool) if used is None else np.asarray(used, dtype=bool)
    n = np.maximum(counts.sum(axis=0), 2)
    # One copy of the values: those of thousands of subjects and features take much memory.
    deviations = np.where(counts, without, 0.0)
    deviations -= deviations.sum(axis=0) / n
    deviations *= counts
    squares = np.einsum("i...,i...->...", deviations, deviations)
    error = np.sqrt((n - 1) / n * squares)
    error = np.where(error <= ROUNDING * np.abs(of_all), 0.0, error)
    half = scipy.special.stdtrit(n - 1, quantile) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * scipy.special.stdtr(n - 1, -np.abs(of_all / error))
    p = np.where(error > 0, p, np.where(of_all == 0, 1.0, np.nan))
    return JackknifeResult(of_all - half, of_all + half, np.where(np.isnan(error), np.nan, p), error)
