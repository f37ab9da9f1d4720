import numpy as np
import pandas as pd
import pytest

from evaluation.comparison import compare_strategies, share_intervals
from evaluation.reliability import reliability_table
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


def test_the_robust_share_by_the_usual_rule_agrees_with_the_library():
    table = feature_table()
    found, _ = intervals(table, Thresholds())
    library = share_intervals(table, "REF+STD").query("by == 'overall'").set_index(["strategy", "statistic"])
    for strategy in ("raw", "n4"):
        for share, statistic in (("robust_share", "reproducible"), ("icc_share", "icc"), ("qcd_share", "qcd")):
            expected = library.loc[(strategy, statistic), ["lower", "upper"]].to_numpy(dtype=float)
            if expected[0] < expected[1]:
                assert found.loc[(strategy, share), ["lower", "upper"]].to_numpy(dtype=float) == pytest.approx(expected)


@pytest.mark.parametrize(
    "rule",
    [
        Thresholds({"icc": 0.7, "cv": 0.1}),
        Thresholds({"icc": 0.5}, compared="limit"),
        Thresholds({"icc": 0.7, "qcd": 0.04}, combine="any"),
        Thresholds({"icc": 0.75}, at_least=1),
        Thresholds({"icc": 0.7, "ccc": 0.7}, scope="roi"),
        Thresholds({"icc": 0.7}, scope="sequence", at_least=2),
        Thresholds({"icc": 0.75}, conditions=("ACC+DLR",)),
        Thresholds({"icc": 0.75, "cv": 0.09}, scope="contrast", combine="any"),
        Thresholds({"icc": 0.7}, top=4),
        Thresholds({"icc": 0.6}, top=7, scope="overall"),
    ],
    ids=lambda rule: rule.describe(),
)
def test_any_rule_has_an_interval_around_the_share_of_its_whitelists(rule):
    table = feature_table()
    table.loc[table["subject"] == "S3", NAMES[:4]] = np.nan
    table.loc[table["roi"] == "spleen", NAMES[5]] = 7.0
    found, passing = intervals(table, rule)
    everywhere = passing.groupby(["strategy", "sequence", "roi", "feature"])["passes"].all()
    for strategy in ("raw", "n4"):
        row = found.loc[(strategy, "robust_share")]
        assert row["estimate"] == pytest.approx(everywhere[strategy].mean())
        if rule.top and row[["lower", "upper"]].isna().all():  # the best n are n in every draw
            continue
        assert 0 <= row["lower"] <= row["estimate"] <= row["upper"] <= 1
        assert row["lower"] < row["upper"]


def test_shares_of_none_and_all_have_limits():
    found, passing = intervals(feature_table(noise=(3.0, 0.2)), Thresholds({"icc": 0.75}))
    assert passing.groupby("strategy")["passes"].mean().to_dict() == {"n4": 1.0, "raw": 0.0}
    none, everything = found.loc[("raw", "robust_share")], found.loc[("n4", "robust_share")]
    assert none["lower"] == 0 < none["upper"] < 0.5
    assert 0.5 < everything["lower"] <= everything["upper"] == 1


def test_what_is_not_computed_at_all_has_no_limits():
    table = feature_table()
    table[NAMES] -= 10  # values of both signs have no CV
    found, _ = intervals(table, Thresholds({"icc": 0.7}))
    row = found.loc[("raw", "cv_share")]
    assert row[["estimate", "lower", "upper"]].isna().all()
    assert found.loc[("raw", "icc_share"), ["lower", "upper"]].notna().all()


def test_few_subjects_do_not_crash():
    found, _ = intervals(feature_table(subjects=2), Thresholds())
    assert found.loc[("raw", "robust_share"), ["lower", "upper"]].isna().all()
    found, _ = intervals(feature_table(subjects=3), Thresholds())
    assert found.loc[("raw", ["robust_share", "ccc_share"]), ["lower", "upper"]].isna().all(axis=None)
    assert found.loc[("raw", "icc_share"), ["lower", "upper"]].notna().all()
    assert headline_intervals(feature_table(subjects=1), "REF+STD", Thresholds()).empty


def test_progress_is_told_for_every_place():
    table, calls = feature_table(subjects=75, noise=(1.0, 0.7)), []
    found = headline_intervals(table, "REF+STD", Thresholds(), lambda: calls.append(1))
    assert len(calls) == count_groups(table) == 4
    assert found["lower"].notna().all()


def test_the_difference_of_shares_is_that_of_the_shares():
    table = feature_table()
    _, passing = intervals(table, Thresholds())
    means = passing.groupby("strategy")["passes"].mean()
    shares = compare_strategies(table, "REF+STD", n_resamples=100).shares.query("by == 'overall'")
    difference = shares.set_index("statistic").loc["reproducible", "difference"]
    assert difference == pytest.approx(means["n4"] - means["raw"])
