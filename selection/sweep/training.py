"""What all thresholds share in one training set, and what each of them gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.model_selection import ParameterGrid

from evaluation.classification.model import DiagnosticModel
from harmonize.arrays import FloatArray, IntArray
from selection.correlation import absolute_correlation
from selection.redundancy import correlation_clusters, representatives


@dataclass(frozen=True)
class Recipe:
    """What happens to the features that reach a threshold.

    Parameters
    ----------
    model : DiagnosticModel
        Its steps end the pipeline; its grid is searched in the inner loop.
    prune : float or None
        Of features with this absolute Spearman correlation to one another the most reliable is kept, see
        `CorrelationPruning`; None keeps all.
    selector : estimator or None
        A scikit-learn selector that follows; cloned for each fit.
    """

    model: DiagnosticModel
    prune: float | None = 0.9
    selector: Any = None
    candidates: tuple[Mapping[str, Any], ...] = field(init=False)

    def __post_init__(self) -> None:
        grid = self.model.grid
        object.__setattr__(self, "candidates", tuple(ParameterGrid(dict(grid))) if grid else ({},))


@dataclass(frozen=True)
class Chosen:
    """The features that a threshold leaves.

    Parameters
    ----------
    features : ndarray of int
        Positions of the columns that a model gets.
    n_robust, n_pruned : int
        How many columns reached the threshold (and vary), and how many of them were left after pruning.
    """

    features: IntArray
    n_robust: int
    n_pruned: int


@dataclass(frozen=True)
class Head:
    """Everything before the model, fitted, and what the model learns from.

    Parameters
    ----------
    features : ndarray of int
        Positions of the columns that it takes.
    steps : list of estimator
        Fitted steps before the model.
    model : estimator
        Not fitted.
    rows, classes : ndarray
        The training rows behind the steps, and their classes.
    """

    features: IntArray
    steps: list[Any]
    model: Any
    rows: FloatArray
    classes: NDArray[Any]

    def transform(self, values: FloatArray) -> FloatArray:
        """Take new, imputed rows through the steps."""
        rows = values[:, self.features]
        for step in self.steps:
            rows = step.transform(rows)
        return rows

    def model_with(self, parameters: Mapping[str, Any]) -> Any:
        """Fit the model with parameters of its grid."""
        own = {name.removeprefix("model__"): value for name, value in parameters.items()}
        return clone(self.model).set_params(**own).fit(self.rows, self.classes)


class TrainingSet:
    """Impute and correlate once, then choose and fit for any threshold.

    The order is: impute (median), robust features that vary, redundancy, selector, model. The result for a threshold is
    that of a scikit-learn pipeline of `SimpleImputer`, `RobustnessThreshold`, `VarianceThreshold`,
    `CorrelationPruning`, the selector and the model.

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_features)
        Columns in the order of their names, by which ties are broken; NaN where missing.
    classes : ndarray, shape (n_rows,)
        What is predicted of each row.
    scores : ndarray, shape (n_features,)
        Reliability, more is better; -inf where there is none.
    recipe : Recipe

    Examples
    --------
    >>> from radharmony import make_model
    >>> values = np.array([[1.0, 5.0], [2.0, 5.5], [3.0, 4.0], [4.0, 4.5]])
    >>> recipe = Recipe(make_model("logistic"), prune=None)
    >>> training = TrainingSet(values, np.array([0, 0, 1, 1]), np.array([0.9, 0.6]), recipe)
    >>> training.choose(0.5).features.tolist(), training.choose(0.8).features.tolist(), training.choose(0.9)
    ([0, 1], [0], None)
    """

    def __init__(self, values: FloatArray, classes: NDArray[Any], scores: FloatArray, recipe: Recipe) -> None:
        # A column without any value becomes constant, and is then left out as such.
        self._imputer = SimpleImputer(strategy="median", keep_empty_features=True).fit(values)
        self._values = self._imputer.transform(values)
        self._classes, self._scores, self._recipe = classes, scores, recipe
        self._varies = np.ptp(self._values, axis=0) > 0
        self._done: dict[bytes, Chosen | None] = {}

    def impute(self, values: FloatArray) -> FloatArray:
        """Fill in new rows what they lack."""
        return np.asarray(self._imputer.transform(values))

    def choose(self, threshold: float) -> Chosen | None:
        """Choose among the features whose reliability lies above a threshold; None if none is left."""
        robust = (self._scores > threshold) & self._varies
        key = robust.tobytes()
        if key not in self._done:
            self._done[key] = self._choose(np.flatnonzero(robust)) if robust.any() else None
        return self._done[key]

    def fit(self, chosen: Chosen) -> "Head":
        """Fit what comes before the model, once for all its parameters."""
        rows = self._values[:, chosen.features]
        steps = []
        for _, step in self._recipe.model.steps[:-1]:
            steps.append(clone(step).fit(rows, self._classes))
            rows = steps[-1].transform(rows)
        return Head(chosen.features, steps, self._recipe.model.steps[-1][1], rows, self._classes)

    @cached_property
    def _correlation(self) -> FloatArray:
        return absolute_correlation(self._values)

    def _choose(self, robust: IntArray) -> Chosen | None:
        kept = self._pruned(robust)
        features = kept
        if self._recipe.selector is not None:
            selector = clone(self._recipe.selector).fit(self._values[:, kept], self._classes)
            features = kept[selector.get_support()]
        return Chosen(features, len(robust), len(kept)) if len(features) else None

    def _pruned(self, robust: IntArray) -> IntArray:
        if self._recipe.prune is None:
            return robust
        correlation = self._correlation[np.ix_(robust, robust)]
        clusters = correlation_clusters(correlation, self._recipe.prune)
        return robust[np.sort(representatives(correlation, clusters, self._scores[robust]))]
