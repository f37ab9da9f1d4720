"""What single headers say: thickness, mosaics, padding, and what is told of a file."""

import numpy as np
import pydicom
import pytest

from harmonize.errors import ScanError
from harmonize.formats import read_image
from harmonize.formats.dicom_frame import frames_of
from harmonize.remarks import remarks

VOLUME = np.random.default_rng(2).integers(0, 4000, (3, 5, 4)).astype(np.uint16)


def test_a_distance_of_zero_is_no_distance(tmp_path, write_slices):
    write_slices(tmp_path / "three", VOLUME, SpacingBetweenSlices=0)
    array, grid = read_image(tmp_path / "three")
    np.testing.assert_array_equal(array, VOLUME)
    assert grid.spacing == (2.0, 1.5, 5.0)
    write_slices(tmp_path / "one", VOLUME[:1], SpacingBetweenSlices=0)
    assert read_image(tmp_path / "one")[1].spacing == (2.0, 1.5, 4.0)


def test_a_mosaic_is_refused_by_its_type_of_image_with_a_way_out(tmp_path, write_slices, golden):
    write_slices(tmp_path, VOLUME[:1], ImageType=["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"])
    with golden.error(ScanError):
        read_image(tmp_path / "001.dcm")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"PixelPaddingValue": 0}, (0, 0)),
        ({"PixelPaddingValue": 10, "PixelPaddingRangeLimit": 5}, (5, 10)),
        ({"PixelPaddingValue": 65535}, (65535, 65535)),
        ({}, None),
    ],
)
def test_padding_is_a_range_of_stored_values(tmp_path, write_slices, values, expected):
    write_slices(tmp_path, VOLUME[:1], **values)
    assert frames_of(tmp_path / "001.dcm")[0].padding == expected


def test_padding_of_signed_values_may_be_written_as_if_they_were_unsigned(tmp_path, write_slices):
    write_slices(tmp_path, VOLUME[:1], PixelRepresentation=1)
    path = tmp_path / "001.dcm"
    dataset = pydicom.dcmread(path)
    dataset.add(pydicom.DataElement(0x00280120, "US", 63536))
    dataset.save_as(path)
    assert frames_of(path)[0].padding == (-2000, -2000)


def test_lossy_compression_is_told(tmp_path, write_slices):
    lossy = {"LossyImageCompression": "01", "LossyImageCompressionRatio": 10}
    write_slices(tmp_path, VOLUME, **lossy)
    with remarks() as told:
        np.testing.assert_array_equal(read_image(tmp_path)[0], VOLUME)
    assert [(entry.kind, entry.problem) for entry in told] == [
        ("lossy_compression", f"{tmp_path.name}: was compressed with loss (ratio 10)")
    ]


def test_a_real_world_mapping_other_than_the_rescaling_is_told(tmp_path, write_slices):
    mapping, unit = pydicom.Dataset(), pydicom.Dataset()
    mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept, unit.CodeValue = 0.5, 3.0, "ms"
    mapping.MeasurementUnitsCodeSequence = [unit]
    write_slices(tmp_path / "other", VOLUME, RealWorldValueMappingSequence=[mapping])
    with remarks() as told:
        np.testing.assert_array_equal(read_image(tmp_path / "other")[0], VOLUME)
    assert [entry.problem for entry in told] == [
        "other: has a real-world value mapping (slope 0.5, intercept 3, unit ms), which is not applied"
    ]
    write_slices(
        tmp_path / "same", VOLUME, RealWorldValueMappingSequence=[mapping], RescaleSlope=0.5, RescaleIntercept=3
    )
    np.testing.assert_array_equal(read_image(tmp_path / "same")[0], VOLUME * 0.5 + 3)  # nothing to tell: no warning


def test_a_real_world_mapping_of_an_enhanced_image_is_told(tmp_path, multi_frame):
    """In functional groups it was passed over."""
    for name in ("frame", "shared"):
        path = tmp_path / name / "a.dcm"
        multi_frame(path, VOLUME, range(3))
        dataset, mapping = pydicom.dcmread(path), pydicom.Dataset()
        mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = 0.5, 3.0
        groups = "PerFrameFunctionalGroupsSequence" if name == "frame" else "SharedFunctionalGroupsSequence"
        for group in dataset[groups]:
            group.RealWorldValueMappingSequence = [mapping]
        dataset.save_as(path)
        with remarks() as told:
            np.testing.assert_array_equal(read_image(path)[0], VOLUME + 2.0)
        assert [entry.problem for entry in told] == [
            "a.dcm: has a real-world value mapping (slope 0.5, intercept 3), which is not applied"
        ]


@pytest.mark.parametrize(
    "values",
    [
        {"PhotometricInterpretation": "PALETTE COLOR"},
        {"ModalityLUTSequence": [pydicom.Dataset()]},
        {"BitsStored": 12, "HighBit": 15},
    ],
)
def test_stored_values_that_are_no_intensities_are_refused(tmp_path, write_slices, values, golden):
    """Numbers of colours, of rows of a table, and bits that stand elsewhere were taken for intensities."""
    write_slices(tmp_path, VOLUME, **values)
    with golden.error(ScanError):
        read_image(tmp_path)


@pytest.mark.parametrize(
    "name", ["SamplesPerPixel", "NumberOfFrames", "PixelPaddingValue", "NumberOfTemporalPositions", "DiffusionBValue"]
)
def test_an_attribute_of_one_value_that_has_two_is_named(tmp_path, write_slices, name, golden):
    # Python said that int() takes no MultiValue.
    write_slices(tmp_path, np.arange(24).reshape(2, 3, 4), **{name: [1, 2]})
    with golden.error(ScanError):
        read_image(tmp_path)
