import gzip
import itertools
import tracemalloc

import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.digest import digest_of_file
from harmonize.errors import ScanError
from harmonize.formats import read_array, read_image, write_image
from harmonize.image.volume import Grid
from harmonize.inputs.files import hold, one_look

GRID = Grid((30, 20, 10))
IMAGE = np.random.default_rng(0).normal(100, 20, GRID.shape)


def packed(tmp_path, members: int):
    write_image(IMAGE, GRID, tmp_path / "plain.nii")
    content = (tmp_path / "plain.nii").read_bytes()
    cuts = np.linspace(0, len(content), members + 1).astype(int)
    path = tmp_path / "scan.nii.gz"
    path.write_bytes(b"".join(gzip.compress(content[a:b]) for a, b in itertools.pairwise(cuts)))
    return path


@pytest.mark.parametrize("members", [1, 3])
def test_whole_files_are_read_however_they_are_packed(tmp_path, members):
    """Parallel packers write several gzip members; the trailer then speaks of the last one only."""
    np.testing.assert_array_equal(read_image(packed(tmp_path, members))[0], IMAGE)


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_cut_off_files_are_refused(tmp_path, members, share, golden):
    path = packed(tmp_path, members)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with golden.error(ScanError):
        read_image(path)


def test_more_than_the_voxels_does_no_harm(tmp_path):
    path = tmp_path / "scan.nii"
    write_image(IMAGE, GRID, path)
    path.write_bytes(path.read_bytes() + b"notes")
    np.testing.assert_array_equal(read_image(path)[0], IMAGE)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".hdr"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nan_is_not_read_as_zero(tmp_path, ending, dtype):
    """ITK puts zeros in place of NaN and infinite voxels of NIfTI files without a word."""
    image = IMAGE.astype(dtype)
    image[2, 3, 4], image[5, 6, 7] = np.nan, np.inf
    write_image(image, GRID, tmp_path / f"scan{ending}")
    array, _ = read_array(tmp_path / f"scan{ending}")
    np.testing.assert_array_equal(np.argwhere(~np.isfinite(array)), [[2, 3, 4], [5, 6, 7]])
    np.testing.assert_array_equal(array[np.isfinite(array)], image[np.isfinite(image)])


def test_nan_is_found_in_files_of_the_other_byte_order(tmp_path):
    image = IMAGE.astype(np.float32)
    image[1, 1, 1] = np.nan
    write_image(image, GRID, tmp_path / "little.nii")
    content = bytearray((tmp_path / "little.nii").read_bytes())
    swapped = bytearray(content)
    fields = [(0, 4, 1), (32, 4, 1), (36, 2, 1), (40, 2, 8), (56, 4, 3), (68, 2, 4), (76, 4, 8), (108, 4, 3)]
    fields += [(120, 2, 1), (124, 4, 6), (252, 2, 2), (256, 4, 6), (280, 4, 12), (352, 4, IMAGE.size)]
    for offset, width, count in fields:
        part = np.frombuffer(content, f"<u{width}", count=count, offset=offset)
        swapped[offset : offset + width * count] = part.byteswap().tobytes()
    (tmp_path / "big.nii").write_bytes(swapped)
    array, grid = read_array(tmp_path / "big.nii")
    assert grid == GRID
    np.testing.assert_array_equal(np.argwhere(np.isnan(array)), [[1, 1, 1]])
    np.testing.assert_array_equal(np.nan_to_num(array), np.nan_to_num(image))


def test_another_format_made_from_nifti_is_not_taken_for_it(tmp_path):
    # SimpleITK copies the NIfTI header into the NRRD file; sound voxels then came back as NaN
    values = np.arange(24.0, dtype=np.float32).reshape(2, 3, 4)
    sitk.WriteImage(sitk.GetImageFromArray(values), str(tmp_path / "scan.nii.gz"))
    sitk.WriteImage(sitk.ReadImage(str(tmp_path / "scan.nii.gz")), str(tmp_path / "scan.nrrd"))
    array, _ = read_array(tmp_path / "scan.nrrd")
    np.testing.assert_array_equal(array, values)


def scaled(path, slope, intercept, dtype=np.int16):
    sitk.WriteImage(sitk.GetImageFromArray(np.arange(-12, 12).astype(dtype).reshape(2, 3, 4)), str(path))
    content = bytearray(path.read_bytes())
    content[112:120] = np.array([slope, intercept], "<f4").tobytes()
    path.write_bytes(bytes(content))
    return path


@pytest.mark.parametrize("slope", [0.0, np.nan])
@pytest.mark.parametrize("intercept", [0.0, 7.0, np.nan, np.inf])
def test_a_slope_of_zero_scales_nothing(tmp_path, slope, intercept):
    # ITK added the intercept.
    array, _ = read_array(scaled(tmp_path / "scan.nii", slope, intercept))
    assert array.ravel().tolist() == list(range(-12, 12))
    assert array.dtype == np.int16


@pytest.mark.parametrize("intercept", [np.nan, -np.inf])
def test_a_slope_with_an_intercept_that_is_none_is_refused(tmp_path, intercept, golden):
    with golden.error(ScanError):
        read_array(scaled(tmp_path / "scan.nii", 2.0, intercept))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32, np.float64])
@pytest.mark.parametrize(("slope", "intercept"), [(2.0, 1.0), (0.1, -1024.0), (1.0, 0.0), (1e-3, 1e4)])
def test_scaled_voxels_are_those_of_itk(tmp_path, dtype, slope, intercept):
    path = scaled(tmp_path / "scan.nii", slope, intercept, dtype)
    expected = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
    array, _ = read_array(path)
    np.testing.assert_array_equal(array, expected)
    assert array.dtype == expected.dtype


def test_packed_voxels_that_are_damaged_are_refused(tmp_path, golden):
    path = packed(tmp_path, 1)
    content = bytearray(path.read_bytes())
    content[-1000] ^= 0xFF
    path.write_bytes(bytes(content))
    with golden.error(ScanError, varies=r"(?<=read: ).*(?=; )"):
        read_image(path)


@pytest.mark.parametrize(
    "dim", [(3, 0, 20, 10), (3, 30, -20, 10), (0, 30, 20, 10), (9, 30, 20, 10), (4, 30, 20, 10, -1)]
)
def test_dimensions_that_are_none_are_refused(tmp_path, dim, golden):
    # ITK took 1 for them, and so memory for more voxels than were looked for.
    write_image(IMAGE, GRID, tmp_path / "scan.nii")
    content = bytearray((tmp_path / "scan.nii").read_bytes())
    content[40 : 40 + 2 * len(dim)] = np.array(dim, "<i2").tobytes()
    (tmp_path / "scan.nii").write_bytes(bytes(content))
    with golden.error(ScanError):
        read_image(tmp_path / "scan.nii")


@pytest.mark.parametrize(("ending", "most"), [("nii", 1.1), ("nii.gz", 2.1)])
def test_a_file_is_in_memory_once_and_its_voxels_once(tmp_path, ending, most):
    """Digested and decoded; a plain file was there twice, the voxels of a packed one twice beside it."""
    path = tmp_path / f"scan.{ending}"
    voxels = np.random.default_rng(0).integers(0, 2**16, (40, 200, 200), dtype=np.uint16)  # nothing to pack
    write_image(voxels, Grid((200, 200, 40)), path)
    tracemalloc.start()
    try:
        with one_look():
            hold(path)
            digest_of_file(path)
            found, _ = read_array(path)
            peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_array_equal(found, voxels)
    assert peak < most * voxels.nbytes + 4e6
