import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.formats.segments import READERS, kind_of, open_segments


@pytest.fixture
def image(tmp_path, write_slices):
    write_slices(tmp_path, np.ones((3, 4, 5)))
    return tmp_path / "001.dcm"


def test_a_dicom_file_is_known_by_its_modality(image):
    assert kind_of(image) == "MR"
    assert sorted(READERS) == ["RTSTRUCT", "SEG"]


def test_an_image_holds_no_rois(image, golden):
    with golden.error(ScanError):
        open_segments(image)


def test_what_is_no_dicom_is_refused(tmp_path, golden):
    (tmp_path / "a.dcm").write_bytes(b"no header" * 40)
    with golden.error(ScanError):
        open_segments(tmp_path / "a.dcm")
