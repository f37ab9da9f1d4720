"""Contrast of a slice in the standard attributes and in makers' own."""

import numpy as np
import pydicom
import pytest

from harmonize.formats.dicom_traits import is_dynamic, numbers_of, traits_of


def dataset(**values):
    made = pydicom.Dataset()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def private(group, creator, element, kind, value, **values):
    made = dataset(**values)
    made.private_block(group, creator, create=True).add_new(element, kind, value)
    return made


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (dataset(DiffusionBValue=800.0), "800"),
        (private(0x0019, "SIEMENS MR HEADER", 0x0C, "IS", 800), "800"),
        (private(0x0019, "SIEMENS MR HEADER", 0x0C, "UN", b"800 "), "800"),
        (private(0x2001, "Philips Imaging DD 001", 0x03, "FL", 800.0), "800"),
        (private(0x0065, "Image Private Header", 0x09, "FD", 800.0), "800"),
        (private(0x0043, "GEMS_PARM_01", 0x39, "IS", [1000000800, 8, 0, 0], ScanningSequence=["EP", "SE"]), "800"),
        (private(0x0043, "GEMS_PARM_01", 0x39, "IS", [8, 8, 0, 0], ScanningSequence="GR"), ""),
        (dataset(SequenceName="*ep_b800#3"), "800"),
        (dataset(SequenceName="*tse2d1_15"), ""),
        (dataset(), ""),
    ],
)
def test_b_values_of_all_makers(header, value):
    assert traits_of([header], "")["DiffusionBValue"] == value


@pytest.mark.parametrize(("number", "name"), [(0, "MAGNITUDE"), (1, "PHASE"), (2, "REAL"), (3, "IMAGINARY")])
def test_ge_says_in_its_own_attribute_what_part_of_the_signal_it_is(number, name):
    assert traits_of([private(0x0043, "GEMS_PARM_01", 0x2F, "SS", number)], "")["ComplexImageComponent"] == name


def test_directions_of_diffusion_are_compared_with_two_digits():
    item = dataset(DiffusionGradientOrientation=[0.70711, -0.70711, -0.0001])
    macro = dataset(DiffusionGradientDirectionSequence=[item])
    assert traits_of([macro], "")["DiffusionGradientOrientation"] == "0.71\\-0.71\\0"


def test_three_dimensions_or_counted_time_points_are_dynamic():
    assert is_dynamic([dataset(MRAcquisitionType="3D")])
    assert is_dynamic([dataset(MRAcquisitionType="2D", NumberOfTemporalPositions=20)])
    assert not is_dynamic([dataset(MRAcquisitionType="2D", NumberOfTemporalPositions=1)])
    assert not is_dynamic([dataset()])


@pytest.mark.parametrize(
    "header",
    [
        dataset(PixelSpacing=1.5),
        dataset(PixelSpacing=[1.5, 2, 4]),
        dataset(DiffusionGradientOrientation=[np.nan, 1.0]),
    ],
)
def test_numbers_that_are_not_as_many_as_expected_are_named(header, golden):
    """The message was that of Python: "object is not iterable"."""
    with golden.error(ValueError):
        numbers_of([header], next(iter(header)).keyword, 2)
    assert numbers_of([dataset(), dataset(PixelSpacing=[1.5, 2])], "PixelSpacing", 2) == (1.5, 2.0)
    assert numbers_of([dataset()], "PixelSpacing", 2) is None


def test_a_gradient_of_one_number_is_compared_as_it_is():
    assert traits_of([dataset(DiffusionGradientOrientation=0.5)], "")["DiffusionGradientOrientation"] == "0.5"
