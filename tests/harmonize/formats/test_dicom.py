"""DICOM series and multi-frame images: the pixel mathematics, the grid, and what is refused."""

import importlib.util
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.uid import JPEGLosslessSV1, RLELossless

from harmonize.errors import ScanError
from harmonize.formats import read_image
from harmonize.formats.dicom import stack_of
from harmonize.formats.dicom_frame import PLACE
from harmonize.formats.kind import is_dicom
from harmonize.formats.registry import files_of

RNG = np.random.default_rng(5)
VOLUME = RNG.integers(0, 4000, (4, 6, 5)).astype(np.uint16)
OBLIQUE = np.linalg.qr([[1.0, 0.1, 0.2], [-0.1, 1.0, 0.3], [0.2, 0.3, 1.0]])[0].T[:2]


@pytest.fixture
def series(tmp_path, write_slices):
    write_slices(tmp_path / "series", VOLUME)
    return tmp_path / "series"


def edit(path, **values):
    dataset = pydicom.dcmread(path)
    for name, value in values.items():
        setattr(dataset, name, value)
    dataset.save_as(path)


def itk(folder):
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    reader.SetOutputPixelType(sitk.sitkFloat64)
    return reader.Execute()


@pytest.mark.parametrize("axes", [None, [[0, 1, 0], [0, 0, -1]], OBLIQUE])
def test_a_series_has_its_voxels_and_grid_whatever_the_order_of_its_files(tmp_path, write_slices, axes):
    datasets = write_slices(tmp_path, VOLUME, axes=axes)
    array, grid = read_image(tmp_path)
    np.testing.assert_array_equal(array, VOLUME)
    assert grid.size == (5, 6, 4)
    np.testing.assert_allclose(grid.spacing, (2.0, 1.5, 5.0), rtol=1e-6)
    np.testing.assert_allclose(grid.origin, datasets[0].ImagePositionPatient)
    direction = np.array(grid.direction).reshape(3, 3)
    np.testing.assert_allclose(direction.T @ direction, np.eye(3), atol=1e-6)
    np.testing.assert_allclose(direction[:, 0], datasets[0].ImageOrientationPatient[:3], atol=1e-6)
    last = np.array(grid.origin) + direction @ (np.array([0, 0, 3]) * grid.spacing)
    np.testing.assert_allclose(last, datasets[-1].ImagePositionPatient, atol=1e-4)


def test_one_file_stands_for_its_series(series, write_slices):
    write_slices(series, VOLUME[:2], SeriesDescription="localizer", prefix="other")
    (series / "notes.txt").write_text("not an image")
    array, _ = read_image(series / "002.dcm")
    np.testing.assert_array_equal(array, VOLUME)
    assert [path.name for path in files_of(series / "002.dcm")] == ["001.dcm", "002.dcm", "003.dcm", "004.dcm"]


def test_each_slice_is_rescaled_by_its_own_slope(tmp_path, write_slices):
    slopes, intercepts = np.array([1.0, 2.5, 0.25, 21.2764]), np.array([0.0, -3.0, 7.0, 0.5])
    write_slices(tmp_path, VOLUME, RescaleSlope=slopes, RescaleIntercept=intercepts)
    array, _ = read_image(tmp_path)
    np.testing.assert_allclose(array, VOLUME * slopes[:, None, None] + intercepts[:, None, None], rtol=1e-12)


def test_signed_values_stay_signed(tmp_path, write_slices):
    signed = VOLUME.astype(np.int16) - 2000
    write_slices(tmp_path, signed.view(np.uint16), PixelRepresentation=1)
    np.testing.assert_array_equal(read_image(tmp_path)[0], signed)


def test_compressed_slices_are_read(tmp_path, write_slices):
    volume = RNG.integers(0, 4000, (3, 32, 32))
    write_slices(tmp_path, volume)
    for path in tmp_path.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.compress(RLELossless)
        dataset.save_as(path)
    np.testing.assert_array_equal(read_image(tmp_path)[0], volume)


