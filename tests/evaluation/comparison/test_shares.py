import numpy as np
import pandas as pd
import pytest

from evaluation.comparison.margins import Threshold, _margins, moves
from evaluation.comparison.shares import share_intervals, share_limits
from evaluation.comparison.weighted import leave_one_out, weighted_agreement
from evaluation.reliability.icc import icc
from evaluation.reliability.jackknife import jackknife
from evaluation.reliability.summary import reproducible, summarize, summarize_reproducible
from evaluation.reliability.table import reliability_table
from evaluation.tables import FEATURE_KEYS
from harmonize.errors import ConfigurationError

CONDITIONS = ["REF+STD", "REF+DLR", "ACC+STD"]
FEATURES = [f"original_glcm_Feature{i}" for i in range(12)]
KEYS = ["strategy", "statistic", "by", "level"]


def feature_table(n=14, seed=0):
    """Make features of rising noise; each subject's level is its own in each sequence and ROI."""
    keys = pd.MultiIndex.from_product(
        [["none", "n4"], [f"S{i:02d}" for i in range(n)], ["T2", "T1"], CONDITIONS, ["liver", "spleen"]],
        names=FEATURE_KEYS,
    )
    rng = np.random.default_rng(seed)
    truth = rng.normal(10, 2, (2, n, 2, 1, 2, 12))
    values = truth + np.linspace(0.1, 1.5, 12) * rng.normal(size=(2, n, 2, 3, 2, 12))
    return pd.DataFrame(values.reshape(-1, 12), columns=FEATURES, index=keys).reset_index()


def test_the_shares_are_those_of_the_summary():
    table = feature_table()
    table.loc[(table["roi"] == "liver") & (table["subject"] == "S02"), FEATURES[:3]] = np.nan
    table.loc[(table["roi"] == "spleen") & (table["sequence"] == "T1"), FEATURES[4]] = 7.0
    reliability = reliability_table(table, "REF+STD")
    joint = summarize_reproducible(reproducible(reliability)).assign(statistic="reproducible")
    expected = pd.concat([summarize(reliability), joint]).set_index(KEYS)
    result = share_intervals(table, "REF+STD")

    assert set(result["statistic"]) == {"icc", "ccc", "cv", "qcd", "reproducible"}
    assert len(result) == 2 * 5 * (1 + 2 + 2)
    for row in result.itertuples():
        summary = expected.loc[(row.strategy, row.statistic, row.by, row.level)]
        assert row.share == pytest.approx(summary["share_of_all"])
        assert row.n_total == summary["n_total"]
        assert 0 <= row.lower <= row.share <= row.upper <= 1
        assert row.n_subjects == 14
    varying = result.query("by == 'overall' and statistic == 'icc'")
    assert (varying["lower"] < varying["share"]).all()


def test_a_sequence_under_one_condition_counts_in_the_denominator():
    table = feature_table()
    table = table[(table["sequence"] == "T2") | (table["condition"] == "REF+STD")]
    result = share_intervals(table, "REF+STD").set_index(KEYS)

    assert result.loc[("none", "cv", "sequence", "T1"), ["n_total", "share"]].tolist() == [24, 0]
    assert ("none", "icc", "sequence", "T1") not in result.index


def test_the_seed_and_the_thresholds_matter():
    table = feature_table()
    first, second, third = (share_intervals(table, "REF+STD", {"icc": 0.9}, seed=seed) for seed in (1, 1, 2))

    pd.testing.assert_frame_equal(first, second)
    assert not first.equals(third)
    strict = share_intervals(table, "REF+STD", {"icc": 0.99})
    assert strict["share"].max() < first["share"].min()
    assert set(strict["statistic"]) == {"icc"}


def test_an_unknown_statistic_is_refused_with_the_nearest_name():
    with pytest.raises(ConfigurationError, match="no interval for 'iccc'; did you mean 'icc'"):
        share_intervals(feature_table(), "REF+STD", {"iccc": 0.9})


def one_roi(values, names=FEATURES):
    """Make a table of values (subjects, conditions, features)."""
    n, k, _ = values.shape
    keys = pd.MultiIndex.from_product([["none"], range(n), ["T2"], CONDITIONS[:k], ["liver"]], names=FEATURE_KEYS)
    return pd.DataFrame(values.reshape(n * k, -1), columns=list(names), index=keys).reset_index()


def headline(values, thresholds, **options):
    names = [f"original_glcm_Feature{i}" for i in range(values.shape[2])]
    found = share_intervals(one_roi(values, names), "REF+STD", thresholds, columns=names, **options)
    return found.query("by == 'overall'").iloc[0]


def test_units_do_not_matter():
    values = np.random.default_rng(2).normal(size=(11, 1, 12)) + 0.4 * np.random.default_rng(3).normal(size=(11, 2, 12))
    scale = 10.0 ** np.arange(-6, 6)
    first = headline(values, {"icc": 0.8, "ccc": 0.8})
    second = headline(values * scale + 7 * scale, {"icc": 0.8, "ccc": 0.8})
    assert first[["lower", "upper"]].tolist() == second[["lower", "upper"]].tolist()


