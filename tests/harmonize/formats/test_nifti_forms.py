"""What a NIfTI header says twice."""

import struct

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.errors import ScanError
from harmonize.formats import read_image
from harmonize.remarks import remarks

AXES = np.diag([-1.5, -1.5, 4.0])


def write(tmp_path, sform=AXES, codes=(0, 1), **fields):
    """Write an image of 1.5 x 1.5 x 4 mm, then other numbers into its header."""
    image = sitk.GetImageFromArray(np.arange(24, dtype=np.int16).reshape(2, 3, 4))
    image.SetSpacing((1.5, 1.5, 4.0))
    path = tmp_path / "scan.nii"
    sitk.WriteImage(image, str(path))
    head = bytearray(path.read_bytes())
    struct.pack_into("<2h", head, 252, *codes)
    struct.pack_into("<12f", head, 280, *np.column_stack([sform, np.zeros(3)]).ravel())
    for offset, values in fields.values():
        struct.pack_into(f"<{len(values)}f", head, offset, *values)
    path.write_bytes(bytes(head))
    return path


def told(path):
    with remarks() as entries:
        _, grid = read_image(path)
    return grid, [entry.kind for entry in entries], " ".join(entry.problem for entry in entries)


def test_one_that_agrees_is_not_told(tmp_path):
    assert told(write(tmp_path, codes=(1, 1)))[1] == []


def test_pixdim_and_sform_that_disagree_are_told(tmp_path):
    grid, kinds, text = told(write(tmp_path, 2 * AXES))
    assert kinds == ["pixdim_against_sform"]
    assert "pixdim gives voxels of 1.5 x 1.5 x 4 mm, the sform of 3 x 3 x 8 mm; pixdim is taken" in text
    assert grid.spacing == (1.5, 1.5, 4.0)


@pytest.mark.parametrize(("codes", "taken"), [((1, 1), "sform"), ((1, 2), "qform"), ((2, 1), "sform")])
def test_qform_and_sform_that_disagree_are_told(tmp_path, codes, taken):
    turned = np.array([[np.cos(0.3), -np.sin(0.3), 0], [np.sin(0.3), np.cos(0.3), 0], [0, 0, 1]])
    grid, kinds, text = told(write(tmp_path, turned @ AXES, codes))
    assert kinds == ["qform_against_sform"]
    assert f"the {taken} is taken" in text
    assert grid.direction[1] == pytest.approx(-np.sin(0.3) if taken == "sform" else 0.0, abs=1e-6)


def test_a_sheared_sform_is_named(tmp_path, golden):
    # ITK said that it "only supports orthonormal direction cosines".
    sheared = AXES.copy()
    sheared[0, 1] = 0.5
    with golden.error(ScanError):
        read_image(write(tmp_path, sheared))
    assert "qform_against_sform" in told(write(tmp_path, sheared, (1, 1)))[1]


@pytest.mark.parametrize("place", [0, 3])
def test_a_sform_of_impossible_size_is_named(tmp_path, place, golden):
    # ITK said that it "only supports orthonormal direction cosines".
    path = write(tmp_path, srow=(280 + 4 * place, [1e18]))
    with golden.error(ScanError):
        read_image(path)
    assert read_image(write(tmp_path, codes=(1, 0), srow=(280 + 4 * place, [1e18])))[1].spacing == (1.5, 1.5, 4.0)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("codes", [(0, 1), (1, 0), (1, 1)])
def test_a_sform_that_is_not_finite_is_refused(tmp_path, number, codes, golden):
    # An infinity made ITK loop for ever, even with a code of 0.
    path = write(tmp_path, codes=codes, srow=(280 + 4 * 6, [number]))
    with golden.error(ScanError):
        read_image(path)


@pytest.mark.parametrize("place", [(256, [np.nan]), (256, [0.9, 0.9, 0.9]), (268, [np.inf])])
def test_a_qform_that_is_none_is_refused(tmp_path, place, golden):
    # ITK took a rotation of NaN for none, and an origin of NaN for 0.
    with golden.error(ScanError):
        read_image(write(tmp_path, codes=(1, 0), qform=place))


def test_a_size_below_zero_is_refused(tmp_path, golden):
    with golden.error(ScanError):
        read_image(write(tmp_path, edges=(80, [-1.5])))


