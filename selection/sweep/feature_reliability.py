"""How reliable each feature is, as far as a training set may know."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from evaluation.reliability.statistic import Estimates, Settings
from evaluation.reliability.statistics import about, agreement
from harmonize.arrays import FloatArray, IntArray
from harmonize.errors import ConfigurationError
from selection.sweep.repeats import Repeats
from selection.thresholds import Side


class FeatureReliability(Protocol):
    """Gives one number for each feature; more is better, -inf where there is none."""

    def scores(self, rows: IntArray) -> FloatArray:
        """Give the scores that a training set of these rows may use: (n_features,)."""


@dataclass(frozen=True)
class KnownReliability:
    """Reliability from another study: the same for every training set.

    Parameters
    ----------
    values : ndarray, shape (n_features,)
        Such as `reliability_scores` gives.
    """

    values: FloatArray

    def scores(self, rows: IntArray) -> FloatArray:
        """Give the scores, whatever the rows."""
        return self.values


@dataclass(frozen=True)
class RepeatedReliability:
    """Reliability from the repeats of the table itself, of training subjects only.

    Parameters
    ----------
    repeats : Repeats
        Who was measured under which condition.
    values : ndarray, shape (n_features, n_units, n_conditions)
        The features.
    reference : str or None
        Each other condition is compared with it, and the worst counts; None compares all with one another.
    by : str
        A usual statistic of agreement, such as ``icc`` or ``ccc``; without a reference what takes its place over all
        conditions, such as the overall concordance correlation, which has no limits.
    compared : {"estimate", "limit"}
        ``limit`` is the lower confidence limit.
    level : float
        Confidence level of the lower limit.

    Raises
    ------
    ConfigurationError
        For a reference that is no condition, or limits that there are not.
    """

    repeats: Repeats
    values: FloatArray
    reference: str | None
    by: str = "icc"
    compared: Side = "estimate"
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.reference is not None:
            self.repeats.check_reference(self.reference)
        elif self.compared == "limit" and not about(self.over_all).limits:
            raise ConfigurationError(
                f"the {about(self.by).label} over all conditions has no confidence limits; name a reference, compare "
                f"the estimate, or use {', '.join(self._with_limits())}"
            )

    @staticmethod
    def _with_limits() -> list[str]:
        return [name for name in agreement() if about(about(name).over_all or name).limits]

    def _compared(self, found: Estimates) -> FloatArray:
        return found.estimate if self.compared == "estimate" else found.lower

    @property
    def over_all(self) -> str:
        """The statistic over all conditions, where there is no reference."""
        return about(self.by).over_all or self.by

    def scores(self, rows: IntArray) -> FloatArray:
        """Compute the scores of the units that these rows are of."""
        values = self.values[:, self.repeats.within(rows)]
        settings = Settings(self.reference, level=self.level)
        if self.reference is None:
            result = self._compared(about(self.over_all).compute(values, settings))
        else:
            chosen = self.repeats.conditions.index(self.reference)
            pairs = np.stack(
                [values[..., [chosen, other]] for other in self.repeats.others(self.reference)]
            )  # (n_others, n_features, n_units, 2)
            found = about(self.by).compute(pairs, settings)
            result = self._compared(found).min(axis=0)  # NaN if any condition has none
        return np.asarray(np.where(np.isnan(result), -np.inf, result))