def test_limits_are_nested_by_level():
    values = np.random.default_rng(4).normal(size=(11, 1, 60)) + 0.4 * np.random.default_rng(5).normal(size=(11, 2, 60))
    inner, outer = (headline(values, {"icc": 0.8}, level=level) for level in (0.8, 0.99))
    assert 0 < outer["lower"] < inner["lower"] < inner["share"] < inner["upper"] < outer["upper"] < 1


def test_shares_of_none_and_of_all_have_a_bound():
    # The jackknife of the count has no spread here.
    rng = np.random.default_rng(6)
    values = rng.normal(size=(12, 1, 40)) + rng.uniform(0.5, 0.6, 40) * rng.normal(size=(12, 2, 40))
    none, everything = headline(values, {"icc": 0.97}), headline(values, {"icc": 0.2})
    assert (none["share"], none["lower"]) == (0, 0)
    assert 0.005 < none["upper"] < 0.25
    assert (everything["share"], everything["upper"]) == (1, 1)
    assert 0.6 < everything["lower"] < 0.995


def test_copies_of_a_feature_carry_no_information():
    rng = np.random.default_rng(7)
    values = rng.normal(size=(12, 1, 1)) + 0.4 * rng.normal(size=(12, 2, 1))
    found = headline(np.repeat(values, 30, axis=2), {"icc": 0.85})
    assert found["upper"] - found["lower"] > 0.9


@pytest.mark.parametrize(("n", "statistic"), [(3, "ccc"), (2, "icc"), (3, "reproducible")])
def test_limits_that_leaving_out_cannot_tell_are_none(n, statistic):
    """Without one of three subjects there is no CCC; its shares were printed as 48.8 % (49 to 49)."""
    found = share_intervals(feature_table(n), "REF+STD").set_index("statistic").loc[[statistic]]
    assert found["share"].between(0, 1).all()
    assert found[["lower", "upper"]].isna().all(axis=None)


def test_a_roi_of_few_subjects_has_no_limits_within_a_larger_study():
    table = feature_table(8)
    table = table[table["sequence"] == "T2"]
    few = table[(table["roi"] == "liver") & table["subject"].isin(["S00", "S01", "S02"])].assign(roi="kidney")
    found = share_intervals(pd.concat([table, few], ignore_index=True), "REF+STD", {"ccc": 0.9})
    found = found.set_index(["by", "level"]).sort_index()
    assert found.loc[[("roi", "kidney")], ["lower", "upper"]].isna().all(axis=None)
    assert found.loc[[("overall", "all")], ["lower", "upper"]].isna().all(axis=None)
    assert found.loc[[("roi", "liver"), ("roi", "spleen")], "lower"].notna().all()


def test_a_share_that_no_draw_moves_has_no_limits():
    lower, upper = share_limits(np.full((801, 3), [0.0, 0.5, 1.0]), 0.95, np.array([[0.0] * 3, [1.0] * 3]))
    assert lower.tolist() == pytest.approx([0, np.nan, 1], nan_ok=True)
    assert upper.tolist() == pytest.approx([0, np.nan, 1], nan_ok=True)


def test_one_subject_has_no_limits():
    values = np.random.default_rng(8).normal(size=(1, 2, 12))
    assert np.isnan(headline(values, {"cv": 0.1})[["lower", "upper"]].astype(float)).all()


def correlated(rng, number, n, noise):
    """Make skewed studies (number, features, subjects, 2) of three dimensions, as radiomic features have."""
    loading = np.random.default_rng(9).normal(size=(len(noise), 3))
    loading *= 0.95 / np.linalg.norm(loading, axis=1, keepdims=True)
    truth = np.einsum("fd,rnd->rfn", loading, rng.normal(size=(number, n, 3)))
    truth = truth + 0.3 * rng.normal(size=truth.shape)
    truth[:, ::3] = np.exp(0.8 * truth[:, ::3])
    error = np.einsum("fd,rnkd->rfnk", loading, rng.normal(size=(number, n, 2, 3)))
    return truth[..., None] + noise[:, None, None] * (error + 0.3 * rng.normal(size=error.shape))


@pytest.mark.parametrize(("n", "worst"), [(8, 0.6), (17, 0.6), (8, 0.25)])
def test_the_expected_share_is_covered(n, worst):
    noise, rng = np.linspace(0.1, worst, 40), np.random.default_rng(10)
    expected = np.mean(icc(correlated(rng, 1500, n, noise), level=None).estimate > 0.9)
    weights = np.concatenate([np.ones((1, n)), leave_one_out(n)])
    drawn, threshold = moves(n, 0), Threshold("icc", 0.9)
    covered, widths, of_count = [], [], []
    for study in correlated(rng, 150, n, noise):
        estimates = weighted_agreement(study[None], weights)["icc"]
        found = _margins(threshold, ("ACC+STD",), estimates)
        lower, upper = share_limits(found.drawn(drawn).mean(axis=2), 0.95, found.told.mean(axis=2))
        covered.append(lower.item() <= expected <= upper.item())
        widths.append(upper.item() - lower.item())
        count = (estimates[:, 0] > 0.9).mean(axis=-1)
        limits = jackknife(count[0], count[1:])
        of_count.append(float(np.clip(limits.upper, 0, 1) - np.clip(limits.lower, 0, 1)))

    assert np.mean(covered) >= 0.92
    assert np.mean(widths) < np.mean(of_count) or worst < 0.5