CORONAL = np.array([[-2, 0, 0, 5], [0, 0, 3, 6], [0, 2, 0, 7], [0, 0, 0, 1.0]])
SAGITTAL = np.array([[0, 0, 3, 5], [-2, 0, 0, 6], [0, 2, 0, 7], [0, 0, 0, 1.0]])
TURNED = np.array([[-2, 0, 0, 5], [0, 1.6, -1.8, 6], [0, 1.2, 2.4, 7], [0, 0, 0, 1.0]])


@pytest.mark.parametrize("affine", [CORONAL, SAGITTAL, TURNED, np.diag([-2, -2, 3, 1.0])])
@pytest.mark.parametrize("codes", [(0, 1), (1, 0), (1, 1)])
def test_an_image_of_two_axes_lies_where_the_same_in_three_does(tmp_path, affine, codes):
    """Coronal and sagittal slices were refused, since ITK keeps two of three numbers of each direction."""
    pixels = np.arange(12, dtype=np.int16).reshape(4, 3)
    grids = []
    for name, array in (("2d.nii", pixels), ("3d.nii", pixels[:, :, None])):
        image = nib.Nifti1Image(array, None)
        image.header.set_zooms((2.0, 2.0, 3.0)[: array.ndim])
        image.set_qform(affine, codes[0])
        image.set_sform(affine, codes[1])
        image.header.set_zooms((2.0, 2.0, 3.0)[: array.ndim])
        nib.save(image, tmp_path / name)
        read, grid = read_image(tmp_path / name)
        np.testing.assert_array_equal(read, pixels.T[None])
        grids.append(grid)
    assert [grid.spacing for grid in grids] == [(2.0, 2.0, 1.0), (2.0, 2.0, 3.0)]
    np.testing.assert_allclose(grids[0].origin, grids[1].origin, atol=1e-6)
    np.testing.assert_allclose(grids[0].direction, grids[1].direction, atol=1e-6)


def test_one_slice_without_a_thickness_is_1_mm_thick(tmp_path):
    image = nib.Nifti1Image(np.ones((4, 3, 1), np.int16), np.diag([2, 2, 1, 1.0]))
    image.header["pixdim"][3] = 0
    nib.save(image, tmp_path / "scan.nii")
    assert read_image(tmp_path / "scan.nii")[1].spacing == (2.0, 2.0, 1.0)


@pytest.mark.parametrize("kind", [nib.Spm99AnalyzeImage, nib.Spm2AnalyzeImage])
def test_analyze_of_spm_is_scaled_and_told(tmp_path, kind):
    """Its slope stands in a field that Analyze leaves unused: 15508 was read for 60.7."""
    values = np.random.default_rng(1).uniform(0, 130, (5, 4, 3)).astype(np.float32)
    image = kind(values, np.diag([2, 2, 3, 1.0]))
    image.set_data_dtype(np.int16)
    image.to_filename(tmp_path / "scan.img")
    for ending in ("img", "hdr"):
        with remarks() as told:
            array, _ = read_image(tmp_path / f"scan.{ending}")
        np.testing.assert_allclose(array, nib.load(tmp_path / "scan.img").get_fdata().T, rtol=1e-6)
        np.testing.assert_allclose(array, values.T, atol=0.01)
        assert [entry.kind for entry in told] == ["analyze_scale"]


def test_plain_analyze_has_its_stored_values(tmp_path):
    values = np.arange(60, dtype=np.int16).reshape(5, 4, 3)
    nib.AnalyzeImage(values, np.diag([2, 2, 3, 1.0])).to_filename(tmp_path / "scan.img")
    np.testing.assert_array_equal(read_image(tmp_path / "scan.img")[0], values.T)


def test_analyze_with_two_ranges_of_values_is_refused(tmp_path, golden):
    image = nib.AnalyzeImage(np.arange(60, dtype=np.int16).reshape(5, 4, 3), np.diag([2, 2, 3, 1.0]))
    image.to_filename(tmp_path / "scan.img")
    head = bytearray((tmp_path / "scan.hdr").read_bytes())
    struct.pack_into("<2f", head, 124, 1.0, 0.0)
    struct.pack_into("<2i", head, 140, 59, 0)
    (tmp_path / "scan.hdr").write_bytes(bytes(head))
    with golden.error(ScanError):
        read_image(tmp_path / "scan.img")
