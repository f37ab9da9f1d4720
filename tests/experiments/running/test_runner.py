import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from evaluation.extraction import ExtractionSettings, extract
from evaluation.trends.trend_table import KEYS
from experiments.folder.run_folder import RunFolder
from experiments.running.runner import run_study
from experiments.study.study import Study
from experiments.tracking.contents import strategy_entry
from harmonize.errors import ConfigurationError
from harmonize.formats import read_volume
from harmonize.steps import parse_steps
from selection.thresholds import Thresholds
from selection.whitelist import Whitelist

TABLES = ("features.parquet", "reliability.parquet", "summary.csv", "strategies.csv", "failures.csv")


def bytes_of(folder):
    return {name: (folder / name).read_bytes() for name in TABLES}


def run(path, out, **options):
    """Run a study without pictures; those of `finished` are looked at elsewhere."""
    return run_study(replace(Study.from_yaml(path), pictures=0), out, track=False, **options)


def test_everything_that_was_promised_is_there(finished):
    names = {path.name for path in finished.folder.iterdir()}
    assert names >= {*TABLES, "ibsi.csv", "whitelists", "report.html", "mlflow.db", "run.json", "audit.json"}
    assert (finished.scans, len(finished.failures), finished.reused) == (12, 0, 0)


def test_intervals_comparison_effects_and_tables_of_a_paper_are_there(finished):
    folder = finished.folder
    row = finished.strategies.set_index("strategy").loc["zscore"]
    assert row["icc_share_lower"] < row["icc_share"] < row["icc_share_upper"]
    assert {path.name for path in (folder / "comparison").iterdir()} == {
        *("features.parquet", "summary.csv", "shares.csv", "ranks.csv", "overlap.csv")
    }
    shares = pd.read_csv(folder / "comparison" / "shares.csv").query("by == 'overall'").set_index("statistic")
    strategies = finished.strategies.set_index("strategy")["robust_share"]
    assert shares.loc["reproducible", "difference"] == pytest.approx(strategies["zscore"] - strategies["raw"])
    effects = pd.read_parquet(folder / "effects.parquet")
    assert len(effects) == 2 * 2 * 93
    assert effects.filter(like="share_").sum(axis=1)[effects["status"] == "ok"].to_numpy() == pytest.approx(1)
    assert set(pd.read_parquet(folder / "tests.parquet")["test"]) == {"friedman", "wilcoxon"}
    tables = {path.name for path in (folder / "tables").iterdir()}
    assert {"overall.tex", "reproducible.md", "comparison.csv", "effects_by_class.tex", "effects_by_roi.md"} <= tables
    assert "compared with “raw”" in (folder / "methods.md").read_text(encoding="utf-8")
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))["inference"]
    assert (record["baseline"], record["is_rule"], record["factors"]) == (
        "raw",
        True,
        ["acquisition", "reconstruction"],
    )


def test_two_subjects_and_two_conditions_and_another_rule(study_file, tmp_path):
    table = study_file.parent / "images.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines[1:] if "DLR" not in line and "sub-03" not in line]
    table.write_text("\n".join([lines[0], *kept]) + "\n")
    text = study_file.read_text(encoding="utf-8")
    before = text.index("thresholds:")
    study_file.write_text(text[:before] + "thresholds: {icc: 0.5, compared: limit, top: 5}\n")
    result = run(study_file, tmp_path / "out")
    assert (result.scans, len(result.failures)) == (4, 0)
    record = json.loads((result.folder / "run.json").read_text(encoding="utf-8"))["inference"]
    assert (record["is_rule"], record["factors"]) == (False, None)
    assert not (result.folder / "effects.parquet").exists()
    assert "robust_share_lower" in result.strategies
    assert "by this rule: lower limit of icc > 0.5; of these the 5" in (result.folder / "methods.md").read_text("utf-8")
    report = (result.folder / "report.html").read_text(encoding="utf-8")
    assert "the whitelist keeps the best 5 of those that pass" in report
    assert "lower confidence limit of ICC &gt; 0.50" in report
    _assert_one_share_of_icc(result, 0.5, report)


def _assert_one_share_of_icc(run, limit, report):
    """strategies.csv, terminal and report counted ICC > 0.90 where tables and methods counted that of the study."""
    rows = run.reliability.query("strategy == 'raw' and statistic == 'icc'")
    share = (rows["estimate"] > limit).mean()
    assert share != (rows["estimate"] > 0.9).mean()
    row = run.strategies.set_index("strategy").loc["raw"]
    assert row["icc_share"] == pytest.approx(share)
    assert run.thresholds["icc"] == limit
    assert f"ICC > {limit:.2f}".replace(" 0.", " .") in repr(run)
    table = (run.folder / "tables" / "overall.md").read_text(encoding="utf-8")
    assert rf"ICC \> {limit:.2f}" in table
    assert f"{(rows['estimate'] > limit).sum()}/{len(rows)}" in table
    assert f"{(rows['estimate'] > limit).sum()} of {len(rows)}" in report


