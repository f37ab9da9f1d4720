import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml

from experiments.analyses.apply.run import run_application
from experiments.analyses.apply.settings import ApplicationSettings
from experiments.analyses.select.run import run_selection
from experiments.analyses.select.settings import SelectionSettings
from experiments.folder.files import FEATURES
from experiments.running.extracting.extraction import run_extraction
from experiments.running.extracting.remarks import UnlikeWarning
from experiments.running.runner import run_study
from experiments.study.study import Study
from harmonize.combat import GroupedHarmonizer
from harmonize.errors import ConfigurationError
from harmonize.steps import Fits, FittedNyul
from selection import Whitelist


def extracted(study, out, **options):
    return run_extraction(study, out, track=False, **options)


def rows_of(run, strategy):
    table = run.features
    return table[table["strategy"] == strategy].reset_index(drop=True)


def written_again(table, path):
    table.to_parquet(path, index=False)
    return path.read_bytes()


@pytest.mark.parametrize("strategy", ["raw", "nyul"])
def test_the_same_scans_have_the_features_of_the_run_byte_for_byte(volunteers, measured, tmp_path, strategy):
    found = extracted(volunteers, tmp_path / "out", like=measured.folder, strategies=[strategy])
    mine, theirs = (rows_of(run, strategy) for run in (found, measured))
    assert written_again(mine, tmp_path / "a.parquet") == written_again(theirs, tmp_path / "b.parquet")
    assert found.record["data_digest"] == measured.record["data_digest"]


def test_results_are_shared_with_runs_through_the_cache(volunteers, measured, tmp_path):
    found = extracted(
        volunteers, tmp_path / "out", like=measured.folder, strategies=["nyul"], cache=measured.folder / "finished"
    )
    assert found.reused == found.scans == 12


def test_from_volunteers_to_patients(measured, patients, tmp_path):
    """What a whitelist holds is enough: the run is not asked, and `apply` allows what comes of it."""
    chosen = run_selection(measured.folder, SelectionSettings(strategy="nyul", threshold={"icc": "0.2"}, scope="roi"))
    path = tmp_path / "whitelist.json"
    path.write_text(chosen.whitelist.to_json(), encoding="utf-8")
    found = extracted(patients, tmp_path / "out", like=path)
    assert set(found.features["condition"]) == {"REF+STD"}
    assert set(found.features["lesion"]) == {"0", "1"}
    applied = run_application(path, found.folder, ApplicationSettings(place=("HASTE", "liver")))
    assert applied.parts[()].features
    assert not any("learned" in text for text in applied.warnings)


def test_steps_are_those_that_the_study_has_learned(measured, patients, tmp_path):
    found = extracted(patients, tmp_path / "out", like=measured.folder, strategies=["nyul"])
    here, there = (Fits.read(run.folder / "fitted" / "nyul_nyul.json", "nyul", FittedNyul) for run in (found, measured))
    assert here.for_sequence("HASTE") == there.for_sequence("HASTE")
    own = extracted(measured_study(patients), tmp_path / "own")
    alone = Fits.read(own.folder / "fitted" / "nyul_nyul.json", "nyul", FittedNyul)
    assert alone.for_sequence("HASTE") != there.for_sequence("HASTE")


def measured_study(patients):
    """Give the patients strategies of their own."""
    text = patients.read_text(encoding="utf-8")
    own = patients.with_name("own.yaml")
    own.write_text(text + "strategies: {nyul: {steps: [nyul], extraction: {setting: {binWidth: 10}}}}\n", "utf-8")
    return own


def test_a_saved_harmonizer_is_applied(measured, patients, tmp_path):
    raw = extracted(patients, tmp_path / "raw", like=measured.folder, strategies=["raw"])
    found = extracted(patients, tmp_path / "out", like=measured.folder, strategies=["combat"])
    model = GroupedHarmonizer.load(measured.folder / "fitted" / "combat_harmonizer.json")
    expected = model.transform(raw.features.assign(strategy="combat"))
    names = [name for name in expected if expected[name].notna().any()]
    assert len(names) > 80
    np.testing.assert_array_equal(found.features[names], expected[names])


