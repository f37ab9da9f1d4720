from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from evaluation.classification import DiagnosticPerformance, Fold, cross_validate, make_model, repeated_folds
from evaluation.reading.table_file import TableFile
from evaluation.tables import feature_class
from harmonize.errors import ConfigurationError


def cohort(n: int = 60, features: int = 20, signal: float = 1.5, rows: int = 1, seed: int = 0):
    rng = np.random.default_rng(seed)
    subjects = np.repeat([f"P{i:03}" for i in range(n)], rows)
    y = np.repeat(np.arange(n) % 2, rows)
    values = rng.normal(size=(n, features)).repeat(rows, axis=0) + 0.1 * rng.normal(size=(n * rows, features))
    values[:, 3] += signal * y
    return pd.DataFrame(values, columns=[f"f{i}" for i in range(features)]), y, subjects


def selecting(k: int = 3) -> Pipeline:
    steps = [("scale", StandardScaler()), ("select", SelectKBest(f_classif, k=k)), ("model", LogisticRegression())]
    return Pipeline(steps).set_output(transform="pandas")


def score(found: DiagnosticPerformance, name: str = "auc") -> pd.Series:
    return found.scores.set_index("score").loc[name]


def test_without_an_inner_loop_it_is_cross_val_score() -> None:
    table, y, subjects = cohort()
    found = cross_validate(selecting(), table, y, subjects, repeats=2)
    folds = [(one.train, one.test) for one in repeated_folds(y, subjects, repeats=2)]
    wanted = cross_val_score(selecting(), table, y, cv=folds, scoring="roc_auc")
    assert score(found)["estimate"] == pytest.approx(wanted.mean(), abs=1e-12)
    losses = cross_val_score(selecting(), table, y, cv=folds, scoring="neg_brier_score")
    assert score(found, "brier")["estimate"] == pytest.approx(-losses.mean(), abs=1e-12)


def test_each_row_is_predicted_by_a_model_that_never_saw_its_subject() -> None:
    """A model that knows every training subject by heart must know nothing of the tested ones."""
    from sklearn.neighbors import KNeighborsClassifier

    table, _, subjects = cohort(rows=3)
    y = np.repeat(np.random.default_rng(3).integers(0, 2, 60), 3)
    found = cross_validate(KNeighborsClassifier(1), table, y, subjects, repeats=3)
    assert 0.35 < score(found)["estimate"] < 0.65
    for fold in repeated_folds(y, subjects, repeats=3):
        rows = found.predictions.query("repeat == @fold.repeat and fold == @fold.fold")
        assert sorted(rows["row"]) == fold.test.tolist()
        assert not set(rows["subject"]) & set(subjects[fold.train])


def test_a_planted_signal_is_found() -> None:
    grid = {"select__k": [1, 5], "model__C": [0.1, 1.0]}
    found = cross_validate(selecting(), *cohort(signal=2.0), param_grid=grid, repeats=2)
    assert score(found)["lower"] > 0.6
    assert score(found)["status"] == "ok"
    assert (found.selected["feature"] == "f3").sum() == 10
    assert set(found.parameters["select__k"]) <= {1, 5}
    assert found.parameters["n_features"].tolist() == found.parameters["select__k"].tolist()
    assert found.support(["f3", "f4"])[:, 0].all()
    assert found.support(table_names()).sum() == len(found.selected)


def table_names() -> list[str]:
    return [f"f{i}" for i in range(20)]


def test_selection_inside_the_folds_finds_nothing_in_noise_and_outside_it_does() -> None:
    """Ambroise & McLachlan 2002: choosing 10 of 1,000 noise features before cross-validation looks like a finding."""
    table, y, subjects = cohort(features=1000, signal=0.0, seed=1)
    inside = score(cross_validate(selecting(10), table, y, subjects, repeats=3))
    assert inside["lower"] < 0.5 < inside["upper"]
    chosen = table.columns[SelectKBest(k=10).fit(table, y).get_support()]
    outside = score(cross_validate(selecting(10), table[chosen], y, subjects, repeats=3))
    assert outside["lower"] > 0.75  # nothing in the table tells: the pipeline must hold the selector


