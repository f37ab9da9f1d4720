import numpy as np
import pandas as pd
import pytest

from evaluation.reliability import icc
from experiments.analyses.reliability.facets import run_generalizability
from experiments.analyses.reliability.files import write_generalizability
from experiments.analyses.reliability.settings import FacetSettings, ReliabilitySettings
from experiments.report.alone import write_facets_page
from harmonize.errors import ConfigurationError


@pytest.fixture
def crossed(tmp_path):
    """Give a table of readers and scans, whose column of scans is called as the key of the feature table."""
    rng = np.random.default_rng(0)
    rows = [(f"P{p}", reader, scan) for p in range(12) for reader in ("anna", "ben") for scan in ("REF+STD", "ACC+DLR")]
    table = pd.DataFrame(rows, columns=["Patient", "Reader", "condition"])
    table["Volume"] = np.repeat(rng.normal(10, 3, 12), 4) + rng.normal(0, 1, 48)
    path = tmp_path / "crossed.csv"
    table.to_csv(path, index=False)
    return path


def test_facets_leave_components_coefficients_and_the_decision_study(run, crossed, tmp_path):
    out = tmp_path / "out"
    result = run(crossed, "--facet", "Reader", "--facet", "condition:fixed", "--out", out)
    assert result.exit_code == 0, result.output
    assert "facets Reader, condition (fixed)" in result.output
    assert "Reader + condition" in result.output
    components = pd.read_parquet(out / "variance_components.parquet")
    names = ["subject", "Reader", "subject:Reader", "subject:condition", "Reader:condition", "residual"]
    assert components["component"].tolist() == names
    coefficients = pd.read_parquet(out / "coefficients.parquet")
    assert coefficients["coefficient"].tolist() == ["g", "phi", "g_mean", "phi_mean", "icc[Reader]", "icc[condition]"]
    planned = pd.read_parquet(out / "decision_study.parquet")
    assert set(planned["facet"]) == {"Reader"}
    assert planned["g"].is_monotonic_increasing
    assert "share,subject," in (out / "facets.csv").read_text(encoding="utf-8")


