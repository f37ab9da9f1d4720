import json

import pandas as pd
import pytest
from click.testing import CliRunner

from experiments.cli import radharmony
from experiments.running.extracting.extraction import run_extraction
from experiments.running.extracting.like import Like
from experiments.running.extracting.preprocessing import run_preprocessing
from experiments.running.extracting.remarks import UnlikeWarning
from harmonize.errors import ConfigurationError
from selection import Whitelist


def sidecars(study, **values):
    """Put a sidecar beside every image."""
    for image in (study.parent / "images").glob("*_HASTE_REF_STD.nii.gz"):
        image.with_name(image.name.replace(".nii.gz", ".json")).write_text(json.dumps(values), encoding="utf-8")


@pytest.fixture
def stated(measured):
    """The whitelist of volunteers whose headers said how they were scanned."""
    whitelist = Whitelist.read(measured.folder / "whitelists" / "raw.json")
    protocol = {"HASTE": {"modality": ["MR"], "field_strength_t": [3.0, 3.0], "manufacturer": ["Siemens"]}}
    content = json.loads(json.dumps({**whitelist.learned}))
    content["seen"]["protocol"] = protocol
    return type(whitelist)(**{**vars(whitelist), "learned": content})


def test_another_modality_is_refused_before_anything_is_computed(patients, stated, tmp_path, golden):
    sidecars(patients, Modality="CT")
    with golden.error(ConfigurationError):
        run_extraction(patients, tmp_path / "out", like=stated, track=False)
    assert not (tmp_path / "out" / "features.parquet").exists()
    with golden.error(ConfigurationError):  # they were written as a dataset without any
        run_preprocessing(patients, tmp_path / "images", "raw", like=stated)
    assert not (tmp_path / "images" / "dataset_description.json").exists()


def test_one_scan_of_another_modality_is_a_failure_and_the_others_go_on(patients, stated, tmp_path, golden):
    sidecars(patients, Modality="MR")
    first = min((patients.parent / "images").glob("*_HASTE_REF_STD.json"))
    first.write_text(json.dumps({"Modality": "CT"}), encoding="utf-8")
    with golden.warning(UnlikeWarning):
        found = run_extraction(patients, tmp_path / "out", like=stated, track=False)
    assert found.failures[["strategy", "subject", "step"]].values.tolist() == [["all", "sub-01", "like"]]
    assert set(found.features["subject"]) == {"sub-02", "sub-03", "sub-04"}
    assert found.scans == 4


def test_another_protocol_is_a_remark(patients, stated, tmp_path, golden):
    sidecars(patients, Modality="MR", MagneticFieldStrength=1.5, Manufacturer="SIEMENS")
    with golden.warning(UnlikeWarning):
        found = run_extraction(patients, tmp_path / "out", like=stated, track=False)
    remarks = pd.read_csv(found.folder / "remarks.csv")
    assert (remarks["what"] == "field strength (T)").sum() == 4
    assert "manufacturer" not in set(remarks["what"])
    assert not len(found.failures)


def test_a_sequence_that_a_step_has_not_learned_is_refused(measured, patients, change_rows, tmp_path, golden):
    change_rows(patients, lambda row: {**row, "sequence": "T1"})
    with golden.error(ConfigurationError):
        run_extraction(patients, tmp_path / "out", like=measured.folder, strategies=["nyul"], track=False)
    with pytest.warns(UnlikeWarning) as told:
        found = run_extraction(
            patients, tmp_path / "raw", like=measured.folder, strategies=["raw", "nyul"], track=False
        )
    assert any("4 scans cannot be measured by nyul" in str(one.message) for one in told)
    assert any("sequence: T1 here, HASTE in the study" in str(one.message) for one in told)
    assert set(found.features["strategy"]) == {"raw"}
    assert len(found.failures) == 4