def test_null_cohorts_give_chance_on_average() -> None:
    found = [
        score(cross_validate(selecting(5), *cohort(40, 200, 0.0, seed=seed), folds=3, repeats=1, n_resamples=100))
        for seed in range(20)
    ]
    estimates = [one["estimate"] for one in found]
    assert abs(np.mean(estimates) - 0.5) < 3 * np.std(estimates) / np.sqrt(20)
    assert sum(one["lower"] <= 0.5 <= one["upper"] for one in found) >= 16


def test_results_do_not_depend_on_the_number_of_jobs_or_the_run() -> None:
    table, y, subjects = cohort(40)
    model = make_model("forest", 1)
    pipeline = Pipeline([("select", SelectKBest(k=4)), *model.steps])
    pipeline.set_params(model__n_estimators=10)
    runs = [
        cross_validate(pipeline, table, y, subjects, param_grid=model.grid, repeats=2, inner_folds=3, jobs=jobs)
        for jobs in (1, 2, 1)
    ]
    for other in runs[1:]:
        for name in ("predictions", "parameters", "selected", "scores"):
            pd.testing.assert_frame_equal(getattr(runs[0], name), getattr(other, name), check_exact=True)


def test_a_few_rows_more_for_a_subject_do_not_make_the_limits_narrow() -> None:
    one, four = (score(cross_validate(selecting(), *cohort(rows=rows), interval="bootstrap")) for rows in (1, 4))
    assert four["upper"] - four["lower"] > 0.7 * (one["upper"] - one["lower"])
    assert (four["n_subjects"], four["n_rows"]) == (60, 240)


def test_other_measurements_are_predicted_by_the_models_of_the_held_out_subjects(golden) -> None:
    table, y, subjects = cohort()
    shifted = table + 0.5
    found = cross_validate(selecting(), table, y, subjects, repeats=2, others={"same": table, "ACC+STD": shifted})
    assert np.array_equal(found.others["same"].probability, found.held_out.probability)
    fold = repeated_folds(y, subjects, repeats=2)[7]
    wanted = selecting().fit(table.iloc[fold.train], y[fold.train]).predict_proba(shifted.iloc[fold.test])
    assert found.others["ACC+STD"].probability[fold.repeat, fold.test] == pytest.approx(wanted)
    with golden.error(ConfigurationError):
        cross_validate(selecting(), table, y, subjects, others={"short": table[1:]})


def test_three_classes_and_words_as_labels() -> None:
    table, _, subjects = cohort(60)
    labels = np.array(["benign", "grade 1", "grade 2"])[np.arange(60) % 3]
    table["f3"] += 2.0 * (np.arange(60) % 3)
    found = cross_validate(selecting(), table, labels, subjects, repeats=2)
    assert found.held_out.classes == ("benign", "grade 1", "grade 2")
    assert score(found)["estimate"] > 0.7
    assert score(found, "calibration_slope")["status"] == "not_binary"
    sums = found.predictions.filter(like="probability_").sum(axis=1)
    assert sums.to_numpy() == pytest.approx(np.ones(120))


def test_the_dummy_is_chance() -> None:
    table, y, subjects = cohort()
    found = cross_validate(DummyClassifier(strategy="prior"), table, y, subjects, repeats=2)
    assert score(found)["estimate"] == 0.5
    assert score(found)["status"] == "no_interval"
    assert score(found, "balanced_accuracy")["estimate"] == 0.5
    uneven = cross_validate(DummyClassifier(strategy="prior"), table[:57], y[:57], subjects[:57], repeats=2)
    assert score(uneven, "calibration_slope")["status"] == "constant"  # although the models differ


