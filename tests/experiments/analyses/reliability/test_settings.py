import pandas as pd
import pytest

from evaluation.reading import Reading, read_feature_table
from evaluation.reliability import icc
from evaluation.reliability.table import reliability_table
from harmonize.errors import ConfigurationError


def test_options_reach_the_statistics(run, table, tmp_path):
    out = tmp_path / "out"
    result = run(
        table, "--out", out, "--reference", "ben", "--icc-form", "C,1", "--level", "0.9", "--quartiles", "weibull",
        "--threshold", "icc=.75", "--on", "limit", "--no-figures", "--exclude", "Entropy", "--strategy", "Organ",
        "--roi", "Organ",
    )  # fmt: skip
    assert isinstance(result.exception, ConfigurationError)
    assert "'Organ' has two roles" in str(result.exception)
    result = run(
        table, "--out", out, "--reference", "ben", "--icc-form", "C,1", "--level", "0.9", "--quartiles", "weibull",
        "--threshold", "icc=.75", "--on", "limit", "--no-figures", "--exclude", "Entropy",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    computed = pd.read_parquet(out / "reliability.parquet")
    assert computed["feature"].unique().tolist() == ["Volume"]
    row = computed[computed["statistic"] == "icc"].iloc[0]
    pairs = [[10 * p + p % 3, 10 * p] for p in range(1, 13)]
    expected = icc(pairs, "C,1", 0.9, "jackknife")
    assert row["lower"] == pytest.approx(float(expected.lower))
    text = (out / "methods.md").read_text(encoding="utf-8")
    assert "ICC(C,1)" in text
    assert "Agreement of anna with ben" in text
    assert not (out / "figures").exists()


def test_further_statistics_can_have_thresholds(run, table, tmp_path):
    out = tmp_path / "out"
    result = run(
        table, "--out", out, "--statistics", "rc_percent", "--threshold", "rc_percent=30", "--threshold", "icc=.5",
        "--no-figures",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "%RC < 30 %" in result.output
    assert "if %RC < 30 % and ICC > 0.50 held under every condition" in (out / "methods.md").read_text(encoding="utf-8")


def test_the_limits_of_the_icc_can_be_chosen(run, several, tmp_path):
    result = run(several, "--out", tmp_path / "r.parquet", "--icc-interval", "generalized")
    assert result.exit_code == 0, result.output
    read = read_feature_table(several, Reading())
    expected = reliability_table(read.table, "a", columns=read.features, icc_interval="generalized")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "r.parquet"), expected, check_dtype=False)
    usual = reliability_table(read.table, "a", columns=read.features)
    icc_rows = usual["statistic"] == "icc"
    assert (expected.loc[icc_rows, "lower"] != usual.loc[icc_rows, "lower"]).all()
    assert expected.loc[~icc_rows, "lower"].equals(usual.loc[~icc_rows, "lower"])
    result = run(several, "--out", tmp_path / "r.parquet", "--icc-interval", "mcgraw-wong", "--ccc-interval", "lin")
    textbook = reliability_table(read.table, "a", columns=read.features, icc_interval="mcgraw-wong", ccc_interval="lin")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "r.parquet"), textbook, check_dtype=False)
    refused = run(several, "--out", tmp_path / "r.parquet", "--icc-interval", "generalised")
    assert "--icc-interval: unknown 'generalised'; did you mean 'generalized'?" in str(refused.exception)
