import numpy as np

from evaluation.batch_effects.scorecard_rows import scorecard_rows


def test_ranks_follow_the_better_side_with_ties_and_limits():
    draws = np.random.default_rng(0).normal(0, 0.01, 200)
    estimates = {
        "none": {"icc_a1": (np.concatenate([[0.5], 0.7 + draws]), 9), "batch_share": (np.array([0.4]), 9)},
        "a": {"icc_a1": (np.concatenate([[0.8], 0.8 + draws]), 9), "batch_share": (np.array([0.1]), 9)},
        "b": {"icc_a1": (np.concatenate([[0.8], 0.8 + draws]), 9), "batch_share": (np.array([0.2]), 9)},
    }
    rows = scorecard_rows(["none", "a", "b", "c"], estimates, {"c": "no pairs"}, {}, 0.95).set_index(
        ["measure", "method"]
    )
    assert rows.loc["icc_a1", "rank"].tolist()[:3] == [3.0, 1.0, 1.0]
    assert rows.loc["batch_share", "rank"].tolist()[:3] == [3.0, 1.0, 2.0]
    one = rows.loc[("icc_a1", "none")]
    assert one["lower"] < 0.5 < one["upper"]
    assert one["upper"] - one["lower"] < 0.05  # moved to the estimate
    assert (one["rank_lower"], one["rank_upper"], one["first"]) == (3.0, 3.0, 0.0)
    assert rows.loc[("icc_a1", "a"), "first"] == 0.5
    assert rows.loc[("icc_a1", "c"), "status"] == "not_fitted"
    assert rows.loc[("icc_a1", "c"), "reason"] == "no pairs"
    assert np.isnan(rows.loc[("batch_share", "a"), "lower"])


def test_limits_are_what_a_share_or_a_correlation_can_be():
    """A Spearman of -0.5 had limits from -2.5 with three subjects."""
    draws = np.append(0.99, np.linspace(0.8, 1.0, 50))
    rows = scorecard_rows(["none"], {"none": {"score": (draws, 9)}}, {}, {}, 0.95)
    assert rows["upper"].max() == 1.0
    draws = np.append(-0.5, np.linspace(-1.0, 1.0, 50))
    rows = scorecard_rows(["none"], {"none": {"spearman": (draws, 9)}}, {}, {}, 0.95).set_index("measure")
    assert rows.loc["spearman", "lower"] == -1.0


def test_what_cannot_be_computed_says_why():
    rows = scorecard_rows(["none"], {"none": {"icc_a1": (np.array([np.nan]), 0)}}, {}, {}, 0.95)
    assert set(rows["status"]) == {"not_computed"}
    assert (rows["reason"] != "").all()
