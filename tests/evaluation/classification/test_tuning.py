import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, ParameterGrid
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from evaluation.classification import make_model, repeated_folds
from evaluation.classification.tuning import best_of, size_of, tune
from harmonize.errors import ConfigurationError


def cohort(n: int = 80) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    y = np.arange(n) % 2
    table = pd.DataFrame(rng.normal(size=(n, 12)), columns=[f"f{i}" for i in range(12)])
    table["f0"] += 0.8 * y
    table.iloc[3, 4] = np.nan
    return table, y


GRID = [
    {"scale": [StandardScaler(), MinMaxScaler(), "passthrough"], "select__k": [2, 8], "model__C": [0.01, 1.0]},
    {
        "model": [LogisticRegression(C=3), RandomForestClassifier(20, min_samples_leaf=5, random_state=0)],
        "select__k": [3],
    },
]


def pipeline() -> Pipeline:
    steps = [("impute", SimpleImputer()), ("scale", StandardScaler()), ("select", SelectKBest())]
    return Pipeline([*steps, ("model", LogisticRegression())]).set_output(transform="pandas")


@pytest.mark.parametrize(("score", "scoring"), [("auc", "roc_auc"), ("log_loss", "neg_log_loss")])
def test_it_chooses_what_grid_search_chooses(score: str, scoring: str) -> None:
    table, y = cohort()
    folds = repeated_folds(y, np.arange(80), repeats=1)
    found = tune(pipeline(), table, y, folds, GRID, score)
    search = GridSearchCV(pipeline(), GRID, scoring=scoring, cv=[(f.train, f.test) for f in folds]).fit(table, y)
    assert found.scores == pytest.approx(np.abs(search.cv_results_["mean_test_score"]), abs=1e-12)
    assert str(found.parameters) == str(search.best_params_)
    assert size_of(GRID) == len(found.scores) == 14


def test_shared_steps_are_fitted_once_a_fold() -> None:
    fits = []

    class Counting(VarianceThreshold):
        def fit(self, X, y=None):
            fits.append(len(X))
            return super().fit(X, y)

    table, y = cohort()
    counted = Pipeline([("impute", SimpleImputer()), ("count", Counting()), ("model", LogisticRegression())])
    tune(counted, table, y, repeated_folds(y, np.arange(80), repeats=1), {"model__C": [0.1, 1.0, 10.0]})
    assert fits == [64] * 5
    fits.clear()
    tune(counted, table, y, repeated_folds(y, np.arange(80), repeats=1), {"impute__strategy": ["mean", "median"]})
    assert fits == [64] * 10


def test_the_first_of_equals_is_taken() -> None:
    table, y = cohort()
    dummy = make_model("dummy")
    grid = {"model__strategy": ["prior", "stratified"][:1] * 2}
    found = tune(Pipeline(dummy.steps), table, y, repeated_folds(y, np.arange(80), repeats=1), grid)
    assert found.scores == (0.5, 0.5)
    assert found.parameters == {"model__strategy": "prior"}


def test_an_unknown_score_is_refused(golden) -> None:
    table, y = cohort()
    with golden.error(ConfigurationError):
        tune(pipeline(), table, y, repeated_folds(y, np.arange(80), repeats=1), GRID, "roc")


def test_folds_without_a_score_are_refused(golden) -> None:
    table, y = cohort(20)
    folds = repeated_folds(y, np.arange(20), folds=10, repeats=1)
    with golden.error(ConfigurationError):
        tune(pipeline(), table, y, folds, {"model__C": [1.0, 2.0]}, "calibration_slope")


def test_ties_of_ranks_are_broken_by_log_loss() -> None:
    """With one feature every penalty has the same AUC; the first one, .001, predicts the prevalence for everybody."""
    rng = np.random.default_rng(0)
    y = np.arange(120) % 2
    table = pd.DataFrame({"volume": rng.normal(size=120) + 2.0 * y})
    model = make_model("logistic")
    folds = repeated_folds(y, np.arange(120), repeats=1)
    found = tune(Pipeline(model.steps), table, y, folds, model.grid, "auc")
    assert len({round(score, 12) for score in found.scores}) == 1
    assert found.parameters == tune(Pipeline(model.steps), table, y, folds, model.grid, "log_loss").parameters
    assert found.parameters["model__C"] > 0.001


def test_a_loss_that_is_not_defined_comes_last() -> None:
    assert best_of([0.1, 0.1, 0.2], [np.nan, 0.9, 0.1]) == 1
    assert best_of([0.1, 0.1], [np.nan, np.nan]) == 0
    assert best_of([0.1 + 1e-13, 0.1], [0.3, 0.4]) == 0  # rounding is no difference


class InPlace(TransformerMixin, BaseEstimator):
    """A step that scales the rows it is given, in place."""

    def __init__(self, factor=1.0):
        self.factor = factor

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        X *= self.factor
        return X


@pytest.mark.parametrize("frame", [False, True])
def test_a_step_that_works_in_place_does_not_reach_other_candidates(frame):
    """Regression: candidates share rows, and each one found them as the one before had left them."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 30)
    values = y[:, None] + rng.normal(0, 1.5, (60, 3))
    folds = repeated_folds(y, np.arange(60), folds=3, repeats=1, seed=0)
    pipeline = Pipeline([("first", InPlace()), ("second", InPlace()), ("model", LogisticRegression())])
    grid = {"second__factor": [0.1, 0.1, 10.0], "first__factor": [1.0, 5.0], "model__C": [0.01, 1.0]}
    given = pd.DataFrame(values, columns=list("abc")) if frame else values
    found = tune(pipeline, given, y, folds, grid, "log_loss")
    for candidate, score in zip(ParameterGrid(grid), found.scores, strict=True):
        alone = tune(pipeline, given, y, folds, {name: [value] for name, value in candidate.items()}, "log_loss")
        assert score == pytest.approx(alone.scores[0], abs=1e-12)
    np.testing.assert_array_equal(values, np.asarray(given))
