from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from evaluation.reading import Reading, Roles, read_feature_table
from evaluation.reliability import icc, overall_ccc, reliability_table, share_intervals
from evaluation.tables import check_reliability_table
from experiments.cli.reliability import reliability
from harmonize.errors import ConfigurationError

READERS = "Patient;Reader;Organ;Volume;Entropy\n" + "".join(
    f"P{p};{reader};{organ};{10 * p + shift},5;{p}\n"
    for p in range(1, 13)
    for reader, shift in (("anna", 0), ("ben", p % 3))
    for organ in ("liver", "spleen")
)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(reliability, list(map(str, arguments)))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "readers.csv"
    path.write_text(READERS)
    return path


def test_a_table_of_two_readers_needs_no_option(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run(table, "--out", out)
    assert result.exit_code == 0, result.output
    for words in ("Patient (guessed)", "Reader (guessed)", "2: anna, ben", "reference: anna (the first of two"):
        assert words in result.output
    computed = check_reliability_table(pd.read_parquet(out / "reliability.parquet"))
    row = computed.set_index(["roi", "feature", "statistic"]).loc[("liver", "Volume", "icc")]
    pairs = [[10 * p + 0.5, 10 * p + p % 3 + 0.5] for p in range(1, 13)]
    assert row["estimate"] == pytest.approx(float(icc(pairs).estimate))
    assert (row["condition"], row["n"]) == ("ben", 12)
    written = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    # Entropy is the same for both readers, so that the volume has the lower of both ICCs
    assert written >= {
        *("reliability.csv", "summary.csv", "methods.md", "tables/overall.tex", "tables/by_roi.md"),
        *("figures/distribution_icc.svg", "figures/bland_altman_Volume.png", "figures/concordance_Volume.svg"),
    }


def test_only_the_table_and_its_source_are_written_to_a_file(table: Path, tmp_path: Path) -> None:
    for name, read in (("r.csv", pd.read_csv), ("r.parquet", pd.read_parquet)):
        result = run(table, "--out", tmp_path / name, "--quiet")
        assert (result.exit_code, result.output) == (0, "")
        check_reliability_table(read(tmp_path / name))
    assert {path.name for path in tmp_path.iterdir()} == {"readers.csv", "r.csv", "r.parquet", "r.source.json"}


def test_options_reach_the_statistics(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run(
        table, "--out", out, "--reference", "ben", "--icc-form", "C,1", "--level", "0.9", "--quartiles", "weibull",
        "--threshold", "icc=.75", "--on-limit", "--no-figures", "--exclude", "Entropy", "--strategy", "Organ",
        "--roi", "Organ",
    )  # fmt: skip
    assert isinstance(result.exception, ConfigurationError)
    assert "'Organ' has two roles" in str(result.exception)
    result = run(
        table, "--out", out, "--reference", "ben", "--icc-form", "C,1", "--level", "0.9", "--quartiles", "weibull",
        "--threshold", "icc=.75", "--on-limit", "--no-figures", "--exclude", "Entropy",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    computed = pd.read_parquet(out / "reliability.parquet")
    assert computed["feature"].unique().tolist() == ["Volume"]
    row = computed[computed["statistic"] == "icc"].iloc[0]
    pairs = [[10 * p + p % 3, 10 * p] for p in range(1, 13)]
    expected = icc(pairs, "C,1", 0.9)
    assert row["lower"] == pytest.approx(float(expected.lower))
    text = (out / "methods.md").read_text()
    assert "ICC(C,1)" in text
    assert "Agreement of anna with ben" in text
    assert not (out / "figures").exists()


def test_several_tables_are_strategies_and_figures_can_be_chosen(table: Path, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text(READERS.replace("1,5", "2,5"))
    out = tmp_path / "out"
    result = run(
        f"plain={table}", tmp_path / "other.csv", "--out", out, "--picture", "Volume", "--at", "roi=spleen",
        "--at", "strategy=other",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    computed = pd.read_csv(out / "reliability.csv")
    assert computed["strategy"].unique().tolist() == ["plain", "other"]
    assert "other, spleen; n = 12" in (out / "figures" / "bland_altman_Volume.svg").read_text()


def test_names_that_no_file_can_have(table: Path, tmp_path: Path) -> None:
    odd = READERS.replace("Volume;Entropy", "a/b[red];a:b[red]").replace("liver", "[bold]li/ver")
    table.write_text(odd)
    result = run(table, "--out", tmp_path / "out", "--picture", "a/b[red]", "--picture", "a:b[red]")
    assert result.exit_code == 0, result.output
    assert "[bold]li/ver" in result.output
    names = {path.name for path in (tmp_path / "out" / "figures").glob("bland_altman*.png")}
    assert names == {"bland_altman_a_b_red_.png", "bland_altman_a_b_red__2.png"}


def test_two_subjects_give_no_picture_of_pairs(table: Path, tmp_path: Path) -> None:
    table.write_text("".join(READERS.splitlines(keepends=True)[:9]))
    result = run(table, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "fewer than 10 subjects in liver, spleen" in result.output
    assert not list((tmp_path / "out" / "figures").glob("bland_altman*"))


THREE = "Patient,Reader,Volume,Entropy\n" + "".join(
    f"P{p},{reader},{10 * p + shift},{p + shift / 7}\n"
    for p in range(1, 13)
    for reader, shift in (("anna", 0), ("ben", p % 3), ("carl", p % 2))
)


def test_three_readers_without_a_reference(tmp_path: Path) -> None:
    path, out = tmp_path / "three.csv", tmp_path / "out"
    path.write_text(THREE)
    result = run(path, "--out", out, "--reference", "none", "--statistics", "wsd,rc_percent", "--threshold", "icc=.9")
    assert result.exit_code == 0, result.output
    assert "reference: none, all conditions are compared with one another" in result.output
    assert "Overall CCC > 0.90" in result.output
    computed = pd.read_csv(out / "reliability.csv").set_index(["feature", "statistic"])
    assert computed["condition"].unique().tolist() == ["all"]
    values = [[10 * p, 10 * p + p % 3, 10 * p + p % 2] for p in range(1, 13)]
    assert computed.loc[("Volume", "icc"), "lower"] == pytest.approx(float(icc(values).lower))
    assert computed.loc[("Volume", "overall_ccc"), "estimate"] == pytest.approx(float(overall_ccc(values).estimate))
    text = (out / "methods.md").read_text()
    assert "Agreement of anna, ben and carl was expressed by" in text
    assert "if ICC > 0.90." in text
    figures = {path.name for path in (out / "figures").glob("*.svg")}
    assert {"distribution_overall_ccc.svg", "heat_map_all.svg", "forest_features.svg"} <= figures
    assert not any(name.startswith(("bland_altman", "concordance")) for name in figures)
    further = (out / "tables" / "further.csv").read_text()
    assert "Within-subject SD,all,in units of the feature,2/2" in further


def test_three_readers_must_say_what_they_are_compared_with(tmp_path: Path) -> None:
    path = tmp_path / "three.csv"
    path.write_text(THREE)
    result = run(path, "--out", tmp_path / "out")
    assert "anna, ben, carl; name the one" in str(result.exception)
    assert "--reference none" in str(result.exception)


def test_a_condition_called_none_can_be_the_reference(table: Path, tmp_path: Path) -> None:
    table.write_text(READERS.replace("anna", "none"))
    result = run(table, "--out", tmp_path / "r.csv", "--reference", "none")
    assert "reference: none\n" in result.output
    assert set(pd.read_csv(tmp_path / "r.csv")["condition"]) == {"ben", "all"}


def test_further_statistics_can_have_thresholds(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run(
        table, "--out", out, "--statistics", "rc_percent", "--threshold", "rc_percent=30", "--threshold", "icc=.5",
        "--no-figures",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "%RC < 30 %" in result.output
    assert "if %RC < 30 % and ICC > 0.50 held under every condition" in (out / "methods.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--statistics", "wds"], "did you mean 'wsd'"),
        (["--statistics", "bias", "--reference", "none"], "'bias' compares with a reference"),
        (["--threshold", "wsd=3", "--statistics", "wsd"], "'wsd' is not computed or has no common threshold"),
        (["--threshold", "rc_percent=30"], "'rc_percent' is not computed"),
        (["--threshold", "icc=1.5"], "no estimate is above 1.5"),
        (["--reference", "none", "--on-limit"], "overall_ccc has no confidence limits"),
        (["--subject", "Patent"], "did you mean 'Patient'"),
        (["--reference", "carl"], "no condition 'carl'"),
        (["--icc-form", "A1"], "--icc-form: unknown 'A1'"),
        (["--quartiles", "liner"], "did you mean 'linear'"),
        (["--level", "95"], "level is 95"),
        (["--threshold", "ic=.9"], "did you mean 'icc'"),
        (["--threshold", "icc=high"], "expected a number"),
        (["--threshold", "cv=.1", "--on-limit"], "cv has no confidence limits"),
        (["--picture", "Volum"], "did you mean 'Volume'"),
        (["--at", "organ=liver"], "unknown key 'organ'"),
        (["--at", "roi=lver"], "did you mean 'liver'"),
        (["--features", "x*"], "no column fits 'x*'"),
    ],
)
def test_bad_options_are_refused(table: Path, tmp_path: Path, arguments: list[str], words: str) -> None:
    result = run(table, "--out", tmp_path / "out", *arguments)
    assert isinstance(result.exception, ConfigurationError)  # which the command line turns into exit code 2
    assert words in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_malformed_pairs_are_refused(table: Path, tmp_path: Path) -> None:
    result = run(table, "--out", tmp_path / "out", "--threshold", "icc")
    assert result.exit_code == 2
    assert "expected STATISTIC=VALUE, found 'icc'" in result.output


@pytest.mark.data
def test_the_published_test_retest_tables(data_root: Path, tmp_path: Path) -> None:
    name = "pyRadiomicsFeatures_biasCorrectedT2AX_FullStudySettings_2D_bin{0}.csv.gz"
    tables = [f"bin{width}={data_root / 'qin_prostate_repeat' / name.format(width)}" for width in (10, 40)]
    result = run(
        *tables, "--out", tmp_path, "--extract", "study=(?P<subject>[^_]+)_(?P<date>.+)", "--order", "date",
        "--features", "original_*", "--no-figures",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "fewer than 10 subjects in NormalROI_PZ_1" in result.output
    computed = pd.read_parquet(tmp_path / "reliability.parquet")
    rows = computed[(computed["strategy"] == "bin40") & (computed["roi"] == "WholeGland")]
    assert rows["n"].unique().tolist() == [15]
    assert rows["feature"].nunique() == 83
    assert (tmp_path / "tables" / "by_roi.md").read_text().count("bin40") == 4


@pytest.mark.data
def test_the_published_tables_without_a_reference(data_root: Path, tmp_path: Path) -> None:
    name = "pyRadiomicsFeatures_biasCorrectedT2AX_FullStudySettings_2D_bin20.csv.gz"
    result = run(
        data_root / "qin_prostate_repeat" / name, "--out", tmp_path, "--extract",
        "study=(?P<subject>[^_]+)_(?P<date>.+)", "--order", "date", "--features", "original_*", "--no-figures",
        "--reference", "none", "--statistics", "wsd,rms_wcv,rc_percent,rc_ratio,icc_all",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    computed = pd.read_parquet(tmp_path / "reliability.parquet")
    wide = computed.pivot(index=["roi", "feature"], columns="statistic", values="estimate")
    assert len(wide) == 4 * 83
    # of two conditions both are what they are of the pair
    pairs = reliability_table(
        read_feature_table(
            data_root / "qin_prostate_repeat" / name,
            Reading(Roles(order="date"), {"study": "(?P<subject>[^_]+)_(?P<date>.+)"}, features=("original_*",)),
        ).table,
        "1",
        statistics=["icc", "ccc"],
    ).pivot(index=["roi", "feature"], columns="statistic", values="estimate")
    pairs = pairs.loc[wide.index]
    assert wide["icc"].to_numpy() == pytest.approx(pairs["icc"].to_numpy(), nan_ok=True)
    assert wide["overall_ccc"].to_numpy() == pytest.approx(pairs["ccc"].to_numpy(), nan_ok=True)
    assert wide["rc_percent"].to_numpy() == pytest.approx(277.18 * wide["rms_wcv"].to_numpy(), rel=1e-4, nan_ok=True)


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """Give a table of two settings, the second with a third of the noise of the first."""
    rng = np.random.default_rng(0)
    truth = rng.normal(50, 10, (12, 6))
    parts = [
        pd.DataFrame(truth + rng.normal(0, noise, truth.shape), columns=[f"F{i}" for i in range(6)]).assign(
            patient=[f"P{i}" for i in range(12)], scan=scan, settings=settings
        )
        for settings, noise in (("coarse", 4.0), ("fine", 1.5))
        for scan in ("a", "b")
    ]
    path = tmp_path / "several.csv"
    pd.concat(parts).to_csv(path, index=False)
    return path


def test_shares_have_intervals_over_subjects(several: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run(several, "--out", out, "--no-figures", "--threshold", "icc=0.8", "--level", "0.9")
    assert result.exit_code == 0, result.output
    shares = pd.read_csv(out / "shares.csv").set_index(["strategy", "share"])
    read = read_feature_table(several, Reading())
    usual = {"icc": 0.8, "ccc": 0.9}
    named = read.table.rename(columns={f"F{i}": f"original_glcm_F{i}" for i in range(6)})
    library = (
        share_intervals(named, "a", usual, level=0.9).query("by == 'overall'").set_index(["strategy", "statistic"])
    )
    for share, statistic in (("icc_share", "icc"), ("robust_share", "icc")):
        row, expected = shares.loc[("coarse", share)], library.loc[("coarse", statistic)]
        assert row["lower"] < row["estimate"] < row["upper"]
        assert row[["estimate", "lower", "upper"]].tolist() == pytest.approx(
            expected[["share", "lower", "upper"]].tolist()
        )
    assert "90 % interval" in result.output
    assert "90 % intervals of shares of features are those of the jackknife over subjects" in (
        (out / "methods.md").read_text(encoding="utf-8")
    )


def test_several_settings_are_compared_pair_by_pair(several: Path, tmp_path: Path) -> None:
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
    assert "jackknife" not in (out / "methods.md").read_text(encoding="utf-8")


def test_without_a_reference_there_are_intervals_and_a_reason(several: Path, tmp_path: Path) -> None:
    result = run(several, "--out", tmp_path / "out", "--no-figures", "--reference", "none")
    assert result.exit_code == 0, result.output
    assert "not compared: strategies are compared by agreement with a reference" in result.output
    shares = pd.read_csv(tmp_path / "out" / "shares.csv").set_index(["strategy", "share"])
    assert {"overall_ccc_share", "icc_share", "robust_share"} <= set(shares.loc["fine"].index)


def test_limits_of_shares_of_features_whose_lower_limit_passes(several: Path, tmp_path: Path) -> None:
    rule = ("--on-limit", "--threshold", "icc=0.7")
    result = run(several, "--out", tmp_path / "out", "--no-figures", *rule)
    assert result.exit_code == 0, result.output
    shares = pd.read_csv(tmp_path / "out" / "shares.csv").set_index(["strategy", "share"])
    table = pd.read_parquet(tmp_path / "out" / "reliability.parquet").query(
        "strategy == 'coarse' and statistic == 'icc'"
    )
    assert shares.loc[("coarse", "robust_share"), "estimate"] == pytest.approx((table["lower"] > 0.7).mean())


def test_the_limits_of_the_icc_can_be_chosen(several: Path, tmp_path: Path) -> None:
    result = run(several, "--out", tmp_path / "r.parquet", "--icc-interval", "generalized")
    assert result.exit_code == 0, result.output
    read = read_feature_table(several, Reading())
    expected = reliability_table(read.table, "a", columns=read.features, icc_interval="generalized")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "r.parquet"), expected, check_dtype=False)
    usual = reliability_table(read.table, "a", columns=read.features)
    icc_rows = usual["statistic"] == "icc"
    assert (expected.loc[icc_rows, "lower"] != usual.loc[icc_rows, "lower"]).all()
    assert expected.loc[~icc_rows, "lower"].equals(usual.loc[~icc_rows, "lower"])
    refused = run(several, "--out", tmp_path / "r.parquet", "--icc-interval", "generalised")
    assert "--icc-interval: unknown 'generalised'; did you mean 'generalized'?" in str(refused.exception)
