"""How well predictions of the same unit under different conditions agree."""

from dataclasses import dataclass

import numpy as np

from evaluation.reliability.bootstrap import bootstrap
from evaluation.reliability.icc import icc
from evaluation.reliability.sample import StatusArray
from evaluation.reliability.status import Status
from harmonize.arrays import FloatArray, IntArray
from selection.sweep.repeats import Repeats


@dataclass(frozen=True)
class PredictionReliability:
    """ICC(A,1) of held-out probabilities; arrays of the leading shape.

    Parameters
    ----------
    estimate, lower, upper : ndarray
        Mean over the repeats of the cross-validation, with percentiles over resampled subjects.
    status : ndarray of str
        See `evaluation.reliability.Status`: the least favourable of the repeats.
    n : int
        Units with a row under every condition.
    """

    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray
    status: StatusArray
    n: int


def prediction_reliability(
    probability: FloatArray, repeats: Repeats, *, level: float = 0.95, n_resamples: int = 1000, seed: int = 0
) -> PredictionReliability:
    """Compute the agreement of predictions over conditions.

    All rows of a subject are predicted by the same models, so that predictions of a unit differ by its measurements
    only. Probabilities rather than their logits, which are infinite at 0 and 1; with more than two classes the mean
    over the classes.

    Parameters
    ----------
    probability : ndarray, shape (..., n_repeats, n_rows, n_classes)
        Held-out probabilities of the classes, or one number that is predicted; NaN where there is no prediction.
    repeats : Repeats
        Which rows belong together.
    level, n_resamples, seed
        Of the interval, for which subjects are drawn with all their units.

    References
    ----------
    McGraw KO, Wong SP. Forming inferences about some intraclass correlation coefficients. Psychological Methods
    1996;1:30-46.

    Examples
    --------
    >>> repeats = Repeats.of(["A", "A", "B", "B", "C", "C"], ["1", "2"] * 3)
    >>> positive = np.array([0.1, 0.2, 0.5, 0.4, 0.9, 0.9])
    >>> result = prediction_reliability(np.stack([1 - positive, positive], axis=-1)[None], repeats)
    >>> round(float(result.estimate), 3), result.n
    (0.977, 3)
    """
    n_classes = probability.shape[-1]
    # With two classes both have the same ICC.
    taken = probability[..., 1:] if n_classes == 2 else probability
    by_row = np.moveaxis(taken, -2, 0)  # (n_rows, ..., n_repeats, n_classes)
    values = np.ascontiguousarray(repeats.arranged(by_row))  # (..., n_repeats, n_classes, n_units, n_conditions)
    complete = (repeats.rows >= 0).all(axis=1)
    values, subjects = values[..., complete, :], repeats.subjects[complete]
    people = [np.flatnonzero(subjects == number) for number in np.unique(subjects)]

    def of(draw: IntArray) -> FloatArray:
        units = np.concatenate([people[number] for number in draw])
        return np.asarray(icc(values[..., units, :], "A,1", None).estimate.mean(axis=(-2, -1)))

    found = icc(values, "A,1", None)
    status = _least_favourable(found.status.reshape(*found.status.shape[:-2], -1))
    if len(people) < 2:
        none = np.full(status.shape, np.nan)
        return PredictionReliability(found.estimate.mean(axis=(-2, -1)), none, none, status, int(complete.sum()))
    result = bootstrap(of, len(people), level=level, n_resamples=n_resamples, seed=seed)
    return PredictionReliability(result.estimate, result.lower, result.upper, status, int(complete.sum()))


_ORDER = (Status.TOO_FEW, Status.CONSTANT, Status.UNDEFINED, Status.NO_SUBJECT_VARIANCE, Status.NEGATIVE, Status.OK)


def _least_favourable(statuses: StatusArray) -> StatusArray:
    """Of the statuses along the last axis give the one that tells most against the estimate."""
    rank = np.select([statuses == str(status) for status in _ORDER], range(len(_ORDER)), 0)
    return np.asarray(np.array([str(status) for status in _ORDER])[rank.min(axis=-1)])
