from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.errors import ScanError
from harmonize.formats import read_array, read_image, write_image
from harmonize.image.volume import Grid

GRID = Grid((5, 4, 3), (0.75, 0.5, 6.0), (-10.0, 20.0, 30.5), (0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -1.0))


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(100, 20, shape)


def save(array: np.ndarray, path: Path, vector: bool = False) -> Path:
    sitk.WriteImage(sitk.GetImageFromArray(array, isVector=vector), str(path))
    return path


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".nrrd", ".mha", ".hdr"])
def test_what_is_written_is_read_again(tmp_path, ending):
    image = noise(*GRID.shape)
    path = tmp_path / "new" / f"scan{ending}"
    write_image(image, GRID, path)
    again, grid = read_image(path)
    np.testing.assert_array_equal(again, image)
    assert again.dtype == np.float64
    assert GRID.differences(grid) == []


def test_masks_are_written_as_zero_and_one(tmp_path):
    write_image(noise(*GRID.shape) > 100, GRID, tmp_path / "mask.nii.gz")
    array, _ = read_array(tmp_path / "mask.nii.gz")
    assert array.dtype == np.uint8
    np.testing.assert_array_equal(array, noise(*GRID.shape) > 100)


def test_an_unknown_ending_cannot_be_written(tmp_path, golden):
    with golden.error(ScanError, varies=r"(?<=written: ).*(?=; look)"):
        write_image(noise(*GRID.shape), GRID, tmp_path / "scan.xyz")


@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.float32, np.uint8, np.int32])
def test_every_type_becomes_float64_unchanged(tmp_path, dtype):
    limits = np.iinfo(dtype) if np.issubdtype(dtype, np.integer) else np.finfo(dtype)
    array = np.array([limits.min, 0, 1, limits.max], dtype).reshape(1, 2, 2)
    image, _ = read_image(save(array, tmp_path / "scan.nrrd"))
    assert image.dtype == np.float64
    assert image.ravel().tolist() == [float(value) for value in array.ravel()]


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd", ".mha"])
def test_a_flat_image_becomes_a_volume_of_one_slice(tmp_path, ending):
    flat = sitk.GetImageFromArray(noise(4, 5))
    flat.SetSpacing((0.5, 2.0))
    flat.SetOrigin((3.0, 4.0))
    sitk.WriteImage(flat, str(tmp_path / f"flat{ending}"))
    image, grid = read_image(tmp_path / f"flat{ending}")
    np.testing.assert_array_equal(image[0], noise(4, 5))
    assert grid.differences(Grid((5, 4, 1), (0.5, 2.0, 1.0), (3.0, 4.0, 0.0))) == []


def test_one_slice_keeps_its_thickness(tmp_path):
    grid = Grid((5, 4, 1), (1.0, 1.0, 8.0))
    write_image(noise(1, 4, 5), grid, tmp_path / "scan.nii.gz")
    assert read_image(tmp_path / "scan.nii.gz")[1].spacing[2] == 8.0


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd"])
def test_a_fourth_dimension_of_one_is_dropped(tmp_path, ending):
    image, grid = read_image(save(noise(1, 3, 4, 5), tmp_path / f"scan{ending}"))
    np.testing.assert_array_equal(image, noise(3, 4, 5))
    assert grid.size == (5, 4, 3)


def test_what_is_not_one_real_volume_is_refused(tmp_path):
    cases = {
        save(noise(2, 3, 4, 5), tmp_path / "series.nii.gz"): "has 4 dimensions (5 x 4 x 3 x 2), expected 2 or 3",
        save(noise(3, 4, 5, 3), tmp_path / "vector.nrrd", vector=True): "has 3 values a voxel",
        save(noise(4, 5, 3).astype(np.uint8), tmp_path / "colour.png", vector=True): "has 3 values a voxel",
        save(noise(3, 4, 5) + 1j, tmp_path / "complex.nii.gz"): "holds complex numbers",
    }
    for path, problem in cases.items():
        with pytest.raises(ScanError) as caught:
            read_image(path)
        assert caught.value.problem.startswith(f"{path}: {problem}")
        assert caught.value.advice.startswith("save ")


def test_files_that_are_none_are_refused(tmp_path):
    (tmp_path / "empty.nii.gz").touch()
    (tmp_path / "letter.nii.gz").write_text("Dear colleagues,")
    for name, problem in {
        "missing.nii.gz": "there is no such file",
        "empty.nii.gz": "is empty (0 bytes)",
        "letter.nii.gz": "cannot be read: its format is not recognised",
        ".": "the folder holds no DICOM image",
        "x" * 300 + ".nii": "cannot be read: ",
    }.items():
        with pytest.raises(ScanError) as caught:
            read_image(tmp_path / name)
        assert caught.value.problem.startswith(f"{tmp_path / name}: {problem}")


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".nrrd", ".mha"])
def test_a_file_that_is_cut_off_is_refused(tmp_path, ending):
    """ITK reads cut-off NIfTI files without a word and fills them with zeros."""
    path = tmp_path / f"scan{ending}"
    write_image(noise(*GRID.shape), GRID, path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ScanError) as caught:
        read_image(path)
    assert str(path) in caught.value.problem
    assert "0x" not in caught.value.problem  # no addresses in memory


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_voxels_that_are_no_numbers_are_refused_with_the_file(tmp_path, bad, golden):
    image = noise(*GRID.shape)
    image[0, 1] = bad
    write_image(image, GRID, tmp_path / "scan.nii.gz")
    with golden.error(ScanError):
        read_image(tmp_path / "scan.nii.gz")


def test_odd_headers_make_no_noise(tmp_path, capfd):
    """A missing orientation makes ITK print warnings."""
    path = tmp_path / "scan.nii"
    write_image(noise(*GRID.shape), GRID, path)
    header = bytearray(path.read_bytes())
    header[252:256] = bytes(4)  # qform and sform codes
    path.write_bytes(header)
    read_image(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.data
def test_a_real_scan_is_read_as_simpleitk_reads_it(data_root):
    path = data_root / "pyradiomics_cases" / "brain1_image.nrrd"
    image, grid = read_image(path)
    itk = sitk.ReadImage(str(path))
    np.testing.assert_array_equal(image, sitk.GetArrayFromImage(itk))
    assert grid == Grid.of(itk)
