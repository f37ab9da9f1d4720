"""How steady predictions are when the scans of held-out subjects are perturbed."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from evaluation.classification.held_out import HeldOut
from evaluation.classification.numbers import HeldOutNumbers
from evaluation.classification.predictions import Predictions
from evaluation.classification.survival import HeldOutSurvival
from evaluation.reliability.jackknife import jackknife
from evaluation.reliability.status import Status
from harmonize.arrays import BoolArray, FloatArray, IntArray

COLUMNS = ("measure", "estimate", "lower", "upper", "subjects", "predictions", "status")


def prediction_stability(
    held_out: Predictions, perturbed: Mapping[str, Predictions], there: Mapping[str, BoolArray], level: float = 0.95
) -> pd.DataFrame:
    """Compare predictions of perturbed scans with those of the scans as they are, by the same held-out models.

    Parameters
    ----------
    held_out : HeldOut, HeldOutNumbers or HeldOutSurvival
        Predictions of the scans as they are.
    perturbed : mapping of str to the same
        By perturbation those of the same rows.
    there : mapping of str to ndarray of bool, shape (n_rows,)
        Which rows have that perturbation.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        ``sd``: the standard deviation of the predicted probability of a subject's class over its scan as it is and
        its perturbed ones; ``flips``: the share of perturbed scans to which the model gives another class than to the
        scan as it is. Of numbers and of survival there is ``sd`` alone: of the number, or of the logarithm of the
        hazard. Both are means over models (repeats) and rows of each subject, then over subjects, with limits by the
        jackknife over subjects (Student's t of the subjects' values), cut at 0 and 1.

    Examples
    --------
    >>> plain, moved = (HeldOut.of([0, 1, 1], p) for p in ([0.2, 0.7, 0.9], [0.2, 0.4, 0.9]))
    >>> found = prediction_stability(plain, {"noise-1": moved}, {"noise-1": np.ones(3, dtype=bool)})
    >>> found[["measure", "estimate"]].round(2).to_numpy().tolist()
    [['sd', 0.07], ['flips', 0.33]]
    """
    names = list(perturbed)
    known = np.stack([there[name] for name in names])
    plain = predicted_values(held_out)
    moved = np.stack([predicted_values(perturbed[name]) for name in names])
    moved = np.where(known[:, None], moved, np.nan)
    difference = np.concatenate([np.zeros((1, *plain.shape)), moved - plain])  # 0 exactly where nothing changes
    any_there = known.any(axis=0)
    spread = np.full(plain.shape, np.nan)
    spread[:, any_there] = np.nanstd(difference[..., any_there], axis=0, ddof=1)
    measured = {"sd": spread}
    if isinstance(held_out, HeldOut):
        classes = np.stack([_classes(perturbed[name]) for name in names])
        flipped = np.where(known[:, None], classes != _classes(held_out), np.nan)
        measured["flips"] = np.full(plain.shape, np.nan)
        measured["flips"][:, any_there] = np.nanmean(flipped[..., any_there], axis=0)
    most = 1.0 if isinstance(held_out, HeldOut) else np.inf
    found = []
    for measure, values in measured.items():
        by_subject = _by_subject(values.mean(axis=0), held_out)
        row = {"measure": measure, "subjects": len(by_subject), "predictions": int(known.sum()) * len(plain)}
        found.append({**row, **_limits(by_subject, level, most)})
    return pd.DataFrame(found)[list(COLUMNS)]


def predicted_values(held_out: Predictions) -> FloatArray:
    """Give what is predicted as one number: a probability of the true class, a number, a logarithm of a hazard.

    Examples
    --------
    >>> predicted_values(HeldOut.of([0, 1], [0.25, 0.75])).tolist()
    [[0.75, 0.75]]
    """
    if isinstance(held_out, HeldOut):
        return held_out.probability[:, np.arange(held_out.n_rows), held_out.truth]
    if isinstance(held_out, HeldOutNumbers):
        return held_out.predicted
    assert isinstance(held_out, HeldOutSurvival)  # noqa: S101  there are three outcomes
    return held_out.linear


def _classes(held_out: Predictions) -> IntArray:
    assert isinstance(held_out, HeldOut)  # noqa: S101
    return np.asarray(held_out.probability.argmax(axis=2))


def _by_subject(values: FloatArray, held_out: Predictions) -> FloatArray:
    """Give the mean over the rows of each subject that has any."""
    known = np.isfinite(values)
    counts = np.bincount(held_out.subjects[known], minlength=held_out.n_subjects)
    sums = np.bincount(held_out.subjects[known], values[known], minlength=held_out.n_subjects)
    return np.asarray(sums[counts > 0] / counts[counts > 0])


def _limits(values: FloatArray, level: float, most: float) -> dict[str, object]:
    if not len(values):
        return {"estimate": np.nan, "lower": np.nan, "upper": np.nan, "status": str(Status.NO_CASES)}
    mean = float(values.mean())
    if len(values) < 3 or not np.ptp(values) > 0:
        return {"estimate": mean, "lower": np.nan, "upper": np.nan, "status": str(Status.NO_INTERVAL)}
    found = jackknife(mean, (values.sum() - values) / (len(values) - 1), level)
    lower, upper = np.clip([float(found.lower), float(found.upper)], 0, most)
    return {"estimate": mean, "lower": lower, "upper": upper, "status": str(Status.OK)}
