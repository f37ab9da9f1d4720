import numpy as np
import pandas as pd
import pytest

from evaluation.reliability.table import reliability_table
from evaluation.trends.ordered import OrderedFactor
from experiments.folder.condition_files import TREND_LEVELS, TREND_SHARES, TREND_SUMMARY, TRENDS
from experiments.folder.run_folder import RunFolder
from experiments.results.trends import trends_of, write_trends
from selection.thresholds import Thresholds

NOISE = {"R2": 0.05, "R4": 0.3, "R6": 3.0}
FEATURES = ["original_firstorder_Mean", "original_glcm_Id", "original_glcm_Contrast"]


def factor(numbers=None, reference=None):
    numbers = numbers or {"R2": 2.0, "R4": 4.0, "R6": 6.0}
    return OrderedFactor.of(("acquisition",), {name: (name,) for name in NOISE}, "acquisition", numbers, reference)


@pytest.fixture
def features():
    """Values with more noise at each level; those of Contrast rise by one a unit."""
    rng = np.random.default_rng(0)
    truth = rng.normal(50, 2, size=(17, 3))
    parts = [
        pd.DataFrame(truth + rng.normal(0, sd, size=(17, 3)), columns=FEATURES).assign(
            strategy="none", subject=[f"S{i}" for i in range(17)], sequence="T2", roi="liver", condition=name
        )
        for name, sd in NOISE.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    table["original_glcm_Contrast"] += table["condition"].map({"R2": 2, "R4": 4, "R6": 6})
    return table


def test_features_pass_up_to_a_level_by_the_reliability_table_of_both(features):
    found = trends_of(features, [factor()], Thresholds({"icc": 0.9}))
    trends = found.trends.set_index("feature")
    assert trends["highest"].tolist() == [4, 4, 2]
    assert trends["passing"].tolist() == [1, 1, 0]
    assert set(trends["tested"]) == {2}
    assert set(trends["reference"]) == {2}
    assert trends["direction"].to_dict() == {FEATURES[0]: "", FEATURES[1]: "", FEATURES[2]: "rising"}
    expected = reliability_table(features, "R2", statistics=["icc"]).set_index(["feature", "condition"])
    levels = found.levels.set_index(["feature", "number"])
    for feature in FEATURES:
        for name, number in (("R4", 4), ("R6", 6)):
            assert levels.loc[(feature, number), "icc"] == expected.loc[(feature, name), "estimate"]
            assert levels.loc[(feature, number), "icc_lower"] == expected.loc[(feature, name), "lower"]
    means = features.groupby("condition")[FEATURES].mean()
    assert levels.loc[(FEATURES[2], 4.0), "mean"] == pytest.approx(means.loc["R4", FEATURES[2]])


def changes_of_its_own():
    """Make 60 features that the level changes in every subject, but not on average."""
    rng = np.random.default_rng(3)
    names = [f"original_glcm_F{i}" for i in range(60)]
    own = rng.normal(0, 4, size=(17, 60))
    parts = []
    who = [f"S{i}" for i in range(17)]
    for name, change in (("R2", -2), ("R4", 0), ("R6", 2)):
        part = pd.DataFrame(50 + own * change + rng.normal(0, 1, size=(17, 60)), columns=names)
        parts.append(part.assign(strategy="none", subject=who, sequence="T2", roi="liver", condition=name))
    return pd.concat(parts, ignore_index=True)


def test_subjects_who_change_each_in_a_way_of_their_own_neither_rise_nor_fall():
    """Page's hypothesis, exchangeable values, does not hold there, and q says so; no change on average does hold."""
    found = trends_of(changes_of_its_own(), [factor()], Thresholds({"icc": 0.9}))
    trends = found.trends
    assert (trends["q"] < 0.05).any()
    assert set(trends["direction"]) == {""}
    overall = found.summary.set_index("by").loc["overall"]
    assert overall[["rising", "falling", "n_computed"]].tolist() == [0, 0, 60]


def test_direction_rests_on_q_of_the_slope(features):
    for unpaired in (False, True):
        table = features.assign(subject=features["subject"] + features["condition"]) if unpaired else features
        trends = trends_of(table, [factor()], Thresholds({"icc": 0.9}), unpaired=unpaired).trends
        sign = np.where(trends["slope"] > 0, "rising", "falling")
        assert trends["direction"].tolist() == np.where(trends["slope_q"] < 0.05, sign, "").tolist()


def test_counts_of_features_overall_and_by_class(features):
    found = trends_of(features, [factor()], Thresholds({"icc": 0.9}))
    shares = found.shares.set_index(["by", "level", "number"])
    assert shares.loc[("overall", "all", 4.0), ["passing", "up_to", "n_computed", "n_total"]].tolist() == [2, 2, 3, 3]
    assert shares.loc[("class", "glcm", 4.0), ["passing", "n_total"]].tolist() == [1, 2]
    summary = found.summary.set_index(["by", "level"])
    assert summary.loc[("class", "glcm"), ["rising", "falling", "n_computed"]].tolist() == [1, 0, 2]


def test_a_dispersion_is_that_of_both_levels(features):
    found = trends_of(features, [factor()], Thresholds({"cv": 0.01}))
    levels = found.levels.set_index(["feature", "number"])
    pair = features[features["condition"].isin(["R2", "R4"])]
    expected = reliability_table(pair, "R2", statistics=["cv"]).set_index("feature")["estimate"]
    assert levels.loc[(FEATURES[0], 4.0), "cv"] == expected[FEATURES[0]]


def test_from_the_highest_level_downwards(features):
    swapped = features.assign(condition=features["condition"].map({"R2": "R6", "R4": "R4", "R6": "R2"}))
    found = trends_of(swapped, [factor(reference=6.0)], Thresholds({"icc": 0.9})).trends
    assert set(found["reference"]) == {6}
    assert found["highest"].tolist()[:2] == [4, 4]


def test_a_feature_that_passes_again_is_marked(features):
    swapped = features.assign(condition=features["condition"].map({"R2": "R2", "R4": "R6", "R6": "R4"}))
    found = trends_of(swapped, [factor()], Thresholds({"icc": 0.9})).trends
    assert found["again"].tolist() == [True, True, False]
    assert found["highest"].tolist() == [2, 2, 2]


def test_what_could_not_be_judged_says_why(features):
    features["original_glcm_Id"] = 7.0
    lacking = (features["condition"] == "R6") & (features["subject"] != "S1")
    features.loc[lacking, "original_firstorder_Mean"] = np.nan
    found = trends_of(features, [factor()], Thresholds({"icc": 0.9})).trends.set_index("feature")
    assert found["highest_status"].tolist() == ["too_few", "constant", "ok"]
    assert found["highest"].tolist()[::2] == [4, 2]
    assert np.isnan(found["highest"].tolist()[1])
    assert found.loc["original_glcm_Id", ["slope", "slope_status", "test_status"]].tolist() == [
        0,
        "constant",
        "constant",
    ]


def test_a_feature_without_any_value_counts_everywhere_alike(features):
    """Of one strategy or of all."""
    lacking = features.assign(strategy="other", original_glcm_Id=np.nan)
    for table in (lacking, pd.concat([features, lacking])):
        found = trends_of(table, [factor()], Thresholds({"icc": 0.9}))
        here = found.trends[found.trends["strategy"] == "other"].set_index("feature")
        assert here.loc["original_glcm_Id", ["slope_status", "highest_status"]].tolist() == ["too_few", "too_few"]
        assert np.isnan(here.loc["original_glcm_Id", "highest"])
        for counts in (found.summary, found.shares):
            overall = counts[(counts["by"] == "overall") & (counts["strategy"] == "other")]
            assert set(overall["n_total"]) == {len(here)} == {3}
            assert set(overall["n_computed"]) == {2}


def test_a_sequence_without_some_levels(features):
    other = features[features["condition"] != "R4"].assign(sequence="DWI")
    found = trends_of(pd.concat([features, other]), [factor()], Thresholds({"icc": 0.9}))
    rows = found.trends[found.trends["sequence"] == "DWI"]
    assert set(rows["levels"]) == {2}
    assert set(rows["tested"]) == {1}
    assert set(rows["reference"]) == {2}
    assert rows["highest"].tolist() == [2, 2, 2]


def test_different_subjects_are_not_judged(features):
    apart = features.assign(subject=features["subject"] + features["condition"])
    found = trends_of(apart, [factor()], Thresholds(), unpaired=True)
    assert found.trends["highest"].isna().all()
    assert set(found.trends["highest_status"]) == {"too_few"}
    assert set(found.shares["n_computed"]) == {0}


def test_tables_are_written_and_taken_away(features, tmp_path):
    folder = RunFolder(tmp_path)
    found = trends_of(features, [factor()], Thresholds())
    write_trends(folder, found)
    for file, table in (
        (TRENDS, found.trends),
        (TREND_LEVELS, found.levels),
        (TREND_SUMMARY, found.summary),
        (TREND_SHARES, found.shares),
    ):
        pd.testing.assert_frame_equal(file.read(tmp_path), table, check_dtype=False)
    write_trends(folder, None)
    assert list(tmp_path.iterdir()) == []
