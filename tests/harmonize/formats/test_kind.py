"""The format of a file is told by its bytes; no library opens it for that."""

import gzip

import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.errors import ScanError
from harmonize.formats import read_image
from harmonize.formats.kind import reader_of

FLAT = sitk.GetImageFromArray(np.arange(20, dtype=np.uint8).reshape(4, 5))
SOLID = sitk.GetImageFromArray(np.arange(60, dtype=np.int16).reshape(3, 4, 5))


@pytest.mark.parametrize(
    "ending", [".nii", ".nii.gz", ".hdr", ".nrrd", ".nhdr", ".mha", ".mhd", ".vtk", ".mrc", ".gipl"]
)
def test_every_format_that_is_read(tmp_path, ending):
    path = tmp_path / f"scan.{ending}"
    sitk.WriteImage(SOLID, str(path))
    assert reader_of(path) == sitk.ImageFileReader.GetImageIOFromFileName(str(path))
    np.testing.assert_array_equal(read_image(path)[0], sitk.GetArrayFromImage(SOLID))


@pytest.mark.parametrize("ending", [".png", ".tif"])
def test_pictures_are_read(tmp_path, ending):
    path = tmp_path / f"scan{ending}"
    sitk.WriteImage(FLAT, str(path))
    np.testing.assert_array_equal(read_image(path)[0][0], sitk.GetArrayFromImage(FLAT))


@pytest.mark.parametrize(
    "ending",
    [".h5", ".jpg", ".bmp", ".lsm"],
)
def test_other_formats_are_named(tmp_path, ending, golden):
    path = tmp_path / f"scan{ending}"
    sitk.WriteImage(FLAT if ending != ".h5" else SOLID, str(path)) if ending != ".lsm" else path.write_bytes(b"II+\0")
    with golden.error(ScanError):
        read_image(path)


def test_an_hdf5_file_by_another_name_is_not_opened_by_its_library(tmp_path, golden):
    # It followed a link out of the folder, whatever the file was called.
    sitk.WriteImage(SOLID, str(tmp_path / "scan.h5"))
    (tmp_path / "scan.h5").rename(tmp_path / "scan.nii")
    with golden.error(ScanError):
        read_image(tmp_path / "scan.nii")


def test_names_that_do_not_fit_are_said(tmp_path, capfd, golden):
    sitk.WriteImage(SOLID, str(tmp_path / "scan.nii"))
    content = (tmp_path / "scan.nii").read_bytes()
    for name in ("packed.nii", "scan", "scan.Nii"):
        (tmp_path / name).write_bytes(gzip.compress(content) if name == "packed.nii" else content)
        with golden.error(ScanError):
            read_image(tmp_path / name)
    assert capfd.readouterr() == ("", "")


def test_nifti_2_is_named(tmp_path, golden):
    head = bytearray(540)
    head[:4], head[4:8] = (540).to_bytes(4, "little"), b"n+2\0"
    (tmp_path / "scan.nii").write_bytes(bytes(head))
    with golden.error(ScanError):
        read_image(tmp_path / "scan.nii")
