import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evaluation.comparison.compare import compare_strategies
from evaluation.comparison.overlap import whitelist_overlap
from evaluation.reliability.ccc import ccc
from evaluation.reliability.dispersion import cv
from evaluation.reliability.icc import icc
from evaluation.reliability.multiplicity import benjamini_hochberg
from evaluation.reliability.summary import reproducible, summarize
from evaluation.reliability.table import reliability_table
from evaluation.tables import FEATURE_KEYS
from harmonize.errors import ConfigurationError

CONDITIONS = ["REF+STD", "ACC+STD", "ACC+DLR"]
FEATURES = [f"original_glcm_Feature{i}" for i in range(8)]
ROW = ["strategy", "sequence", "roi", "feature", "condition", "statistic"]


def feature_table(noise, n=17, seed=0, rois=("liver", "spleen")):
    """Make a table by strategy and SD of its noise, half of which strategies have in common."""
    rng = np.random.default_rng(seed)
    shape = (n, 2, len(CONDITIONS), len(rois), len(FEATURES))
    truth = 10 + rng.normal(size=(n, 2, 1, len(rois), len(FEATURES)))
    common = rng.normal(size=shape)
    parts = []
    for strategy, sd in noise.items():
        values = truth + sd * (common + rng.normal(size=shape)) / np.sqrt(2)
        keys = pd.MultiIndex.from_product(
            [[strategy], [f"S{i:02d}" for i in range(n)], ["T2", "T1"], CONDITIONS, rois], names=FEATURE_KEYS
        )
        parts.append(pd.DataFrame(values.reshape(len(keys), -1), columns=FEATURES, index=keys).reset_index())
    return pd.concat(parts, ignore_index=True)


def copied(table, strategy, factor=1.0):
    """Add a strategy that is the first one in another unit."""
    first = table[table["strategy"] == table["strategy"].iloc[0]]
    copy = first.assign(strategy=strategy, **{name: factor * first[name] for name in FEATURES})
    return pd.concat([table, copy], ignore_index=True)


def test_gains_are_differences_of_the_reliability_table():
    table = feature_table({"none": 0.5, "n4": 0.3, "combat": 0.4})
    result = compare_strategies(table.sample(frac=1, random_state=0), "REF+STD", baseline="n4", n_resamples=100)
    estimates = reliability_table(table, "REF+STD").set_index(ROW)["estimate"]

    assert result.baseline == "n4"
    assert len(result.features) == 2 * 2 * 2 * 8 * (2 * 2 + 2)
    for row in result.features.itertuples():
        key = (row.sequence, row.roi, row.feature, row.condition, row.statistic)
        own, base = estimates[(row.strategy, *key)], estimates[("n4", *key)]
        assert (row.estimate, row.baseline_estimate) == pytest.approx((own, base))
        assert row.gain == pytest.approx(own - base if row.statistic in ("icc", "ccc") else base - own)
        error = (1 - own) / (1 - base) if row.statistic in ("icc", "ccc") else own / base
        assert row.ratio == pytest.approx(error)
        assert (row.n, row.status) == (17, "ok")
        assert row.lower < row.gain < row.upper


def test_limits_are_the_jackknifes():
    table = feature_table({"none": 0.5, "n4": 0.3})
    result = compare_strategies(table, "REF+STD", n_resamples=100).features.set_index(ROW[1:])
    chosen = table[(table["roi"] == "liver") & (table["sequence"] == "T1")]
    wide = chosen.pivot(index="subject", columns=["strategy", "condition"], values=FEATURES[2])
    pairs = np.stack([wide[name][["REF+STD", "ACC+DLR"]].to_numpy() for name in ("none", "n4")])
    whole = np.stack([wide[name][CONDITIONS].to_numpy() for name in ("none", "n4")])

    for statistic, condition, errors in (
        ("icc", "ACC+DLR", lambda chosen: 1 - icc(pairs[:, chosen]).estimate),
        ("ccc", "ACC+DLR", lambda chosen: 1 - ccc(pairs[:, chosen, 0], pairs[:, chosen, 1]).estimate),
        ("cv", "all", lambda chosen: cv(whole[:, chosen]).estimate),
    ):
        row = result.loc[("T1", "liver", FEATURES[2], condition, statistic)]
        left_out = np.array([errors(np.delete(np.arange(17), index)) for index in range(17)])
        of_all = errors(np.arange(17))
        for estimate, lower, upper, change, of_each in (
            (row["gain"], row["lower"], row["upper"], -np.subtract(*of_all[::-1]), -np.diff(left_out)[:, 0]),
            (
                *np.log(row[["ratio", "ratio_lower", "ratio_upper"]].to_numpy(dtype=float)),
                np.log(of_all[1] / of_all[0]),
                np.log(left_out[:, 1] / left_out[:, 0]),
            ),
        ):
            error = np.sqrt(16 / 17 * ((of_each - of_each.mean()) ** 2).sum())
            assert (estimate, lower, upper) == pytest.approx(
                (change, change - stats.t.ppf(0.975, 16) * error, change + stats.t.ppf(0.975, 16) * error), rel=1e-6
            )