def test_a_single_slice_is_as_thick_as_its_header_says(tmp_path, write_slices):
    write_slices(tmp_path, VOLUME[:1])
    assert read_image(tmp_path)[1].spacing == (2.0, 1.5, 4.0)


def test_several_series_are_listed(series, write_slices):
    write_slices(series, VOLUME[:2], SeriesDescription="localizer", prefix="other")
    with pytest.raises(ScanError) as caught:
        read_image(series)
    assert caught.value.problem == (
        f"{series}: holds 2 volumes, expected one (T2 HASTE, 4 slices, such as 004.dcm; "
        "localizer, 2 slices, such as other002.dcm)"
    )
    assert caught.value.advice == "name one file of the volume that is meant instead of the folder"


def test_mixed_orientations_are_two_volumes(series, write_slices, golden):
    uid = pydicom.dcmread(series / "001.dcm").SeriesInstanceUID
    write_slices(series, VOLUME[:3], axes=[[0, 1, 0], [0, 0, -1]], SeriesInstanceUID=uid, prefix="sagittal")
    with golden.error(ScanError):
        read_image(series)
    np.testing.assert_array_equal(read_image(series / "sagittal001.dcm")[0], VOLUME[:3])


def test_echoes_of_one_series_are_told_apart_by_the_echo_time(tmp_path, write_slices, golden):
    uid = pydicom.uid.generate_uid()
    trigger = np.array([10.0, 20.0, 30.0, 40.0])  # differs from slice to slice: tells nothing apart
    for echo in (1, 2):
        options = {"SeriesInstanceUID": uid, "EchoTime": 2.3 * echo, "prefix": f"e{echo}_"}
        write_slices(tmp_path, VOLUME // echo, TriggerTime=trigger + echo, **options)
    with golden.error(ScanError):
        read_image(tmp_path)
    np.testing.assert_array_equal(read_image(tmp_path / "e2_001.dcm")[0], VOLUME // 2)


def test_slices_that_nothing_tells_apart_are_refused(series, write_slices, golden):
    uid = pydicom.dcmread(series / "001.dcm").SeriesInstanceUID
    write_slices(series, VOLUME, SeriesInstanceUID=uid, prefix="again")
    with golden.error(ScanError):
        read_image(series)


def test_missing_slices_are_counted(tmp_path, write_slices, golden):
    write_slices(tmp_path, np.repeat(VOLUME, 3, axis=0))
    for number in (5, 6, 9):
        (tmp_path / f"{number:03}.dcm").unlink()
    with golden.error(ScanError):
        read_image(tmp_path)


def test_uneven_slices_are_refused(series, golden):
    edit(series / "001.dcm", ImagePositionPatient=[-10, 20, 47.3])
    with golden.error(ScanError):
        read_image(series)


def test_positions_with_few_digits_are_even_enough(tmp_path, write_slices):
    for dataset, path in zip(write_slices(tmp_path, VOLUME), sorted(tmp_path.iterdir(), reverse=True), strict=True):
        edit(path, ImagePositionPatient=[-10, 20, round(float(dataset.ImagePositionPatient[2]) * 0.999, 2)])
    assert read_image(tmp_path)[1].size == (5, 6, 4)


def test_a_tilted_gantry_is_refused(series, golden):
    for i, path in enumerate(sorted(series.iterdir())):
        edit(path, ImagePositionPatient=[-10, 20 + i, 45 - 5 * i])
    with golden.error(ScanError):
        read_image(series)


@pytest.mark.parametrize(
    "values",
    [
        {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"},
        {"NumberOfFrames": 2},
        {"ImagePositionPatient": None},
        {"PixelSpacing": None},
        dict.fromkeys(PLACE),
    ],
)
def test_what_is_no_volume_is_refused(tmp_path, write_slices, values, golden):
    write_slices(tmp_path, VOLUME[:1], **values)
    with golden.error(ScanError):
        read_image(tmp_path)


def test_cut_off_files_are_refused(series, golden):
    path = series / "002.dcm"
    path.write_bytes(path.read_bytes()[:-20])
    with golden.error(ScanError, varies=r"(?<=decoded: ).*(?=; copy)"):
        read_image(series)
    path.write_bytes(path.read_bytes()[:150])
    with golden.error(ScanError):
        read_image(path)


def test_values_that_break_the_rules_are_read_in_silence(tmp_path, write_slices):
    """Real headers hold decimal strings that are too long; pydicom would warn, and a warning is an error here."""
    write_slices(tmp_path, VOLUME)
    for path in tmp_path.iterdir():
        dataset = pydicom.dcmread(path)
        element = pydicom.DataElement(0x00180050, "DS", "4")
        element._value = pydicom.valuerep.DSfloat(4.0)
        element._value.original_string = "4.00000000000000000"
        dataset[0x00180050] = element
        dataset.save_as(path)
    assert len(stack_of(tmp_path)[0].frames) == 4


def test_other_files_are_not_dicom(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"x" * 200)
    assert not is_dicom(tmp_path / "a.dcm")
    assert not is_dicom(tmp_path / ("n" * 400))


def test_frames_are_sorted_by_place_and_rescaled_one_by_one(tmp_path, multi_frame):
    order, slopes = [2, 0, 3, 1], np.array([1.0, 2.0, 3.0, 4.0])
    multi_frame(tmp_path / "a.dcm", VOLUME, order, slopes=slopes)
    array, grid = read_image(tmp_path / "a.dcm")
    np.testing.assert_allclose(array, VOLUME * slopes[np.argsort(order), None, None] + 2)
    assert (grid.spacing, grid.origin) == ((2.0, 1.5, 5.0), (0.0, 0.0, 0.0))
    np.testing.assert_array_equal(read_image(tmp_path)[0], array)


def test_two_echoes_in_one_file_are_refused(tmp_path, multi_frame, golden):
    multi_frame(tmp_path / "a.dcm", VOLUME, [0, 0, 1, 1], echoes=[2.3, 4.6, 2.3, 4.6])
    with golden.error(ScanError):
        read_image(tmp_path / "a.dcm")


@pytest.mark.skipif(importlib.util.find_spec("gdcm") is not None, reason="there is a decoder")
def test_a_multi_frame_image_without_a_decoder_says_what_to_install(tmp_path, multi_frame, golden):
    multi_frame(tmp_path / "a.dcm", VOLUME, [0, 1], syntax=JPEGLosslessSV1)  # one slice would be left to GDCM
    with golden.error(ScanError, varies=r"(?<=decoded: ).*(?=; pip install)"):
        read_image(tmp_path / "a.dcm")


def test_damaged_pixels_of_a_multi_frame_image_are_refused(tmp_path, multi_frame, golden):
    multi_frame(tmp_path / "a.dcm", VOLUME, [0, 1])
    dataset = pydicom.dcmread(tmp_path / "a.dcm")
    dataset.PixelData = dataset.PixelData[:-20]
    dataset.save_as(tmp_path / "a.dcm")
    with golden.error(ScanError, varies=r"(?<=decoded: ).*(?=; copy)"):
        read_image(tmp_path / "a.dcm")


@pytest.mark.data
@pytest.mark.parametrize(
    "folder", ["prostate_masks/prostate_mri_us_biopsy_001/T2", "sarcoma_dicom_rtstruct/MR_T1/image"]
)
def test_a_real_series_equals_gdcm_and_the_mathematics_of_its_headers(data_root, folder):
    array, grid = read_image(data_root / folder)
    image = itk(data_root / folder)
    np.testing.assert_array_equal(array, sitk.GetArrayFromImage(image))
    np.testing.assert_allclose(grid.spacing, image.GetSpacing())
    np.testing.assert_allclose(grid.origin, image.GetOrigin())
    np.testing.assert_allclose(grid.direction, image.GetDirection(), atol=1e-9)
    datasets = sorted(
        map(pydicom.dcmread, (data_root / folder).iterdir()), key=lambda item: float(item.ImagePositionPatient[2])
    )
    np.testing.assert_array_equal(array, [item.pixel_array for item in datasets])


@pytest.mark.data
@pytest.mark.parametrize(
    ("dicom", "nifti"),
    [
        ("201_T1W_TSE_Sno_CSno_CSAIno", "Ph_201_T1W_TSE_Sno_CSno_CSAIno"),
        ("401_T1W_FFE_Sno_CS2", "Ph_401_T1W_FFE_Sno_CS2"),
        ("501_T1W_FFE_Sno_CS4", "Ph_501_T1W_FFE_Sno_CS4"),
        ("501_T1W_TSE_Sno_CSno_CSAI2", "Ph_501_T1W_TSE_Sno_CSno_CSAI2"),
    ],
)
def test_philips_images_equal_their_nifti_up_to_the_makers_scale(data_root, tmp_path, dicom, nifti):
    """dcm2niix divided by rescale slope and Philips' private scale slope (2005,100E), and reversed the rows."""
    folder = unpack(data_root / "philips_dl_phantom" / "Philips.zip", dicom, tmp_path)
    array, grid = read_image(folder)
    other, other_grid = read_image(data_root / "philips_dl_phantom" / f"{nifti}.nii.gz")
    dataset = pydicom.dcmread(next(path for path in sorted(folder.iterdir()) if "Raw" not in path.name))
    frames = dataset.get("PerFrameFunctionalGroupsSequence")
    holder = frames[0].PixelValueTransformationSequence[0] if frames else dataset
    scales = [item.value for item in dataset.iterall() if item.VR == "FL" and item.tag.element & 0xFF == 0x0E]
    expected = array / (float(holder.RescaleSlope) * scales[0])
    flip = np.array(other_grid.direction).reshape(3, 3).diagonal() < 0
    reoriented = other[tuple(slice(None, None, -1 if down else 1) for down in flip[::-1])]
    np.testing.assert_allclose(expected, reoriented, rtol=2e-5, atol=1e-6 * expected.max())
    np.testing.assert_allclose(grid.spacing, other_grid.spacing, rtol=1e-5)


def unpack(archive: Path, folder: str, out: Path, limit: int = 50_000_000) -> Path:
    """Unpack one folder of an archive: names without paths, a bounded number of bytes."""
    target = out / folder
    target.mkdir(parents=True)
    left = limit
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            if not entry.is_dir() and f"/{folder}/" in entry.filename:
                with packed.open(entry) as source, (target / Path(entry.filename).name).open("wb") as copy:
                    left -= entry.file_size
                    assert left > 0
                    shutil.copyfileobj(source, copy)
    return target


@pytest.mark.parametrize(
    "values",
    [
        {"ImageOrientationPatient": [0] * 6},
        {"PixelSpacing": [0, 0]},
        {"PixelSpacing": [-1.5, 1.5]},
        {"PixelSpacing": 1.5},
        {"PixelSpacing": [1.5, 1.5, 1.5]},
        {"ImagePositionPatient": [0, 0]},
        {"ImageOrientationPatient": [1, 0, 0, 0, 1]},
        {"ImageOrientationPatient": [2, 0, 0, 0, 2, 0]},
        {"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]},
        {"ImageOrientationPatient": [1, 0, 0, 0.1, 0.995, 0]},
        {"SliceThickness": [4, 4]},
        {"Columns": None},
    ],
)
def test_headers_that_place_no_voxel_are_refused(series, values, golden):
    """They ended in a traceback or in words of a library, or were taken for what they do not say."""
    for path in series.iterdir():
        edit(path, **values)
    with golden.error(ScanError):
        read_image(series)


def test_one_slice_of_negative_thickness_is_refused(tmp_path, write_slices, golden):
    write_slices(tmp_path / "one", np.ones((1, 4, 6)), SpacingBetweenSlices=-4)
    with golden.error(ScanError):
        read_image(tmp_path / "one")
