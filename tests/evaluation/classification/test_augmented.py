import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from evaluation.classification import cross_validate, make_model, repeated_folds
from evaluation.classification.augmented import MoreRows, with_more
from harmonize.errors import ConfigurationError
from tests.benchmarks.bench_augmentation import aucs, cohort


def test_no_fold_has_rows_of_a_subject_on_both_sides():
    y, who = np.repeat([0, 1], 10), np.arange(20)
    more = np.tile(who, 3)
    groups = np.concatenate([who, more])
    for fold in with_more(repeated_folds(y, who, folds=4, repeats=2), who, more):
        assert not set(groups[fold.train]) & set(groups[fold.test])
        assert (fold.test < 20).all()
        assert len(fold.train) == 4 * 15


def test_models_and_inner_folds_learn_from_training_subjects_alone(monkeypatch):
    """Every fit sees perturbed rows only beside the scan that they are of, in the inner loop as well."""
    from sklearn.linear_model import LogisticRegression

    table, y, who, more = cohort(np.random.default_rng(0), 24, 0.0)
    table["f0"] = who.astype(float)
    more.table["f0"] = more.groups + 0.25  # whose row it is, and that it is perturbed
    fits = []
    plain_fit, plain_predict = LogisticRegression.fit, LogisticRegression.predict_proba

    def fit(self, X, labels, *rest):
        self.learned_ = np.asarray(X)[:, 0].copy()
        return plain_fit(self, X, labels, *rest)

    def predict(self, X):
        fits.append((self.learned_, np.asarray(X)[:, 0].copy()))
        return plain_predict(self, X)

    monkeypatch.setattr(LogisticRegression, "fit", fit)
    monkeypatch.setattr(LogisticRegression, "predict_proba", predict)
    pipeline, grid = Pipeline([("model", LogisticRegression())]), {"model__C": [0.1, 1.0]}
    asked = {"folds": 3, "inner_folds": 3, "repeats": 1, "n_resamples": 100}
    cross_validate(pipeline, table, y, who, more=more, param_grid=grid, **asked)

    assert len(fits) > 3 * 3
    for learned, tested in fits:
        assert (tested % 1 == 0).all()  # none is perturbed
        assert not set(np.floor(learned)) & set(tested)
        assert (np.bincount(np.floor(learned).astype(int))[np.unique(np.floor(learned).astype(int))] == 7).all()


def test_labels_that_mean_nothing_are_not_told_and_a_leak_would_show():
    rng = np.random.default_rng(1)
    found = pd.DataFrame([aucs(rng, 24, 0.0) for _ in range(16)])
    error = found.std() / 4
    assert abs(found["augmented"].mean() - 0.5) < 2.5 * error["augmented"]
    assert abs(found["as they are"].mean() - 0.5) < 2.5 * error["as they are"]
    assert found["naive"].mean() > 0.8


def test_without_more_rows_nothing_changes():
    table, y, who, more = cohort(np.random.default_rng(2), 24, 1.0)
    none = MoreRows(more.table.iloc[:0], more.y[:0], more.groups[:0])
    pipeline = Pipeline(make_model("logistic").steps)
    one, two = (
        cross_validate(pipeline, table, y, who, more=rows, folds=3, repeats=1, n_resamples=100) for rows in (None, none)
    )
    pd.testing.assert_frame_equal(one.scores, two.scores)


@pytest.mark.parametrize("wrong", ["columns", "length", "subject", "class"])
def test_rows_that_do_not_fit_are_refused(golden, wrong):
    table, y, who, more = cohort(np.random.default_rng(3), 12, 0.0)
    given = {
        "columns": MoreRows(more.table.iloc[:, 1:], more.y, more.groups),
        "length": MoreRows(more.table, more.y[1:], more.groups),
        "subject": MoreRows(more.table, more.y, more.groups + 1),
        "class": MoreRows(more.table, 1 - more.y, more.groups),
    }[wrong]
    with golden.error(ConfigurationError):
        cross_validate(Pipeline(make_model("logistic").steps), table, y, who, more=given, folds=3, repeats=1)
