"""Every case of docs/bad_input.md: a defined result, or an error that says what is wrong."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from evaluation.extraction import ExtractionSettings, extract
from harmonize.errors import GridError, NotOneVolumeError, ScanError
from harmonize.formats import MaskSource, read_image, read_masks
from harmonize.image.volume import Grid, Volume
from harmonize.steps import Nyul, Resample, Scaling, parse_steps

SHAPE = (6, 32, 32)
GRID = Grid((32, 32, 6), (1.0, 1.0, 4.0))
FOREGROUND = ("n4", "zscore", "robust_zscore", "scaling", "mode", "fcm", "clip")
ALL = (*FOREGROUND, "diffusion", "median", "bilateral", "nonlocal_means", "total_variation")
NO_FOREGROUND = r"the image is constant \({value:g}\) and has no foreground"


def disc(shape=SHAPE):
    """A disc with texture of about 80 to 125 in air of 1 to 2."""
    _, y, x = np.indices(shape)
    noise = np.random.default_rng(0).random(shape)
    return np.where(np.hypot(y - 15.5, x - 15.5) < 13, 100 + 20 * np.sin(x) + 5 * noise, 1 + noise)


def roi(*where):
    mask = np.zeros(SHAPE, bool)
    mask[where or np.s_[3, 12:20, 12:20]] = True
    return mask


def scan(image=None, mask=None, grid=GRID):
    image = disc() if image is None else image
    return Volume(image, grid, {"liver": roi() if mask is None else mask})


def step(name, **parameters):
    return parse_steps([{name: parameters}], "")[0]


def failure(volume, **setting):
    return str(extract(volume, ExtractionSettings.from_mapping({"setting": setting}, "", Path())).failures["liver"])


@pytest.fixture
def image(tmp_path):
    """The disc as a NIfTI file."""
    picture = sitk.GetImageFromArray(disc().astype(np.float32))
    picture.SetSpacing(GRID.spacing)
    sitk.WriteImage(picture, str(tmp_path / "scan.nii"))
    return tmp_path / "scan.nii"


def patched(path, offset, content):
    data = bytearray(path.read_bytes())
    data[offset : offset + len(content)] = content
    path.write_bytes(bytes(data))
    return path


# Intensities


@pytest.mark.parametrize("name", ALL)
def test_negative_intensities_beside_positive_ones_give_finite_images(name):
    given = scan(disc() - 80)
    found = step(name)(given).image
    assert np.isfinite(found).all()
    assert found.shape == SHAPE


@pytest.mark.parametrize("engine", ["numpy", "itk"])
def test_n4_leaves_out_what_has_no_logarithm_and_corrects_it_all_the_same(engine):
    given = scan(disc() - 80)
    n4 = step("n4", engine=engine)
    field = np.exp(n4.log_bias_field(given))
    assert np.isfinite(field).all()
    assert np.allclose(n4(given).image, given.image / field)
    assert (n4(given).image[given.image < 0] < 0).all()


@pytest.mark.parametrize("values", [-disc(), np.where(disc() > 50, 0.0, -1.0)])
def test_n4_refuses_an_image_without_positive_intensities(values, golden):
    with golden.error(ScanError):
        step("n4")(scan(values))


@pytest.mark.parametrize("name", ["fcm", "reference_tissue"])
def test_scaling_by_a_mean_refuses_one_that_is_not_positive(name, golden):
    parameters = {"targets": {"liver": 100}} if name == "reference_tissue" else {}
    with golden.error(ScanError):
        step(name, **parameters)(scan(-disc()))


@pytest.mark.parametrize("value", [0.0, 7.0])
@pytest.mark.parametrize("name", FOREGROUND)
def test_a_constant_image_has_no_foreground(name, value, golden):
    with golden.error(ScanError):
        step(name)(scan(np.full(SHAPE, value)))


def test_a_cohort_step_refuses_a_constant_image(golden):
    with golden.error(ScanError):
        Nyul().observe(scan(np.full(SHAPE, 7.0)))


@pytest.mark.parametrize("name", ["diffusion", "median", "bilateral", "nonlocal_means", "total_variation"])
def test_a_constant_image_stays_what_it_is_when_smoothed(name):
    assert np.allclose(step(name)(scan(np.full(SHAPE, 7.0))).image, 7.0, rtol=1e-12)


def test_a_constant_roi_has_no_texture():
    assert "every voxel of the ROI has the intensity 7" in failure(scan(np.full(SHAPE, 7.0)))


@pytest.mark.parametrize("factor", [1e30, 1e-30])
@pytest.mark.parametrize("name", ALL)
def test_huge_and_tiny_intensities_give_finite_images_that_scale(name, factor):
    found, plain = step(name)(scan(disc() * factor)).image, step(name)(scan()).image
    assert np.isfinite(found).all()
    rescaled = found if name in ("zscore", "robust_zscore", "scaling", "mode", "fcm") else found / factor
    assert np.allclose(rescaled, plain, rtol=1e-3, atol=1e-3 * np.ptp(plain))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinite_voxels_are_refused(bad, golden):
    values = disc()
    values[0, 0, :2] = bad
    with golden.error(ScanError):
        scan(values)


def test_sixteen_bit_integers_do_not_overflow(tmp_path):
    values = np.full(SHAPE, 32767, np.int16)
    values[:, :16] = -32768
    sitk.WriteImage(sitk.GetImageFromArray(values), str(tmp_path / "a.nii.gz"))
    image, grid = read_image(tmp_path / "a.nii.gz")
    assert image.dtype == np.float64
    assert (image.min(), image.max()) == (-32768.0, 32767.0)
    found = Scaling(percentiles=(0, 100), output=(0, 100_000), region="image")(Volume(image, grid)).image
    assert (found.min(), found.max()) == (0.0, 100_000.0)


# Grids


@pytest.mark.parametrize("name", ALL)
def test_one_slice_is_treated_in_two_dimensions(name):
    flat = Volume(disc((1, 32, 32)), Grid((32, 32, 1), (1.0, 1.0, 4.0)))
    found = step(name)(flat)
    assert np.isfinite(found.image).all()
    assert found.grid == flat.grid


@pytest.mark.parametrize("name", ALL)
def test_slices_of_8_mm_are_treated_and_keep_their_grid(name):
    grid = Grid((32, 32, 6), (1.0, 1.0, 8.0))
    found = step(name)(scan(grid=grid))
    assert np.isfinite(found.image).all()
    assert found.grid == grid


@pytest.mark.parametrize("spacing", [50.0, 0.05])
def test_resampling_beyond_tenfold_is_refused(spacing, golden):
    with golden.error(ScanError):
        Resample(spacing)(scan())


def test_an_roi_that_no_new_voxel_lies_in_is_reported_as_empty():
    volume = Resample(9.0)(scan(mask=roi(3, 14, 14)))
    assert not volume.masks["liver"].any()
    assert "the ROI is empty" in failure(volume)


def test_a_mask_on_another_grid_is_refused(image, tmp_path):
    mask = sitk.GetImageFromArray(roi().astype(np.uint8))
    mask.SetSpacing((1.0, 1.0, 5.0))
    sitk.WriteImage(mask, str(tmp_path / "mask.nii.gz"))
    _, failures = read_masks({"liver": MaskSource(tmp_path / "mask.nii.gz")}, read_image(image)[1])
    assert isinstance(failures["liver"], GridError)
    assert "spacing: 1 x 1 x 4 against 1 x 1 x 5 mm" in str(failures["liver"])


# ROIs


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ((3, 16, 16), "the ROI has 1 voxel"),
        ((3, 16, slice(16, 18)), "2 voxels in 2 x 1 x 1 (x, y, z): a line, expected 2 dimensions or more"),
        ((slice(0), 0, 0), "the ROI is empty"),
    ],
)
def test_rois_without_texture_are_refused(where, words):
    assert words in failure(scan(mask=roi(*where)), binWidth=1)


def test_a_region_that_is_empty_is_refused(golden):
    with golden.error(ScanError):
        step("zscore", region="liver")(scan(mask=np.zeros(SHAPE, bool)))


@pytest.mark.parametrize(("value", "words"), [(0.5, "holds 0.5"), (np.nan, "holds nan")])
def test_a_mask_that_holds_no_labels_is_refused(image, tmp_path, value, words):
    mask = sitk.GetImageFromArray(np.full(SHAPE, value, np.float32))
    mask.SetSpacing(GRID.spacing)
    sitk.WriteImage(mask, str(tmp_path / "mask.nrrd"))
    _, failures = read_masks({"liver": MaskSource(tmp_path / "mask.nrrd")}, read_image(image)[1])
    assert words in str(failures["liver"])


# Files


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda image: sitk.JoinSeries([image, image]), NotOneVolumeError),
        (lambda image: sitk.Compose([sitk.Cast(image, sitk.sitkUInt8)] * 3), NotOneVolumeError),
        (lambda image: sitk.Cast(image, sitk.sitkComplexFloat32), ScanError),
    ],
)
def test_what_is_not_one_real_volume_is_refused(image, tmp_path, make, kind, golden):
    path = tmp_path / "odd.nii.gz"
    sitk.WriteImage(make(sitk.ReadImage(str(image))), str(path))
    with golden.error(kind):
        read_image(path)


@pytest.mark.parametrize("ending", ["nii", "nii.gz", "nrrd", "mha"])
def test_a_truncated_file_is_refused(image, tmp_path, ending, golden):
    path = tmp_path / f"cut.{ending}"
    sitk.WriteImage(sitk.ReadImage(str(image)), str(path))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with golden.error(ScanError):
        read_image(path)


@pytest.mark.parametrize("packed", [False, True])
def test_a_nifti_header_that_promises_terabytes_is_refused_before_any_is_taken(image, packed, golden):
    patched(image, 40, struct.pack("<4h", 3, 32000, 32000, 32000))
    if packed:
        path = image.with_suffix(".nii.gz")
        path.write_bytes(gzip.compress(image.read_bytes()))
        image = path
    with golden.error(ScanError):
        read_image(image)


HUGE = {
    "nrrd": "NRRD0004\ntype: float\ndimension: 3\nsizes: 100000 100000 10000\nencoding: raw\nendian: little\n\n",
    "mha": "ObjectType = Image\nNDims = 3\nDimSize = 100000 100000 10000\nElementType = MET_FLOAT\n"
    "ElementSpacing = 1 1 1\nElementDataFile = LOCAL\n",
}


@pytest.mark.parametrize("ending", list(HUGE))
def test_other_headers_that_promise_terabytes_are_refused(tmp_path, ending, golden):
    path = tmp_path / f"huge.{ending}"
    path.write_bytes(HUGE[ending].encode() + bytes(64))
    with golden.error(ScanError):
        read_image(path)


@pytest.mark.parametrize("value", [0.0, np.nan])
@pytest.mark.parametrize("axis", [0, 2])
def test_a_nifti_file_whose_voxels_have_no_size_is_refused(image, value, axis, golden):
    patched(image, 80 + 4 * axis, struct.pack("<f", value))
    with golden.error(ScanError):
        read_image(image)


def test_sizes_beyond_the_axes_that_there_are_do_not_matter(tmp_path):
    sitk.WriteImage(sitk.GetImageFromArray(disc()[0].astype(np.float32)), str(tmp_path / "flat.nii"))
    patched(tmp_path / "flat.nii", 88, struct.pack("<f", 0.0))
    assert read_image(tmp_path / "flat.nii")[1].size == (32, 32, 1)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", None],
)
def test_a_file_that_is_no_image_is_refused(tmp_path, content, golden):
    path = Path(tmp_path / "a.nii.gz")
    if content is not None:
        path.write_bytes(content)
    with golden.error(ScanError):
        read_image(path)


def test_a_folder_without_dicom_is_refused(tmp_path, golden):
    with golden.error(ScanError):
        read_image(tmp_path)
