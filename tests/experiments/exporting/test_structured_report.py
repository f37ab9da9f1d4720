"""A report is read back by highdicom, and says what was put in."""

import shutil
import subprocess

import highdicom as hd
import numpy as np
import pydicom
import pytest
from highdicom.sr.enum import GraphicTypeValues
from pydicom.sr.codedict import codes

from experiments.exporting.structured_report import CONTEXT, MeasuredRoi, structured_report
from harmonize.errors import ConfigurationError, ScanError
from tests.harmonize.formats.conftest import _multi_frame

VALUES = {
    "original_firstorder_Mean": 312.123456789012,
    "original_firstorder_Kurtosis": 2.5,
    "original_shape_MeshVolume": 1.5e4,
    "log-sigma-2-0-mm-3D_glszm_SmallAreaLowGrayLevelEmphasis": 1e-7,
}
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # of names and identifiers that stay as they are


@pytest.fixture
def multi_frame():
    return _multi_frame


@pytest.fixture
def series(write_slices, tmp_path):
    pixels = np.arange(3 * 6 * 5).reshape(3, 6, 5)
    write_slices(tmp_path / "t2", pixels)
    return tmp_path / "t2"


def read(report, tmp_path):
    report.save_as(tmp_path / "sr.dcm")
    return hd.sr.srread(tmp_path / "sr.dcm")


def measured(group):
    return {one.name.value: (one.value, one.name.scheme_designator, one.unit.value) for one in group.get_measurements()}


EXPECTED = {
    "Q4LE": (VALUES["original_firstorder_Mean"], "IBSI", "[arb'U]"),
    "original_firstorder_Kurtosis": (2.5, "99RADHARMONY", "1"),
    "RNU0": (1.5e4, "IBSI", "mm3"),
    "log-sigma-2-0-mm-3D_glszm_SmallAreaLowGrayLevelEmphasis": (1e-7, "99RADHARMONY", "1"),
}


def test_any_mask_is_a_group_with_its_images_and_the_patient_is_that_of_the_headers(series, tmp_path):
    made = read(structured_report(series, [MeasuredRoi("liver", VALUES)], ["strategy raw"]), tmp_path)
    (group,) = made.content.get_image_measurement_groups()
    found = measured(group)
    assert {name: one[1:] for name, one in found.items()} == {name: one[1:] for name, one in EXPECTED.items()}
    assert [one[0] for one in found.values()] == pytest.approx([one[0] for one in EXPECTED.values()], rel=1e-12)
    assert group.tracking_identifier == "liver"
    images = [pydicom.dcmread(path) for path in sorted(series.iterdir())]
    assert {one.referenced_sop_instance_uid for one in group.source_images} == {one.SOPInstanceUID for one in images}
    for name in ("PatientID", "PatientName", "PatientBirthDate", "StudyInstanceUID"):
        assert made[name].value == images[0][name].value
    assert made.SeriesInstanceUID != images[0].SeriesInstanceUID


def test_a_segment_is_referred_to(series, tmp_path):
    images = [pydicom.dcmread(path) for path in sorted(series.iterdir())]
    images.sort(key=lambda one: one.ImagePositionPatient[2])
    mask = np.zeros((3, 6, 5, 2), np.uint8)
    mask[1, 2:4, 1:3, 0], mask[2, 1:3, 3:5, 1] = 1, 1
    made_by = hd.AlgorithmIdentificationSequence("test", codes.DCM.ArtificialIntelligence, "1")
    segments = [
        hd.seg.SegmentDescription(number, name, codes.SCT.Organ, codes.SCT.Liver, "AUTOMATIC", made_by)
        for number, name in ((1, "liver"), (2, "spleen"))
    ]
    uids = [pydicom.uid.generate_uid() for _ in range(2)]
    drawn = hd.seg.Segmentation(images, mask, "BINARY", segments, uids[0], 2, uids[1], 1, "m", "m", "1", "1")
    drawn.save_as(tmp_path / "seg.dcm")
    roi = MeasuredRoi("spleen", VALUES, tmp_path / "seg.dcm", "spleen")
    made = read(structured_report(series, [roi], []), tmp_path)
    (group,) = made.content.get_volumetric_roi_measurement_groups(referenced_sop_instance_uid=uids[1])
    assert group.reference_type == codes.DCM.ReferencedSegment
    named = [one.ReferencedSOPSequence[0] for one in group[0].ContentSequence if "ReferencedSOPSequence" in one]
    assert [one.ReferencedSegmentNumber for one in named if one.ReferencedSOPInstanceUID == uids[1]] == [2]
    with pytest.raises(ScanError, match="has 0 segments 'kidney'"):
        structured_report(series, [MeasuredRoi("kidney", VALUES, tmp_path / "seg.dcm", "kidney")], [])


