import numpy as np
import pandas as pd
import pytest

from evaluation.reliability.shares import share_intervals
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


@pytest.mark.parametrize("method", ["jackknife", "percentile"])
def test_the_shares_are_those_of_the_summary(method):
    table = feature_table()
    table.loc[(table["roi"] == "liver") & (table["subject"] == "S02"), FEATURES[:3]] = np.nan
    table.loc[(table["roi"] == "spleen") & (table["sequence"] == "T1"), FEATURES[4]] = 7.0
    reliability = reliability_table(table, "REF+STD")
    joint = summarize_reproducible(reproducible(reliability)).assign(statistic="reproducible")
    expected = pd.concat([summarize(reliability), joint]).set_index(KEYS)
    result = share_intervals(table, "REF+STD", method=method, n_resamples=100)

    assert set(result["statistic"]) == {"icc", "ccc", "cv", "qcd", "reproducible"}
    assert len(result) == 2 * 5 * (1 + 2 + 2)
    for row in result.itertuples():
        summary = expected.loc[(row.strategy, row.statistic, row.by, row.level)]
        assert row.share == pytest.approx(summary["share_of_all"])
        assert row.n_total == summary["n_total"]
        assert 0 <= row.lower <= row.upper <= 1
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
    first, second, third = (
        share_intervals(table, "REF+STD", {"icc": 0.9}, method="percentile", n_resamples=100, seed=seed)
        for seed in (1, 1, 2)
    )

    pd.testing.assert_frame_equal(first, second)
    assert not first.equals(third)
    strict = share_intervals(table, "REF+STD", {"icc": 0.99})
    assert strict["share"].max() < first["share"].min()
    assert set(strict["statistic"]) == {"icc"}


def test_an_unknown_statistic_is_refused_with_the_nearest_name():
    with pytest.raises(ConfigurationError, match="no interval for 'iccc'; did you mean 'icc'"):
        share_intervals(feature_table(), "REF+STD", {"iccc": 0.9})
