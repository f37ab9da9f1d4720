"""Choosing parameters in the inner loop, with the steps that candidates share fitted once."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import Pipeline

from evaluation.classification.outcomes import ClassOutcome, PredictedOutcome
from evaluation.classification.splits import Fold
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown

DIGITS = 9
"""Scores that differ beyond this decimal only are equal."""

Grid = Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Sequence[Any]]]
"""Values of parameters, or several such mappings, as for `sklearn.model_selection.GridSearchCV`."""

Prefixes = dict[tuple[Any, ...], tuple[Any, Any]]
"""Training and test rows behind each step, by the parameters of the steps so far."""


@dataclass(frozen=True)
class Tuned:
    """What the inner loop chose.

    Parameters
    ----------
    parameters : dict
        The best candidate; of equals the one with the least log loss, of equals in that too the first.
    score : float
        Its mean score over the inner folds; NaN if there was nothing to choose.
    scores : tuple of float
        Of all candidates, in the order of `sklearn.model_selection.ParameterGrid`.
    """

    parameters: dict[str, Any]
    score: float
    scores: tuple[float, ...]


def tune(
    pipeline: Pipeline,
    X: Any,
    y: NDArray[Any],
    folds: Sequence[Fold],
    grid: Grid,
    score: str | None = None,
    outcome: PredictedOutcome | None = None,
) -> Tuned:
    """Score every candidate on the inner folds.

    Gives what `sklearn.model_selection.GridSearchCV` with these folds would choose, except for ties. A score of ranks
    cannot tell apart candidates that only rescale the probabilities (the penalty of a model of one feature leaves its
    AUC as it is), and the first one may be far from calibrated: ties are broken by log loss. Steps before the first
    one that a candidate changes are fitted once a fold, not once a candidate.

    Parameters
    ----------
    pipeline : Pipeline
        Not fitted.
    X : DataFrame or array, shape (n_rows, n_columns)
    y : ndarray, shape (n_rows,)
    folds : sequence of Fold
    grid : mapping of str to sequence, or a sequence of these
        As for `GridSearchCV`; a step may be replaced as a whole.
    score : str, optional
        What is to be best, out of the scores of the outcome.
    outcome : PredictedOutcome, optional
        Classes by default.

    Raises
    ------
    ConfigurationError
        If no candidate has a score in any fold.
    """
    known = (outcome or ClassOutcome()).known(y)
    score = score or known.tune_by
    refuse_unknown([score], known.scores, "tune_by")
    candidates = list(ParameterGrid([dict(one) for one in _listed(grid)]))
    both = np.array([_fold_scores(pipeline, X, y, fold, candidates, (score, known.tie_by), known) for fold in folds])
    table, losses = both[..., 0], both[..., 1]
    with_value = np.isfinite(table).all(axis=1)
    if not with_value.any():
        raise ConfigurationError(
            f"inner loop: no fold of {len(folds)} has a value of {score} for every candidate; use fewer inner folds, "
            "or tune by another score"
        )
    means = table[with_value].mean(axis=0)
    best = best_of(
        np.abs(means - known.scores[score].best),
        np.abs(losses[with_value].mean(axis=0) - known.scores[known.tie_by].best),
    )
    return Tuned(dict(candidates[best]), float(means[best]), tuple(means.tolist()))


def best_of(distance: ArrayLike, loss: ArrayLike) -> int:
    """Give the position of the candidate closest to the best score, of equals the least loss, then the first.

    Parameters
    ----------
    distance, loss : array_like, shape (n_candidates,)
        A loss of NaN comes last.

    Examples
    --------
    >>> best_of([0.2, 0.1, 0.1, 0.1], [0.3, 0.69, 0.5, 0.5])
    2
    """
    keys = np.round(np.asarray(distance, dtype=np.float64), DIGITS), np.asarray(loss, dtype=np.float64)
    return int(np.lexsort((np.nan_to_num(keys[1], nan=np.inf), keys[0]))[0])


def size_of(grid: Grid | None) -> int:
    """Count the candidates of a grid."""
    return len(ParameterGrid([dict(one) for one in _listed(grid)])) if grid else 1


def take(X: Any, rows: NDArray[Any]) -> Any:
    """Take rows of a table or an array."""
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def _listed(grid: Grid) -> list[Mapping[str, Sequence[Any]]]:
    return [grid] if isinstance(grid, Mapping) else list(grid)


def _fold_scores(
    pipeline: Pipeline,
    X: Any,
    y: NDArray[Any],
    fold: Fold,
    candidates: list[dict[str, Any]],
    scores: Sequence[str],
    outcome: PredictedOutcome,
) -> list[list[float]]:
    """Give each of the scores for all candidates on one fold."""
    rows = take(X, fold.train), take(X, fold.test)
    prefixes: Prefixes = {}
    result = []
    for candidate in candidates:
        model, tested = _fitted(pipeline, candidate, rows, y[fold.train], prefixes)
        predicted = outcome.predict(model, tested, y[fold.train], y[fold.test])
        held_out = outcome.alone(y[fold.test], predicted)
        result.append([float(outcome.scores[score].compute(held_out)) for score in scores])
    return result


def _fitted(
    pipeline: Pipeline, candidate: dict[str, Any], rows: tuple[Any, Any], y: NDArray[Any], prefixes: Prefixes
) -> tuple[Any, Any]:
    """Give the fitted model of a candidate, and the test rows as it takes them."""
    steps = clone(pipeline).set_params(**clone(candidate, safe=False)).steps
    train, test = rows
    key: tuple[Any, ...] = ()
    for name, step in steps[:-1]:
        # Candidates of a grid share the very same values, so that their identity tells them apart.
        changed = sorted((n, id(value)) for n, value in candidate.items() if n.split("__")[0] == name)
        key = (*key, (name, *changed))
        if step is None or step == "passthrough":
            continue
        # Each step gets rows of its own: what a step that works in place did to them would reach other candidates.
        if key not in prefixes:
            prefixes[key] = step.fit_transform(deepcopy(train), y), step.transform(deepcopy(test))
        train, test = prefixes[key]
    return steps[-1][1].fit(deepcopy(train), y), deepcopy(test)