def test_a_strategy_that_reduces_noise_is_found_and_one_that_does_not_is_not():
    noise = {"none": 0.5, "same": 0.5, "better": 0.2, "worse": 0.9}
    result = compare_strategies(feature_table(noise), "REF+STD", {"icc": 0.8, "ccc": 0.8}, n_resamples=200)
    overall = result.summary.query("by == 'overall'").set_index(["statistic", "strategy"])

    for statistic in ("icc", "ccc", "cv", "qcd"):
        better, worse, same = (overall.loc[(statistic, name)] for name in ("better", "worse", "same"))
        assert better["gain"] > better["lower"] > 0 > worse["upper"] > worse["gain"]
        assert better["ratio_upper"] < 1 < worse["ratio_lower"]
        assert max(better["q"], worse["q"]) < 0.001
        assert better["better"] > 0.9 * better["n_total"]
        assert 0.9 < same["ratio"] < 1.1
    # The ratio of CVs estimates that of the SDs.
    assert overall.loc[("cv", "better"), "ratio"] == pytest.approx(0.4, rel=0.1)
    ranks = result.ranks.query("statistic == 'reproducible'").set_index("strategy")
    assert ranks.loc["better", ["rank", "lower", "upper", "first"]].tolist() == [1, 1, 1, 1]
    assert ranks.loc["worse", "rank"] == 4
    difference = result.shares.query("by == 'overall' and statistic == 'reproducible'").set_index("strategy")
    assert difference.loc["better", "lower"] > 0 > difference.loc["worse", "upper"]


@pytest.mark.parametrize("factor", [1.0, 1e-7 / 3])
def test_a_strategy_against_itself_gains_nothing_whatever_its_unit(factor):
    result = compare_strategies(copied(feature_table({"none": 0.5}), "copy", factor), "REF+STD", n_resamples=100)

    for rows in (result.features, result.summary):
        assert (rows[["gain", "lower", "upper"]] == 0).all(axis=None)
        assert (rows[["ratio", "ratio_lower", "ratio_upper", "p", "q"]] == 1).all(axis=None)
    assert (result.shares[["difference", "lower", "upper"]] == 0).all(axis=None)
    assert (result.shares[["p", "q"]] == 1).all(axis=None)
    assert (result.ranks["rank"] == 1.5).all()
    assert (result.ranks["first"] == 0.5).all()
    assert (result.overlap.query("status == 'ok'")[["jaccard", "kuncheva"]] == 1).all(axis=None)


def test_turning_the_comparison_around_turns_the_gain_around():
    table = feature_table({"none": 0.5, "n4": 0.3})
    forth = compare_strategies(table, "REF+STD", baseline="none", n_resamples=100)
    back = compare_strategies(table, "REF+STD", baseline="n4", n_resamples=100)

    np.testing.assert_allclose(forth.features["gain"], -back.features["gain"])
    np.testing.assert_allclose(forth.features["ratio_lower"], 1 / back.features["ratio_upper"])
    np.testing.assert_allclose(forth.features["p"], back.features["p"])
    np.testing.assert_allclose(forth.shares["lower"], -back.shares["upper"], atol=1e-12)
    pd.testing.assert_frame_equal(forth.ranks, back.ranks)


