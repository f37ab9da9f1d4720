"""One fold of a cross-validation: choose parameters, fit, and predict the rows that were held out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from evaluation.classification.augmented import with_more
from evaluation.classification.fold_runs import first_line
from evaluation.classification.outcomes import ClassOutcome, PredictedOutcome
from evaluation.classification.splits import Fold, repeated_folds
from evaluation.classification.tuning import Grid, size_of, take, tune
from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError


@dataclass(frozen=True)
class Learning:
    """What is learned from, and how; the same for all folds.

    Parameters
    ----------
    pipeline : Pipeline
        Not fitted.
    table : DataFrame, shape (n_rows, n_columns)
    y, groups : ndarray, shape (n_rows,)
    others : mapping of str to DataFrame
        Other measurements of the same rows.
    n_rows : int
        Rows that are tested; those behind them are only learned from.
    grid : mapping of str to sequence, or a sequence of these, or None
    inner_folds, seed : int
    tune_by : str
    outcome : PredictedOutcome
        With what the scores of the tested rows need.
    """

    pipeline: Pipeline
    table: pd.DataFrame
    y: NDArray[Any]
    groups: NDArray[Any]
    others: Mapping[str, pd.DataFrame]
    n_rows: int
    grid: Grid | None
    inner_folds: int
    seed: int
    tune_by: str
    outcome: PredictedOutcome = field(default_factory=ClassOutcome)


@dataclass(frozen=True)
class FoldFit:
    """What one fold gave.

    Parameters
    ----------
    predicted : ndarray, shape (n_test_rows, n_values)
        See `PredictedOutcome.predict`.
    others : mapping of str to ndarray
        The same for the other measurements.
    parameters : mapping of str to object
        Those that were chosen.
    inner_score : float
        NaN if there was nothing to choose.
    features : tuple of str or None
        Those that the model uses; None if a step does not tell what comes out of it.
    """

    predicted: FloatArray
    others: Mapping[str, FloatArray]
    parameters: Mapping[str, Any]
    inner_score: float
    features: tuple[str, ...] | None


def fit_fold(learning: Learning, fold: Fold) -> FoldFit:
    """Choose parameters within the training rows of a fold, fit to them, and predict the test rows.

    Raises
    ------
    ConfigurationError
        If a step fails, or the inner loop has too few subjects.
    """
    try:
        return _fit(learning, fold)
    except ConfigurationError:
        raise
    except ValueError as error:  # what scikit-learn says of data that a step cannot take
        raise ConfigurationError(
            f"a step of the pipeline failed: {first_line(error)} (missing values need an imputer as the first step)"
        ) from error


def _fit(learning: Learning, fold: Fold) -> FoldFit:
    train, y = take(learning.table, fold.train), learning.y[fold.train]
    parameters, score = _choose(learning, fold, train, y)
    fitted = clone(learning.pipeline).set_params(**clone(dict(parameters), safe=False)).fit(train, y)
    tested = {name: take(other, fold.test) for name, other in learning.others.items()}
    shown: dict[str | None, pd.DataFrame] = {None: take(learning.table, fold.test)}
    shown.update(tested)
    found = {
        name: learning.outcome.predict(
            fitted.steps[-1][1],
            fitted[:-1].transform(rows) if len(fitted.steps) > 1 else rows,
            y,
            learning.y[fold.test],
        )
        for name, rows in shown.items()
    }
    return FoldFit(
        predicted=found[None],
        others={name: found[name] for name in tested},
        parameters=parameters,
        inner_score=score,
        features=_features(fitted, list(map(str, learning.table.columns))),
    )


def _choose(learning: Learning, fold: Fold, train: pd.DataFrame, y: NDArray[Any]) -> tuple[Mapping[str, Any], float]:
    """Give the parameters and their score in the inner loop."""
    grid = learning.grid
    if not grid:
        return {}, float("nan")
    if size_of(grid) == 1:
        only = grid if isinstance(grid, Mapping) else grid[0]
        return {name: values[0] for name, values in only.items()}, float("nan")
    seed = (learning.seed, fold.repeat, fold.fold)
    count = int((fold.train < learning.n_rows).sum())
    people = learning.groups[fold.train]
    try:
        strata = learning.outcome.strata(y[:count], people[:count], learning.inner_folds)
        inner = repeated_folds(strata, people[:count], folds=learning.inner_folds, repeats=1, seed=seed)
    except ConfigurationError as error:
        raise ConfigurationError(f"inner loop: {error}") from error
    inner = with_more(inner, people[:count], people[count:])
    tuned = tune(learning.pipeline, train.reset_index(drop=True), y, inner, grid, learning.tune_by, learning.outcome)
    return tuned.parameters, tuned.score


def _features(fitted: Pipeline, columns: list[str]) -> tuple[str, ...] | None:
    """Name the features that the model uses; None if a step does not tell what comes out of it."""
    names = np.array(columns, dtype=object)
    if len(fitted.steps) > 1:
        try:
            names = np.asarray(fitted[:-1].get_feature_names_out(names), dtype=object)
        except (AttributeError, ValueError):
            return None
    last = fitted.steps[-1][1]
    coefficients = getattr(getattr(last, "regressor_", last), "coef_", None)
    if coefficients is not None and np.ndim(coefficients) in (1, 2) and np.shape(coefficients)[-1] == len(names):
        names = names[(np.atleast_2d(coefficients) != 0).any(axis=0)]  # an L1 penalty selects
    return tuple(map(str, names))
