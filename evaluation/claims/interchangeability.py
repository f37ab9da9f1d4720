"""Individual interchangeability: whether another condition may take the place of the reference in single subjects."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from evaluation.reliability.sample import StatusArray, as_numbers
from evaluation.reliability.status import Status, first_reason
from harmonize.arrays import FloatArray, IntArray
from harmonize.errors import ConfigurationError

LEAST = 3
"""Subjects."""

SMALLEST, LARGEST = 1e-154, 1e154
"""Values, whose squares are numbers."""

STEPS = 50
"""Of the bisection for p, on a logarithmic scale from 1e-12 to .5."""


@dataclass(frozen=True)
class InterchangeabilityResult:
    """What is added to the differences of two measurements if one is made by another condition.

    Parameters
    ----------
    gamma, lower, upper : ndarray
        E(Y_other - Y_reference)² - E(Y_reference - Y_reference')², in squared units of the values, with one-sided
        limits each.
    n : ndarray of int
        Subjects with the other condition and the reference twice or more.
    status : ndarray of str
        See `Status`.
    squares, degrees : ndarray, shape (2, ...)
        Mean squared differences between conditions and between repeats, and the degrees of freedom of each.
    """

    gamma: FloatArray
    lower: FloatArray
    upper: FloatArray
    n: IntArray
    status: StatusArray
    squares: FloatArray
    degrees: FloatArray

    def tests(self, margin: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give one-sided p of a gamma that is margin² or more, and of one that is margin² or less.

        That of the level at which the limit is at margin², by bisection.
        """
        with np.errstate(over="ignore"):
            wanted = margin**2
        sides = []
        for side in (1, -1):
            low, high = np.full(self.gamma.shape, 1e-12), np.full(self.gamma.shape, 0.5)
            for _ in range(STEPS):
                middle = np.sqrt(low * high)
                beyond = side * (_limit(self.squares, self.degrees, middle, side) - wanted) > 0
                low, high = np.where(beyond, middle, low), np.where(beyond, high, middle)
            sides.append(high)
        less = self.gamma < wanted
        below, above = np.where(less, sides[0], 1 - sides[1]), np.where(less, 1 - sides[0], sides[1])
        unknown = np.isnan(self.gamma) | np.isnan(wanted)
        return np.where(unknown, np.nan, below), np.where(unknown, np.nan, above)


def interchangeability(reference: ArrayLike, other: ArrayLike, alpha: float = 0.05) -> InterchangeabilityResult:
    """Compare differences between two conditions with those between repeats of the reference, subject by subject.

    Parameters
    ----------
    reference : array_like, shape (..., n_subjects, n_repeats)
        Repeats under the reference; of each subject, those that are there count.
    other : array_like, shape (..., n_subjects, n_others)
        One or more measurements under the other condition.
    alpha : float
        One-sided level of each limit.

    Returns
    -------
    InterchangeabilityResult
        ``no_repeats`` where no subject has the reference twice; ``too_few`` below 3 subjects; ``not_representable``
        where squares of the values are too small or too large for a number.

    Raises
    ------
    ConfigurationError
        When the numbers of subjects differ.

    Notes
    -----
    Gamma is the mean over subjects of the mean squared difference of all pairs of both conditions less that of all
    pairs of repeats (Obuchowski 2001; Obuchowski, Subhas and Schoenhagen 2014). A shift by m alone has a gamma of m².
    Limits of the jackknife are too narrow with few subjects, as squares are skewed; these are chi-square limits
    of both mean squares put together (Zou and Donner 2008), as if both were independent, each with one degree of
    freedom for a subject, or fewer where subjects differ by more than that says (see `repeatability`, ``adjusted``).

    References
    ----------
    Obuchowski NA. Can electronic medical images replace hard-copy film? Defining and testing the equivalence of
    diagnostic tests. Statistics in Medicine 2001;20:2845-2863. Obuchowski NA, Subhas N, Schoenhagen P. Testing for
    interchangeability of imaging tests. Academic Radiology 2014;21:1483-1489. Zou GY, Donner A. Construction
    of confidence limits about effect measures: a general approach. Statistics in Medicine 2008;27:1693-1702.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(10, 3, (40, 1))
    >>> found = interchangeability(truth + rng.normal(size=(40, 2)), truth + 1 + rng.normal(size=(40, 1)))
    >>> f"{found.gamma:.2f}, below {found.upper:.2f}"
    '0.36, below 1.72'
    """
    x, y = as_numbers(reference), as_numbers(other)
    if x.shape[:-1] != y.shape[:-1] or x.ndim < 2:
        raise ConfigurationError(
            f"interchangeability: expected arrays (..., subjects, repeats) of the same subjects, found shapes "
            f"{x.shape} and {y.shape}"
        )
    never = np.asarray((np.isfinite(x).sum(axis=-1) < 2).all(axis=-1))
    both = np.concatenate([x, y], axis=-1)
    size = np.where(np.isfinite(both), np.abs(both), 0.0).max(axis=(-2, -1), initial=0.0)
    beyond = np.asarray((size != 0) & ~((size > SMALLEST) & (size < LARGEST)))
    x, y = (np.where(beyond[..., None, None] & np.isfinite(one), 0.0, one) for one in (x, y))
    across = _pairs(x[..., :, None] - y[..., None, :])
    upper_half = np.triu_indices(x.shape[-1], 1)
    repeats = _pairs((x[..., :, None] - x[..., None, :])[..., upper_half[0], upper_half[1]][..., None])
    used = np.isfinite(across) & np.isfinite(repeats)
    n = np.asarray(used.sum(axis=-1))
    both = np.where(used, np.stack([across, repeats]), 0.0)
    squares = both.sum(axis=-1) / np.maximum(n, 1)
    away = np.where(used, both - squares[..., None], 0.0)
    variance = (away**2).sum(axis=-1) / np.maximum(n * (n - 1), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        degrees = np.minimum(np.where(variance > 0, 2 * squares**2 / variance, np.inf), np.maximum(n, 1))
    level = np.full(n.shape, alpha)
    limits = (_limit(squares, degrees, level, side) for side in (-1, 1))
    status = first_reason(
        {Status.NO_REPEATS: never, Status.TOO_FEW: np.asarray(n < LEAST), Status.NOT_REPRESENTABLE: beyond}
    )
    gone = status != Status.OK
    gamma, lower, upper = (np.where(gone, np.nan, one) for one in (squares[0] - squares[1], *limits))
    return InterchangeabilityResult(gamma, lower, upper, n, status, squares, degrees)


def _limit(squares: FloatArray, degrees: FloatArray, level: FloatArray, side: int) -> FloatArray:
    """Give one limit of the first of two mean squares less the second: the upper one, or the lower for a side of -1."""
    tails = np.stack([level, 1 - level]) if side > 0 else np.stack([1 - level, level])
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = squares * (degrees / scipy.special.chdtri(degrees, 1 - tails))
    return np.asarray(squares[0] - squares[1] + side * np.sqrt(((ends - squares) ** 2).sum(axis=0)))


def _pairs(differences: FloatArray) -> FloatArray:
    """Give the mean square of the differences of each subject that are there, (..., n_subjects); NaN without any."""
    squares = differences.reshape(*differences.shape[:-2], -1) ** 2
    there = np.isfinite(squares)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(there, squares, 0.0).sum(axis=-1) / there.sum(axis=-1))