def test_a_subject_that_one_strategy_lacks_drops_out_of_both():
    table = feature_table({"none": 0.5, "n4": 0.3})
    lost = (table["strategy"] == "n4") & (table["subject"] == "S03") & (table["condition"] == "ACC+STD")
    result = compare_strategies(table[~lost], "REF+STD", n_resamples=100).features
    without = compare_strategies(table[table["subject"] != "S03"], "REF+STD", n_resamples=100).features
    affected = result["condition"].isin(["ACC+STD", "all"])

    assert (result.loc[affected, "n"] == 16).all()
    assert (result.loc[~affected, "n"] == 17).all()
    numbers = ["baseline_estimate", "estimate", "gain", "lower", "upper", "ratio_lower"]
    np.testing.assert_allclose(result.loc[affected, numbers], without.loc[affected, numbers], rtol=1e-8)


def test_shares_and_overlap_are_those_of_single_strategies():
    table = feature_table({"none": 0.4, "n4": 0.2})
    table.loc[(table["roi"] == "liver") & (table["subject"] == "S02"), FEATURES[:3]] = np.nan
    table = table[~((table["strategy"] == "n4") & (table["roi"] == "spleen") & (table["sequence"] == "T1"))]
    thresholds = {"icc": 0.85, "ccc": 0.85, "cv": 0.04}
    result = compare_strategies(table, "REF+STD", thresholds, n_resamples=100)
    joint = reproducible(reliability_table(table, "REF+STD"), thresholds)
    summary = summarize(reliability_table(table, "REF+STD"), thresholds)
    single = summary.set_index(["strategy", "statistic", "by", "level"])["share_of_all"]

    for row in result.shares.query("statistic != 'reproducible'").itertuples():
        assert row.share == pytest.approx(single["n4", row.statistic, row.by, row.level])
        assert row.baseline_share == pytest.approx(single["none", row.statistic, row.by, row.level])
    jointly = result.ranks.query("statistic == 'reproducible'").set_index("strategy")["share"]
    expected = joint.groupby("strategy")["reproducible"].mean()
    np.testing.assert_allclose(jointly[expected.index], expected)
    keys = ["first", "second", "by", "level"]
    expected = whitelist_overlap(joint).sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(result.overlap.sort_values(keys, ignore_index=True), expected)


def test_shares_of_unequal_feature_sets_are_compared_on_the_common_ones():
    """41 of 84 combinations of one strategy were compared with 44 of 186 of the other."""
    table = feature_table({"none": 0.5, "n4": 0.4, "combat": 0.3})
    table.loc[table["strategy"] == "none", FEATURES[:3]] = np.nan
    table.loc[table["strategy"] == "combat", FEATURES[7]] = np.nan
    shares = compare_strategies(table, "REF+STD", n_resamples=100).shares
    for strategy, common in (("n4", FEATURES[3:]), ("combat", FEATURES[3:7])):
        pair = table[table["strategy"].isin(["none", strategy])]
        expected = compare_strategies(pair, "REF+STD", columns=common, n_resamples=100).shares
        found = shares[shares["strategy"] == strategy].reset_index(drop=True)
        pd.testing.assert_frame_equal(found.drop(columns="q"), expected.drop(columns="q"))


def test_differences_of_shares_that_three_subjects_do_not_tell_have_no_limits():
    """There is no CCC without one of three: the difference was printed as 0.0 (0.0 to 0.0), p = 1."""
    shares = compare_strategies(feature_table({"none": 0.5, "n4": 0.3}, n=3), "REF+STD", n_resamples=100).shares
    limits = ["lower", "upper", "p", "q"]
    assert shares.loc[shares["statistic"].isin(["ccc", "reproducible"]), limits].isna().all(axis=None)
    assert shares.loc[(shares["statistic"] == "icc") & (shares["by"] == "overall"), limits].notna().all(axis=None)


def test_families():
    result = compare_strategies(feature_table({"none": 0.5, "n4": 0.3, "combat": 0.4}), "REF+STD", n_resamples=100)

    for _, rows in result.features.groupby(["strategy", "statistic"]):
        assert (rows["q"] >= benjamini_hochberg(rows["p"]) - 1e-12).all()
    for table in (result.summary, result.shares):
        for _, rows in table.groupby(["statistic", "by"]):
            np.testing.assert_allclose(rows["q"], benjamini_hochberg(rows["p"]))


