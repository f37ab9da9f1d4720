"""Slices of one series that cannot be of one volume: a file that is named never stands for a part of it."""

import numpy as np
import pydicom
import pytest

from experiments.importing.dicom_folder import find_dicom
from harmonize.errors import ScanError
from harmonize.formats import read_image

VOLUME = np.random.default_rng(2).integers(0, 4000, (6, 5, 4)).astype(np.uint16)


def per_slice(*values):
    slices = np.empty(len(values), dtype=object)
    slices[:] = values
    return slices


@pytest.mark.parametrize(
    ("name", "values"),
    [
        (
            "PixelSpacing",
            [[1.5, 2.0]] * 5 + [[1.501, 2.0]],
        ),
        (
            "ImageOrientationPatient",
            [[1, 0, 0, 0, 1, 0.0015 * k] for k in range(6)],
        ),
        ("PatientID", ["MRN-1", "MRN-2"] * 3),
        ("FrameOfReferenceUID", ["1.2.8"] * 3 + ["1.2.9"] * 3),
    ],
)
def test_slices_of_one_stack_that_differ_are_refused_by_name(tmp_path, write_slices, name, values, golden):
    """Told was to name one file of "2 volumes": it gave one slice, or five, or every second one, without a word."""
    write_slices(tmp_path / "series", VOLUME, **{name: per_slice(*values)})
    for path in (tmp_path / "series", tmp_path / "series" / "001.dcm", tmp_path / "series" / "004.dcm"):
        with golden.error(ScanError):
            read_image(path)
    assert not find_dicom(tmp_path).scans


def test_a_slice_of_another_size_is_refused(tmp_path, write_slices, golden):
    uid = pydicom.uid.generate_uid()
    write_slices(tmp_path, VOLUME[:5], SeriesInstanceUID=uid)
    write_slices(tmp_path, VOLUME[:1, :3], SeriesInstanceUID=uid, origin=(-10, 20, 55), prefix="small")
    with golden.error(ScanError):
        read_image(tmp_path)


@pytest.mark.parametrize("name", ["PatientID", "FrameOfReferenceUID"])
def test_volumes_of_two_people_under_one_number_are_two(tmp_path, write_slices, name, golden):
    uid = pydicom.uid.generate_uid()
    for k in (1, 2):
        write_slices(tmp_path, VOLUME // k, SeriesInstanceUID=uid, prefix=f"p{k}_", **{name: f"1.2.{k}"})
    with golden.error(ScanError):
        read_image(tmp_path)
    np.testing.assert_array_equal(read_image(tmp_path / "p2_001.dcm")[0], VOLUME // 2)


def test_a_number_that_one_slice_lacks_tells_nothing_apart(tmp_path, write_slices):
    lacking = {name: per_slice("", *["1.2.3"] * 5) for name in ("PatientID", "FrameOfReferenceUID")}
    write_slices(tmp_path, VOLUME, **lacking)
    np.testing.assert_array_equal(read_image(tmp_path)[0], VOLUME)


def test_a_frame_of_reference_of_every_slice_its_own_says_nothing(tmp_path, write_slices):
    """Some programs that remove names make every number anew."""
    write_slices(tmp_path, VOLUME, FrameOfReferenceUID=per_slice(*(f"1.2.{k}" for k in range(6))))
    np.testing.assert_array_equal(read_image(tmp_path)[0], VOLUME)


@pytest.mark.parametrize(("distance", "digits"), [(0.9375, 2), (0.625, 2), (1.05, 1), (3.3, 1), (0.9375, 1)])
def test_positions_rounded_by_the_exporter_are_even(tmp_path, write_slices, distance, digits):
    """They were refused as unevenly spaced: the distance of two neighbours is off by up to two roundings."""
    volume = np.repeat(VOLUME, 3, axis=0)
    write_slices(
        tmp_path, volume, ImagePositionPatient=per_slice(*([0, 0, round(k * distance, digits)] for k in range(18)))
    )
    array, grid = read_image(tmp_path)
    np.testing.assert_array_equal(array, volume)
    assert grid.spacing[2] == pytest.approx(distance, abs=10.0**-digits / 17)


@pytest.mark.parametrize("places", [[0, 1, 2, 3.2, 4, 5], [0, 0.9, 1.9, 3, 4.2, 5.5], [0, 1, 2, 3, 4, 5.2]])
def test_uneven_slices_stay_refused(tmp_path, write_slices, places, golden):
    write_slices(tmp_path, VOLUME, ImagePositionPatient=per_slice(*([0, 0, place] for place in places)))
    with golden.error(ScanError):
        read_image(tmp_path)


def test_oblique_positions_rounded_by_the_exporter_are_not_tilted(tmp_path, write_slices):
    volume = np.repeat(VOLUME, 3, axis=0)
    axes = np.array([[1, 0, 0], [0, np.cos(0.3), np.sin(0.3)]])
    normal = np.cross(*axes)
    places = per_slice(*(list(np.round([3.3, -7.1, 11.9] + 3.3 * k * normal, 1)) for k in range(18)))
    write_slices(tmp_path, volume, axes=axes, spacing=(0.5, 0.5, 3.3), ImagePositionPatient=places)
    array, grid = read_image(tmp_path)
    np.testing.assert_array_equal(array, volume)
    assert grid.spacing[2] == pytest.approx(3.3, abs=0.01)


def test_a_slice_that_is_missing_between_rounded_positions_is_counted(tmp_path, write_slices, golden):
    places = [round(1.05 * k, 1) for k in (0, 1, 2, 4, 5, 6)]
    write_slices(tmp_path, VOLUME, ImagePositionPatient=per_slice(*([0, 0, place] for place in places)))
    with golden.error(ScanError):
        read_image(tmp_path)
