"""What the registry of formats says of a file: how it is read, and whether left and right are known."""

import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.formats.registry import tells_orientation


def write(path, *, codes=None, dimension=3):
    image = sitk.GetImageFromArray(np.zeros((3, 4, 5)[-dimension:], np.float32))
    sitk.WriteImage(image, str(path))
    if codes is not None:  # qform_code and sform_code stand at bytes 252 and 254 of a NIfTI header
        content = bytearray(path.read_bytes())
        content[252:256] = np.array(codes, "<i2").tobytes()
        path.write_bytes(bytes(content))
    return path


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd", "a.mha"])
def test_files_of_medical_formats_tell(tmp_path, name):
    assert tells_orientation(write(tmp_path / name))


@pytest.mark.parametrize(("codes", "known"), [((0, 0), False), ((1, 0), True), ((0, 2), True)])
def test_nifti_tells_by_its_form_codes(tmp_path, codes, known):
    assert tells_orientation(write(tmp_path / "a.nii", codes=codes)) is known


def test_nrrd_without_a_space_does_not_tell(tmp_path):
    path = tmp_path / "a.nrrd"
    head = "NRRD0004\ntype: float\ndimension: 3\nsizes: 2 2 2\nspacings: 1 1 1\nencoding: raw\nendian: little\n\n"
    path.write_bytes(head.encode() + bytes(32))
    assert not tells_orientation(path)


def test_an_image_of_two_dimensions_does_not_tell(tmp_path):
    assert not tells_orientation(write(tmp_path / "a.mha", dimension=2))


def test_a_dicom_series_tells(tmp_path, write_slices):
    write_slices(tmp_path / "series", np.zeros((3, 4, 5), np.uint16))
    assert tells_orientation(tmp_path / "series")


def test_what_is_not_there_does_not_tell(tmp_path):
    assert not tells_orientation(tmp_path / "none.nii.gz")
