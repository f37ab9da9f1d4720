"""What passes: one statistic beyond its limit, and all statistics of a rule together under every condition."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evaluation.reliability.statistics import below, passes
from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ConfigurationError

Compared = Literal["estimate", "limit"]
Combine = Literal["all", "any"]


@dataclass(frozen=True)
class Criterion:
    """What is asked of one statistic.

    Parameters
    ----------
    statistic : str
    column : {"estimate", "lower", "upper"}
        What is compared.
    below : bool
        Whether less is better.
    limit : float or None
        What must be exceeded, or undercut; equality does not pass. None for a statistic that only ranks: whatever could
        be computed passes.
    """

    statistic: str
    column: str = "estimate"
    below: bool = False
    limit: float | None = None

    @property
    def words(self) -> str:
        """What is compared, such as ``lower limit of icc``."""
        return self.statistic if self.column == "estimate" else f"{self.column} limit of {self.statistic}"

    @property
    def bound(self) -> float:
        """The limit, infinite without one."""
        return (math.inf if self.below else -math.inf) if self.limit is None else self.limit

    def met(self, values: FloatArray) -> BoolArray:
        """Say which values pass; a missing one does not."""
        return passes(values, self.bound, self.below)

    def score(self, values: FloatArray) -> FloatArray:
        """Give values of which more is better: negative where less is, -inf where there is none."""
        return np.where(np.isnan(values), -np.inf, -values if self.below else values)


def criteria_of(thresholds: Mapping[str, float], on: Compared = "estimate") -> tuple[Criterion, ...]:
    """Give what thresholds by statistic ask of the estimate, or of the confidence limit on its unfavourable side.

    Raises
    ------
    ConfigurationError
        For another value of `on`.

    Examples
    --------
    >>> [one.words for one in criteria_of({"icc": 0.9, "cv": 0.1}, on="limit")]
    ['lower limit of icc', 'upper limit of cv']
    """
    if on not in ("estimate", "limit"):
        raise ConfigurationError(f"threshold: compared is '{on}', expected 'estimate' or 'limit'")
    return tuple(
        Criterion(name, on if on == "estimate" else "upper" if below(name) else "lower", below(name), float(limit))
        for name, limit in thresholds.items()
    )


def jointly(
    passing: Sequence[BoolArray], combine: Combine = "all", needed: Sequence[BoolArray] | None = None
) -> BoolArray:
    """Tell which features pass by a rule: by each statistic under every condition, by all of them or any.

    Parameters
    ----------
    passing : sequence of ndarray of bool, shape (..., n_conditions, n_features)
        What meets each criterion; what could not be computed does not. Conditions are those of the statistic.
    combine : {"all", "any"}
        Whether all statistics must pass, or any one of them.
    needed : sequence of ndarray of bool, shape (..., n_conditions, n_features), optional
        Under which conditions each feature is asked for; all unless given.

    Returns
    -------
    ndarray of bool, shape (..., n_features)
        By a statistic without any condition nothing passes: it was not computed.

    Examples
    --------
    >>> icc, cv = np.array([[True, True, False], [True, False, False]]), np.array([[True, True, True]])
    >>> jointly([icc, cv]).tolist(), jointly([icc, cv], "any").tolist()
    ([True, False, False], [True, True, True])
    """
    asked: Sequence[BoolArray | None] = [None] * len(passing) if needed is None else needed
    everywhere = [_everywhere(*one) for one in zip(passing, asked, strict=True)]
    return np.asarray((np.logical_and if combine == "all" else np.logical_or).reduce(everywhere), dtype=bool)


def _everywhere(passing: BoolArray, needed: BoolArray | None) -> BoolArray:
    if needed is not None:
        return np.asarray((passing | ~needed).all(axis=-2) & needed.any(axis=-2))
    if not passing.shape[-2]:
        return np.zeros((*passing.shape[:-2], passing.shape[-1]), dtype=bool)
    # Condition by condition: NumPy is slow to reduce an axis as short as theirs.
    return np.asarray(np.logical_and.reduce(list(np.moveaxis(passing, -2, 0))))
