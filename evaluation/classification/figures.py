"""Figures: ROC curves and calibration of held-out predictions."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from evaluation.classification.calibration import calibration_curve
from evaluation.classification.held_out import HeldOut
from evaluation.classification.metrics import auc, pair_auc
from evaluation.colours import COLORS, FAINT, QUIET
from evaluation.figures.canvas import new_figure, short, styled
from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ConfigurationError

GRID = np.linspace(0, 1, 101)
"""False positive rates at which the curves of folds are averaged."""

MAX_LINES = len(COLORS)


@styled
def roc(predictions: Mapping[str, HeldOut]) -> Figure:
    """Draw the ROC curve of each model: the mean of those of its folds and repeats.

    Parameters
    ----------
    predictions : mapping of str to HeldOut
        By name of the model. Of more than two classes, a line for each class against the others, and of one model only.

    Returns
    -------
    Figure
        With the AUC as `auc` computes it.

    Raises
    ------
    ConfigurationError
        For no model, more lines than colours, or several models of more than two classes.

    References
    ----------
    Fawcett T. An introduction to ROC analysis. Pattern Recognition Letters 2006;27:861-874 (vertical averaging).

    Examples
    --------
    >>> figure = roc({"logistic": HeldOut.of([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])})
    >>> figure.axes[0].get_legend_handles_labels()[1]
    ['logistic, AUC 0.75']
    """
    figure = new_figure(4.2, 4.2)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1)
    for color, (name, held_out, position) in zip(COLORS, _lines(predictions), strict=False):
        binary = len(held_out.classes) == 2
        area = float(auc(held_out) if binary else pair_auc(held_out, position))
        words = f"{short(name, 36)}, AUC {area:.2f}" if np.isfinite(area) else f"{short(name, 36)}, no AUC"
        axes.plot(GRID, mean_curve(held_out, position), color=color, linewidth=1.4, label=words)
    axes.set(xlim=(0, 1), ylim=(0, 1.01), aspect="equal")
    axes.set(xlabel="1 \N{MINUS SIGN} specificity", ylabel="sensitivity")
    axes.legend(loc="lower right")
    return figure


@styled
def calibration(predictions: Mapping[str, HeldOut], bins: int = 5) -> Figure:
    """Draw how often what was predicted came true, in groups of equally many rows.

    Parameters
    ----------
    predictions : mapping of str to HeldOut
        As for `roc`.
    bins : int
        See `calibration_curve`.

    Returns
    -------
    Figure
        Above, predicted against observed; below, how the predicted probabilities are spread.

    Raises
    ------
    ConfigurationError
        As for `roc`.

    References
    ----------
    Van Calster B, McLernon DJ, van Smeden M, Wynants L, Steyerberg EW. Calibration: the Achilles heel of predictive
    analytics. BMC Medicine 2019;17:230.

    Examples
    --------
    >>> figure = calibration({"logistic": HeldOut.of([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])}, bins=2)
    >>> figure.axes[0].get_ylabel()
    'observed share'
    """
    figure = new_figure(4.2, 5.0)
    above, below = figure.subplots(2, height_ratios=(4, 1), sharex=True)
    above.plot([0, 1], [0, 1], color=FAINT, linewidth=1)
    for color, (name, held_out, position) in zip(COLORS, _lines(predictions), strict=False):
        curve = calibration_curve(held_out, bins, position)
        above.plot(
            curve["predicted"], curve["observed"], "o-", color=color, markersize=4, linewidth=1.2, label=short(name, 40)
        )
        values = held_out.probability[:, :, position].ravel()
        weights = np.full(len(values), 1 / len(values))
        below.hist(values, np.linspace(0, 1, 21), weights=weights, histtype="step", color=color, linewidth=1)
    above.set(xlim=(0, 1), ylim=(-0.02, 1.02), ylabel="observed share")
    below.set(xlabel="predicted probability", ylabel="share of rows")
    below.tick_params(labelcolor=QUIET)
    above.legend(loc="upper left")
    return figure


def mean_curve(held_out: HeldOut, position: int = 1) -> FloatArray:
    """Average the ROC curves of all folds and repeats at the same false positive rates; NaN if none has one.

    Returns
    -------
    ndarray, shape (101,)
        Sensitivity at the false positive rates 0, 0.01, ..., 1.

    Examples
    --------
    >>> mean_curve(HeldOut.of([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]))[[0, 49, 51, 100]].tolist()
    [0.5, 0.5, 1.0, 1.0]
    """
    positive = held_out.truth == position
    curves, counts = [], []
    for score, models in zip(held_out.probability[:, :, position], held_out.fold, strict=True):
        for model in np.unique(models):
            here = models == model
            n1, n0 = int((positive & here).sum()), int((~positive & here).sum())
            if n1 and n0:
                curves.append(_curve(positive[here], score[here], n1, n0))
                counts.append(n1 * n0)
    if not curves:
        return np.full(len(GRID), np.nan)
    return np.asarray(np.average(curves, axis=0, weights=counts))


def _curve(positive: BoolArray, score: FloatArray, n1: int, n0: int) -> FloatArray:
    """Give the sensitivity of one model at the false positive rates of the grid, ties along the diagonal."""
    order = np.argsort(-score, kind="stable")
    last = np.append(np.diff(score[order]) != 0, True)
    hits = np.concatenate([[0], np.cumsum(positive[order])[last]]) / n1
    alarms = np.concatenate([[0], np.cumsum(~positive[order])[last]]) / n0
    # Of several points at one rate, interp takes the last, which is the highest.
    return np.asarray(np.interp(GRID, alarms, hits))


def _lines(predictions: Mapping[str, HeldOut]) -> list[tuple[str, HeldOut, int]]:
    """List what is drawn: a name, predictions and the position of the class."""
    if not predictions:
        raise ConfigurationError("figure: there is no model to draw")
    lines = []
    for name, held_out in predictions.items():
        positions = [1] if len(held_out.classes) == 2 else range(len(held_out.classes))
        if len(held_out.classes) > 2 and len(predictions) > 1:
            raise ConfigurationError(
                f"figure: {len(predictions)} models of {len(held_out.classes)} classes; draw one model at a time"
            )
        lines += [
            (
                name if len(held_out.classes) == 2 else f"{held_out.classes[position]} against the others",
                held_out,
                position,
            )
            for position in positions
        ]
    if len(lines) > MAX_LINES:
        raise ConfigurationError(f"figure: {len(lines)} lines, expected at most {MAX_LINES}; draw fewer models at once")
    return lines
