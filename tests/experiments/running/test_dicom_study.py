"""A study of DICOM series with an RTSTRUCT each: from check to features, and what a second run takes over."""

import numpy as np
import pandas as pd
import pydicom
import pytest

from experiments.audit.audit import audit
from experiments.folder.files import SCANNERS
from experiments.running.runner import run_study
from experiments.study.study import Study
from harmonize.errors import ConfigurationError

STUDY = """
images: images.csv
factors: [scan]
reference: A
rois:
  segments: {liver: Liver, spleen: "Spleen "}
extraction: {setting: {binWidth: 50, force2D: true}}
strategies: {raw: null}
"""


def write_structures(path, boxes, spacing=(2.0, 1.5, 5.0), origin=(-10.0, 20.0, 30.0)):
    """Write ROIs that are boxes: name to (first slice, last slice, first pixel, last pixel)."""
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = pydicom.uid.RTStructureSetStorage, pydicom.uid.generate_uid()
    dataset.Modality, names, contours = "RTSTRUCT", [], []
    for number, (name, (first, last, start, end)) in enumerate(boxes.items(), 1):
        roi, drawn = pydicom.Dataset(), pydicom.Dataset()
        roi.ROINumber, roi.ROIName, drawn.ReferencedROINumber = number, name, number
        low, high = start - 0.5, end + 0.5
        items = []
        for k in range(first, last + 1):
            corners = np.array([[low, low, k], [high, low, k], [high, high, k], [low, high, k]])
            item = pydicom.Dataset()
            item.ContourGeometricType, item.NumberOfContourPoints = "CLOSED_PLANAR", 4
            item.ContourData = [float(value) for value in (corners * spacing + origin).ravel()]
            items.append(item)
        drawn.ContourSequence = items
        names.append(roi)
        contours.append(drawn)
    dataset.StructureSetROISequence, dataset.ROIContourSequence = names, contours
    dataset.save_as(path, enforce_file_format=True)


