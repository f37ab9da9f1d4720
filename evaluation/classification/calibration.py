"""Whether predicted probabilities are true: slope, intercept and curve of calibration."""

from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evaluation.classification.held_out import HeldOut
from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.limits import Bounds, check_arguments

LEAST_SUBJECTS = 10
"""Fewer subjects in a class than this give no line of calibration."""

STEPS = 100
FARTHEST = 4.0
"""Largest change of a predicted logit in one step: full steps from afar overshoot where predictions are extreme."""
FAR = 50.0
"""A slope beyond this is taken for infinite."""


def calibration_slope(held_out: HeldOut, weights: ArrayLike | None = None) -> FloatArray:
    """Compute the slope of the logistic regression of the class on the logit of its predicted probability.

    1 is right; below 1 the predictions are too extreme, as of an overfitted model; above 1 too timid.

    Parameters
    ----------
    held_out : HeldOut
        Predictions for two classes. All folds of a repeat share one line, as a fold alone has too few rows for one;
        of the repeats the mean.
    weights : array_like, shape (..., n_rows), optional

    Returns
    -------
    ndarray of float64, shape (...)
        NaN where it is not defined: more than two classes, a probability of exactly 0 or 1, equal predictions,
        classes that are separated without error.

    References
    ----------
    Cox DR. Two further applications of a model for binary regression. Biometrika 1958;45:562-565.
    Van Calster B, McLernon DJ, van Smeden M, Wynants L, Steyerberg EW. Calibration: the Achilles heel of predictive
    analytics. BMC Medicine 2019;17:230.

    Examples
    --------
    >>> truth = [0] * 8 + [1] * 2 + [0] * 2 + [1] * 8
    >>> calibration_slope(HeldOut.of(truth, [0.2] * 10 + [0.8] * 10)).round(6).item()
    1.0
    >>> calibration_slope(HeldOut.of(truth, [0.1] * 10 + [0.9] * 10)).round(3).item()
    0.631
    """
    return _lines(held_out, weights, slope=True)


def calibration_intercept(held_out: HeldOut, weights: ArrayLike | None = None) -> FloatArray:
    """Compute calibration in the large: the intercept of the same regressions with the slope held at 1.

    0 is right; above 0 the risk is underestimated on the whole, below 0 overestimated.

    Parameters
    ----------
    held_out : HeldOut
        Predictions for two classes.
    weights : array_like, shape (..., n_rows), optional

    Returns
    -------
    ndarray of float64, shape (...)
        NaN where it is not defined; see `calibration_slope`.

    References
    ----------
    Van Calster et al. 2019, see `calibration_slope`.

    Examples
    --------
    >>> calibration_intercept(HeldOut.of([0, 1] * 5, [0.5] * 10)).item()
    0.0
    >>> calibration_intercept(HeldOut.of([0, 1, 1, 1] * 5, [0.5] * 20)).round(4).item()  # log(3)
    1.0986
    """
    return _lines(held_out, weights, slope=False)


def calibration_curve(
    held_out: HeldOut, bins: Annotated[int, Bounds(least=2)] = 5, position: int | None = None
) -> pd.DataFrame:
    """Group the predictions by their probability and compare with what came true.

    Parameters
    ----------
    held_out : HeldOut
        Predictions; those of all repeats count.
    bins : int
        Groups of equally many predictions; equal ones stay together, so that there may be fewer.
    position : int, optional
        The class, by its position; the second of two by default.

    Returns
    -------
    DataFrame
        Columns `predicted` (mean), `observed` (share of the class) and `n` (predictions).

    Raises
    ------
    ConfigurationError
        For fewer than 2 bins, or more than two classes and no position.

    Examples
    --------
    >>> calibration_curve(HeldOut.of([0, 0, 1, 1], [0.1, 0.3, 0.6, 0.8]), bins=2)
       predicted  observed  n
    0        0.2       0.0  2
    1        0.7       1.0  2
    """
    check_arguments(calibration_curve, bins=bins)
    if position is None:
        if len(held_out.classes) != 2:
            raise ConfigurationError(f"position: name one of the {len(held_out.classes)} classes")
        position = 1
    predicted = held_out.probability[:, :, position].ravel()
    truth = np.tile(held_out.truth == position, len(held_out.probability))
    edges = np.unique(np.quantile(predicted, np.arange(1, bins) / bins))
    groups = pd.DataFrame({"predicted": predicted, "observed": truth.astype(np.float64)})
    found = groups.groupby(np.searchsorted(edges, predicted, side="left"))
    return found.mean().assign(n=found.size()).reset_index(drop=True)