def test_folds_of_another_run_are_taken_as_they_are() -> None:
    table, y, subjects = cohort()
    folds = repeated_folds(y, subjects, folds=4, repeats=2, seed=9)
    given = cross_validate(selecting(), table, y, subjects, folds=folds)
    seeded = cross_validate(selecting(), table, y, subjects, folds=4, repeats=2, seed=9)
    pd.testing.assert_frame_equal(given.predictions, seeded.predictions)


def test_progress_counts_to_the_end() -> None:
    seen = []
    cross_validate(selecting(), *cohort(), repeats=1, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(i, 5) for i in range(6)]


def test_warnings_of_the_folds_become_notes() -> None:
    table, y, subjects = cohort()
    pipeline = selecting().set_params(model__max_iter=1)
    found = cross_validate(pipeline, table, y, subjects, repeats=1)
    assert any(note.startswith("in 5 of 5 folds: lbfgs failed to converge") for note in found.notes)
    assert cross_validate(selecting(), table, y, subjects, repeats=1).notes == ()


def test_a_step_that_does_not_name_its_columns_is_noted() -> None:
    from sklearn.preprocessing import FunctionTransformer

    table, y, subjects = cohort()
    pipeline = Pipeline([("f", FunctionTransformer(np.asarray)), ("model", LogisticRegression())])
    found = cross_validate(pipeline, table, y, subjects, repeats=1)
    assert found.selected.empty
    assert "does not name its columns" in found.notes[-1]


def test_a_step_that_fails_tells_the_fold(golden) -> None:
    table, y, subjects = cohort()
    table.iloc[0, 0] = np.nan
    with golden.error(ConfigurationError, varies=r"(?<=failed: ).*(?= \(missing)"):
        cross_validate(selecting(), table, y, subjects)
    imputed = Pipeline([("impute", SimpleImputer()), *selecting().steps])
    assert score(cross_validate(imputed, table, y, subjects, repeats=1))["status"] == "ok"


def test_too_few_subjects_for_the_inner_loop_are_refused(golden) -> None:
    table, y, subjects = cohort(12)
    grid = {"model__C": [0.1, 1.0]}
    with golden.error(ConfigurationError):
        cross_validate(selecting(), table, y, subjects, param_grid=grid, repeats=1)
    # Followed, the advice works; "use 4 folds or fewer" spoke of the inner folds, and --folds 4 failed alike.
    found = cross_validate(selecting(), table, y, subjects, param_grid=grid, repeats=1, inner_folds=4)
    assert score(found)["status"] == "ok"


def test_the_guards_stand_at_the_door(golden) -> None:
    table, y, subjects = cohort()
    with golden.error(ConfigurationError):
        cross_validate(selecting(), table.assign(outcome=y * 2.0 - 7), y, subjects)
    with golden.error(ConfigurationError):
        cross_validate(selecting().fit(table, y), table, y, subjects)
    with golden.error(ConfigurationError):
        cross_validate(selecting(), table, y, np.repeat(np.arange(30), 2), folds=[Fold(0, 0, np.r_[1:60], np.r_[0:1])])
    with golden.error(ConfigurationError):
        cross_validate(selecting(), table.rename(columns={"f1": "f0"}), y, subjects)


@pytest.mark.data
@pytest.mark.parametrize("name", ["WORC-Lipo", "WORC-Desmoid"])
def test_public_tables_are_told_apart(data_root: Path, name: str) -> None:
    """Two public cohorts of which papers report an AUC well above chance."""
    file = TableFile.open(data_root / "outcome_tables" / f"{name}.csv.gz")
    frame = file.read(("ID",))
    table = frame[[column for column in file.header if feature_class(column)]]
    model = make_model("logistic")
    pipeline = Pipeline([("select", SelectKBest(k=15)), *model.steps])
    pipeline = Pipeline([("scale", StandardScaler()), *pipeline.steps[:1], ("model", pipeline.steps[-1][1])])
    found = cross_validate(pipeline, table, frame["Target"], frame["ID"], param_grid=model.grid, repeats=1)
    assert score(found)["lower"] > 0.5
    assert score(found)["lower"] < score(found)["estimate"] < 1