@pytest.fixture
def study_file(tmp_path, write_slices):
    rows = ["subject,sequence,scan,image,mask"]
    for i, subject in enumerate(("S1", "S2", "S3")):
        for j, scan in enumerate("AB"):
            array = np.random.default_rng([i, j]).normal(800 + 10 * i, 150, (6, 24, 24)).clip(1)
            write_slices(tmp_path / subject / scan, array, EchoTime=80 + 10 * j)
            rows.append(f"{subject},T2,{scan},{subject}/{scan},{subject}/rs.dcm")
        write_structures(tmp_path / subject / "rs.dcm", {"Liver": (1, 4, 2, 10), "Spleen": (1, 4, 14, 22)})
    (tmp_path / "images.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    return tmp_path / "study.yaml"


def test_check_finds_it_sound_and_tells_the_echo_times(study_file):
    found = audit(Study.from_yaml(study_file))
    assert (found.expected, found.present) == (12, 12)
    kinds = {(finding.level, finding.kind, finding.where) for finding in found.findings}
    assert kinds == {("note", "protocol_differs_between_conditions", "T2, TE")}


@pytest.mark.usefixtures("no_page")
def test_a_run_measures_the_segments_and_leaves_the_protocol(study_file, tmp_path):
    study = Study.from_yaml(study_file)
    run = run_study(study, tmp_path / "out", track=False)
    assert run.failures.empty
    features = pd.read_parquet(tmp_path / "out" / "features.parquet")
    assert features["voxels"].unique().tolist() == [4 * 81]
    assert sorted(features["roi"].unique()) == ["liver", "spleen"]
    protocol = pd.read_csv(tmp_path / "out" / "protocol.csv")
    assert protocol["echo_time_ms"].tolist() == [80.0, 90.0] * 3
    assert "MRN-77" not in (tmp_path / "out" / "protocol.csv").read_text(encoding="utf-8")
    assert run_study(study, tmp_path / "out", track=False).reused == 6
    write_structures(tmp_path / "S1" / "rs.dcm", {"Liver": (1, 4, 3, 10), "Spleen": (1, 4, 14, 22)})
    slice_of_another = pydicom.dcmread(tmp_path / "S3" / "A" / "003.dcm")
    slice_of_another.PixelData = slice_of_another.PixelData[::-1]
    slice_of_another.save_as(tmp_path / "S3" / "A" / "003.dcm")
    assert run_study(study, tmp_path / "out", track=False).reused == 3


@pytest.mark.parametrize("manufacturer", ["SIEMENS", "GE"])
def test_mixed_scanners_of_the_headers_stand_in_a_table_and_the_report(study_file, tmp_path, manufacturer):
    """An ICC that came from two scanners was headlined without what it is on each."""
    for path in sorted((tmp_path / "S1").glob("[AB]/*.dcm")):
        header = pydicom.dcmread(path)
        header.Manufacturer = manufacturer  # the others are Siemens
        header.save_as(path)
    run = run_study(Study.from_yaml(study_file), tmp_path / "out", track=False)
    page = run.report.read_text(encoding="utf-8")
    if manufacturer == "SIEMENS":
        assert SCANNERS not in run
        assert "Subjects were on different scanners" not in page
        return
    pooled, *each = run[SCANNERS].to_dict("records")
    assert (pooled["scanners"], pooled["n_subjects"], pooled["status"]) == ("Siemens: 2; GE: 1", 3, "too_few")
    assert [(row["scanner"], row["n_subjects"], row["status"]) for row in each] == [
        ("GE", 1, "too_few"),
        ("Siemens", 2, "too_few"),
    ]
    assert run.strategies["icc_median_within_scanners"].isna().all()
    assert "Subjects were on different scanners (Siemens: 2 and GE: 1)" in (run.folder / "methods.md").read_text(
        encoding="utf-8"
    )
    assert "Subjects were on different scanners (Siemens: 2, GE: 1)." in page
    assert "ICC within scanners" in page


@pytest.mark.usefixtures("no_page")
def test_other_segments_of_the_same_file_are_measured_anew(study_file, tmp_path):
    run_study(Study.from_yaml(study_file), tmp_path / "out", track=False)
    swapped = STUDY.replace('{liver: Liver, spleen: "Spleen "}', "{liver: Spleen, spleen: Liver}")
    study_file.write_text(swapped, encoding="utf-8")
    assert run_study(Study.from_yaml(study_file), tmp_path / "out", track=False).reused == 0


def test_a_missing_segment_is_a_failure_of_its_roi_alone(study_file, tmp_path):
    write_structures(tmp_path / "S1" / "rs.dcm", {"Livre": (1, 4, 2, 10), "Spleen": (1, 4, 14, 22)})
    found = audit(Study.from_yaml(study_file))
    problems = {finding.problem for finding in found.findings if finding.level == "error"}
    assert problems == {"rs.dcm: holds no ROI 'Liver'"}
    assert found.present == 10


def test_numbers_for_the_rois_of_dicom_are_refused_by_the_check(study_file):
    study_file.write_text(STUDY.replace('segments: {liver: Liver, spleen: "Spleen "}', "labels: {liver: 1}"), "utf-8")
    found = audit(Study.from_yaml(study_file))
    assert found.present == 0
    assert all(
        "use `rois: segments`" in finding.advice for finding in found.findings if finding.kind == "unreadable_mask"
    )


@pytest.mark.parametrize(
    "rois",
    [
        "segments: {a: x, b: x}",
        "segments: {a: x}\n  labels: {b: 1}",
        "segments: {a: 1}",
    ],
)
def test_wrong_segments_are_refused(study_file, rois, golden):
    study_file.write_text(STUDY.replace('segments: {liver: Liver, spleen: "Spleen "}', rois), encoding="utf-8")
    with golden.error(ConfigurationError):
        Study.from_yaml(study_file)