def test_one_row_per_strategy_scan_and_roi_with_93_features(finished):
    features = pd.read_parquet(finished.folder / "features.parquet")
    assert len(features) == 2 * 12 * 2
    assert sum(column.startswith("original_") for column in features.columns) == 93
    assert list(features["strategy"].unique()) == ["raw", "zscore"]


def test_the_values_are_those_of_the_parts(finished, simulated):
    scan = Study.from_yaml(simulated).scans[5]
    volume, _ = read_volume(scan.image, scan.masks)
    (zscore,) = parse_steps(["zscore"], "")
    features = pd.read_parquet(finished.folder / "features.parquet")
    settings = Study.from_yaml(simulated).strategies[1].extraction
    assert isinstance(settings, ExtractionSettings)
    for roi, expected in extract(zscore(volume), settings).features.items():
        cell = (features["strategy"] == "zscore") & (features["roi"] == roi)
        cell &= (features["subject"] == scan.subject) & (features["condition"] == scan.condition)
        (row,) = features[cell].to_dict("records")
        assert {name: row[name] for name in expected.values} == pytest.approx(dict(expected.values), rel=1e-12)


def test_whitelists_name_their_origin(finished, simulated):
    whitelist = Whitelist.read(finished.folder / "whitelists" / "zscore.json")
    study = Study.from_yaml(simulated)
    record = json.loads((finished.folder / "run.json").read_text(encoding="utf-8"))
    assert whitelist.settings_digest == study.strategies[1].digest()
    assert whitelist.data_digest == record["data_digest"]
    assert whitelist.considered["HASTE"] == dict.fromkeys(study.rois, 93)
    assert 0 < whitelist.size < 2 * 93


@pytest.mark.usefixtures("no_page")
def test_the_same_command_again_takes_everything_over_and_gives_the_same_bytes(study_file, begun):
    before = bytes_of(begun)
    again = run(study_file, begun)
    assert (again.reused, again.unchanged) == (2 * 12, False)
    assert bytes_of(begun) == before


@pytest.mark.usefixtures("no_page")
def test_the_number_of_processes_does_not_change_a_byte(finished, study_file, tmp_path):
    run(study_file, tmp_path / "out", jobs=2)
    assert bytes_of(tmp_path / "out") == bytes_of(finished.folder)


@pytest.mark.usefixtures("no_page")
def test_a_changed_strategy_recomputes_only_itself(study_file, begun):
    study_file.write_text(study_file.read_text(encoding="utf-8").replace("[zscore]", "[{zscore: {region: image}}]"))
    assert run(study_file, begun).reused == 12


@pytest.mark.usefixtures("no_page")
def test_a_damaged_result_is_computed_again(study_file, begun):
    before = bytes_of(begun)
    results = sorted((begun / "finished").glob("*.json"))
    results[0].write_text(results[0].read_text(encoding="utf-8")[:-40])
    results[1].write_text(results[1].read_text(encoding="utf-8").replace("1", "2", 3))
    assert run(study_file, begun).reused == 2 * 12 - 2
    assert bytes_of(begun) == before


@pytest.mark.usefixtures("no_page")
def test_a_changed_image_is_noticed_although_its_name_stays(study_file, begun):
    digest = json.loads((begun / "run.json").read_text(encoding="utf-8"))["data_digest"]
    path = Study.from_yaml(study_file).scans[0].image
    image = sitk.ReadImage(str(path))
    sitk.WriteImage(image * 1.5, str(path))
    assert run(study_file, begun).reused == 2 * 11
    assert json.loads((begun / "run.json").read_text(encoding="utf-8"))["data_digest"] != digest


