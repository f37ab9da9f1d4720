"""Files beside the slices of a volume: the last slice was left out without a word where its file was damaged."""

import numpy as np
import pydicom
import pytest

from experiments.importing.dicom_folder import find_dicom
from harmonize.errors import ScanError
from harmonize.formats import read_image
from harmonize.remarks import remarks

VOLUME = np.random.default_rng(2).integers(0, 4000, (6, 5, 4)).astype(np.uint16)
LAST = "001.dcm"


@pytest.fixture
def series(tmp_path, write_slices):
    write_slices(tmp_path / "series", VOLUME)
    return tmp_path / "series"


def without_position(path):
    dataset = pydicom.dcmread(path)
    del dataset.ImagePositionPatient
    dataset.save_as(path)


def without_beginning(path):
    path.write_bytes(path.read_bytes()[132:])


def cut_before_the_rows(path):
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"\x28\x00\x10\x00US")])


def cut_behind_the_rows(path):
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"\x28\x00\x30\x00DS")])


@pytest.mark.parametrize(
    "harm",
    [
        without_position,
        cut_behind_the_rows,
        cut_before_the_rows,
        without_beginning,
    ],
)
def test_a_file_of_the_series_that_cannot_be_used_is_a_refusal(series, harm, golden):
    harm(series / LAST)
    for path in (series, series / "003.dcm"):
        with golden.error(ScanError):
            read_image(path)
    found = find_dicom(series.parent)
    assert not found.scans
    assert any("of the same series" in reason for _, reason in found.skipped)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty (0 bytes)"),
        (b"\0" * 500, "is no DICOM file, though it is named like one"),
        (b"\0" * 128 + b"DICM" + b"\x02\0\0\0UL\x04\0", "is cut off in its header"),
    ],
)
def test_a_file_that_may_be_a_slice_is_told(series, content, problem, golden):
    (series / LAST).write_bytes(content)
    with remarks() as told:
        np.testing.assert_array_equal(read_image(series)[0], VOLUME[:5])
    assert [(entry.kind, entry.problem) for entry in told] == [
        ("lost_dicom_file", f"series: {LAST} beside the slices {problem}; it is not used")
    ]
    found = find_dicom(series.parent)
    assert (series / LAST, problem) in found.skipped
    (series / "003.dcm").write_bytes(content)
    with golden.error(ScanError):
        read_image(series)


def test_files_that_are_no_slices_do_no_harm(series, write_slices):
    """A list of files, hidden ones, notes, other series, a screenshot."""
    directory = pydicom.Dataset()
    directory.file_meta = pydicom.dataset.FileMetaDataset()
    directory.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    directory.file_meta.MediaStorageSOPClassUID = pydicom.uid.MediaStorageDirectoryStorage
    directory.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    directory.FileSetID = "X"
    directory.save_as(series / "DICOMDIR", enforce_file_format=True)
    (series / "._001.dcm").write_bytes(b"")
    (series / "README").write_bytes(b"\x08\0 notes")
    uid = pydicom.dcmread(series / LAST).SeriesInstanceUID
    shot = {"SOPClassUID": pydicom.uid.SecondaryCaptureImageStorage, "ImagePositionPatient": None}
    write_slices(series, VOLUME[:1], prefix="shot", SeriesInstanceUID=uid, **shot)
    write_slices(series, VOLUME[:1], prefix="other", ImagePositionPatient=None)
    np.testing.assert_array_equal(read_image(series)[0], VOLUME)
