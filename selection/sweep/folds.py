"""One outer fold of the sweep: every threshold, and the one that an inner cross-validation chooses."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.classification.outcomes import ClassOutcome, PredictedOutcome
from evaluation.classification.splits import Fold, repeated_folds
from evaluation.classification.tuning import best_of
from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.errors import ConfigurationError
from selection.sweep.feature_reliability import FeatureReliability
from selection.sweep.pareto import DIGITS
from selection.sweep.training import Head, Recipe, TrainingSet


@dataclass(frozen=True)
class Data:
    """A cohort as arrays.

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_features)
        Columns in the order of their names; NaN where missing.
    target, subjects : ndarray, shape (n_rows,)
        What is predicted of each row, and its subject.
    reliability : FeatureReliability
        What is known of the features.
    outcome : PredictedOutcome
        What the target is; classes by default.
    """

    values: FloatArray
    target: NDArray[Any]
    subjects: NDArray[Any]
    reliability: FeatureReliability
    outcome: PredictedOutcome = field(default_factory=ClassOutcome)

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcome", self.outcome.known(self.target))

    def learn(self, rows: IntArray, recipe: Recipe) -> TrainingSet:
        """Prepare the training set of these rows."""
        return TrainingSet(self.values[rows], self.target[rows], self.reliability.scores(rows), recipe)


@dataclass(frozen=True)
class FoldResult:
    """What one outer fold gave; the last place of the first axis is the tuned threshold.

    Parameters
    ----------
    predicted : ndarray, shape (n_thresholds + 1, n_test_rows, n_values)
        See `PredictedOutcome.predict`; NaN where no feature was left to learn from.
    used : ndarray of bool, shape (n_thresholds + 1, n_features)
        Features of the model.
    n_robust, n_pruned : ndarray of int, shape (n_thresholds + 1,)
        Features that reached the threshold, and those left after pruning.
    chosen : int
        Position of the threshold that the inner folds chose; -1 where none gives a model.
    """

    predicted: FloatArray
    used: BoolArray
    n_robust: IntArray
    n_pruned: IntArray
    chosen: int


def run_fold(
    data: Data, thresholds: Sequence[float], recipe: Recipe, inner_folds: int, seed: int, fold: Fold
) -> FoldResult:
    """Tune the model for every threshold within the training rows of a fold, fit it, and predict the test rows.

    Parameters
    ----------
    data : Data
    thresholds : sequence of float
        Ascending.
    recipe : Recipe
    inner_folds : int
        Of the training rows. For every threshold the parameters of the model with the best mean score in them are
        taken: the highest AUC, of equal ones the least log loss; of a number the highest R2; of survival the least
        integrated Brier score. The tuned threshold is the one with the best mean, of equal ones the highest.
    seed : int
        Of the inner folds, together with the numbers of the outer one.
    fold : Fold
        The outer fold.
    """
    training = data.learn(fold.train, recipe)
    found = [training.choose(threshold) for threshold in thresholds]
    scores, losses = _inner_scores(data, fold, thresholds, recipe, inner_folds, seed)
    scores[[place for place, chosen in enumerate(found) if chosen is None]] = -np.inf
    test = training.impute(data.values[fold.test])
    learned, tested = data.target[fold.train], data.target[fold.test]
    predicted: list[FloatArray | None] = [None] * (len(thresholds) + 1)
    used = np.zeros((len(thresholds) + 1, data.values.shape[1]), dtype=bool)
    counts = np.zeros((2, len(thresholds) + 1), dtype=np.int64)
    for place, chosen in enumerate(found):
        if chosen is not None:
            head = training.fit(chosen)
            model = head.model_with(recipe.candidates[best_of(-scores[place], losses[place])])
            predicted[place] = data.outcome.predict(model, head.transform(test), learned, tested)
            used[place, chosen.features] = True
            counts[:, place] = chosen.n_robust, chosen.n_pruned
    best = scores.max(axis=1)
    tuned = int(np.flatnonzero(best == best.max())[-1]) if np.isfinite(best).any() else -1
    if tuned >= 0:
        predicted[-1], used[-1], counts[:, -1] = predicted[tuned], used[tuned], counts[:, tuned]
    none = np.full((len(fold.test), data.outcome.n_values), np.nan)
    values = np.stack([none if one is None else one for one in predicted])
    return FoldResult(values, used, counts[0], counts[1], tuned)


def _inner_scores(
    data: Data, fold: Fold, thresholds: Sequence[float], recipe: Recipe, inner_folds: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Give over inner folds how good scores are, and what decides between equals, each (n_thresholds, n_candidates).

    The first is minus the distance from the best score, -inf where there is none; the second a distance, inf or NaN.
    """
    outer = fold.train
    outcome = data.outcome.known(data.target[outer])
    seeds = (seed, fold.repeat, fold.fold)
    strata = outcome.strata(data.target[outer], data.subjects[outer], inner_folds)
    inner = repeated_folds(strata, data.subjects[outer], folds=inner_folds, repeats=1, seed=seeds)
    scores = np.full((len(inner), len(thresholds), len(recipe.candidates)), -np.inf)
    losses = np.full_like(scores, np.inf)
    for number, split in enumerate(inner):
        train, test = outer[split.train], outer[split.test]
        training = data.learn(train, recipe)
        values = training.impute(data.values[test])
        done: dict[int, tuple[FloatArray, FloatArray]] = {}
        for place, threshold in enumerate(thresholds):
            chosen = training.choose(threshold)
            if chosen is not None:
                # Thresholds that leave the same features share the very same object.
                if id(chosen) not in done:
                    done[id(chosen)] = _candidate_scores(
                        training.fit(chosen), recipe, values, data.target[train], data.target[test], outcome
                    )
                scores[number, place], losses[number, place] = done[id(chosen)]
    usable = ~np.isnan(scores).any(axis=(1, 2))
    if not usable.any():
        raise ConfigurationError(
            f"inner loop: none of {len(inner)} folds has what its scores need, such as rows of every class to test; "
            "use fewer inner folds"
        )
    return np.round(scores[usable].mean(axis=0), DIGITS), losses[usable].mean(axis=0)


def _candidate_scores(
    head: Head,
    recipe: Recipe,
    values: FloatArray,
    learned: NDArray[Any],
    truth: NDArray[Any],
    outcome: PredictedOutcome,
) -> tuple[FloatArray, FloatArray]:
    """Give how good each candidate for the model is, and what decides between equals; NaN where there is no score."""
    rows = head.transform(values)
    found = [
        outcome.alone(truth, outcome.predict(head.model_with(parameters), rows, learned, truth))
        for parameters in recipe.candidates
    ]
    first, second = (
        np.array([abs(float(score.compute(one)) - score.best) for one in found])
        for score in (outcome.scores[outcome.tune_by], outcome.scores[outcome.tie_by])
    )
    return -first, second
