"""Images of one acquisition: known by header or sidecar, never guessed."""

import json
import shutil

import pydicom
import pytest

from harmonize.errors import ScanError
from harmonize.protocol.acquisition import acquisition_of, of_one_acquisition

STATED = {"StudyInstanceUID": "1.2.3.4", "AcquisitionNumber": 5, "AcquisitionTime": "11:44:43.320000"}


@pytest.fixture
def named(tmp_path):
    """Give what is found of an image whose sidecar states something."""

    def of(**stated):
        (tmp_path / "scan.json").write_text(json.dumps({"Modality": "MR", **stated}), encoding="utf-8")
        return acquisition_of(tmp_path / "scan.nii.gz")

    return of


def test_reconstructions_of_the_same_raw_data_have_one_name_that_tells_nothing(named):
    first = named(**STATED, SeriesNumber=501, SeriesInstanceUID="1.2.3.4.1")
    assert first == named(**STATED, SeriesNumber=502, SeriesInstanceUID="1.2.3.4.2")
    assert first == named(**{**STATED, "AcquisitionTime": "114443.32"})
    assert "1.2.3.4" not in first


@pytest.mark.parametrize(
    "other", [{"StudyInstanceUID": "1.2.3.5"}, {"AcquisitionNumber": 6}, {"AcquisitionTime": "11:44:43.330000"}]
)
def test_another_acquisition_has_another_name(named, other):
    assert named(**STATED) != named(**{**STATED, **other})


@pytest.mark.parametrize("lacking", ["AcquisitionNumber", "AcquisitionTime"])
def test_nothing_is_guessed_where_number_or_time_is_missing(named, lacking):
    assert named(**{key: value for key, value in STATED.items() if key != lacking}) is None


def test_sidecars_that_leave_out_identifiers_tell_by_the_fraction_of_a_second(named):
    """As converters write them, lest patients be recognised."""
    stated = {key: STATED[key] for key in ("AcquisitionNumber", "AcquisitionTime")}
    assert named(**stated) == named(**stated, SeriesNumber=7) not in (None, named(**STATED))


@pytest.mark.parametrize("time", ["11:44:43", "11:44:43.000000", "00:00:00.000", "", "noon", 114443])
def test_a_time_without_a_fraction_tells_no_acquisitions_apart(named, time):
    """Anonymized headers have one time and one number for all."""
    assert named(**{**STATED, "AcquisitionTime": time}) is None


GE = {**STATED, "FrameOfReferenceUID": "1.2.9", "StudyTime": "113012", "AcquisitionTime": "114443"}


def test_a_whole_second_tells_within_a_study_and_a_frame_of_reference(named):
    """As GE writes times; two acquisitions of a study do not begin in one second."""
    assert named(**GE) == named(**GE, SeriesNumber=12) is not None
    assert named(**GE) != named(**{**GE, "AcquisitionTime": "114444"})
    assert named(**GE) != named(**{**GE, "FrameOfReferenceUID": "1.2.10"})


@pytest.mark.parametrize(
    "change",
    [{"StudyTime": "114443"}, {"AcquisitionTime": "114400"}, {"FrameOfReferenceUID": ""}, {"StudyInstanceUID": ""}],
)
def test_a_second_that_may_be_made_up_tells_nothing(named, change):
    """One time for all that headers hold, or times that were cut to minutes."""
    assert named(**{**GE, **change}) is None


def test_an_image_without_header_has_none_and_a_broken_one_is_refused(tmp_path, golden):
    assert acquisition_of(tmp_path / "scan.nii.gz") is None
    (tmp_path / "scan.json").write_text("{", encoding="utf-8")
    with golden.error(ScanError, varies=r"(?<=read: ).*(?=; convert)"):
        acquisition_of(tmp_path / "scan.nii.gz")


@pytest.mark.data
def test_dicom_headers_are_read(data_root, tmp_path):
    """A file of a real series with the time that makers write."""
    source = next(path for path in sorted((data_root / "sarcoma_dicom_rtstruct").rglob("*.dcm")))
    shutil.copy(source, tmp_path / "a.dcm")
    dataset = pydicom.dcmread(tmp_path / "a.dcm")
    dataset.AcquisitionNumber, dataset.AcquisitionTime = 3, "114443.32"
    dataset.save_as(tmp_path / "a.dcm")
    dataset.SeriesInstanceUID = "1.2.3"
    dataset.save_as(tmp_path / "b.dcm")
    dataset.AcquisitionTime = "114444.32"
    dataset.save_as(tmp_path / "c.dcm")
    first, again, other = (acquisition_of(tmp_path / f"{name}.dcm") for name in "abc")
    assert first == again != other
    assert first is not None


SHOT = {"SeriesNumber": 720, "AcquisitionNumber": 1, "AcquisitionTime": "09:42:32.000000", "RepetitionTime": 0.14}


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"EchoNumber": 2}, True),
        ({"EchoNumber": 1}, False),  # two visits, whose times may be made up, or magnitude and phase
        ({"EchoNumber": None}, False),
        ({"EchoNumber": 2, "SeriesNumber": 721}, False),
        ({"EchoNumber": 2, "AcquisitionTime": "09:42:33.000000"}, False),
        ({"EchoNumber": 2, "AcquisitionNumber": 2}, False),
        ({"EchoNumber": 2, "RepetitionTime": 0.2}, False),
        ({"EchoNumber": 2, "StudyInstanceUID": "1.2"}, False),
    ],
)
def test_echoes_of_one_shot_are_told_by_their_numbers(tmp_path, changes, same):
    """A pair of GE, without identifiers and with times of whole seconds, was searched for motion, and refused."""
    images = [tmp_path / f"{name}.nii.gz" for name in "ab"]
    for image, values in zip(images, ({**SHOT, "EchoNumber": 1}, {**SHOT, **changes}), strict=True):
        image.with_name(image.name.replace(".nii.gz", ".json")).write_text(json.dumps(values), encoding="utf-8")
    assert of_one_acquisition(*images) is same


def test_a_whole_minute_tells_no_shot_apart(tmp_path):
    images = [tmp_path / f"{name}.nii.gz" for name in "ab"]
    for number, image in enumerate(images, start=1):
        values = {**SHOT, "AcquisitionTime": "00:00:00.000000", "EchoNumber": number}
        image.with_name(image.name.replace(".nii.gz", ".json")).write_text(json.dumps(values), encoding="utf-8")
    assert not of_one_acquisition(*images)


def test_the_real_pair_of_echoes_is_of_one_shot(data_root):
    first, second = sorted((data_root / "kidney_repeat" / "ge_01").glob("*_e?.nii.gz"))
    assert of_one_acquisition(first, second)
