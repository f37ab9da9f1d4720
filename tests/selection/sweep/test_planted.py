"""Tables whose trade-off is known."""

import numpy as np
import pandas as pd
import pytest

from experiments.simulate import simulate_cohort
from selection import Sweep, tradeoff

PLANTED = (0.0, 0.7, 0.93)


@pytest.fixture(scope="module")
def planted():
    """Sweep a cohort with the diagnosis in features of reliability above .75, and in a few fragile ones."""
    cohort = simulate_cohort(200, seed=2)
    table = cohort.table
    sweep = Sweep(thresholds=PLANTED, reference="REF+STD", prune=None, select=None, repeats=1, n_resamples=200)
    found = tradeoff(
        table[list(cohort.features)], table["diagnosis"], table["subject"], conditions=table["condition"], sweep=sweep
    )
    return cohort, found


def test_the_middle_gains_reliable_predictions_without_losing_auc(planted):
    _, found = planted
    none, middle, _, tuned = found.table.to_dict("records")
    assert middle["prediction_icc_lower"] > none["prediction_icc_upper"]
    assert middle["auc"] > none["auc"] - 0.01
    assert middle["stability"] > none["stability"]
    assert middle["pareto"]
    assert not none["pareto"]
    assert middle["chosen"] > 0.5
    assert tuned["auc"] == pytest.approx(middle["auc"], abs=0.02)


def test_beyond_the_middle_the_diagnosis_is_lost(planted):
    cohort, found = planted
    _, middle, strict, _ = found.table.to_dict("records")
    assert strict["auc_difference_upper"] < middle["auc_difference_upper"]
    assert strict["auc"] < middle["auc"] - 0.05
    assert strict["prediction_icc"] > middle["prediction_icc"]
    assert cohort.optimal_auc(0.93) < cohort.optimal_auc(0.7) - 0.05


def test_no_threshold_does_better_than_the_best_classifier_could(planted):
    cohort, found = planted
    for threshold, row in zip(PLANTED, found.table.to_dict("records"), strict=False):
        assert row["auc_lower"] < cohort.optimal_auc(threshold)
        assert row["prediction_icc"] == pytest.approx(cohort.score_reliability(threshold), abs=0.06)


def test_what_is_dropped_is_what_is_fragile(planted):
    cohort, found = planted
    share = found.frequencies.loc[cohort.truth["feature"], "0.7"].to_numpy()
    reliability = cohort.truth["reliability"].to_numpy()
    assert (share[reliability > 0.78] > 0.9).all()
    assert (share[reliability < 0.55] < 0.1).all()


def test_a_diagnosis_in_nothing_is_found_by_no_threshold():
    """The optimism of choosing features and thresholds must not reach the held-out AUC, tuned or not."""
    options = {"repeats": 1, "folds": 3, "inner_folds": 2, "n_resamples": 100, "select_options": {"n_features": 5}}
    scores = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(rng.normal(size=(60, 40)), columns=[f"f{i:02}" for i in range(40)])
        reliability = pd.Series(rng.uniform(0, 1, 40), index=frame.columns)
        target = rng.permutation(np.repeat([0, 1], 30))
        sweep = Sweep(thresholds=(0.0, 0.4, 0.8), **options)
        scores.append(tradeoff(frame, target, np.arange(60), reliability=reliability, sweep=sweep).table["auc"])
    # One such AUC has a standard deviation of about .1, the mean of twelve .03.
    assert np.mean(scores, axis=0) == pytest.approx(0.5, abs=0.09)
    best, tuned = np.max(np.array(scores)[:, :-1], axis=1).mean(), np.mean(scores, axis=0)[-1]
    assert best > tuned + 0.04  # what reading the best of three thresholds would claim


@pytest.mark.data
def test_a_published_table_with_repeats_of_known_reliability(data_root, add_repeats):
    table = pd.read_csv(data_root / "outcome_tables" / "WORC-Lipo.csv.gz")
    target = "Target"
    features = [name for name in table.columns if "_firstorder_" in name or "_shape_" in name]
    table = table.loc[:, [*features, target]].dropna()
    features = [name for name in features if table[name].std() > 0]
    reliability = np.where(np.arange(len(features)) % 2, 0.97, 0.3)
    subjects = table.copy().assign(subject=[f"P{i:03}" for i in range(len(table))])
    repeats = add_repeats(subjects, reliability, features=features)
    sweep = Sweep(thresholds=(0.0, 0.8), reference="test", repeats=1, n_resamples=200)
    found = tradeoff(
        repeats[features], repeats[target], repeats["subject"], conditions=repeats["condition"], sweep=sweep
    )
    everything, robust, _ = found.table.to_dict("records")
    assert robust["n_robust"] == pytest.approx((reliability > 0.8).sum(), abs=1)
    assert robust["prediction_icc_lower"] > everything["prediction_icc"]
    assert robust["prediction_icc"] > 0.9


@pytest.mark.data
def test_tumour_against_normal_zone_with_retest(data_root):
    """A published table: several ROIs a subject, which stay in one fold, and reliability from test and retest."""
    path = next((data_root / "qin_prostate_repeat").glob("*bin20*"))
    table = pd.read_csv(path, sep=";")
    table = table[table["segmentedStructure"].isin(["TumorROI_PZ_1", "NormalROI_PZ_1"])].reset_index(drop=True)
    subject, date = table["study"].str[:14], table["study"].str[15:23]
    scan = date.groupby(subject).transform(lambda dates: dates == dates.min()).map({True: "test", False: "retest"})
    names = [name for name in table if name.startswith("original_") and table[name].nunique() > 2]
    sweep = Sweep(thresholds=(0.0, 0.6, 0.8), reference="test", repeats=2, folds=3, inner_folds=3, n_resamples=200,
                  select_options={"n_features": 5})  # fmt: skip
    found = tradeoff(
        table[names].astype(float),
        table["segmentedStructure"].str.startswith("Tumor").to_numpy(),
        subject,
        conditions=scan,
        units=table["segmentedStructure"],
        sweep=sweep,
    )
    assert found.n_subjects == subject.nunique()
    assert (found.predictions.groupby(["name", "repeat", "subject"])["fold"].nunique() == 1).all()
    assert found.table["n_robust"].iloc[:-1].is_monotonic_decreasing
    assert found.table["auc"].iloc[0] > 0.65  # 15 patients: dark tumours on T2 stand out all the same
    assert found.table["prediction_icc"].between(0.5, 1).all()
