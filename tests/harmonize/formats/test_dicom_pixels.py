"""Stored values become intensities in one way, whatever the file, its compression and how it is to be shown."""

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGLosslessSV1

from harmonize.errors import ScanError
from harmonize.formats import dicom_pixels, read_image
from harmonize.formats.dicom import stack_of
from harmonize.formats.dicom_pixels import read_slices, stored
from harmonize.formats.registry import files_of
from harmonize.remarks import remarks


class Absent:
    """A decoder whose library is not installed."""

    is_available = False


RNG = np.random.default_rng(8)
VOLUME = np.random.default_rng(2).integers(0, 4000, (6, 5, 4)).astype(np.uint16)


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_slope_is_one(tmp_path, write_slices, empty):
    write_slices(tmp_path, VOLUME, RescaleSlope=empty, RescaleIntercept=empty)
    np.testing.assert_array_equal(read_image(tmp_path)[0], VOLUME)


@pytest.mark.parametrize("slopes", [0, [0, 0], np.array([1.0, 1.0, 0.0, 1.0, 1.0, 1.0])])
def test_a_slope_of_zero_is_refused(tmp_path, write_slices, slopes, golden):
    """It was 1, as an empty one is: stored values were taken for real ones."""
    write_slices(tmp_path, VOLUME, RescaleSlope=slopes)
    with golden.error(ScanError):
        read_image(tmp_path)


def test_a_slope_of_zero_of_a_frame_is_refused(tmp_path, multi_frame, golden):
    multi_frame(tmp_path / "a.dcm", VOLUME, range(6), slopes=[1, 1, 1, 0, 1, 1])
    with golden.error(ScanError):
        read_image(tmp_path)


def test_monochrome1_has_the_stored_values_in_every_kind_of_file(tmp_path, write_slices, multi_frame):
    """It says that low values are shown bright; the single-frame reader turned the values round."""
    write_slices(tmp_path / "single", VOLUME, PhotometricInterpretation="MONOCHROME1", RescaleIntercept=2)
    multi_frame(tmp_path / "multi" / "a.dcm", VOLUME, range(6), PhotometricInterpretation="MONOCHROME1")
    for name in ("single", "multi"):
        np.testing.assert_array_equal(read_image(tmp_path / name)[0], VOLUME + 2.0)


@pytest.mark.parametrize("parts", [[[0], [1], [2], [3], [4], [5]], [[0, 1, 2], [3, 4, 5]], [[0, 2, 4], [5, 3, 1]]])
def test_frames_of_several_files_have_their_own_pixels(tmp_path, multi_frame, parts):
    """All slices were read from the first file; and one file named stood for its own frames alone."""
    uid = pydicom.uid.generate_uid()
    for k, order in enumerate(parts):
        multi_frame(tmp_path / f"{k}.dcm", VOLUME, order, series=uid)
    for path in (tmp_path, tmp_path / f"{len(parts) - 1}.dcm"):
        array, grid = read_image(path)
        np.testing.assert_array_equal(array, VOLUME + 2.0)
        assert (grid.spacing, grid.origin) == ((2.0, 1.5, 5.0), (0.0, 0.0, 0.0))
    assert len(files_of(tmp_path / "0.dcm")) == len(parts)


def test_single_frames_and_multi_frames_make_one_volume(tmp_path, multi_frame, write_slices):
    uid = pydicom.uid.generate_uid()
    kind = {"ImageType": ["ORIGINAL", "PRIMARY", "M"]}
    multi_frame(tmp_path / "m.dcm", VOLUME, [0, 1, 2], series=uid, **kind)
    options = {"spacing": (2.0, 1.5, 5.0), "origin": (0, 0, 15), "SeriesInstanceUID": uid, "RescaleIntercept": 2}
    write_slices(tmp_path, VOLUME[3:], **options, **kind)
    for path in (tmp_path, tmp_path / "m.dcm", tmp_path / "001.dcm"):
        np.testing.assert_array_equal(read_image(path)[0], VOLUME + 2.0)