def test_exact_agreement_has_a_gain_but_no_interval():
    table = feature_table({"none": 0.5, "exact": 0.0})
    result = compare_strategies(table, "REF+STD", n_resamples=100).features

    assert (result["status"] == "no_interval").all()
    assert (result["gain"] > 0).all()
    assert result[["lower", "upper", "ratio", "p", "q"]].isna().all(axis=None)
    both = compare_strategies(copied(feature_table({"exact": 0.0}), "copy"), "REF+STD", n_resamples=100).features
    assert (both["gain"] == 0).all()
    assert (both["p"] == 1).all()


def test_what_cannot_be_computed_says_why():
    table = feature_table({"none": 0.5, "n4": 0.3})
    table.loc[(table["strategy"] == "n4") & (table["roi"] == "liver"), FEATURES[0]] = 7.0
    table.loc[table["strategy"] == "n4", FEATURES[1]] -= 10
    table.loc[table["strategy"] == "n4", FEATURES[2]] = np.nan
    table = table[~((table["strategy"] == "n4") & (table["sequence"] == "T1") & (table["condition"] == "REF+STD"))]
    result = compare_strategies(table, "REF+STD", n_resamples=100)
    t2 = result.features.query("sequence == 'T2'").set_index(["roi", "feature", "condition", "statistic"])
    t1 = result.features.query("sequence == 'T1' and statistic == 'icc'")

    assert t2.loc[("liver", FEATURES[0], "ACC+STD", "icc"), "status"] == "constant"
    assert t2.loc[("spleen", FEATURES[1], "all", "cv"), "status"] == "near_zero_mean"
    assert (t1["status"] == "no_reference").all()
    assert FEATURES[2] not in set(result.features["feature"])
    missing = result.features["gain"].isna()
    assert not (result.features.loc[missing, "status"] == "ok").any()
    assert (
        result.features.loc[~missing & (result.features["status"] == "ok"), ["lower", "ratio", "p"]]
        .notna()
        .all(axis=None)
    )


def test_few_subjects_have_gains_without_intervals():
    result = compare_strategies(feature_table({"none": 0.5, "n4": 0.3}, n=3), "REF+STD", n_resamples=100).features
    of_ccc = result[result["statistic"] == "ccc"]

    assert of_ccc["gain"].notna().all()
    assert (of_ccc["status"] == "no_interval").all()


def test_the_test_keeps_its_level_and_the_ratio_covers():
    """Two strategies of equal noise, features independent: 5 % of the tests reject at .05."""
    parts = [
        compare_strategies(feature_table({"none": 0.4, "n4": 0.4}, seed=seed), "REF+STD", n_resamples=100).features
        for seed in range(12)
    ]
    result = pd.concat(parts)

    for _, rows in result.groupby("statistic"):
        assert np.mean(rows["p"] < 0.05) == pytest.approx(0.05, abs=0.03)


def test_seed_and_bad_options(golden):
    table = feature_table({"none": 0.5, "n4": 0.45})
    first, second, third = (
        compare_strategies(table, "REF+STD", {"icc": 0.8}, n_resamples=100, seed=seed).ranks for seed in (1, 1, 2)
    )

    pd.testing.assert_frame_equal(first, second)
    assert not first.equals(third)
    np.testing.assert_allclose(first.groupby("statistic")["first"].sum(), 1)
    with golden.error(ConfigurationError):
        compare_strategies(table, "REF+STD", {"iccc": 0.9})
    with golden.error(ConfigurationError):
        compare_strategies(table, "REF+STD", {})
    with golden.error(ConfigurationError):
        compare_strategies(table, "REF+STD", baseline="nonne")
    with golden.error(ConfigurationError):
        compare_strategies(table[table["strategy"] == "none"], "REF+STD")
    with golden.error(ConfigurationError):
        compare_strategies(table[table["condition"] == "REF+STD"], "REF+STD")
    table.loc[table["strategy"] == "n4", FEATURES] = np.nan
    with golden.error(ConfigurationError):
        compare_strategies(table, "REF+STD")
