import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline

from evaluation.classification import HeldOut, cross_validate, make_model, score_table
from evaluation.survival.times import survival_times
from evaluation.tables import RELIABILITY_COLUMNS
from harmonize.errors import ConfigurationError
from selection import MRMR, CorrelationPruning, RobustnessThreshold, Sweep, tradeoff

THRESHOLDS = (0.0, 0.5, 0.7, 0.85)
QUICK = {"repeats": 2, "folds": 3, "inner_folds": 2, "n_resamples": 100}


@pytest.fixture(scope="module")
def found(correlated):
    frame, classes, subjects, scores = correlated
    sweep = Sweep(thresholds=THRESHOLDS, select_options={"n_features": 4}, **QUICK)
    return tradeoff(frame, classes, subjects, reliability=scores, sweep=sweep)


@pytest.fixture(scope="module")
def pipeline(correlated):
    scores = correlated[3]
    rows = [("raw", "T2", "liver", name, "B", "icc", value, 0, 1, 9, "ok") for name, value in scores.items()]
    table = pd.DataFrame(rows, columns=list(RELIABILITY_COLUMNS))
    steps = [
        ("impute", SimpleImputer(strategy="median", keep_empty_features=True)),
        ("robust", RobustnessThreshold(table, {"icc": 0.0})),
        ("varies", VarianceThreshold()),
        ("prune", CorrelationPruning(0.9, reliability=scores)),
        ("select", MRMR(4)),
    ]
    return Pipeline([*steps, *make_model("logistic").steps]).set_output(transform="pandas")


def of(found, name):
    return found.predictions[found.predictions["name"] == name].drop(columns="name").reset_index(drop=True)


@pytest.mark.parametrize("threshold", [0.5, 0.85])
def test_a_threshold_gives_what_cross_validate_gives_for_it(correlated, found, pipeline, threshold):
    frame, classes, subjects, _ = correlated
    pipeline = pipeline.set_params(robust__thresholds={"icc": threshold})
    grid = make_model("logistic").grid
    alone = cross_validate(
        pipeline, frame, classes, subjects, param_grid=grid, folds=3, repeats=2, inner_folds=2, n_resamples=100
    )
    pd.testing.assert_frame_equal(of(found, f"{threshold:g}"), alone.predictions, rtol=1e-9)
    row = found.table.set_index("name").loc[f"{threshold:g}"]
    expected = alone.scores.set_index("score").loc["auc"]
    np.testing.assert_allclose(
        row[["auc", "auc_lower", "auc_upper"]].astype(float), expected[["estimate", "lower", "upper"]].astype(float)
    )
    used = alone.support(found.frequencies.index)
    np.testing.assert_allclose(found.frequencies[f"{threshold:g}"], used.mean(axis=0))
    assert row["n_features"] == used.sum(axis=1).mean()


@pytest.mark.parametrize(("outcome", "name"), [("number", "ridge"), ("survival", "cox")])
def test_features_are_chosen_for_what_is_predicted(correlated, pipeline, outcome, name):
    """Regression: mRMR took whole numbers, and times with events, for as many classes."""
    frame, classes, subjects, scores = correlated
    number = (60 + 5 * (frame["original_glcm_F28"].fillna(0) + classes)).round()
    y = number if outcome == "number" else survival_times(100 - number, classes)
    sweep = Sweep(
        thresholds=(0.5,), select_options={"n_features": 4}, outcome=outcome, model=name, **{**QUICK, "repeats": 1}
    )
    found = tradeoff(frame, y, subjects, reliability=scores, sweep=sweep)
    model = make_model(name, 0, outcome)
    steps = [*pipeline.steps[:-3], ("select", MRMR(4, outcome=outcome)), *model.steps]
    alone = cross_validate(
        Pipeline(steps).set_output(transform="pandas").set_params(robust__thresholds={"icc": 0.5}),
        *(frame, np.asarray(y), subjects),
        param_grid=model.grid,
        folds=3,
        repeats=1,
        inner_folds=3,
        n_resamples=200,
        outcome=outcome,
    )
    pd.testing.assert_frame_equal(of(found, "0.5"), alone.predictions, rtol=1e-9)


def test_the_tuned_row_is_a_search_over_thresholds_in_the_inner_loop(correlated, found, pipeline):
    frame, classes, subjects, _ = correlated
    grid = [
        {**make_model("logistic").grid, "robust__thresholds": [{"icc": threshold}]} for threshold in THRESHOLDS[::-1]
    ]
    alone = cross_validate(
        pipeline, frame, classes, subjects, param_grid=grid, folds=3, repeats=2, inner_folds=2, n_resamples=100
    )
    pd.testing.assert_frame_equal(of(found, "tuned"), alone.predictions, rtol=1e-9)
    chosen = pd.Series([rule["icc"] for rule in alone.parameters["robust__thresholds"]])
    expected = [(chosen == threshold).mean() for threshold in THRESHOLDS]
    assert found.table["chosen"].tolist()[:-1] == expected


def test_processes_do_not_change_the_result(correlated, found):
    frame, classes, subjects, scores = correlated
    again = tradeoff(frame, classes, subjects, reliability=scores, sweep=found.sweep, n_jobs=2)
    pd.testing.assert_frame_equal(again.table, found.table, check_exact=True)
    pd.testing.assert_frame_equal(again.predictions, found.predictions, check_exact=True)


