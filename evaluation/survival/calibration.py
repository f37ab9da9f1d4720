"""Whether predicted hazards are true: the slope of Cox's model on the linear predictor, rows of each model apart."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harmonize.arrays import FloatArray, IntArray

STEPS = 100
FARTHEST = 4.0
"""Largest change of a linear predictor in one step, as in `evaluation.classification.calibration`."""
FAR = 50.0
"""A slope beyond this is taken for infinite."""


def hazard_slope(y: NDArray[np.void], linear: FloatArray, strata: IntArray, weights: ArrayLike) -> FloatArray:
    """Fit Cox's model to one number a row, rows of different strata having baselines of their own; ties by Breslow.

    Parameters
    ----------
    y : ndarray, shape (n_rows,)
        See `survival_times`.
    linear : ndarray, shape (n_rows,)
        Linear predictor of a model.
    strata : ndarray of int, shape (n_rows,)
        Which model predicted the row.
    weights : array_like, shape (n, n_rows)
        Of rows; each line is a fit of its own.

    Returns
    -------
    ndarray, shape (n,)
        NaN where the fit has no end, or the linear predictor is the same within all strata.

    References
    ----------
    van Houwelingen HC. Validation, calibration, revision and combination of prognostic survival models. Statistics in
    Medicine 2000;19:3401-3415. Royston P, Altman DG. External validation of a Cox prognostic model. BMC Medical
    Research Methodology 2013;13:33.

    Examples
    --------
    >>> from evaluation.survival.times import survival_times
    >>> y = survival_times([1, 2, 3, 4], [1, 1, 1, 1])
    >>> hazard_slope(y, np.array([1.0, 2.0, 0.0, 1.0]), np.zeros(4, dtype=int), np.ones((1, 4))).round(3).tolist()
    [0.358]
    """
    order = np.lexsort((-y["time"], strata))
    time, event, x, model = y["time"][order], y["event"][order], linear[order], strata[order]
    given = np.asarray(weights, dtype=np.float64)[:, order]
    starts = np.searchsorted(model, model, side="left")
    # The last row of the same model and time: up to it all rows are still watched.
    keys = np.concatenate([(model[1:] != model[:-1]) | (time[1:] != time[:-1]), [True]])
    last = np.flatnonzero(keys)[np.searchsorted(np.flatnonzero(keys), np.arange(len(x)))][event]
    begin, counted, own = starts[event], given[:, event], x[event]
    if all(np.ptp(x[model == one]) == 0 for one in np.unique(model)):
        return np.full(len(given), np.nan)
    x = x - np.array([x[model == one].mean() for one in model])
    own = x[event]
    slopes, open_ = np.zeros(len(given)), np.arange(len(given))
    span = np.ptp(x)
    for _ in range(STEPS):
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            risk = given[open_] * np.exp(slopes[open_, None] * x)
            zero, one, two = (_watched(risk * x**power, begin, last) for power in (0, 1, 2))
            mean = one / zero
            w = counted[open_]
            slope = np.where(w > 0, w * (own - mean), 0.0).sum(axis=1)
            curve = np.where(w > 0, w * (two / zero - mean**2), 0.0).sum(axis=1)
            step = np.clip(slope / curve, -FARTHEST / span, FARTHEST / span)
        slopes[open_] += step
        lost = ~np.isfinite(step) | (np.abs(slopes[open_]) > FAR)
        slopes[open_[lost]] = np.nan
        open_ = open_[~lost & (np.abs(step) > 1e-9)]
        if not len(open_):
            return slopes
    slopes[open_] = np.nan
    return slopes


def _watched(values: FloatArray, begin: IntArray, last: IntArray) -> FloatArray:
    sums = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    return np.asarray(sums[:, last + 1] - sums[:, begin])
