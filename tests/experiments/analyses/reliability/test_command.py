import pandas as pd
import pytest

from evaluation.reading import Reading, Roles, read_feature_table
from evaluation.reliability import icc
from evaluation.reliability.table import reliability_table
from evaluation.tables import check_reliability_table
from harmonize.errors import ConfigurationError


def test_a_table_of_two_readers_needs_no_option(run, table, tmp_path):
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


def test_a_reader_who_lacks_a_feature_is_named(run, readers, tmp_path):
    table = tmp_path / "readers.csv"
    lines = [line.split(";") for line in readers.splitlines()]
    table.write_text("\n".join(";".join([*row[:4], "" if row[1] == "ben" else row[4]]) for row in lines) + "\n")
    result = run(table, "--reference", "none", "--out", tmp_path / "r.csv")
    assert result.exit_code == 0, result.output
    assert "ben has no value of 1 of 2 features (Entropy)" in result.output
    # Regression: the intervals were said to have no limits.
    assert f"intervals of these shares are computed with a folder: --out {tmp_path / 'r'}\n" in result.output
    assert "not computed" in result.output
    assert "no limits" not in result.output
    computed = pd.read_csv(tmp_path / "r.csv").set_index("feature")
    assert set(computed.loc["Entropy", "status"]) == {"absent_condition"}


def test_a_feature_without_any_value_is_named_and_not_counted(run, readers, tmp_path):
    table = tmp_path / "readers.csv"
    lines = [line.split(";") for line in readers.splitlines()]
    emptied = [row if row[0] == lines[0][0] else [*row[:4], ""] for row in lines]
    table.write_text("\n".join(";".join(row) for row in emptied) + "\n")
    result = run(table, "--reference", "none", "--features", "Entropy,Volume", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "1 of 2 features have no value at all (Entropy): they count as not extracted" in result.output
    assert " 1 feature" in (tmp_path / "out" / "methods.md").read_text()
    assert set(pd.read_parquet(tmp_path / "out" / "measurement_error.parquet")["feature"]) == {"Volume"}


def test_only_the_table_and_its_source_are_written_to_a_file(run, table, tmp_path):
    for name, read in (("r.csv", pd.read_csv), ("r.parquet", pd.read_parquet)):
        result = run(table, "--out", tmp_path / name, "--quiet")
        assert (result.exit_code, result.output) == (0, "")
        check_reliability_table(read(tmp_path / name))
    assert {path.name for path in tmp_path.iterdir()} == {"readers.csv", "r.csv", "r.parquet", "r.source.json"}


def test_several_tables_are_strategies_and_figures_can_be_chosen(run, readers, table, tmp_path):
    (tmp_path / "other.csv").write_text(readers.replace("1,5", "2,5"))
    out = tmp_path / "out"
    result = run(
        f"plain={table}", tmp_path / "other.csv", "--out", out, "--picture", "Volume", "--at", "roi=spleen",
        "--at", "strategy=other",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    computed = pd.read_csv(out / "reliability.csv")
    assert computed["strategy"].unique().tolist() == ["plain", "other"]
    assert "other, spleen; n = 12" in (out / "figures" / "bland_altman_Volume.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--statistics", "wds"], "did you mean 'wsd'"),
        (["--statistics", "bias", "--reference", "none"], "'bias' compares with a reference"),
        (["--threshold", "wsd=3", "--statistics", "wsd"], "'wsd' is not computed or has no common threshold"),
        (["--threshold", "rc_percent=30"], "'rc_percent' is not computed"),
        (["--threshold", "icc=1.5"], "no estimate is above 1.5"),
        (["--reference", "none", "--on", "limit"], "overall_ccc has no confidence limits"),
        (["--subject", "Patent"], "did you mean 'Patient'"),
        (["--reference", "carl"], "no condition 'carl'"),
        (["--icc-form", "A1"], "--icc-form: unknown 'A1'"),
        (["--ccc-interval", "jacknife"], "--ccc-interval: unknown 'jacknife'; did you mean 'jackknife'?"),
        (["--quartiles", "liner"], "did you mean 'linear'"),
        (["--threshold", "ic=.9"], "did you mean 'icc'"),
        (["--threshold", "icc=high"], "expected a number"),
        (["--threshold", "cv=.1", "--on", "limit"], "cv has no confidence limits"),
        (["--picture", "Volum"], "did you mean 'Volume'"),
        (["--at", "organ=liver"], "unknown key 'organ'"),
        (["--at", "roi=lver"], "did you mean 'liver'"),
        (["--features", "x*"], "no column fits 'x*'"),
    ],
)
def test_bad_options_are_refused(run, table, tmp_path, arguments, words):
    result = run(table, "--out", tmp_path / "out", *arguments)
    assert isinstance(result.exception, ConfigurationError)  # which the command line turns into exit code 2
    assert words in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_malformed_pairs_are_refused(run, table, tmp_path):
    result = run(table, "--out", tmp_path / "out", "--threshold", "icc")
    assert result.exit_code == 2
    assert "expected STATISTIC=VALUE, found 'icc'" in result.output


def test_a_level_in_percent_is_refused(run, table, tmp_path):
    result = run(table, "--out", tmp_path / "out", "--level", "95")
    assert result.exit_code == 2
    assert "'--level': expected more than 0 and less than 1, found 95.0" in result.output


@pytest.mark.data
def test_the_published_test_retest_tables(run, data_root, tmp_path):
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
    assert (tmp_path / "tables" / "by_roi.md").read_text(encoding="utf-8").count("bin40") == 4


@pytest.mark.data
def test_the_published_tables_without_a_reference(run, data_root, tmp_path):
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
