import numpy as np
import pandas as pd
import pytest

from evaluation.comparison import compare_strategies
from evaluation.generalizability.facets import Facet, FacetDesign
from evaluation.generalizability.left_out import OverFacets
from evaluation.generalizability.table import facet_tables
from evaluation.reliability import Settings
from evaluation.reliability.summary import reproducible, summarize, summarize_reproducible
from evaluation.reliability.table import reliability_table
from evaluation.tables import FEATURE_KEYS
from harmonize.errors import ConfigurationError
from selection.intervals import count_groups, share_intervals
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
    return share_intervals(table, "REF+STD", rule).set_index(["strategy", "share"]), passing


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
    assert share_intervals(feature_table(subjects=1), "REF+STD").empty


def test_progress_is_told_for_every_place():
    table, calls = feature_table(subjects=75, noise=(1.0, 0.7)), []
    found = share_intervals(table, "REF+STD", progress=lambda: calls.append(1))
    assert len(calls) == count_groups(table) == 4
    assert found["lower"].notna().all()


def test_the_difference_of_shares_is_that_of_the_shares():
    table = feature_table()
    _, passing = intervals(table, Thresholds())
    means = passing.groupby("strategy")["passes"].mean()
    shares = compare_strategies(table, "REF+STD", n_resamples=100).shares.query("by == 'overall'")
    difference = shares.set_index("statistic").loc["reproducible", "difference"]
    assert difference == pytest.approx(means["n4"] - means["raw"])


def test_the_shares_are_those_of_the_summary():
    table = feature_table()
    table.loc[(table["roi"] == "liver") & (table["subject"] == "S2"), NAMES[:3]] = np.nan
    table.loc[table["roi"] == "spleen", NAMES[4]] = 7.0
    found = share_intervals(table, "REF+STD").set_index(["strategy", "share"])["estimate"]
    reliability = reliability_table(table, "REF+STD")
    joint = summarize_reproducible(reproducible(reliability)).assign(statistic="robust")
    summary = pd.concat([summarize(reliability), joint]).query("by == 'overall'")

    for row in summary[~summary["statistic"].str.endswith("_paper")].itertuples():
        assert found[row.strategy, f"{row.statistic}_share"] == pytest.approx(row.share_of_all)


def of_icc(table, limit=0.9, **options):
    """Give the share of features beyond a threshold of the ICC, with limits."""
    found = share_intervals(table, "REF+STD", Thresholds({"icc": limit}), {}, **options)
    return found.set_index("strategy")


def test_the_seed_and_the_threshold_matter():
    table = feature_table()
    first, second, third = (of_icc(table, seed=seed) for seed in (1, 1, 2))

    pd.testing.assert_frame_equal(first, second)
    assert not first.equals(third)
    assert of_icc(table, 0.99)["estimate"].max() <= first["estimate"].min()


def test_an_unknown_reference_is_refused_with_the_nearest_name(golden):
    with golden.error(ConfigurationError):
        share_intervals(feature_table(), "REF+STDD")


def one_roi(values, names=NAMES):
    """Make a table of values (subjects, conditions, features)."""
    n, k, _ = values.shape
    keys = pd.MultiIndex.from_product(
        [["none"], range(n), ["T2"], ["REF+STD", "ACC+STD"][:k], ["liver"]], names=FEATURE_KEYS
    )
    return pd.DataFrame(values.reshape(n * k, -1), columns=list(names), index=keys).reset_index()


def headline(values, thresholds, **options):
    names = [f"original_glcm_Feature{i}" for i in range(values.shape[2])]
    table, rule, settings = one_roi(values, names), Thresholds(thresholds), Settings(**options)
    return share_intervals(table, "REF+STD", rule, {}, settings=settings, columns=names).iloc[0]


def test_units_do_not_matter():
    values = np.random.default_rng(2).normal(size=(11, 1, 12)) + 0.4 * np.random.default_rng(3).normal(size=(11, 2, 12))
    scale = 10.0 ** np.arange(-6, 6)
    first = headline(values, {"icc": 0.8, "ccc": 0.8})
    second = headline(values * scale + 7 * scale, {"icc": 0.8, "ccc": 0.8})
    assert first[["lower", "upper"]].tolist() == second[["lower", "upper"]].tolist()


