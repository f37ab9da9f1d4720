"""Statistics of resampled subjects, all draws at once: every subject counts as often as it was drawn."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from evaluation.reliability.dispersion import DispersionResult
from evaluation.reliability.mean_squares import MeanSquares, coefficient
from evaluation.reliability.sample import Sample
from evaluation.reliability.squares import ROUNDING
from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ConfigurationError


@dataclass(frozen=True)
class WithoutEach:
    """The draws of the jackknife: all subjects, then all but each in turn."""

    n_subjects: int

    def __len__(self) -> int:
        """Count the draws."""
        return 1 + self.n_subjects


@dataclass(frozen=True)
class HalvesSwapped:
    """Draws of the first half of the subjects, of whom some give their place to those of the second; then the rest.

    Parameters
    ----------
    swapped : ndarray, shape (n_swaps, n_subjects / 2)
        1 for those who do, 0 for the others.
    """

    swapped: FloatArray


Draws = FloatArray | WithoutEach | HalvesSwapped
"""Draws of subjects: how often each has each, (n_draws, n_subjects), those of the jackknife, or of swaps."""


def weighted_sums(values: FloatArray, draws: Draws) -> FloatArray:
    """Add up values over the subjects of every draw: (..., n_subjects) to (..., n_draws).

    Without each subject it is the sum of those before and of those after: as good as adding them up anew, where the sum
    of all less that subject would lose the digits of the others beside a large one.

    Examples
    --------
    >>> weighted_sums(np.array([1e20, 2.0, 3.0]), WithoutEach(3)).tolist()
    [1e+20, 5.0, 1e+20, 1e+20]
    >>> weighted_sums(np.array([1.0, 2.0, 10.0, 20.0]), HalvesSwapped(np.array([[0.0, 0.0], [1.0, 0.0]]))).tolist()
    [3.0, 12.0, 30.0, 21.0]
    """
    by_subject = np.moveaxis(values, -1, 0)  # which adds up whole rows of features
    if isinstance(draws, HalvesSwapped):
        first, second = np.split(by_subject, 2)
        gained = np.tensordot(draws.swapped, second - first, axes=1)
        return np.moveaxis(np.concatenate([first.sum(axis=0) + gained, second.sum(axis=0) - gained]), 0, -1)
    if not isinstance(draws, WithoutEach):
        return np.moveaxis(np.tensordot(draws, by_subject, axes=1), 0, -1)
    out = np.zeros((len(draws), *by_subject.shape[1:]))
    np.cumsum(by_subject[:-1], axis=0, out=out[2:])
    out[0] = by_subject.sum(axis=0)
    out[1:-1] += np.cumsum(by_subject[:0:-1], axis=0)[::-1]
    return np.moveaxis(out, 0, -1)


def drawn(n_subjects: int, n_resamples: int, seed: int) -> FloatArray:
    """Weights of bootstrap resamples, the draws of `bootstrap`: (n_resamples, n_subjects)."""
    draws = np.random.default_rng(seed).integers(n_subjects, size=(n_resamples, n_subjects))
    return np.stack([np.bincount(draw, minlength=n_subjects) for draw in draws]).astype(np.float64)


@dataclass(frozen=True)
class WeightedPairs:
    """Two conditions of many draws of subjects: sums of squares, of which coefficients of agreement are functions.

    Parameters
    ----------
    n : ndarray, shape (..., n_draws), or (n_draws,) where it is the same for all
        Subjects of a draw, counted as often as they were drawn.
    subjects, conditions, error : ndarray, shape (..., n_draws)
        Sums of squares between subjects, between the conditions (with one degree of freedom) and of the residual.
    """

    n: FloatArray
    subjects: FloatArray
    conditions: FloatArray
    error: FloatArray

    @classmethod
    def of(cls, pairs: ArrayLike, weights: Draws) -> Self:
        """Take many draws of two conditions.

        Parameters
        ----------
        pairs : array_like, shape (..., n_subjects, 2)
            A subject with a missing value under either condition counts for no draw of that leading index.
        weights : ndarray, shape (n_draws, n_subjects), or WithoutEach
            How often each draw has each subject.

        Raises
        ------
        ConfigurationError
            When there are not two conditions.

        Notes
        -----
        Sums and differences of the two conditions are enough: their weighted sums of squares are the mean squares of
        the two-way table.
        """
        sample = Sample.of(pairs)
        if sample.n_conditions != 2:
            raise ConfigurationError(f"weighted agreement: found {sample.n_conditions} conditions, expected 2")
        first, second = sample.values[..., 0], sample.values[..., 1]
        total, difference = first + second, second - first
        # Deviations from the mean of all subjects keep their digits where the shift is large.
        shift = difference.sum(axis=-1, keepdims=True) / np.maximum(sample.n, 1)[..., None]
        deviation = np.where(sample.used, difference - shift, 0.0)
        # Each (..., n_draws): the number of subjects, spread only where it differs, then two weighted sums of each.
        every = bool(sample.used.all())
        n = weighted_sums(np.ones(sample.used.shape[-1:]) if every else sample.used.astype(np.float64), weights)
        at_least_one = np.maximum(n, 1)
        sums = [weighted_sums(one, weights) for one in (total, total**2, deviation, deviation**2)]
        negligible = 2 * at_least_one * sample.negligible[..., None] ** 2

        def squares(of_first: FloatArray, of_second: FloatArray) -> FloatArray:
            """Give half the sum of squares around the draw's mean; what cancels down to rounding is zero."""
            around = of_second - of_first**2 / at_least_one
            around[around <= np.maximum(ROUNDING * of_second, 2 * negligible)] = 0.0
            return np.asarray(around / 2, dtype=np.float64)

        subjects, error = squares(sums[0], sums[1]), squares(sums[2], sums[3])
        conditions = at_least_one * (shift + sums[2] / at_least_one) ** 2 / 2
        conditions[conditions <= negligible] = 0.0
        return cls(n, subjects, conditions, error)

    @classmethod
    def of_all(cls, values: FloatArray, reference: int) -> Self:
        """Take all subjects once, under each other condition against one of them: quick for many features.

        Parameters
        ----------
        values : ndarray, shape (n_conditions, n_subjects, n_features)
            As for `of`.
        reference : int
            The condition that the others are compared with.

        Returns
        -------
        WeightedPairs
            Arrays of shape (n_others, n_features, 1).

        Examples
        --------
        >>> values = np.array([[9.0, 6.0, 8.0, 7.0, 10.0, 6.0], [8.0, 5.0, 7.5, 6.0, 9.0, 7.0]])
        >>> one, other = WeightedPairs.of_all(values[..., None], 0), WeightedPairs.of(values.T, np.ones((1, 6)))
        >>> bool(np.allclose(one.icc().ravel(), other.icc().ravel()))
        True
        """
        finite = np.isfinite(values)
        gaps = not finite.all()
        kept = np.where(finite, values, 0.0) if gaps else values
        # As in a sample, a power of two keeps squares from overflow.
        largest = np.maximum(kept.max(axis=(0, 1), initial=0.0), -kept.min(axis=(0, 1), initial=0.0))
        exponent = np.frexp(largest)[1]
        factor = np.ldexp(1.0, np.minimum(-exponent, 1023))
        kept, rounding = kept * factor, ROUNDING * np.ldexp(factor, exponent)
        found = []
        for other in range(len(values)):
            if other == reference:
                continue
            used = (finite[reference] & finite[other]) if gaps else None
            n = np.full(kept.shape[2], float(kept.shape[1])) if used is None else used.sum(axis=0, dtype=np.float64)
            negligible = 2 * np.maximum(n, 1) * rounding**2
            (_, subjects), (shift, error) = (
                _moments(one, used, n) for one in (kept[reference] + kept[other], kept[other] - kept[reference])
            )
            conditions = n * shift**2 / 2
            subjects[subjects <= negligible], error[error <= negligible] = 0.0, 0.0
            conditions[conditions <= negligible] = 0.0
            found.append((n, subjects, conditions, error))
        return cls(*(np.stack(part)[..., None] for part in zip(*found, strict=True)))

    @property
    def constant(self) -> BoolArray:
        """Where all values are the same."""
        return np.asarray(self.subjects + self.error + self.conditions == 0)

    def icc(self, form: str = "A,1") -> FloatArray:
        """Give the ICC of each draw, as `icc` gives it for the subjects of a draw written one below the other.

        Returns
        -------
        ndarray, shape (n_draws, ...)
            NaN where there is no estimate.

        Examples
        --------
        >>> from evaluation.reliability.icc import icc
        >>> values = np.array([[9.0, 8.0], [6.0, 5.0], [8.0, 7.5], [7.0, 6.0], [10.0, 9.0], [6.0, 7.0]])
        >>> without_the_last = WeightedPairs.of(values, np.array([[1.0, 1, 1, 1, 1, 0]])).icc()[0]
        >>> round(float(without_the_last), 4), round(float(icc(values[:-1]).estimate), 4)
        (0.8547, 0.8547)
        """
        degrees, within = np.maximum(self.n - 1, 1), (self.conditions + self.error) / np.maximum(self.n, 1)
        table = MeanSquares(self.subjects / degrees, self.conditions, self.error / degrees, within)
        with np.errstate(divide="ignore", invalid="ignore"):
            residual = table.within if form.startswith("1") else table.error
            found, denominator = coefficient(table, residual, np.maximum(self.n, 2), 2, form)
        found[(self.n < 2) | self.constant | ~(denominator > 0)] = np.nan
        return np.ascontiguousarray(np.moveaxis(found, -1, 0))

    def ccc(self) -> FloatArray:
        """Give Lin's coefficient of each draw in the same way."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (self.subjects - self.error) / (self.subjects + self.error + 2 * self.conditions)
        found[(self.n < 3) | self.constant] = np.nan
        return np.ascontiguousarray(np.moveaxis(found, -1, 0))


def _moments(values: FloatArray, used: BoolArray | None, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the mean of subjects, (n_subjects, n_features), and half the sum of squares about it; overwrites values."""
    if used is not None:
        values[~used] = 0.0
    mean = values.sum(axis=0) / np.maximum(n, 1)
    values -= mean
    if used is not None:
        values[~used] = 0.0
    return mean, np.asarray(np.einsum("ij,ij->j", values, values) / 2)