def test_the_audit_tells_what_cannot_be_measured_so(measured, patients, change_rows):
    """It found nothing where no scan could be measured."""
    change_rows(patients, lambda row: {**row, "sequence": "T1"})
    done = CliRunner().invoke(radharmony, ["check", str(patients), "--like", str(measured.folder), "--json"])
    findings = json.loads(done.stdout)["findings"]

    assert done.exit_code == 1, done.output
    refused = [one for one in findings if one["kind"] == "not_measurable" and "by nyul" in one["problem"]]
    assert len(refused) == 4
    assert refused[0]["sequence"] == "T1"
    assert refused[0]["advice"]
    assert any(one["problem"].startswith("sequence: T1 here") for one in findings if one["kind"] == "unlike_study")


def test_a_batch_that_the_harmonizer_does_not_know_is_refused(measured, patients, change_rows, tmp_path):
    change_rows(patients, lambda row: {**row, "reconstruction": "AI" if row["subject"] == "sub-01" else "STD"})
    with pytest.warns(UnlikeWarning) as told:
        found = run_extraction(
            patients, tmp_path / "out", like=measured.folder, strategies=["combat", "raw"], track=False
        )
    assert any("fitted on the batches ACC+DLR" in str(one.message) for one in told)
    assert found.failures[["strategy", "subject"]].values.tolist() == [["combat", "sub-01"]]
    rows = found.features.groupby("strategy")["subject"].agg(set)
    assert rows["combat"] == {"sub-02", "sub-03", "sub-04"}
    assert rows["raw"] == {"sub-01", "sub-02", "sub-03", "sub-04"}


def test_other_voxels_and_another_plane_are_told(measured, patients, tmp_path):
    like = Like.read(measured.folder, ["raw"])
    whitelist = like.whitelists["raw"]
    learned = json.loads(json.dumps({**whitelist.learned}))
    learned["seen"]["geometry"]["HASTE"] = {"spacing": [[1, 1], [1, 1], [5, 5]], "planes": ["coronal, counted along z"]}
    other = type(whitelist)(**{**vars(whitelist), "learned": learned})
    with pytest.warns(UnlikeWarning) as told:
        run_extraction(patients, tmp_path / "out", like=other, track=False)
    texts = [str(one.message) for one in told]
    assert any(text.startswith("voxel size (mm): ") and "1 x 1 x 5 in the study" in text for text in texts)
    assert any(text.startswith("plane of slices: axial, counted along z here, coronal") for text in texts)


def test_under_another_name_of_the_sequence_scans_are_compared_with_all(stated, patients, change_rows, tmp_path):
    # A sequence named after its DICOM description left every check out, without a word.
    change_rows(patients, lambda row: {**row, "sequence": "haste_ax"})
    sidecars(patients, Modality="MR", MagneticFieldStrength=1.5)
    learned = json.loads(json.dumps({**stated.learned}))
    learned["seen"]["geometry"]["HASTE"] = {"spacing": [[1, 1], [1, 1], [5, 5]], "planes": ["coronal, counted along z"]}
    other = type(stated)(**{**vars(stated), "learned": learned})
    with pytest.warns(UnlikeWarning) as told:
        found = run_extraction(patients, tmp_path / "out", like=other, track=False)
    assert any("sequence: haste_ax here" in str(one.message) for one in told)
    assert {one.filename for one in told if one.category is UnlikeWarning} == {__file__}  # a stage was named
    remarks = set(pd.read_csv(found.folder / "remarks.csv")["what"])
    assert {"sequence", "plane of slices", "voxel size (mm)", "field strength (T)"} <= remarks
    outside = pd.read_csv(found.folder / "outside.csv")
    assert set(outside["sequence"]) == {"haste_ax"}


def test_texture_that_is_bound_to_an_axis_refuses_another(measured, patients, tmp_path, golden):
    whitelist = Like.read(measured.folder, ["raw"]).whitelists["raw"]
    learned = json.loads(json.dumps({**whitelist.learned}))
    learned["seen"]["geometry"]["HASTE"]["planes"] = ["sagittal, counted along x"]
    settings = json.loads(json.dumps({**whitelist.settings}))
    settings["extraction"]["setting"]["force2Ddimension"] = 2
    other = type(whitelist)(**{**vars(whitelist), "learned": learned, "settings": settings})
    with golden.error(ConfigurationError):
        run_extraction(patients, tmp_path / "out", like=other, track=False)
