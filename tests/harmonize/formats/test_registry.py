"""What the registry of formats says of a file: how it is read, and whether left and right are known."""

import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.formats import MaskSource, read_volume, registry
from harmonize.formats.registry import ImageFormat, files_of, tells_orientation
from harmonize.image.volume import Grid
from harmonize.protocol import read_protocol


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


def read_numpy(path):
    """All of a toy format: the voxels of a .npy file, 2 mm apart."""
    array = np.load(path)
    return array, Grid(array.shape[::-1], spacing=(2.0, 2.0, 2.0)), None


def test_a_new_format_is_one_reader_and_one_entry(tmp_path, monkeypatch):
    """Read as an image and as a mask, with its sidecar."""
    entry = ImageFormat("NumPy", lambda path: path.suffix == ".npy", read_numpy, endings=(".npy",))
    monkeypatch.setattr(registry, "FORMATS", [entry, *registry.FORMATS])
    image = np.random.default_rng(0).normal(100.0, 20.0, (6, 16, 16))
    mask = np.zeros(image.shape, np.uint8)
    mask[2:4, 4:12, 4:12] = 1
    for name, array in (("image", image), ("mask", mask)):
        np.save(tmp_path / f"{name}.npy", array)
    (tmp_path / "image.json").write_text('{"EchoTime": 0.08}', encoding="utf-8")
    assert files_of(tmp_path / "image.npy") == (tmp_path / "image.npy",)
    assert read_protocol(tmp_path / "image.npy").values["echo_time"] == 80.0
    volume, failures = read_volume(tmp_path / "image.npy", {"organ": MaskSource(tmp_path / "mask.npy")})
    assert not failures
    assert volume.grid.spacing == (2.0, 2.0, 2.0)
    assert volume.masks["organ"].sum() == mask.sum()
