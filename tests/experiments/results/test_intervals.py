import numpy as np
import pandas as pd
import pytest

from evaluation.reliability import compare_strategies, reliability_table, share_intervals
from evaluation.reliability.jackknife import jackknife
from experiments.results.intervals import count_groups, headline_intervals
from selection.thresholds import Thresholds

NAMES = [f"original_glcm_Feature{i}" for i in range(30)]


def feature_table(subjects=8, noise=(0.9, 0.5), missing=()):
    rng = np.random.default_rng(5)
    truth = rng.normal(10, 2, (subjects, len(NAMES)))
    table = pd.concat(
        [
            pd.DataFrame(truth + rng.normal(0, sd, truth.shape), columns=NAMES).assign(
                strategy=strategy, subject=[f"S{i}" for i in range(subjects)], sequence="T2", condition=name, roi=roi
            )
            for strategy, sd in zip(("raw", "n4"), noise, strict=True)
            for name in ("REF+STD", "ACC+STD", "ACC+DLR")
            for roi in ("liver", "spleen")
        ],
        ignore_index=True,
    )
    return table[~table["subject"].isin(missing)]


def intervals(table, rule):
    passing = rule.passing(reliability_table(table, "REF+STD"))
    return headline_intervals(table, "REF+STD", rule).set_index(["strategy", "share"]), passing


def test_the_robust_share_is_judged_anew_without_each_subject():
    table, rule = feature_table(), Thresholds({"icc": 0.8, "cv": 0.1})
    found, passing = intervals(table, rule)
    for strategy in ("raw", "n4"):
        own = table[table["strategy"] == strategy]
        shares = [
            rule.passing(reliability_table(own[own["subject"] != name], "REF+STD"))["passes"].mean()
            for name in own["subject"].unique()
        ]
        expected = jackknife(passing.loc[passing["strategy"] == strategy, "passes"].mean(), np.array(shares))
        row = found.loc[(strategy, "robust_share")]
        assert 0 < row["lower"] < row["upper"]
        assert row["lower"] == pytest.approx(float(expected.lower), abs=1e-12)
        assert row["upper"] == pytest.approx(min(1, float(expected.upper)), abs=1e-12)


def test_the_robust_share_by_the_usual_rule_agrees_with_the_library():
    table = feature_table()
    found, _ = intervals(table, Thresholds())
    library = share_intervals(table, "REF+STD").query("by == 'overall'").set_index(["strategy", "statistic"])
    for strategy in ("raw", "n4"):
        for share, statistic in (("robust_share", "reproducible"), ("icc_share", "icc"), ("qcd_share", "qcd")):
            expected = library.loc[(strategy, statistic), ["lower", "upper"]].to_numpy(dtype=float)
            if expected[0] < expected[1]:
                assert found.loc[(strategy, share), ["lower", "upper"]].to_numpy(dtype=float) == pytest.approx(expected)


def test_any_rule_has_an_interval():
    found, _ = intervals(feature_table(), Thresholds({"icc": 0.5}, compared="limit", combine="any", at_least=1))
    assert found.loc[("n4", "robust_share"), "lower"] < found.loc[("n4", "robust_share"), "upper"]


def test_a_share_that_no_subject_moves_has_no_limits():
    found, passing = intervals(feature_table(noise=(30.0, 1e-6)), Thresholds())
    assert passing.groupby("strategy")["passes"].mean().to_dict() == {"n4": 1.0, "raw": 0.0}
    assert found.loc[[("raw", "robust_share"), ("n4", "robust_share")], ["lower", "upper"]].isna().all(axis=None)


def test_few_subjects_do_not_crash():
    found, _ = intervals(feature_table(subjects=2), Thresholds())
    assert found.loc[("raw", "robust_share"), ["lower", "upper"]].isna().all()
    assert headline_intervals(feature_table(subjects=1), "REF+STD", Thresholds()).empty


def test_many_subjects_are_left_out_in_groups_with_limits_much_the_same():
    table, rule = feature_table(subjects=75, noise=(1.0, 0.7)), Thresholds({"icc": 0.8})
    calls = []
    found = headline_intervals(table, "REF+STD", rule, lambda: calls.append(1)).set_index(["strategy", "share"])
    assert len(calls) == count_groups(table) == 30
    library = share_intervals(table, "REF+STD", {"icc": 0.9}).query("by == 'overall'").set_index("strategy")
    for strategy in ("raw", "n4"):
        row, expected = found.loc[(strategy, "icc_share")], library.loc[strategy]
        assert row["upper"] - row["lower"] == pytest.approx(expected["upper"] - expected["lower"], rel=0.4)
    # Each group is 2 or 3 subjects: the first, the 31st and the 61st, and so on.
    share = rule.passing(reliability_table(table, "REF+STD")).groupby("strategy")["passes"].mean()
    names = table["subject"].unique()
    without = [
        rule.passing(reliability_table(table[~table["subject"].isin(names[group::30])], "REF+STD"))
        .groupby("strategy")["passes"]
        .mean()
        for group in range(30)
    ]
    expected = jackknife(share.to_numpy(), np.array([part[share.index].to_numpy() for part in without]))
    got = found.xs("robust_share", level="share").loc[share.index]
    np.testing.assert_allclose(got["lower"], np.clip(expected.lower, 0, 1), atol=1e-12)


def test_the_difference_of_shares_is_that_of_the_shares():
    table = feature_table()
    _, passing = intervals(table, Thresholds())
    means = passing.groupby("strategy")["passes"].mean()
    shares = compare_strategies(table, "REF+STD", n_resamples=100).shares.query("by == 'overall'")
    difference = shares.set_index("statistic").loc["reproducible", "difference"]
    assert difference == pytest.approx(means["n4"] - means["raw"])