def _lines(held_out: HeldOut, weights: ArrayLike | None, *, slope: bool) -> FloatArray:
    _, n_rows, n_classes = held_out.probability.shape
    given = np.ones(n_rows) if weights is None else np.asarray(weights, dtype=np.float64)
    probability = held_out.probability[:, :, 1]
    if n_classes != 2 or not ((probability > 0) & (probability < 1)).all():
        return np.full(given.shape[:-1], np.nan)
    logits = np.log(probability) - np.log1p(-probability)
    if slope and (np.ptp(logits, axis=1) == 0).any():
        return np.full(given.shape[:-1], np.nan)
    fit, y = _slopes if slope else _intercepts, held_out.truth.astype(np.float64)
    flat = given.reshape(-1, n_rows)
    return np.asarray(np.mean([fit(x, y, flat) for x in logits], axis=0).reshape(given.shape[:-1]))


def _slopes(x: FloatArray, y: FloatArray, weights: FloatArray) -> FloatArray:
    """Fit intercept and slope by Newton's method, for all rows of weights side by side; NaN where it diverges."""
    # Begin at the line of all rows, from which a resample is a few steps away.
    line = np.zeros(2)
    if len(weights) > 1:
        whole = _newton(x, y, np.ones((1, len(x))), line[None])
        line = whole[0] if np.isfinite(whole).all() else line
    return np.asarray(_newton(x, y, weights, np.tile(line, (len(weights), 1)))[:, 1])


def _newton(x: FloatArray, y: FloatArray, weights: FloatArray, start: FloatArray) -> FloatArray:
    lines = start.copy()
    open_ = np.arange(len(weights))
    ends = np.array([x.min(), x.max()])
    for _ in range(STEPS):
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            w = weights[open_]
            risk = 1 / (1 + np.exp(-(lines[open_, :1] + lines[open_, 1:] * x)))
            rest = w * (y - risk)
            w *= risk * (1 - risk)
            g0, g1 = rest.sum(axis=1), rest @ x
            h0, h1, h2 = w.sum(axis=1), w @ x, w @ x**2
            determinant = h0 * h2 - h1**2
            step = np.stack([h2 * g0 - h1 * g1, h0 * g1 - h1 * g0], axis=1) / determinant[:, None]
            farthest = np.abs(step[:, :1] + step[:, 1:] * ends).max(axis=1, keepdims=True)
            step *= np.minimum(1, FARTHEST / farthest)
        lines[open_] += step
        lost = ~np.isfinite(step).all(axis=1) | (np.abs(lines[open_]) > FAR).any(axis=1)
        lines[open_[lost]] = np.nan
        open_ = open_[~lost & (np.abs(step) > 1e-9).any(axis=1)]
        if not len(open_):
            return lines
    lines[open_] = np.nan
    return lines


def _intercepts(x: FloatArray, y: FloatArray, weights: FloatArray) -> FloatArray:
    """Find the shift of the logit at which as many events are expected as observed; NaN where no row or all are."""
    total, events = weights.sum(axis=1), weights @ y
    inside = (events > 0) & (events < total)
    shift = np.where(inside, 0.0, np.nan)
    for _ in range(STEPS):
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            risk = 1 / (1 + np.exp(-(shift[:, None] + x)))
            step = (events - (weights * risk).sum(axis=1)) / (weights * risk * (1 - risk)).sum(axis=1)
        # A full step can overshoot where nearly all risks are 0 or 1.
        step = np.clip(step, -2, 2)
        shift = shift + step
        if not (np.abs(step) > 1e-9).any():
            break
    return np.asarray(np.where(np.abs(step) > 1e-9, np.nan, shift))