def test_broken_scans_become_rows_and_stop_nobody(study_file, tmp_path):
    scans = Study.from_yaml(study_file).scans
    scans[0].image.write_bytes(b"not an image")
    scans[5].image.unlink()
    image = sitk.ReadImage(str(scans[9].image))
    array = sitk.GetArrayFromImage(image)
    array[0, 0, 0] = np.nan
    broken = sitk.GetImageFromArray(array)
    broken.CopyInformation(image)
    sitk.WriteImage(broken, str(scans[9].image))
    result = run(study_file, tmp_path / "out")
    failures = pd.read_csv(result.folder / "failures.csv", keep_default_na=False)
    assert len(result.failures) == len(failures) == 3
    assert sorted(failures["file"]) == sorted(str(scans[i].image) for i in (0, 5, 9))
    assert set(failures["step"]) == {"read"}
    assert failures["problem"].str.contains("NaN").sum() == 1
    features = pd.read_parquet(result.folder / "features.parquet")
    assert len(features) == 2 * 9 * 2
    # what the audit calls present is what has features
    audit = json.loads((result.folder / "audit.json").read_text(encoding="utf-8"))
    cells = features.loc[features["strategy"] == "raw"].groupby(["subject", "sequence", "condition"]).size()
    present = {
        tuple(cell[k] for k in ("subject", "sequence", "condition")): cell["rois"] for cell in audit["completeness"]
    }
    assert {cell: rois for cell, rois in present.items() if rois} == cells.to_dict()
    assert audit["cells"] == {"expected": 24, "present": cells.sum()}
    # the contrasts lose the subjects concerned, and their n says so
    reliability = pd.read_parquet(result.folder / "reliability.parquet")
    assert reliability["n"].min() < 3


@pytest.mark.usefixtures("no_page")
def test_failures_are_tried_again_once_mended(study_file, tmp_path):
    path = Study.from_yaml(study_file).scans[0].image
    shutil.copy(path, tmp_path / "sound")
    path.write_bytes(b"not an image")
    assert len(run(study_file, tmp_path / "out").failures) == 1
    shutil.copy(tmp_path / "sound", path)
    mended = run(study_file, tmp_path / "out")
    assert (len(mended.failures), mended.reused) == (0, 2 * 11)


@pytest.mark.usefixtures("no_page")
def test_an_roi_with_too_few_gray_levels_is_a_failure_not_a_number(study_file, tmp_path):
    text = study_file.read_text(encoding="utf-8")
    study_file.write_text(text.replace("binWidth: 3}", "binWidth: 1000}"))
    result = run(study_file, tmp_path / "out")
    failures = pd.read_csv(result.folder / "failures.csv")
    assert set(failures["strategy"]) == {"raw"}
    assert failures["advice"].str.contains("binWidth").all()
    assert set(pd.read_parquet(result.folder / "features.parquet")["strategy"]) == {"zscore"}
    # every strategy of the study has its row, one without a single feature as well
    assert list(result.strategies["strategy"]) == ["raw", "zscore"]


def test_two_scans_in_one_cell_are_refused_with_their_lines(study_file, tmp_path, golden):
    table = study_file.parent / "images.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([*lines, lines[1]]) + "\n")
    with golden.error(ConfigurationError):
        run(study_file, tmp_path / "out")


def test_a_study_without_a_single_usable_scan_says_where_the_reasons_are(study_file, tmp_path, golden):
    for scan in Study.from_yaml(study_file).scans:
        scan.image.write_bytes(b"")
    with golden.error(ConfigurationError):
        run(study_file, tmp_path / "out")
    assert len(pd.read_csv(tmp_path / "out" / "failures.csv")) == 12


@pytest.mark.usefixtures("no_page")
def test_what_check_calls_an_error_is_said_by_the_run_too(study_file, tmp_path):
    # the images of one arm entered for another as well: perfect agreement, and the report said "0 errors"
    table = study_file.parent / "images.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("REF_DLR", "REF_STD"))
    result = run(study_file, tmp_path / "out")
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    assert result.errors == audit["errors"] > 0
    assert "image_used_twice" in {finding["kind"] for finding in audit["findings"]}
    assert run(study_file, tmp_path / "out").errors == result.errors