def test_volumes_in_files_of_their_own_are_told_apart_by_the_file(tmp_path, multi_frame, golden):
    uid = pydicom.uid.generate_uid()
    for k in (1, 2):
        multi_frame(tmp_path / f"{k}.dcm", VOLUME // k, range(6), series=uid)
    np.testing.assert_array_equal(read_image(tmp_path / "2.dcm")[0], VOLUME // 2 + 2.0)
    with golden.error(ScanError):
        read_image(tmp_path)


def test_two_echoes_over_two_files_are_two_volumes(tmp_path, multi_frame, golden):
    uid = pydicom.uid.generate_uid()
    for k, order in enumerate(([0, 0, 1, 1, 2, 2], [3, 3, 4, 4, 5, 5])):
        multi_frame(tmp_path / f"{k}.dcm", VOLUME, order, echoes=[2.3, 4.6] * 3, series=uid)
    with golden.error(ScanError):
        read_image(tmp_path / "0.dcm")


@pytest.mark.parametrize(("promised", "pixels"), [(3, 3), (5, 5)])
def test_a_header_that_describes_more_or_fewer_frames_than_it_counts_is_refused(
    tmp_path, multi_frame, promised, pixels, golden
):
    """Frames without a description were left out without a word."""
    multi_frame(tmp_path / "a.dcm", np.concatenate([VOLUME, VOLUME]), range(4))
    dataset = pydicom.dcmread(tmp_path / "a.dcm")
    dataset.NumberOfFrames = promised
    dataset.PixelData = np.concatenate([VOLUME, VOLUME])[:pixels].tobytes()
    dataset.save_as(tmp_path / "a.dcm")
    with golden.error(ScanError):
        read_image(tmp_path / "a.dcm")


def test_a_frame_without_position_among_frames_with_one_is_refused(tmp_path, multi_frame, golden):
    """The stack was read without it."""
    multi_frame(tmp_path / "a.dcm", VOLUME, range(6))
    dataset = pydicom.dcmread(tmp_path / "a.dcm")
    del dataset.PerFrameFunctionalGroupsSequence[5].PlanePositionSequence
    dataset.save_as(tmp_path / "a.dcm")
    with golden.error(ScanError):
        read_image(tmp_path / "a.dcm")


def test_bits_beyond_those_stored_are_no_intensity(tmp_path, write_slices):
    overlay = VOLUME | np.uint16(0x4000)
    write_slices(tmp_path / "unsigned", overlay, BitsStored=12, HighBit=11)
    np.testing.assert_array_equal(read_image(tmp_path / "unsigned")[0], VOLUME)
    signed = VOLUME.astype(np.int16) - 2000
    write_slices(tmp_path / "signed", signed.view(np.uint16) & 0x0FFF, BitsStored=12, HighBit=11, PixelRepresentation=1)
    np.testing.assert_array_equal(read_image(tmp_path / "signed")[0], signed)


def test_values_of_more_bits_than_the_header_says_are_refused(tmp_path, write_slices, golden):
    """They were cut to the bits that the header states: 9000 became 808."""
    large = VOLUME.copy()
    large[2, 1, 1] = 9000
    write_slices(tmp_path / "plain", large, BitsStored=12, HighBit=11)
    with golden.error(ScanError):
        read_image(tmp_path / "plain")
    overlay = VOLUME | (RNG.integers(0, 2, VOLUME.shape).astype(np.uint16) << 15)
    write_slices(tmp_path / "overlay", overlay, BitsStored=12, HighBit=11)
    for path in (tmp_path / "overlay").iterdir():
        dataset = pydicom.dcmread(path)
        dataset.add_new(0x60000102, "US", 15)
        dataset.save_as(path)
    np.testing.assert_array_equal(read_image(tmp_path / "overlay")[0], VOLUME)


def test_slices_without_a_slope_among_slices_with_one_are_refused(tmp_path, write_slices, golden):
    """They were taken as they are stored, the others were rescaled."""
    slopes = np.array([2.0, 2.0, None, 2.0, 2.0, 2.0], dtype=object)
    write_slices(tmp_path / "slope", VOLUME, RescaleSlope=slopes, RescaleIntercept=0)
    write_slices(tmp_path / "intercept", VOLUME, RescaleSlope=2, RescaleIntercept=slopes)
    write_slices(tmp_path / "none", VOLUME, RescaleSlope=np.array([1.0, 1.0, None, 1.0, 1.0, 1.0], dtype=object))
    np.testing.assert_array_equal(read_image(tmp_path / "none")[0], VOLUME)
    with golden.error(ScanError):
        read_image(tmp_path / "intercept")
    with golden.error(ScanError):
        read_image(tmp_path / "slope")


def test_padding_comes_with_the_values(tmp_path, write_slices):
    padded = VOLUME.copy()
    padded[:, :2] = 4095
    write_slices(tmp_path, padded, PixelPaddingValue=4095, PixelPaddingRangeLimit=4090, RescaleSlope=2)
    values, padding = read_slices(stack_of(tmp_path)[0].frames)
    np.testing.assert_array_equal(values, padded * 2.0)
    assert padding.sum() == 6 * 2 * 4
    assert padding[:, :2].all()
    write_slices(tmp_path / "none", VOLUME)
    assert read_slices(stack_of(tmp_path / "none")[0].frames)[1] is None


def test_a_file_that_is_there_twice_counts_once(tmp_path, write_slices):
    write_slices(tmp_path, VOLUME)
    copy = tmp_path / "002(1).dcm"
    copy.write_bytes((tmp_path / "002.dcm").read_bytes())
    for path in (tmp_path, copy, tmp_path / "003.dcm"):
        np.testing.assert_array_equal(read_image(path)[0], VOLUME)
    dataset = pydicom.dcmread(copy)
    dataset.PatientComments = "packed in another way, the same pixels"
    dataset.compress(pydicom.uid.RLELossless)
    dataset.SOPInstanceUID = pydicom.dcmread(tmp_path / "002.dcm").SOPInstanceUID
    dataset.save_as(copy)
    np.testing.assert_array_equal(read_image(tmp_path)[0], VOLUME)


def test_an_instance_with_other_pixels_is_no_copy(tmp_path, write_slices, golden):
    write_slices(tmp_path, VOLUME)
    dataset = pydicom.dcmread(tmp_path / "002.dcm")
    dataset.PixelData = (VOLUME[0] + 1).tobytes()
    dataset.save_as(tmp_path / "other.dcm")
    with golden.error(ScanError):
        read_image(tmp_path)


def test_an_instance_with_another_slope_behind_the_same_pixels_is_no_copy(tmp_path, write_slices, golden):
    """Copies without their slopes: the folder gave the values of one of the two, a file named those of both."""
    write_slices(tmp_path / "a", VOLUME, RescaleSlope=np.arange(1.0, 7.0))
    for path in sorted((tmp_path / "a").iterdir()):
        dataset = pydicom.dcmread(path)
        dataset.RescaleSlope = 1
        dataset.save_as(tmp_path / "a" / f"again{path.name}")
    for path in (tmp_path / "a", tmp_path / "a" / "again002.dcm"):
        with golden.error(ScanError):
            read_image(path)


def test_instances_that_all_have_one_number_are_slices_all_the_same(tmp_path, write_slices):
    """Some tools that remove names give every file of a series the same SOPInstanceUID."""
    write_slices(tmp_path, VOLUME, SOPInstanceUID="1.2.3.4")
    np.testing.assert_array_equal(read_image(tmp_path)[0], VOLUME)


def test_a_series_in_folders_within_a_folder_is_one_volume(tmp_path, write_slices):
    write_slices(tmp_path / "a", VOLUME)
    (tmp_path / "b").mkdir()
    for number in (1, 2):
        (tmp_path / "a" / f"00{number}.dcm").rename(tmp_path / "b" / f"{number}")
    np.testing.assert_array_equal(read_image(tmp_path)[0], VOLUME)


@pytest.mark.parametrize(("compressor", "syntax"), [("JPEG", JPEGLosslessSV1), ("JPEG2000", JPEG2000Lossless)])
@pytest.mark.parametrize("shown", ["MONOCHROME1", "MONOCHROME2"])
def test_compressed_slices_are_decoded_by_gdcm_where_nothing_else_does(
    tmp_path, write_slices, monkeypatch, compressor, syntax, shown
):
    volume = np.random.default_rng(3).integers(0, 4000, (2, 32, 32)).astype(np.uint16)
    write_slices(tmp_path, volume, PhotometricInterpretation=shown, RescaleSlope=3, RescaleIntercept=-7)
    writer = sitk.ImageFileWriter()
    writer.SetFileName(str(tmp_path / "packed.dcm"))
    writer.SetCompressor(compressor)
    writer.UseCompressionOn()
    for k, path in enumerate(sorted(tmp_path.iterdir(), reverse=True)):
        writer.Execute(sitk.GetImageFromArray(volume[k]))
        packed, dataset = pydicom.dcmread(tmp_path / "packed.dcm"), pydicom.dcmread(path)
        assert packed.file_meta.TransferSyntaxUID == syntax
        dataset.file_meta.TransferSyntaxUID, dataset.PixelData = syntax, packed.PixelData
        dataset.save_as(path)
    (tmp_path / "packed.dcm").unlink()
    monkeypatch.setattr(dicom_pixels, "get_decoder", lambda _: Absent)
    np.testing.assert_array_equal(read_image(tmp_path)[0], volume * 3.0 - 7)


def test_damaged_compressed_pixels_are_refused(tmp_path, write_slices, monkeypatch, golden):
    write_slices(tmp_path, VOLUME[:1])
    path = tmp_path / "001.dcm"
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    dataset.PixelData = pydicom.encaps.encapsulate([b"\xff\xd8 no jpeg"])
    dataset.save_as(path)

    monkeypatch.setattr(dicom_pixels, "get_decoder", lambda _: Absent)
    with golden.error(ScanError, varies=r"(?<=decoded: ).*(?=; copy)"):
        stored(path)
    with remarks(), golden.error(ScanError, varies=r"(?<=decoded: ).*(?=; copy)"):
        read_image(path)
