import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from evaluation.classification.models import make_model
from evaluation.tables import RELIABILITY_COLUMNS
from selection import MRMR, CorrelationPruning, RobustnessThreshold
from selection.sweep.training import Recipe, TrainingSet

MODEL = make_model("logistic")


def reliability_table(scores):
    rows = [("raw", "T2", "liver", name, "B", "icc", value, 0, 1, 9, "ok") for name, value in scores.items()]
    return pd.DataFrame(rows, columns=list(RELIABILITY_COLUMNS))


@pytest.mark.parametrize("threshold", [0.0, 0.5, 0.8, 0.9])
@pytest.mark.parametrize(("prune", "selector"), [(0.9, MRMR(4)), (0.7, None), (None, MRMR(3))])
def test_equals_the_pipeline_of_scikit_learn(correlated, threshold, prune, selector):
    frame, classes, _, scores = correlated
    training = TrainingSet(frame[:60].to_numpy(), classes[:60], scores.to_numpy(), Recipe(MODEL, prune, selector))
    chosen = training.choose(threshold)
    head = training.fit(chosen)
    fitted = head.model_with({"model__C": 0.1})
    pipeline = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        RobustnessThreshold(reliability_table(scores), {"icc": threshold}),
        VarianceThreshold(),
        "passthrough" if prune is None else CorrelationPruning(prune, reliability=scores),
        "passthrough" if selector is None else selector,
        *(clone(step) for _, step in MODEL.steps),
    ).set_output(transform="pandas")
    pipeline.set_params(logisticregression__C=0.1)
    pipeline.fit(frame[:60], classes[:60])
    assert list(frame.columns[chosen.features]) == list(pipeline[:-1].get_feature_names_out())
    np.testing.assert_allclose(
        fitted.predict_proba(head.transform(training.impute(frame[60:].to_numpy()))),
        pipeline.predict_proba(frame[60:]),
        rtol=1e-12,
    )


def test_thresholds_that_let_the_same_features_pass_share_one_fit(correlated):
    frame, classes, _, scores = correlated
    training = TrainingSet(frame.to_numpy(), classes, scores.to_numpy(), Recipe(MODEL))
    assert training.choose(0.0) is training.choose(0.1)
    assert training.choose(0.5) is not training.choose(0.1)


def test_of_two_that_say_the_same_the_more_reliable_stays(correlated):
    frame, classes, _, scores = correlated
    fitted = TrainingSet(frame.to_numpy(), classes, scores.to_numpy(), Recipe(MODEL, 0.9)).choose(0.0)
    assert 20 in fitted.features
    assert 3 not in fitted.features


def test_nothing_reliable_leaves_nothing(correlated):
    frame, classes, _, scores = correlated
    scores = scores.where(scores < 0.9, -np.inf)
    assert TrainingSet(frame.to_numpy(), classes, scores.to_numpy(), Recipe(MODEL)).choose(0.9) is None


def test_a_column_without_values_in_the_training_set_is_left_out(correlated):
    frame, classes, _, scores = correlated
    values = frame.to_numpy(copy=True)
    values[:60, 29] = np.nan
    fitted = TrainingSet(values[:60], classes[:60], scores.to_numpy(), Recipe(MODEL, None)).choose(0.0)
    assert 29 not in fitted.features
    assert fitted.n_robust == 28