def test_one_condition_is_refused_before_anything_is_computed(study_file, tmp_path, golden):
    table = study_file.parent / "images.csv"
    header, *rows = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([header, *(row for row in rows if "REF,STD" in row)]) + "\n")
    with golden.error(ConfigurationError):
        run(study_file, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_study_with_ordered_levels_leaves_what_the_command_leaves_of_its_features(
    study_file, begun, tmp_path, radharmony
):
    """In the report and in MLflow, too; without levels, the files of a former run go."""
    text = study_file.read_text(encoding="utf-8")
    study_file.write_text(f"{text}levels: {{acquisition: {{REF: 1, ACC: 2}}}}\n", encoding="utf-8")
    result = run(study_file, begun)
    asked = ("--levels", "acquisition", "--number", "REF=1", "--number", "ACC=2", "--within", "reconstruction")
    told = radharmony("trend", result.folder, *asked, "--out", tmp_path / "told")
    assert told.returncode == 0, told.stdout + told.stderr
    own, others = (pd.read_parquet(folder / "trends.parquet") for folder in (result.folder, tmp_path / "told"))
    pd.testing.assert_frame_equal(*(one.set_index(list(KEYS)).sort_index() for one in (own, others)))
    assert set(own["at"]) == {"STD", "DLR"}
    assert result.record["levels"] == {"acquisition": {"REF": 1, "ACC": 2}}
    metrics = strategy_entry(RunFolder.open(result.folder), result.record["strategies"][0]).metrics
    shares = pd.read_csv(result.folder / "trend_shares.csv").query("strategy == 'raw' and by == 'overall'")
    row = shares.set_index("at").loc["DLR"]
    assert metrics["pass_up_to/acquisition_2/DLR"] == row["up_to"] / row["n_total"]
    page = (result.folder / "report.html").read_text(encoding="utf-8")
    assert "Ordered levels" in page
    assert "Features that rise or fall" in page
    study_file.write_text(text, encoding="utf-8")
    again = run(study_file, begun)
    assert "levels" not in again.record
    assert not (again.folder / "trends.parquet").exists()
    assert "Ordered levels" not in (again.folder / "report.html").read_text(encoding="utf-8")


def test_a_study_with_facets_leaves_what_the_command_leaves_of_its_features(study_file, begun, tmp_path, radharmony):
    """Every strategy; without facets, the files of a former run go."""
    text = study_file.read_text(encoding="utf-8")
    other = re.sub(r"(?m)^thresholds:.*(\n +.*)*", "thresholds: icc > 0.6 and icc[acquisition] > 0.5", text)
    study_file.write_text(f"{other}facets: [acquisition, reconstruction: fixed]\n", encoding="utf-8")
    result = run(study_file, begun)
    asked = ("--facet", "acquisition", "--facet", "reconstruction:fixed")
    told = radharmony("reliability", result.folder, *asked, "--out", tmp_path / "told")
    assert told.returncode == 0, told.stdout + told.stderr
    for name in ("variance_components", "coefficients", "decision_study"):
        own, others = (pd.read_parquet(folder / f"{name}.parquet") for folder in (result.folder, tmp_path / "told"))
        pd.testing.assert_frame_equal(own, others)
        assert set(own["strategy"]) == {"raw", "zscore"}
    assert (result.folder / "facets.csv").read_bytes() == (tmp_path / "told" / "facets.csv").read_bytes()
    robust_to = pd.read_csv(result.folder / "robust_to.csv")
    assert robust_to.groupby("facet")["threshold"].unique().map(list).to_dict() == {
        "acquisition": [0.5],
        "reconstruction": [0.6],  # it was always 0.9
    }
    passing = robust_to[(robust_to["facet"] == "acquisition") & robust_to["verdict"].isin(["yes", "estimate"])]
    both = pd.read_parquet(result.folder / "reliability.parquet")
    assert set(both["statistic"]) >= {"icc", "icc[acquisition]"}
    for name, listed in result.whitelists.items():
        chosen = tmp_path / "chosen.json"
        rule = ("--rule", "icc > 0.6 and icc[acquisition] > 0.5", "--strategy", name)
        assert radharmony("select", result.folder, *rule, "--out", chosen).returncode == 0
        assert Whitelist.read(chosen).features == listed.features
        pairs = Thresholds({"icc": 0.6}).whitelist(both, name).features
        own = passing[passing["strategy"] == name]
        for (sequence, roi), rows in own.groupby(["sequence", "roi"]):
            assert set(listed.features[sequence][roi]) == set(pairs[sequence][roi]) & set(rows["feature"])
    known = result.strategies.set_index("strategy")
    for name in result.whitelists:  # the table judges as the draws do, and they have limits
        low, share, high = known.loc[name, ["robust_share_lower", "robust_share", "robust_share_upper"]]
        assert 0 <= low <= share <= high <= 1
        assert low < high
    assert result.record["facets"] == ["acquisition", "reconstruction:fixed"]
    metrics = strategy_entry(RunFolder.open(result.folder), result.record["strategies"][0]).metrics
    methods = (result.folder / "methods.md").read_text(encoding="utf-8")
    assert "measured over acquisition (random, 2 levels) and reconstruction (fixed, 2 levels) were" in methods
    page = result.report.read_text(encoding="utf-8")
    assert "Measurements vary over acquisition (random, 2 levels) and reconstruction (fixed, 2 levels)." in page
    assert "ICC &gt; 0.60 and ICC[acquisition] &gt; 0.50" in page
    medians = pd.read_csv(result.folder / "facets.csv").query("strategy == 'raw'").set_index(["of", "name"])["median"]
    assert metrics["share/subject_acquisition"] == medians["share", "subject:acquisition"]
    assert metrics["coefficient/phi"] == medians["coefficient", "phi"]
    study_file.write_text(text, encoding="utf-8")
    again = run(study_file, begun)
    assert "facets" not in again.record
    assert not (again.folder / "variance_components.parquet").exists()
