"""What is counted of features that two sides judge: a table of measures."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from harmonize.arrays import BoolArray, FloatArray


@dataclass(frozen=True)
class Counts:
    """How many features are unstable or stable over real conditions, and rejected or kept by perturbations.

    Parameters
    ----------
    caught, missed : ndarray
        Unstable ones that are rejected, and kept.
    lost, right : ndarray
        Stable ones that are rejected, and kept.
    """

    caught: FloatArray
    missed: FloatArray
    lost: FloatArray
    right: FloatArray

    @classmethod
    def of(cls, stable: BoolArray, kept: BoolArray) -> "Counts":
        """Count over the last axis."""
        cells = (~stable & ~kept, ~stable & kept, stable & ~kept, stable & kept)
        return cls(*(np.asarray(one.sum(axis=-1), dtype=np.float64) for one in cells))

    def __add__(self, other: "Counts") -> "Counts":
        """Add those of other features."""
        return Counts(*(one + two for one, two in zip(vars(self).values(), vars(other).values(), strict=True)))

    @property
    def total(self) -> FloatArray:
        """All features."""
        return self.caught + self.missed + self.lost + self.right


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0))


@dataclass(frozen=True)
class Measure:
    """One number about a chain of perturbations.

    Parameters
    ----------
    title : str
        How people read it.
    words : str
        What it is, in a sentence.
    compute : callable
        Makes it of `Counts`; NaN where there is no feature of the kind that it is a share of.
    of : callable
        Gives the number of features that it is a share of.
    least : float
        The smallest value that there can be: 0 of a share, -1 of a difference of two.
    """

    title: str
    words: str
    compute: Callable[[Counts], FloatArray]
    of: Callable[[Counts], FloatArray]
    least: float = 0.0


def sensitivity(counts: Counts) -> FloatArray:
    """Give the share of the unstable features that perturbations reject.

    References
    ----------
    Altman DG, Bland JM. Diagnostic tests 1: sensitivity and specificity. BMJ 1994;308:1552.

    Examples
    --------
    >>> stable, kept = np.array([True, False, False, False]), np.array([True, True, False, False])
    >>> float(sensitivity(Counts.of(stable, kept)).round(2))
    0.67
    """
    return _share(counts.caught, counts.caught + counts.missed)


def false_alarms(counts: Counts) -> FloatArray:
    """Give the share of the stable features that perturbations reject: 1 - specificity."""
    return _share(counts.lost, counts.lost + counts.right)


MEASURES: dict[str, Measure] = {
    "sensitivity": Measure(
        "Unstable features caught",
        "Of the features that real conditions show to be unstable, the share that perturbations reject.",
        sensitivity,
        lambda counts: counts.caught + counts.missed,
    ),
    "false_alarms": Measure(
        "False alarms",
        "Of the features that real conditions show to be stable, the share that perturbations reject.",
        false_alarms,
        lambda counts: counts.lost + counts.right,
    ),
    "informedness": Measure(
        "Beyond chance",
        "Unstable features caught less false alarms (Youden's J): 0 if features were rejected by lot, 1 if none is "
        "judged wrongly.",
        lambda counts: sensitivity(counts) - false_alarms(counts),
        lambda counts: np.where(
            (counts.caught + counts.missed > 0) & (counts.lost + counts.right > 0), counts.total, 0.0
        ),
        least=-1.0,
    ),
    "stable_of_kept": Measure(
        "Stable among the kept",
        "Of the features that perturbations keep, the share that real conditions show to be stable.",
        lambda counts: _share(counts.right, counts.right + counts.missed),
        lambda counts: counts.right + counts.missed,
    ),
    "unstable_of_rejected": Measure(
        "Unstable among the rejected",
        "Of the features that perturbations reject, the share that real conditions show to be unstable.",
        lambda counts: _share(counts.caught, counts.caught + counts.lost),
        lambda counts: counts.caught + counts.lost,
    ),
    "stable": Measure(
        "Stable features",
        "Of all features that both judge, the share that real conditions show to be stable.",
        lambda counts: _share(counts.lost + counts.right, counts.total),
        lambda counts: counts.total,
    ),
    "kept": Measure(
        "Kept features",
        "Of all features that both judge, the share that perturbations keep.",
        lambda counts: _share(counts.missed + counts.right, counts.total),
        lambda counts: counts.total,
    ),
}
"""By the name in tables, in their order."""

RANKS = "rank_correlation"
"""Beside the measures: Spearman's correlation over features of how stable both sides say they are."""


def rank_correlation(one: FloatArray, two: FloatArray) -> FloatArray:
    """Give Spearman's correlation over the last axis, with mean ranks of ties; NaN where one side is all the same.

    Examples
    --------
    >>> float(rank_correlation(np.array([1.0, 2.0, np.inf, np.inf]), np.array([0.1, 0.2, 0.4, 0.4])))
    1.0
    """
    from scipy.stats import rankdata  # only here: loading it takes half a second

    if one.shape[-1] == 0:
        return np.full(one.shape[:-1], np.nan)
    ranks = [rankdata(values, axis=-1) for values in (one, two)]
    centred = [values - values.mean(axis=-1, keepdims=True) for values in ranks]
    squares = [np.square(values).sum(axis=-1) for values in centred]
    return _share(np.asarray((centred[0] * centred[1]).sum(axis=-1)), np.sqrt(squares[0] * squares[1]))
