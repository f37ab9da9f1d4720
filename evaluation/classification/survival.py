"""Held-out predictions of a time to an event, and their scores."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evaluation.classification.metrics import mean_over_rows
from evaluation.classification.predictions import Predictions
from evaluation.classification.score import Score
from evaluation.classification.status import ScoreStatus
from evaluation.survival.brier import brier_losses, over_time
from evaluation.survival.calibration import hazard_slope
from evaluation.survival.concordance import ordered
from harmonize.arrays import FloatArray, IntArray

FEWEST = 10
"""Fewer subjects with the event than this give no limits, and no line of calibration."""


@dataclass(frozen=True)
class HeldOutSurvival(Predictions):
    """Held-out predictions of a time to an event.

    Parameters
    ----------
    truth : ndarray, shape (n_rows,)
        See `evaluation.survival.times.survival_times`.
    subjects : ndarray of int, shape (n_rows,)
    seen : ndarray, shape (n_rows,)
        Chance to be watched until just before the row's own time.
    linear : ndarray, shape (n_repeats, n_rows)
        Predicted risk: more is an earlier event.
    expected : ndarray, shape (n_repeats, n_rows)
        Predicted cumulative hazard at the row's own time: the events expected of such rows.
    without : ndarray, shape (n_repeats, n_rows, n_times)
        Predicted chance to be without the event after each of `times`.
    fold : ndarray of int, shape (n_repeats, n_rows)
    times : ndarray, shape (n_times,)
        From 0 to the time up to which scores look.
    still : ndarray, shape (n_times,)
        Chance to be watched beyond each of them.
    """

    by_row: ClassVar[tuple[str, ...]] = ("truth", "subjects", "seen")
    by_repeat: ClassVar[tuple[str, ...]] = ("linear", "expected", "without", "fold")

    truth: NDArray[Any]
    subjects: IntArray
    seen: FloatArray
    linear: FloatArray
    expected: FloatArray
    without: FloatArray
    fold: IntArray
    times: FloatArray
    still: FloatArray

    @property
    def n_with_event(self) -> int:
        """How many subjects have the event."""
        return len(np.unique(self.subjects[self.truth["event"]]))

    def to_frame(self, subjects: ArrayLike | None = None) -> pd.DataFrame:
        """Give the table of predictions: a row for each row of the data and repeat."""
        n_repeats = len(self.fold)
        frame = self.keys(subjects).assign(
            time=np.tile(self.truth["time"], n_repeats),
            event=np.tile(self.truth["event"], n_repeats).astype(int),
            linear_predictor=self.linear.ravel(),
            expected_events=self.expected.ravel(),
        )
        shares = self.without.reshape(len(frame), -1)[:, 1:]
        names = [f"without_event_at_{time:.6g}" for time in self.times[1:]]
        return pd.concat([frame, pd.DataFrame(shares, columns=names)], axis=1)


def c_index(held_out: HeldOutSurvival, weights: ArrayLike | None = None, *, unbiased: bool = False) -> FloatArray:
    """Compute the share of comparable pairs of rows whose risks are ordered as their events came: Harrell's or Uno's C.

    Only rows that the same model predicted are compared, as for the AUC (see `evaluation.classification.metrics.auc`).

    Parameters
    ----------
    held_out : HeldOutSurvival
    weights : array_like, shape (..., n_rows), optional
    unbiased : bool
        Weight each pair by one over the squared chance to be watched until its earlier event, up to the last of
        `times`: Uno's C does not depend on how long people were watched.

    Returns
    -------
    ndarray of float64, shape (...)
        NaN where no pair can be compared.

    References
    ----------
    Harrell FE, Lee KL, Mark DB. Multivariable prognostic models. Statistics in Medicine 1996;15:361-387. Uno H, Cai T,
    Pencina MJ, D'Agostino RB, Wei LJ. On the C-statistics for evaluating overall adequacy of risk prediction
    procedures with censored survival data. Statistics in Medicine 2011;30:1105-1117.
    """
    event = held_out.truth["event"]
    right, pairs = ordered(held_out.truth, held_out.linear, held_out.fold)
    if unbiased:
        early = held_out.truth["time"][event] <= held_out.times[-1]
        weight = np.where(early, 1 / held_out.seen[event] ** 2, 0.0)[:, None]
        right, pairs = weight * right, weight * pairs
    given = np.ones(len(event)) if weights is None else np.asarray(weights, dtype=np.float64)
    first = given[..., event]
    top, all_ = ((first @ one * given).sum(axis=-1) for one in (right, pairs))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(all_ > 0, top / all_, np.nan))


def integrated_brier(held_out: HeldOutSurvival, weights: ArrayLike | None = None) -> FloatArray:
    """Compute the mean of the Brier score over time, from 0 to the last of `times`; 0 is right, chance at most 0.25.

    Rows that were censored are made up for by the weights of the others; these weights are those of all rows, also
    where subjects are resampled.

    References
    ----------
    Graf E, Schmoor C, Sauerbrei W, Schumacher M. Assessment and comparison of prognostic classification schemes for
    survival data. Statistics in Medicine 1999;18:2529-2545.
    """
    losses = brier_losses(held_out.truth, held_out.without, held_out.times, held_out.seen, held_out.still)
    return mean_over_rows(over_time(losses, held_out.times).mean(axis=0), weights)


def survival_slope(held_out: HeldOutSurvival, weights: ArrayLike | None = None) -> FloatArray:
    """Compute the slope of Cox's model on the predicted risk, rows of each model with a baseline of their own.

    1 is right; below 1 the predictions are too extreme, as of an overfitted model; of the repeats the mean. See
    `evaluation.survival.calibration.hazard_slope`.
    """
    given = np.ones(held_out.n_rows) if weights is None else np.asarray(weights, dtype=np.float64)
    flat = given.reshape(-1, held_out.n_rows)
    fits = [
        hazard_slope(held_out.truth, linear, fold, flat)
        for linear, fold in zip(held_out.linear, held_out.fold, strict=True)
    ]
    return np.asarray(np.mean(fits, axis=0).reshape(given.shape[:-1]))


def observed_expected(held_out: HeldOutSurvival, weights: ArrayLike | None = None) -> FloatArray:
    """Compute calibration in the large: the logarithm of observed over expected events; above 0 risk is underestimated.

    References
    ----------
    Crowson CS, Atkinson EJ, Therneau TM. Assessing calibration of prognostic risk scores. Statistical Methods in
    Medical Research 2016;25:1692-1706.
    """
    observed = mean_over_rows(held_out.truth["event"].astype(np.float64), weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = [np.log(observed / mean_over_rows(expected, weights)) for expected in held_out.expected]
    found = np.mean(ratios, axis=0)
    return np.asarray(np.where(np.isfinite(found), found, np.nan))


def _enough(held_out: HeldOutSurvival) -> ScoreStatus:
    return ScoreStatus.TOO_FEW if held_out.n_with_event < FEWEST else ScoreStatus.OK


def _for_a_slope(held_out: HeldOutSurvival) -> ScoreStatus:
    same = any(
        all(np.ptp(values[models == model]) == 0 for model in np.unique(models))
        for values, models in zip(held_out.linear, held_out.fold, strict=True)
    )
    return ScoreStatus.CONSTANT if same else _enough(held_out)


SURVIVAL_SCORES: Mapping[str, Score] = MappingProxyType(
    {
        "c_index": Score(c_index, "C-index", 1, 0, 1, missing=ScoreStatus.NO_PAIRS),
        "uno_c": Score(partial(c_index, unbiased=True), "Uno's C", 1, 0, 1, missing=ScoreStatus.NO_PAIRS),
        "ibs": Score(integrated_brier, "integrated Brier score", 0, 0),
        "calibration_slope": Score(
            survival_slope, "calibration slope", 1, reason=_for_a_slope, missing=ScoreStatus.SEPARATED, pooled=True
        ),
        "calibration_intercept": Score(
            observed_expected, "calibration in the large", 0, reason=_enough, missing=ScoreStatus.TOO_FEW, pooled=True
        ),
    }
)
"""Every score of predicted survival by its name."""
