"""Held-out predictions of a number, such as an age or a volume, and their scores."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evaluation.classification.metrics import mean_over_rows
from evaluation.classification.predictions import Predictions, numbered
from evaluation.classification.score import Score
from evaluation.classification.status import ScoreStatus
from harmonize.arrays import FloatArray, IntArray
from harmonize.errors import ConfigurationError

FEWEST = 10
"""Fewer subjects than this give no line of calibration."""


@dataclass(frozen=True)
class HeldOutNumbers(Predictions):
    """Held-out predictions of a number.

    Parameters
    ----------
    truth : ndarray, shape (n_rows,)
    subjects : ndarray of int, shape (n_rows,)
    predicted : ndarray, shape (n_repeats, n_rows)
    usual : ndarray, shape (n_repeats, n_rows)
        Mean of the rows that the model learned from: what is predicted of a row of which nothing is known.
    fold : ndarray of int, shape (n_repeats, n_rows)

    Examples
    --------
    >>> HeldOutNumbers.of([1.0, 2.0, 4.0], [1.5, 2.0, 3.0]).n_subjects
    3
    """

    by_row: ClassVar[tuple[str, ...]] = ("truth", "subjects")
    by_repeat: ClassVar[tuple[str, ...]] = ("predicted", "usual", "fold")

    truth: FloatArray
    subjects: IntArray
    predicted: FloatArray
    usual: FloatArray
    fold: IntArray

    @classmethod
    def of(
        cls, truth: ArrayLike, predicted: ArrayLike, subjects: ArrayLike | None = None, usual: float | None = None
    ) -> Self:
        """Take the predictions of one model for one set of rows, such as another cohort.

        Parameters
        ----------
        truth, predicted : array_like, shape (n_rows,)
        subjects : array_like, shape (n_rows,), optional
            Each row is a subject of its own without them.
        usual : float, optional
            Mean of what the model learned from; that of `truth` by default, as of R2 elsewhere.

        Raises
        ------
        ConfigurationError
            For shapes that differ, or values that are missing or infinite.
        """
        values, given = np.asarray(truth, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
        if values.ndim != 1 or values.shape != given.shape:
            raise ConfigurationError(f"predicted: expected {values.shape} numbers, found {given.shape}")
        if not (np.isfinite(values).all() and np.isfinite(given).all()):
            raise ConfigurationError("predicted: expected finite numbers, of the truth and of what is predicted")
        people = np.arange(len(values)) if subjects is None else numbered(np.asarray(subjects))
        mean = values.mean() if usual is None else usual
        fold = np.zeros((1, len(values)), dtype=np.int64)
        return cls(values, people, given[None], np.full((1, len(values)), mean), fold)

    def to_frame(self, subjects: ArrayLike | None = None) -> pd.DataFrame:
        """Give the table of predictions: a row for each row of the data and repeat."""
        truth = np.tile(self.truth, len(self.fold))
        return self.keys(subjects).assign(
            truth=truth, predicted=self.predicted.ravel(), training_mean=self.usual.ravel()
        )


def r_squared(held_out: HeldOutNumbers, weights: ArrayLike | None = None) -> FloatArray:
    """Compute the share of squared error that predictions take off the mean of the rows that their model learned from.

    1 is right, 0 no better than that mean, below 0 worse. The mean is that of the training rows, as the mean of the
    rows that are tested is not known when they are predicted: it would make predictions look worse than they are.

    Parameters
    ----------
    held_out : HeldOutNumbers
        Errors of all repeats and rows are added up.
    weights : array_like, shape (..., n_rows), optional

    Returns
    -------
    ndarray of float64, shape (...)
        NaN where all rows are the mean.

    References
    ----------
    Hawinkel S, Waegeman W, Maere S. Out-of-sample R2: estimation and inference. American Statistician 2024;78:15-25.

    Examples
    --------
    >>> r_squared(HeldOutNumbers.of([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])).round(4).item()  # as scikit-learn has it
    0.9486
    """
    lost = mean_over_rows(((held_out.predicted - held_out.truth) ** 2).mean(axis=0), weights)
    usual = mean_over_rows(((held_out.usual - held_out.truth) ** 2).mean(axis=0), weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(usual > 0, 1 - lost / usual, np.nan))


def rmse(held_out: HeldOutNumbers, weights: ArrayLike | None = None) -> FloatArray:
    """Compute the root of the mean squared error, over repeats and rows.

    Examples
    --------
    >>> rmse(HeldOutNumbers.of([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])).round(4).item()
    0.6124
    """
    return np.sqrt(mean_over_rows(((held_out.predicted - held_out.truth) ** 2).mean(axis=0), weights))


def mae(held_out: HeldOutNumbers, weights: ArrayLike | None = None) -> FloatArray:
    """Compute the mean absolute error, over repeats and rows.

    Examples
    --------
    >>> mae(HeldOutNumbers.of([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])).item()
    0.5
    """
    return mean_over_rows(np.abs(held_out.predicted - held_out.truth).mean(axis=0), weights)


def number_slope(held_out: HeldOutNumbers, weights: ArrayLike | None = None) -> FloatArray:
    """Compute the slope of the regression of the truth on what was predicted: below 1 predictions are too extreme.

    Parameters
    ----------
    held_out : HeldOutNumbers
        All folds of a repeat share one slope, with a level of each: the mean of the training rows is low where that of
        the tested ones is high, which would turn a line through all of them. Of the repeats the mean.
    weights : array_like, shape (..., n_rows), optional

    Returns
    -------
    ndarray of float64, shape (...)
        NaN where all predictions are equal.

    References
    ----------
    Steyerberg EW. Clinical Prediction Models. Springer 2019, chapter 15 (continuous outcomes).

    Examples
    --------
    >>> number_slope(HeldOutNumbers.of([1.0, 2.0, 3.0, 4.0], [0.0, 2.0, 4.0, 6.0])).round(6).item()
    0.5
    """
    given = np.ones(held_out.n_rows) if weights is None else np.asarray(weights, dtype=np.float64)
    slopes = []
    for predicted, models in zip(held_out.predicted, held_out.fold, strict=True):
        above, below = np.zeros(given.shape[:-1]), np.zeros(given.shape[:-1])
        spread = 0.0
        for model in np.unique(models):
            here = models == model
            w, x, y = given[..., here], predicted[here], held_out.truth[here]
            x, y = x - x.mean(), y - y.mean()
            total = np.maximum(w.sum(axis=-1), 1e-300)
            above += w @ (x * y) - (w @ x) * (w @ y) / total
            below += w @ x**2 - (w @ x) ** 2 / total
            spread += float(x @ x)
        with np.errstate(divide="ignore", invalid="ignore"):
            slopes.append(np.where(below > 1e-12 * spread, above / below, np.nan))
    return np.asarray(np.mean(slopes, axis=0))


def number_bias(held_out: HeldOutNumbers, weights: ArrayLike | None = None) -> FloatArray:
    """Compute calibration in the large: the mean of the truth minus that of the predictions.

    Examples
    --------
    >>> number_bias(HeldOutNumbers.of([1.0, 2.0], [1.0, 1.0])).item()
    0.5
    """
    return mean_over_rows((held_out.truth - held_out.predicted).mean(axis=0), weights)


def _for_a_line(held_out: HeldOutNumbers) -> ScoreStatus:
    if held_out.n_subjects < FEWEST:
        return ScoreStatus.TOO_FEW
    same = any(
        all(np.ptp(values[models == model]) == 0 for model in np.unique(models))
        for values, models in zip(held_out.predicted, held_out.fold, strict=True)
    )
    return ScoreStatus.CONSTANT if same else ScoreStatus.OK


NUMBER_SCORES: Mapping[str, Score] = MappingProxyType(
    {
        "r2": Score(r_squared, "R\N{SUPERSCRIPT TWO}", 1, most=1, missing=ScoreStatus.CONSTANT),
        "rmse": Score(rmse, "root mean squared error", 0, 0),
        "mae": Score(mae, "mean absolute error", 0, 0),
        "calibration_slope": Score(
            number_slope, "calibration slope", 1, reason=_for_a_line, missing=ScoreStatus.CONSTANT, pooled=True
        ),
        "calibration_intercept": Score(number_bias, "calibration in the large", 0, pooled=True),
    }
)
"""Every score of a predicted number by its name."""


def number_parts(truth: Any, values: FloatArray) -> dict[str, FloatArray]:
    """Name what `arranged` put into places: the prediction, and the mean that the model learned from."""
    return {"truth": np.asarray(truth, dtype=np.float64), "predicted": values[..., 0], "usual": values[..., 1]}
