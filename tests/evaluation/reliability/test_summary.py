import numpy as np
import pandas as pd
import pytest

from evaluation.reliability.statistics import usual_thresholds
from evaluation.reliability.summary import beyond, reproducible, summarize, summarize_reproducible
from evaluation.tables import RELIABILITY_COLUMNS
from harmonize.errors import ConfigurationError

TEXTURE, MEAN = "original_glcm_Contrast", "original_firstorder_Mean"


def rows(statistic, estimates, feature=TEXTURE, roi="liver", sequence="T2", strategy="none", limits=None):
    """Make one row per condition."""
    conditions = ["ACC+STD", "REF+DLR", "ACC+DLR"] if statistic in ("icc", "ccc") else ["all"]
    assert len(estimates) == len(conditions)
    frame = pd.DataFrame({"condition": conditions, "estimate": np.array(estimates, dtype=float)})
    lower, upper = limits or (np.nan, np.nan)
    frame = frame.assign(
        strategy=strategy, sequence=sequence, roi=roi, feature=feature, statistic=statistic,
        lower=lower, upper=upper, n=17, status=np.where(frame["estimate"].isna(), "constant", "ok"),
    )  # fmt: skip
    return frame[list(RELIABILITY_COLUMNS)]


@pytest.fixture
def table():
    return pd.concat(
        [
            rows("icc", [0.95, 0.93, 0.91]),
            rows("ccc", [0.94, 0.92, 0.90]),
            rows("icc", [0.99, 0.50, np.nan], MEAN),
            rows("ccc", [0.98, 0.40, np.nan], MEAN),
            rows("icc", [0.95, 0.94, 0.92], roi="spleen"),
            rows("ccc", [0.95, 0.93, 0.91], roi="spleen"),
            rows("cv", [0.05]),
            rows("cv", [np.nan], MEAN),
            rows("cv", [0.10], roi="spleen"),
        ],
        ignore_index=True,
    )


def line(summary, statistic, by, level):
    found = summary[(summary["statistic"] == statistic) & (summary["by"] == by) & (summary["level"] == level)]
    assert len(found) == 1
    return found.iloc[0]


def test_counts_shares_and_quartiles_have_stated_denominators(table):
    overall = line(summarize(table), "icc", "overall", "all")

    assert overall[["n_total", "n_computed", "passing"]].tolist() == [9, 8, 7]
    assert overall["share_of_computed"] == pytest.approx(7 / 8)
    assert overall["share_of_all"] == pytest.approx(7 / 9)
    computed = [0.95, 0.93, 0.91, 0.99, 0.50, 0.95, 0.94, 0.92]
    assert overall[["q1", "median", "q3"]].tolist() == pytest.approx(list(np.quantile(computed, [0.25, 0.5, 0.75])))
    assert overall["text"] == "0.94 (0.92, 0.95)"
    assert (overall["threshold"], overall["direction"]) == (0.9, "above")


def test_every_level_partitions_the_rows(table):
    summary = summarize(table)
    totals = summary.groupby(["statistic", "by"])[["n_total", "n_computed", "passing"]].sum()

    assert set(summary["by"]) == {"overall", "sequence", "roi", "class", "condition"}
    for statistic in ("icc", "ccc", "cv"):
        for by in ("sequence", "roi", "class", "condition"):
            assert totals.loc[(statistic, by)].tolist() == totals.loc[(statistic, "overall")].tolist()
    assert line(summary, "icc", "class", "firstorder")["n_computed"] == 2
    assert line(summary, "icc", "condition", "ACC+DLR")["n_total"] == 3
    assert line(summary, "cv", "condition", "all")["n_total"] == 3


def test_dispersion_passes_below_and_equality_never_passes(table):
    summary = summarize(table)

    assert line(summary, "cv", "overall", "all")[["n_computed", "passing"]].tolist() == [2, 1]
    assert line(summary, "cv", "overall", "all")["direction"] == "below"
    assert line(summary, "ccc", "roi", "liver")["passing"] == 3


def test_nothing_computed_is_said_and_has_no_share(table):
    summary = line(summarize(table), "cv", "class", "firstorder")

    assert summary["text"] == "not computed"
    assert np.isnan(summary["share_of_computed"])
    assert summary["share_of_all"] == 0
    assert np.isnan(summary["median"])


def test_strategies_are_summarized_apart(table):
    both = pd.concat([table, table.assign(strategy="n4", estimate=table["estimate"] / 2)], ignore_index=True)
    summary = summarize(both)

    expected = summarize(table).reset_index(drop=True)
    pd.testing.assert_frame_equal(summary[summary["strategy"] == "none"].reset_index(drop=True), expected)
    assert (summary.loc[(summary["strategy"] == "n4") & (summary["statistic"] == "icc"), "passing"] == 0).all()


def test_a_threshold_on_the_limit_asks_more(golden):
    table = pd.concat(
        [rows("icc", [0.95, 0.95, 0.95], limits=([0.85, 0.91, np.nan], 0.99)), rows("cv", [0.05], limits=(0.01, 0.12))]
    )

    assert beyond(table, usual_thresholds()).all()
    assert beyond(table, usual_thresholds(), "limit").tolist() == [False, True, False, False]
    assert line(summarize(table, on="limit"), "icc", "overall", "all")["passing"] == 1
    with golden.error(ConfigurationError):
        beyond(table, usual_thresholds(), "lower")


def test_statistics_without_a_threshold_are_left_out(table, golden):
    assert set(summarize(table, {"icc": 0.75})["statistic"]) == {"icc"}
    assert line(summarize(table, {"icc": 0.94}), "icc", "overall", "all")["passing"] == 3
    with golden.error(ConfigurationError):
        summarize(table, {"qcd": 0.1})


def test_a_feature_is_reproducible_when_everything_passes_under_every_condition(table):
    joint = reproducible(table).set_index(["roi", "feature"])

    assert joint.loc[("liver", TEXTURE), ["n_needed", "n_computed", "n_passing"]].tolist() == [6, 6, 5]
    assert not joint.loc[("liver", TEXTURE), "reproducible"]
    assert joint.loc[("liver", MEAN), ["n_needed", "n_computed", "n_passing"]].tolist() == [6, 4, 2]
    assert not joint.loc[("liver", MEAN), "reproducible"]
    assert joint.loc[("spleen", TEXTURE), "reproducible"]
    assert reproducible(table, {"icc": 0.9}).set_index(["roi", "feature"]).loc[("liver", TEXTURE), "reproducible"]


def test_an_estimate_that_is_missing_never_helps():
    table = rows("icc", [0.99, 0.99, np.nan])

    assert not reproducible(table, {"icc": 0.9})["reproducible"].any()


def test_the_joint_share_has_stated_denominators(table):
    summary = summarize_reproducible(reproducible(table)).set_index(["by", "level"])

    assert summary.loc[("overall", "all"), ["n_total", "n_computed", "passing"]].tolist() == [3, 2, 1]
    assert summary.loc[("overall", "all"), "share_of_all"] == pytest.approx(1 / 3)
    assert summary.loc[("overall", "all"), "share_of_computed"] == pytest.approx(1 / 2)
    assert summary.loc[("class", "firstorder"), "n_computed"] == 0
    assert np.isnan(summary.loc[("class", "firstorder"), "share_of_computed"])
    assert summary.loc[("roi", "spleen"), "passing"] == 1


def test_a_joint_rule_over_a_statistic_that_is_not_there_is_refused(table, golden):
    with golden.error(ConfigurationError):
        reproducible(table, {"icc": 0.9, "qcd": 0.1})