def test_limits_are_nested_by_level():
    values = np.random.default_rng(4).normal(size=(11, 1, 60)) + 0.4 * np.random.default_rng(5).normal(size=(11, 2, 60))
    inner, outer = (headline(values, {"icc": 0.8}, level=level) for level in (0.8, 0.99))
    assert 0 < outer["lower"] < inner["lower"] < inner["estimate"] < inner["upper"] < outer["upper"] < 1


def test_shares_of_none_and_of_all_have_a_bound():
    # The jackknife of the count has no spread here.
    rng = np.random.default_rng(6)
    values = rng.normal(size=(12, 1, 40)) + rng.uniform(0.5, 0.6, 40) * rng.normal(size=(12, 2, 40))
    none, everything = headline(values, {"icc": 0.97}), headline(values, {"icc": 0.2})
    assert (none["estimate"], none["lower"]) == (0, 0)
    assert 0.005 < none["upper"] < 0.25
    assert (everything["estimate"], everything["upper"]) == (1, 1)
    assert 0.6 < everything["lower"] < 0.995


def test_copies_of_a_feature_carry_no_information():
    rng = np.random.default_rng(7)
    values = rng.normal(size=(12, 1, 1)) + 0.4 * rng.normal(size=(12, 2, 1))
    found = headline(np.repeat(values, 30, axis=2), {"icc": 0.85})
    assert found["upper"] - found["lower"] > 0.9


def test_a_roi_of_few_subjects_has_no_limits_within_a_larger_study():
    table = feature_table()
    few = table[(table["roi"] == "liver") & table["subject"].isin(["S0", "S1", "S2"])].assign(roi="kidney")
    rule = Thresholds({"ccc": 0.9})
    assert share_intervals(pd.concat([table, few], ignore_index=True), "REF+STD", rule, {})["lower"].isna().all()
    assert share_intervals(table, "REF+STD", rule, {})["lower"].notna().all()


@pytest.mark.parametrize("compared", ["estimate", "limit"])
def test_a_rule_of_facets_has_limits_where_estimates_over_them_are_there(compared):
    table = feature_table()
    rule = Thresholds({"icc[condition]": 0.7, "icc": 0.7}, compared={"icc[condition]": compared})
    without = share_intervals(table, "REF+STD", rule, {"icc": 0.7})
    usual = share_intervals(table, "REF+STD", Thresholds({"icc": 0.7}), {"icc": 0.7})
    single = usual[usual["share"] == "icc_share"].reset_index(drop=True)
    pd.testing.assert_frame_equal(without, single)
    design = FacetDesign((Facet("condition"),))
    found = share_intervals(table, "REF+STD", rule, {"icc": 0.7}, over=OverFacets(table, design))
    pd.testing.assert_frame_equal(found[found["share"] == "icc_share"].reset_index(drop=True), single)
    own = found[found["share"] == "robust_share"].set_index("strategy")
    if compared == "limit":  # of which no subject's pull is computed
        assert own.empty
        return
    over = facet_tables(table, design, {name: (name,) for name in table["condition"].unique()}).reliability
    both = pd.concat([reliability_table(table, "REF+STD"), over])
    shares = rule.passing(both).groupby("strategy")["passes"].mean()
    assert own["estimate"].to_dict() == pytest.approx(shares.to_dict())
    assert ((own["lower"] < own["estimate"]) & (own["estimate"] < own["upper"])).all()


def test_two_levels_of_a_facet_are_a_pair_of_conditions():
    table = feature_table(noise=(0.5, 0.3))
    table = table[table["condition"] != "ACC+DLR"].copy()
    table.loc[table["condition"] == "ACC+STD", NAMES] += 3  # so that no component would be below zero
    over = OverFacets(table, FacetDesign((Facet("condition"),)))
    named = share_intervals(table, "REF+STD", Thresholds({"icc[condition]": 0.4}), {}, over=over)
    pairs = share_intervals(table, "REF+STD", Thresholds({"icc": 0.4}), {})
    pd.testing.assert_frame_equal(named, pairs)
