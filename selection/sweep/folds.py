"""One outer fold of the sweep: every threshold, and the one that an inner cross-validation chooses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.classification.held_out import HeldOut
from evaluation.classification.metrics import auc, log_loss
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
        The class and the subject of each row.
    reliability : FeatureReliability
        What is known of the features.
    """

    values: FloatArray
    target: NDArray[Any]
    subjects: NDArray[Any]
    reliability: FeatureReliability

    def learn(self, rows: IntArray, recipe: Recipe) -> TrainingSet:
        """Prepare the training set of these rows."""
        return TrainingSet(self.values[rows], self.target[rows], self.reliability.scores(rows), recipe)


@dataclass(frozen=True)
class FoldResult:
    """What one outer fold gave; the last place of the first axis is the tuned threshold.

    Parameters
    ----------
    probability : ndarray, shape (n_thresholds + 1, n_test_rows, n_classes)
        NaN where no feature was left to learn from.
    used : ndarray of bool, shape (n_thresholds + 1, n_features)
        Features of the model.
    n_robust, n_pruned : ndarray of int, shape (n_thresholds + 1,)
        Features that reached the threshold, and those left after pruning.
    chosen : int
        Position of the threshold that the inner folds chose; -1 where none gives a model.
    """

    probability: FloatArray
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
        Of the training rows. For every threshold the parameters of the model with the highest mean AUC in them are
        taken, of equal ones those with the least log loss. The tuned threshold is the one with the highest mean AUC,
        of equal ones the highest.
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
    probability = np.full((len(thresholds) + 1, len(fold.test), len(np.unique(data.target))), np.nan)
    used = np.zeros((len(thresholds) + 1, data.values.shape[1]), dtype=bool)
    counts = np.zeros((2, len(thresholds) + 1), dtype=np.int64)
    for place, chosen in enumerate(found):
        if chosen is not None:
            head = training.fit(chosen)
            model = head.model_with(recipe.candidates[best_of(-scores[place], losses[place])])
            probability[place] = model.predict_proba(head.transform(test))
            used[place, chosen.features] = True
            counts[:, place] = chosen.n_robust, chosen.n_pruned
    best = scores.max(axis=1)
    tuned = int(np.flatnonzero(best == best.max())[-1]) if np.isfinite(best).any() else -1
    if tuned >= 0:
        probability[-1], used[-1], counts[:, -1] = probability[tuned], used[tuned], counts[:, tuned]
    return FoldResult(probability, used, counts[0], counts[1], tuned)


def _inner_scores(
    data: Data, fold: Fold, thresholds: Sequence[float], recipe: Recipe, inner_folds: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Give mean AUC and log loss over inner folds, each (n_thresholds, n_candidates); -inf and inf where one has none.

    The log loss is NaN where it is not defined.
    """
    outer = fold.train
    classes = tuple(np.unique(data.target).tolist())
    seeds = (seed, fold.repeat, fold.fold)
    inner = repeated_folds(data.target[outer], data.subjects[outer], folds=inner_folds, repeats=1, seed=seeds)
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
                        training.fit(chosen), recipe, values, data.target[test], classes
                    )
                scores[number, place], losses[number, place] = done[id(chosen)]
    usable = ~np.isnan(scores).any(axis=(1, 2))
    if not usable.any():
        raise ConfigurationError(
            f"inner loop: none of {len(inner)} folds has rows of every class to test; use fewer inner folds"
        )
    return np.round(scores[usable].mean(axis=0), DIGITS), losses[usable].mean(axis=0)


def _candidate_scores(
    head: Head, recipe: Recipe, values: FloatArray, truth: NDArray[Any], classes: tuple[Any, ...]
) -> tuple[FloatArray, FloatArray]:
    """Give AUC and log loss of every candidate for the model; NaN where the rows lack a class."""
    rows = head.transform(values)
    found = [
        HeldOut.of(truth, head.model_with(parameters).predict_proba(rows), classes=classes)
        for parameters in recipe.candidates
    ]
    return np.array([float(auc(one)) for one in found]), np.array([float(log_loss(one)) for one in found])