@pytest.mark.data
def test_a_real_structure_set_is_there_as_contours_on_its_images(data_root, tmp_path):
    """Its references to images are lost, as names were removed from the files."""
    folder = data_root / "sarcoma_dicom_rtstruct" / "MR_T1"
    roi = MeasuredRoi("tumour", VALUES, folder / "mask" / "RS.dcm", "GTV_Mass_MR_T1")
    made = read(structured_report(folder / "image", [roi], []), tmp_path)
    (group,) = made.content.get_volumetric_roi_measurement_groups()
    contours = pydicom.dcmread(folder / "mask" / "RS.dcm").ROIContourSequence[0].ContourSequence
    assert len(group.roi) == len(contours) == 19
    images = {one.SOPInstanceUID: one for one in map(pydicom.dcmread, (folder / "image").iterdir())}
    for region, contour in zip(group.roi, contours, strict=True):
        assert region.graphic_type == GraphicTypeValues.POLYLINE
        image = images[region.ContentSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID]
        (along, down), origin = np.reshape(image.ImageOrientationPatient, (2, 3)), np.array(image.ImagePositionPatient)
        rows, columns = image.PixelSpacing
        column, row = (region.value[:-1] - 0.5).T
        back = origin + column[:, None] * columns * along + row[:, None] * rows * down
        np.testing.assert_allclose(back, np.reshape(contour.ContourData, (-1, 3)).astype(float), atol=0.01)


@pytest.mark.skipif(shutil.which("dsrdump") is None, reason="needs DCMTK")
def test_dcmtk_reads_it(series, tmp_path):
    structured_report(series, [MeasuredRoi("liver", VALUES)], []).save_as(tmp_path / "sr.dcm")
    done = subprocess.run(
        ["dsrdump", "-Ei", str(tmp_path / "sr.dcm")], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.startswith("Comprehensive 3D SR Document")
    assert 'NUM:(,,"mean intensity")="312.123456789012"' in done.stdout


def test_the_same_content_has_the_same_identifiers(series):
    one, other = (structured_report(series, [MeasuredRoi("liver", VALUES)], []) for _ in range(2))
    assert (one.SOPInstanceUID, one.SeriesInstanceUID) == (other.SOPInstanceUID, other.SeriesInstanceUID)
    changed = structured_report(series, [MeasuredRoi("liver", {**VALUES, "original_firstorder_Mean": 1.0})], [])
    assert changed.SOPInstanceUID != one.SOPInstanceUID


@pytest.mark.parametrize("frames", [False, True])
def test_headers_without_names_make_reports_without_names(frames, write_slices, multi_frame, tmp_path, golden):
    folder, pixels = tmp_path / "bare", np.arange(60).reshape(3, 5, 4)
    if frames:
        multi_frame(folder / "1.dcm", pixels, [0, 1, 2], StudyInstanceUID="1.2.3")
    else:
        write_slices(folder, pixels)
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        for name in CONTEXT:
            dataset.pop(name, None)
        dataset.save_as(path)
    made = read(structured_report(folder, [MeasuredRoi("liver", VALUES)], []), tmp_path)
    assert not any(made.get(name) for name in CONTEXT)
    (group,) = made.content.get_image_measurement_groups()
    assert len(group.source_images) == (1 if frames else 3)
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        del dataset.StudyInstanceUID
        dataset.save_as(path)
    with golden.error(ScanError):
        structured_report(folder, [MeasuredRoi("liver", VALUES)], [])


def test_what_is_no_dicom_or_lacks_highdicom_is_refused(series, tmp_path, monkeypatch, golden):
    with golden.error(ScanError):
        structured_report(tmp_path / "t2.nii.gz", [MeasuredRoi("liver", VALUES)], [])
    monkeypatch.setitem(__import__("sys").modules, "highdicom", None)
    with golden.error(ConfigurationError):
        structured_report(series, [MeasuredRoi("liver", VALUES)], [])
