"""A pilot as what studies are drawn from: effects of subjects and conditions, and errors, of all features at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from evaluation.reliability.mean_squares import MeanSquares
from evaluation.reliability.sample import Sample
from harmonize.arrays import FloatArray
from harmonize.inputs.configuration import refuse_unknown

Distribution = Literal["resampled", "normal"]


@dataclass(frozen=True)
class Pilot:
    """Effects of features, of the variance that components of the pilot have.

    Parameters
    ----------
    centre : ndarray, shape (n_features,)
    subjects : ndarray, shape (n_subjects, n_features)
        Of each subject.
    shifts : ndarray, shape (n_conditions, n_features)
        Of each condition.
    errors : ndarray, shape (n_subjects * n_conditions, n_features)
        Of each measurement.
    """

    centre: FloatArray
    subjects: FloatArray
    shifts: FloatArray
    errors: FloatArray

    @classmethod
    def of(cls, values: FloatArray) -> "Pilot":
        """Take a pilot apart.

        Parameters
        ----------
        values : ndarray, shape (n_features, n_subjects, n_conditions)
            Complete.

        Notes
        -----
        Means of subjects hold error, too, and errors lose what means take of them: both are scaled, feature by feature,
        to the components of the analysis of variance, none below zero. A shift of conditions that chance explains is
        drawn towards zero alike. Rows keep the features together, so that what is drawn has their correlations; those
        of subjects are as of their means, which error attenuates.
        """
        _, n, k = values.shape
        sample = Sample.of(values)
        table = MeanSquares.of(sample)
        unit = sample.scale**2
        between, error, of_shift = (square * unit for square in (table.subjects, table.error, table.conditions))
        centre = values.mean(axis=(1, 2))
        means = values.mean(axis=2) - centre[:, None]
        shifts = values.mean(axis=1) - centre[:, None]
        rest = values - values.mean(axis=2, keepdims=True) - shifts[:, None, :]
        return cls(
            centre,
            (means * _scale(np.maximum(between - error, 0) / k, (means**2).mean(axis=1))[:, None]).T,
            (shifts * _scale(np.maximum(of_shift - error, 0), of_shift)[:, None]).T,
            (rest * _scale(error, (rest**2).mean(axis=(1, 2)))[:, None, None]).reshape(len(values), n * k).T,
        )

    def draw(
        self,
        rng: np.random.Generator,
        n: int,
        conditions: int | None = None,
        distribution: Distribution = "resampled",
    ) -> FloatArray:
        """Draw a study.

        Parameters
        ----------
        rng : numpy.random.Generator
        n : int
            Subjects.
        conditions : int or None
            So many other conditions, whose shifts are normal with the covariances of the pilot's; None for those of
            the pilot.
        distribution : {"resampled", "normal"}
            Subjects and errors of the pilot again, with the skewness of the features, or normal ones with the same
            covariances.

        Returns
        -------
        ndarray, shape (n_features, n, n_conditions)
        """
        refuse_unknown([distribution], get_args(Distribution), "`distribution`", "unknown")
        shifts = self.shifts
        if conditions is not None:
            shifts = _mixed(rng, conditions, _contrasts(shifts))
        rows = _chosen if distribution == "resampled" else _mixed
        subjects = rows(rng, n, self.subjects)
        errors = rows(rng, n * len(shifts), self.errors)
        values = subjects[:, None] + shifts + errors.reshape(n, len(shifts), -1) + self.centre
        return np.moveaxis(values, -1, 0)

    def with_ratio(self, baseline: Sequence[int], others: Sequence[int], ratio: float) -> "Pilot":
        """Give features the variances of a baseline, and so many times its error variance.

        Parameters
        ----------
        baseline, others : sequence of int
            Features of the baseline, and those that get their variances, which keep their correlations.
        ratio : float
        """
        changed = []
        for part, times in ((self.subjects, 1.0), (self.shifts, 1.0), (self.errors, ratio)):
            mean_square = (part**2).mean(axis=0)
            copy = part.copy()
            copy[:, others] *= _scale(times * mean_square[baseline], mean_square[others])
            changed.append(copy)
        return Pilot(self.centre, *changed)


def _scale(wanted: FloatArray, found: FloatArray) -> FloatArray:
    """Give what brings a mean square to a wanted one; 0 where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(found > 0, np.sqrt(wanted / found), 0.0)


def _chosen(rng: np.random.Generator, count: int, rows: FloatArray) -> FloatArray:
    chosen: FloatArray = rows[rng.integers(len(rows), size=count)]
    return chosen


def _mixed(rng: np.random.Generator, count: int, rows: FloatArray) -> FloatArray:
    """Draw normal rows whose covariances are the mean products of these."""
    mixed: FloatArray = rng.normal(size=(count, len(rows))) @ rows / np.sqrt(len(rows))
    return mixed


def _contrasts(shifts: FloatArray) -> FloatArray:
    """Give k - 1 rows whose mean products are the covariances of k rows that sum to zero."""
    k = len(shifts)
    basis = np.linalg.qr(np.eye(k) - 1 / k)[0][:, : k - 1]
    found: FloatArray = basis.T @ shifts
    return found