def test_one_facet_is_the_icc_of_the_usual_analysis(run, table, tmp_path):
    result = run(table, "--facet", "Reader", "--features", "Volume", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    found = pd.read_parquet(tmp_path / "out" / "coefficients.parquet").query("roi == 'liver'").set_index("coefficient")
    pairs = [[10 * p + 0.5, 10 * p + p % 3 + 0.5] for p in range(1, 13)]
    assert found.loc["icc[Reader]", "estimate"] == pytest.approx(float(icc(pairs).estimate))


def test_what_cannot_be_told_is_printed_with_its_reason(run, table, tmp_path):
    """Entropy is the same for both readers."""
    rows = pd.read_csv(table, sep=";", decimal=",")
    rows["Entropy"] = 3.5
    rows.to_csv(table, index=False, sep=";")
    result = run(table, "--facet", "Reader", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "subject, Reader, residual: not computed for 2 of 4: All values are equal" in result.output


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--facet", "Readr"), "did you mean 'Reader'"),
        (("--facet", "Reader", "--reference", "anna"), "--reference: is not used with --facet"),
        (("--facet", "Reader", "--statistics", "wsd"), "--statistics: is not used with --facet"),
        (("--facet", "Reader", "--threshold", "icc[Reader]=2"), "no estimate is above 2"),
        (
            ("--facet", "Reader", "--threshold", "icc=0.8"),
            "--threshold: there is no coefficient 'icc'",
        ),
        (("--facet", "Reader:fix"), "--facet: 'Reader:fix': expected NAME"),
        (("--pool", "subject:Reader"), "--pool: is about --facet, which are missing"),
    ],
)
def test_what_does_not_go_together_is_told_in_the_words_of_the_command(refused, crossed, tmp_path, options, told):
    assert told in refused(crossed, *options, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_column_left_over_and_one_that_is_not_there_are_told_in_the_words_of_facets(
    refused, crossed, tmp_path, golden
):
    """--condition was advised, which --facet refuses, and a facet misspelt was called a condition."""
    for facet in ("Reader", "Readr"):
        golden.text(refused(crossed, "--facet", facet, "--out", tmp_path / "out"))
    long = pd.read_csv(crossed).rename(columns={"Volume": "value"}).assign(feature="Volume")
    with golden.error(ConfigurationError):
        run_generalizability(long, FacetSettings(facets=("Reader",)))
    with golden.error(ConfigurationError):
        run_generalizability(crossed, FacetSettings(facets=("Reader",)))
    rows = pd.read_csv(crossed)
    for wanted in (rows["Reader"] == "anna", (rows["Reader"] == "anna") == (rows["Patient"] == "P1")):
        with golden.error(ConfigurationError):
            run_generalizability(rows[wanted & (rows["condition"] == "ACC+DLR")], FacetSettings(facets=("Reader",)))


def test_a_file_cannot_hold_several_tables(refused, crossed, tmp_path):
    assert "name a folder" in refused(crossed, "--facet", "Reader,condition", "--out", tmp_path / "out.csv")


def test_levels_that_make_one_name_are_refused(golden):
    """'A' of one column and 'B+1' of the other read as 'A+B' and '1'."""
    table = pd.DataFrame(
        {
            "subject": ["S1"] * 3 + ["S2"] * 3,
            "reader": ["A", "A+B", "A"] * 2,
            "scan": ["B+1", "1", "2"] * 2,
            "original_glcm_Contrast": np.arange(6.0),
        }
    )
    with golden.error(ConfigurationError):
        run_generalizability(table, FacetSettings(facets=("reader", "scan")))


def test_python_gives_what_is_printed(crossed):
    found = run_generalizability(crossed, FacetSettings(facets=("Reader", "condition")), ReliabilitySettings(level=0.9))
    assert "1 feature: 12 subjects, facets Reader, condition" in repr(found)
    assert "icc[Reader]" in found._repr_html_()


def test_in_python_a_file_is_refused_too(crossed, tmp_path, golden):
    """Only the command refused it: from Python a folder named out.csv was made."""
    found = run_generalizability(crossed, FacetSettings(facets=("Reader", "condition")))
    with golden.error(ConfigurationError):
        write_generalizability(tmp_path / "out.csv", found)
    assert not (tmp_path / "out.csv").exists()


def test_a_nested_facet_with_one_level_in_most_subjects_is_told():
    rng = np.random.default_rng(0)
    cells = [(f"S{s}", f"d{s}-{d}", scan) for s in range(9) for d in range(1 + (s < 3)) for scan in "ab"]
    rows = pd.DataFrame(cells, columns=["subject", "date", "scan"])
    rows["original_glcm_Contrast"] = rng.normal(10, 3, len(rows))
    found = run_generalizability(rows, FacetSettings(facets=("date:nested", "scan")))
    (told,) = found.remarks()
    assert told.startswith("date: one level in 6 of 9 (subject)")
    most = run_generalizability(rows[rows["subject"] < "S4"], FacetSettings(facets=("date:nested", "scan")))
    assert most.remarks() == []


def test_features_without_a_value_are_not_counted_and_told(run, crossed, tmp_path):
    pd.read_csv(crossed).assign(Empty=np.nan).to_csv(crossed, index=False)
    columns = ("--features", "Volume,Empty", "--subject", "Patient")
    result = run(crossed, *columns, "--facet", "Reader,condition", "--out", tmp_path / "out", "--no-figures")
    assert result.exit_code == 0, result.output
    assert "1 of 2 features have no value at all (Empty)" in result.output
    assert "1 feature: 12 subjects, facets Reader, condition" in result.output


def test_the_page_says_which_facets_are_fixed_or_nested_and_told_by_few(tmp_path):
    rng = np.random.default_rng(0)
    cells = [(f"S{s}", f"d{s}-{d}", scan) for s in range(9) for d in range(1 + (s < 3)) for scan in "ab"]
    rows = pd.DataFrame(cells, columns=["subject", "date", "scan"])
    rows["original_glcm_Contrast"] = rng.normal(10, 3, len(rows))
    found = run_generalizability(rows, FacetSettings(facets=("date:nested", "scan:fixed")))
    write_generalizability(tmp_path, found)
    page = write_facets_page(tmp_path).read_text(encoding="utf-8")
    assert "Measurements vary over date (nested in subject, up to 2 levels) and scan (fixed, 2 levels)." in page
    assert f'<p class="note">{found.remarks()[0]}.</p>' in page