@pytest.mark.usefixtures("no_page")
def test_a_harmonizer_of_several_batches_is_handed_on(volunteers, measured, patients, change_rows, tmp_path, golden):
    """Only ComBat and CovBat were saved: whitelists of the other harmonizers could not be followed."""
    study = yaml.safe_load(volunteers.read_text(encoding="utf-8"))
    harmonizer = {"nested": None, "batch": "acquisition+reconstruction", "permutations": 0}
    study["strategies"] = {"nested": {"extraction": {"setting": {"binWidth": 3}}, "harmonizer": harmonizer}}
    file = tmp_path / "nested.yaml"
    file.write_text(yaml.safe_dump(study | {"images": str(volunteers.parent / "images.csv")}), encoding="utf-8")
    run = run_study(
        Study.from_yaml(file, volunteers.parent), tmp_path / "run", track=False, cache=measured.folder / "finished"
    )
    whitelist = Whitelist.read(run.folder / "whitelists" / "nested.json")
    model = GroupedHarmonizer.load(run.folder / "fitted" / "nested_harmonizer.json")
    change_rows(patients, lambda row: {**row, "reconstruction": "AI" if row["subject"] == "sub-01" else "STD"})
    with pytest.warns(UnlikeWarning) as told:
        found = extracted(patients, tmp_path / "out", like=whitelist)
    assert any("fitted on the batches DLR, STD, but reconstruction is 'AI'" in str(one.message) for one in told)
    with golden.warning(UnlikeWarning):
        raw = extracted(patients, tmp_path / "raw", like=measured.folder, strategies=["raw"]).features
    raw = raw[raw["subject"] != "sub-01"].reset_index(drop=True)
    expected = model.transform(raw)
    names = [name for name in expected if expected[name].notna().any()]
    np.testing.assert_array_equal(found.features[names], expected[names])
    assert not np.allclose(found.features[names], raw[names], equal_nan=True)


def test_a_second_run_takes_over_and_another_whitelist_does_not(measured, patients, tmp_path):
    out = tmp_path / "out"
    extracted(patients, out, like=measured.folder, strategies=["raw"])
    assert extracted(patients, out, like=measured.folder, strategies=["raw"]).unchanged
    again = extracted(patients, out, like=measured.folder, strategies=["nyul"])
    assert not again.unchanged
    assert set(again.features["strategy"]) == {"nyul"}


@pytest.mark.usefixtures("no_page")
def test_a_whitelist_that_does_not_say_what_its_study_was_like_is_told(measured, patients, tmp_path, golden):
    """Nothing was compared, and nothing said so."""
    raw = Whitelist.read(measured.folder / "whitelists" / "raw.json")
    with golden.warning(UnlikeWarning):
        extracted(patients, tmp_path / "out", like=replace(raw, learned={}))


def test_a_whitelist_names_nobody(measured):
    for path in (measured.folder / "whitelists").glob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert "sub-0" not in text
        assert str(measured.folder) not in text


def test_a_folder_holds_one_kind_of_run(volunteers, measured, patients, tmp_path, golden):
    with golden.error(ConfigurationError):
        extracted(patients, measured.folder, like=measured.folder)
    extracted(patients, tmp_path / "out", like=measured.folder, strategies=["raw"])
    with golden.error(ConfigurationError):
        run_study(volunteers, tmp_path / "out", track=False)


def test_one_condition_is_what_extract_is_for(patients, golden):
    own = measured_study(patients)
    own.write_text(own.read_text(encoding="utf-8") + "reference: REF+STD\n", encoding="utf-8")
    with golden.error(ConfigurationError):
        run_study(own, patients.parent / "out")


def test_the_report_says_whether_they_resemble(measured, patients, tmp_path):
    found = extracted(patients, tmp_path / "out", like=measured.folder, strategies=["raw"])
    page = found.report.read_text(encoding="utf-8")
    assert "Do these scans resemble the study" in page
    assert "lie outside the range that the same feature had in the study" in page.replace("\n", " ")
    assert str(tmp_path) not in page
    record = json.loads((found.folder / "run.json").read_text(encoding="utf-8"))
    assert record["kind"] == "extraction"
    assert FEATURES in record["files"]


def test_nothing_of_the_comparison_is_imported(measured, patients, tmp_path):
    """But for the names of statistics, which the rule of a study file is read with."""
    code = (
        "import sys\n"
        "from radharmony import run_extraction\n"
        f"run_extraction({str(patients)!r}, {str(tmp_path / 'out')!r}, like={str(measured.folder)!r}, "
        "strategies=['raw'], track=False)\n"
        "print(*sorted(name for name in sys.modules if name.startswith(('evaluation', 'experiments', 'selection'))))\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    loaded = set(result.stdout.split())
    heavy = {"table", "summary", "mixed_effects", "effect_tables"}
    assert not {f"evaluation.reliability.{name}" for name in heavy} & loaded
    assert not {name for name in loaded if name.startswith(("evaluation.comparison", "evaluation.batch_effects"))}
    assert "experiments.running.stages" not in loaded
    assert "experiments.results.inference" not in loaded


def test_python_takes_a_whitelist_in_memory(measured, patients, tmp_path):
    whitelist = Whitelist.read(measured.folder / "whitelists" / "raw.json")
    found = extracted(patients, tmp_path / "out", like=whitelist)
    assert found.strategies.to_dict("records")[0]["subjects"] == 4
    assert isinstance(found.features, pd.DataFrame)
