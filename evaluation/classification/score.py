"""A score of held-out predictions: what computes it, how it is read, and what stands in its way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from evaluation.classification.intervals import ScoreInterval
from evaluation.classification.metrics import Metric
from evaluation.classification.status import ScoreStatus

Interval = Literal["bootstrap", "nadeau_bengio"]


def nothing_in_the_way(_: Any) -> ScoreStatus:
    """Say that a score can be computed of any predictions."""
    return ScoreStatus.OK


@dataclass(frozen=True)
class Score:
    """A score and how to read it.

    Parameters
    ----------
    compute : callable
        See `evaluation.classification.metrics`.
    title : str
        For people.
    best : float
        Its value for perfect predictions.
    least, most : float
        Between which it lies, whatever is predicted.
    reason : callable
        Gives of predictions the status that says why they have no such score; ``ok`` if they have.
    missing : ScoreStatus
        Why a score that could have been computed has no value.
    pooled : bool
        Whether a single fold has no value of it, so that its limits are always those of resampled subjects.
    """

    compute: Metric
    title: str
    best: float
    least: float = -np.inf
    most: float = np.inf
    reason: Callable[[Any], ScoreStatus] = nothing_in_the_way
    missing: ScoreStatus = ScoreStatus.UNDEFINED
    pooled: bool = False

    def within(self, found: ScoreInterval) -> ScoreInterval:
        """Cut limits at what the score can reach; they cover as often, as no true score lies in what is cut off."""
        lower, upper = (float(np.clip(limit, self.least, self.most)) for limit in (found.lower, found.upper))
        return ScoreInterval(found.estimate, lower, upper)