def weighted_dispersion(result: DispersionResult, weights: Draws) -> FloatArray:
    """Compute the mean over the subjects of many draws, such as CV or QCD.

    Parameters
    ----------
    result : DispersionResult
        Of all subjects, with its ratio per subject. Where it refuses an estimate, no draw has one.
    weights : ndarray, shape (n_draws, n_subjects), or WithoutEach
        How often each draw has each subject.

    Returns
    -------
    ndarray, shape (n_draws, ...)
        NaN where no estimate is given or a draw has no subject with a value.

    Examples
    --------
    >>> from evaluation.reliability.dispersion import cv
    >>> result = cv([[10, 12], [20, 21], [30, 33]])
    >>> weighted_dispersion(result, WithoutEach(3)).round(4).tolist()
    [0.0768, 0.0509, 0.098, 0.0815]
    >>> round(float(cv([[20, 21], [30, 33]]).estimate), 4)
    0.0509
    """
    used = ~np.isnan(result.per_subject)
    ratios = np.where(used, np.abs(result.per_subject), 0.0)
    total, n = (np.moveaxis(weighted_sums(part, weights), -1, 0) for part in (ratios, used.astype(np.float64)))
    mean = np.divide(total, n, out=np.full(total.shape, np.nan), where=n > 0)
    return np.where(np.isnan(result.estimate), np.nan, mean)