def test_a_selector_that_draws_is_repeatable(correlated):
    frame, classes, subjects, scores = correlated
    sweep = Sweep(thresholds=(0.5,), select="mutual_information", select_options={"n_features": 3}, **QUICK)
    one, two = (tradeoff(frame, classes, subjects, reliability=scores, sweep=sweep, n_jobs=jobs) for jobs in (1, 2))
    pd.testing.assert_frame_equal(one.table, two.table, check_exact=True)
    pd.testing.assert_frame_equal(one.frequencies, two.frequencies, check_exact=True)


def test_neither_order_of_columns_nor_position_matters(correlated, found):
    frame, classes, subjects, scores = correlated
    again = tradeoff(frame[frame.columns[::-1]], classes, subjects, reliability=dict(scores), sweep=found.sweep)
    pd.testing.assert_frame_equal(again.table, found.table, check_exact=True)


def test_no_subject_is_in_both_halves(found):
    one = of(found, "0.5")
    assert (one.groupby(["repeat", "subject"])["fold"].nunique() == 1).all()


def test_predictions_are_a_table_of_held_out_predictions(found):
    again = score_table(HeldOut.from_frame(of(found, "tuned")), ["auc"], interval="nadeau_bengio")
    assert again["estimate"].item() == pytest.approx(found.table["auc"].iloc[-1])


def test_a_threshold_that_no_feature_reaches_says_so(correlated):
    frame, classes, subjects, scores = correlated
    sweep = Sweep(thresholds=(0.5, 0.97), select=None, **QUICK)
    table = tradeoff(frame, classes, subjects, reliability=scores, sweep=sweep).table.set_index("name")
    row = table.loc["0.97"]
    assert row["auc_status"] == "no_features"
    assert np.isnan(row["auc"])
    assert (row["n_without_features"], row["n_features"], row["chosen"], row["pareto"]) == (6, 0, 0, False)
    assert table.loc["tuned", "auc"] == table.loc["0.5", "auc"]


def test_where_nothing_passes_anywhere_there_is_no_score(correlated):
    frame, classes, subjects, scores = correlated
    found = tradeoff(frame, classes, subjects, reliability=scores, sweep=Sweep(thresholds=(0.97,), **QUICK))
    assert set(found.table["auc_status"]) == {"no_features"}
    assert found.predictions.empty
    assert not found.table["pareto"].any()


def test_without_repeats_predictions_are_not_compared(found):
    assert set(found.table["prediction_icc_status"]) == {"not_repeated"}
    assert found.table["prediction_icc"].isna().all()


def test_progress_counts_outer_folds(correlated):
    frame, classes, subjects, scores = correlated
    seen = []
    sweep = Sweep(thresholds=(0.5,), **QUICK)
    tradeoff(frame, classes, subjects, reliability=scores, sweep=sweep, progress=lambda *now: seen.append(now))
    assert seen == [(done, 6) for done in range(7)]


def test_three_classes(correlated):
    frame, classes, subjects, scores = correlated
    third = classes + (frame["original_glcm_F01"].fillna(0) > 1).to_numpy()
    table = tradeoff(frame, third, subjects, reliability=scores, sweep=Sweep(thresholds=(0.5,), **QUICK)).table
    assert table["auc"].between(0, 1).all()


@pytest.mark.parametrize(
    "change",
    [
        {"reliability": None},
        {"reliability": {"original_glcm_F00": 0.5}},
        {"sweep": Sweep(reference="A")},
        {"conditions": ["A"] * 90},
        {"conditions": ["A"] * 3},
    ],
)
def test_refuses(correlated, change, golden):
    frame, classes, subjects, scores = correlated
    with golden.error(ConfigurationError):
        tradeoff(frame, classes, subjects, **{"reliability": scores, **change})


def test_refuses_two_columns_of_one_name(correlated, golden):
    frame, classes, subjects, scores = correlated
    twice = frame.rename(columns={"original_glcm_F01": "original_glcm_F00"})
    with golden.error(ConfigurationError):
        tradeoff(twice, classes, subjects, reliability=scores)


def test_two_measurements_that_are_the_same_by_chance_are_no_scan_that_stands_twice(golden):
    """Of whole numbers such as a volume in voxels, two subjects may well share both; whoever has more checked them."""
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    few = pd.DataFrame({"volume": np.arange(60.0), "count": np.arange(60.0) % 7 + y}).assign(extent=rng.normal(size=60))
    few.loc[12, :] = few.loc[3]
    given = {"reliability": {"volume": 0.9, "count": 0.8, "extent": 0.7}, "sweep": Sweep(thresholds=(0.5,), **QUICK)}
    with golden.error(ConfigurationError):
        tradeoff(few, y, np.arange(60), **given)
    assert tradeoff(few, y, np.arange(60), check_scans=False, **given).n_subjects == 60


def test_refuses_the_target_among_the_features(correlated, golden):
    frame, classes, subjects, scores = correlated
    with golden.error(ConfigurationError):
        tradeoff(frame.assign(z=classes * 2 + 1), classes, subjects, reliability=scores)
