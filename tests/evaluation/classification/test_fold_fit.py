import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from evaluation.classification.fold_fit import Learning, fit_fold
from evaluation.classification.splits import repeated_folds
from harmonize.errors import ConfigurationError

Y, WHO = np.arange(60) % 2, np.arange(60)
FOLD = repeated_folds(Y, WHO, repeats=1)[2]


def learning(grid=None, missing=False) -> Learning:
    values = np.random.default_rng(0).normal(size=(60, 6))
    values[:, 2] += Y
    if missing:
        values[FOLD.train[0], 0] = np.nan
    table = pd.DataFrame(values, columns=list("abcdef"))
    steps = [("scale", StandardScaler()), ("select", SelectKBest(f_classif, k=3)), ("model", LogisticRegression())]
    pipeline = Pipeline(steps).set_output(transform="pandas")
    return Learning(pipeline, table, Y, WHO, {"shifted": table + 1.0}, len(table), grid, 4, 7, "auc")


def test_it_is_a_grid_search_of_scikit_learn_on_the_training_rows() -> None:
    grid = {"select__k": [1, 2, 4], "model__C": [0.1, 1.0]}
    given = learning(grid)
    found = fit_fold(given, FOLD)
    train, test = given.table.iloc[FOLD.train], given.table.iloc[FOLD.test]
    inner = repeated_folds(Y[FOLD.train], WHO[FOLD.train], folds=4, repeats=1, seed=(7, FOLD.repeat, FOLD.fold))
    search = GridSearchCV(given.pipeline, grid, scoring="roc_auc", cv=[(one.train, one.test) for one in inner])
    search.fit(train, Y[FOLD.train])
    assert found.inner_score == pytest.approx(search.best_score_, abs=1e-12)
    chosen = given.pipeline.set_params(**found.parameters).fit(train, Y[FOLD.train])
    np.testing.assert_array_equal(found.predicted, chosen.predict_proba(test))
    np.testing.assert_array_equal(found.others["shifted"], chosen.predict_proba(test + 1.0))
    assert found.features == tuple(chosen[:-1].get_feature_names_out())


def test_one_candidate_is_taken_without_an_inner_loop() -> None:
    found = fit_fold(learning([{"select__k": [1]}]), FOLD)
    assert found.parameters == {"select__k": 1}
    assert np.isnan(found.inner_score)
    assert found.features == ("c",)
    assert len(fit_fold(learning(), FOLD).features or ()) == 3


def test_a_step_that_cannot_take_the_data_is_told_with_what_may_help(golden) -> None:
    with golden.error(ConfigurationError, varies=r"(?<=failed: ).*(?= \(missing)"):
        fit_fold(learning(missing=True), FOLD)
