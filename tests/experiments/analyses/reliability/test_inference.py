import pandas as pd
import pytest

from evaluation.reading import Reading, read_feature_table
from evaluation.reliability import Settings
from selection import Thresholds, share_intervals


def test_shares_have_intervals_over_subjects(run, several, tmp_path):
    out = tmp_path / "out"
    result = run(several, "--out", out, "--no-figures", "--threshold", "icc=0.8", "--level", "0.9")
    assert result.exit_code == 0, result.output
    shares = pd.read_csv(out / "shares.csv").set_index(["strategy", "share"])
    read = read_feature_table(several, Reading())
    named = read.table.rename(columns={f"F{i}": f"original_glcm_F{i}" for i in range(6)})
    library = share_intervals(named, "a", Thresholds({"icc": 0.8}), {"icc": 0.8}, settings=Settings(level=0.9))
    for row in library.itertuples():
        found = shares.loc[(row.strategy, row.share), ["estimate", "lower", "upper"]].tolist()
        assert found == pytest.approx([row.estimate, row.lower, row.upper])
    assert (library["lower"] < library["upper"]).any()
    assert "90 % interval" in result.output
    assert "90 % intervals of shares of features are of the share to be expected in as many other subjects" in (
        (out / "methods.md").read_text(encoding="utf-8")
    )


def test_several_settings_are_compared_pair_by_pair(run, several, tmp_path):
    out = tmp_path / "out"
    result = run(several, "--out", out, "--no-figures")
    assert result.exit_code == 0, result.output
    ranks = pd.read_csv(out / "comparison" / "ranks.csv").set_index(["statistic", "strategy"])
    assert ranks.loc[("reproducible", "fine"), "rank"] == 1
    summary = pd.read_csv(out / "comparison" / "summary.csv").query("by == 'overall' and statistic == 'icc'")
    assert 0 < summary["ratio_upper"].item() < 1
    assert "Strategies compared with coarse" in result.output
    assert (out / "tables" / "comparison.md").exists()
    again = run(several, "--out", out, "--no-figures", "--no-inference")
    assert again.exit_code == 0
    assert not (out / "comparison").exists()
    assert not (out / "shares.csv").exists()
    assert "intervals of shares" not in (out / "methods.md").read_text(encoding="utf-8")


def test_without_a_reference_there_are_intervals_and_a_reason(run, several, tmp_path):
    result = run(several, "--out", tmp_path / "out", "--no-figures", "--reference", "none")
    assert result.exit_code == 0, result.output
    assert "not compared: strategies are compared by agreement with a reference" in result.output
    shares = pd.read_csv(tmp_path / "out" / "shares.csv").set_index(["strategy", "share"])
    assert {"overall_ccc_share", "icc_share", "robust_share"} <= set(shares.loc["fine"].index)


def test_limits_of_shares_of_features_whose_lower_limit_passes(run, several, tmp_path):
    rule = ("--on", "limit", "--threshold", "icc=0.7")
    result = run(several, "--out", tmp_path / "out", "--no-figures", *rule)
    assert result.exit_code == 0, result.output
    shares = pd.read_csv(tmp_path / "out" / "shares.csv").set_index(["strategy", "share"])
    table = pd.read_parquet(tmp_path / "out" / "reliability.parquet").query(
        "strategy == 'coarse' and statistic == 'icc'"
    )
    assert shares.loc[("coarse", "robust_share"), "estimate"] == pytest.approx((table["lower"] > 0.7).mean())
