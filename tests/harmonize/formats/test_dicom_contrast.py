"""What makes one volume of the slices of a series: what may not vary is compared over all of them."""

import numpy as np
import pydicom
import pytest

from harmonize.errors import ScanError, ScanWarning
from harmonize.formats import read_image
from harmonize.formats.dicom import stack_of
from harmonize.remarks import remarks

VOLUME = np.random.default_rng(2).integers(0, 4000, (6, 5, 4)).astype(np.uint16)
EVEN = np.arange(6) % 2 == 0


def of_two(first, second):
    return np.array([first if even else second for even in EVEN], dtype=object)


def alternating(first, second):
    """Give an attribute of two values that take turns from slice to slice."""
    return {name: of_two(value, second[name]) for name, value in first.items()}


@pytest.mark.parametrize(
    ("name", "values", "shown"),
    [
        ("EchoTime", (20, 80), "EchoTime varies from slice to slice (20, 80)"),
        ("EchoNumbers", (1, 2), "EchoNumbers varies from slice to slice (1, 2)"),
        ("InversionTime", (150, 2500), "InversionTime varies"),
        ("FlipAngle", (5, 25), "FlipAngle varies"),
        ("DiffusionBValue", (0.0, 800.0), "DiffusionBValue varies from slice to slice (0, 800)"),
        ("TemporalPositionIdentifier", (100, 101), "TemporalPosition varies from slice to slice (100, 101)"),
        ("SequenceName", ("*ep_b0", "*ep_b800#1"), "DiffusionBValue varies"),
        ("ImageType", (["ORIGINAL", "PRIMARY", "M"], ["ORIGINAL", "PRIMARY", "P"]), "ImageType varies"),
        (
            "ImageType",
            (["DERIVED", "PRIMARY", "M", "WATER"], ["DERIVED", "PRIMARY", "M", "FAT"]),
            "ImageType varies from slice to slice (DERIVED\\PRIMARY\\M\\WATER, DERIVED\\PRIMARY\\M\\FAT)",
        ),
        ("ComplexImageComponent", ("MAGNITUDE", "PHASE"), "ComplexImageComponent varies"),
    ],
)
def test_contrasts_that_take_turns_are_refused_and_named(tmp_path, write_slices, name, values, shown):
    """Every second slice of two volumes has even places: it was read as one volume, without a word."""
    slices = np.empty(6, dtype=object)
    slices[:] = [values[k % 2] for k in range(6)]
    write_slices(tmp_path, VOLUME, **{name: slices})
    for path in (tmp_path, tmp_path / "002.dcm"):
        with pytest.raises(ScanError) as caught:
            read_image(path)
        assert shown in caught.value.problem


@pytest.mark.parametrize("echoes", [[20, 20, 20, 80, 80, 80], [20, 80, 20, 20, 20, 20], [1, 2, 3, 4, 5, 6]])
def test_contrasts_that_share_no_place_are_no_volumes_of_one_series(tmp_path, write_slices, echoes, golden):
    write_slices(tmp_path, VOLUME, EchoTime=np.array(echoes, float) * 10)
    with golden.error(ScanError):
        read_image(tmp_path / "001.dcm")


def test_of_two_echoes_the_one_that_lacks_every_second_slice_is_refused(tmp_path, write_slices, golden):
    uid = pydicom.uid.generate_uid()
    write_slices(tmp_path, VOLUME, SeriesInstanceUID=uid, EchoTime=20, prefix="a")
    write_slices(tmp_path, VOLUME // 2, SeriesInstanceUID=uid, EchoTime=80, prefix="b")
    for number in (2, 4, 6):
        (tmp_path / f"b{number:03}.dcm").unlink()
    np.testing.assert_array_equal(read_image(tmp_path / "a003.dcm")[0], VOLUME)
    with golden.error(ScanError):
        read_image(tmp_path / "b003.dcm")


def test_volumes_that_moved_a_little_are_volumes_all_the_same(tmp_path, write_slices):
    uid = pydicom.uid.generate_uid()
    for index, shift in ((1, 0.0), (2, 0.6)):
        options = {"SeriesInstanceUID": uid, "TemporalPositionIdentifier": index, "prefix": f"t{index}_"}
        write_slices(tmp_path, VOLUME // index, origin=(-10, 20, 30 + shift), **options)
    np.testing.assert_array_equal(read_image(tmp_path / "t2_001.dcm")[0], VOLUME // 2)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("RepetitionTime", (500.0, 3000.0)),
        ("SequenceName", ("*se2d1", "*fl2d1")),
        ("ContrastBolusAgent", ("Gd", "")),
        ("SeriesDescription", ("water", "fat")),
    ],
)
def test_what_may_mean_several_contrasts_is_told(tmp_path, write_slices, name, values, golden):
    """Regression: slices of T1 and T2 weighting by repetition time were one volume without a word."""
    write_slices(tmp_path, VOLUME, **{name: of_two(*values)})
    with golden.warning(ScanWarning):
        read_image(tmp_path)


def test_slices_of_another_kind_of_sequence_are_refused(tmp_path, write_slices, golden):
    write_slices(tmp_path, VOLUME, ScanningSequence=of_two("SE", "GR"))
    with golden.error(ScanError):
        read_image(tmp_path)


def test_what_differs_by_rounding_or_says_nothing_of_contrast_makes_one_volume(tmp_path, write_slices):
    types = np.empty(6, dtype=object)
    types[:] = [["ORIGINAL" if even else "DERIVED", "PRIMARY", "M", "ND"] for even in EVEN]
    write_slices(
        tmp_path,
        VOLUME,
        EchoTime=of_two(4.6, 4.608),
        FlipAngle=of_two(90, 89.95),
        ImageType=types,
        AcquisitionNumber=of_two(1, 2),
        TriggerTime=np.array([0.0, 50, 100, 0, 50, 100]),
        RepetitionTime=np.array([800.0, 810, 790, 805, 812, 799]),
        ContentTime=np.array(["100000.1", "100000.9", "100000.3", "100000.2", "100000.7", "100000.4"], dtype=object),
    )
    np.testing.assert_array_equal(read_image(tmp_path)[0], VOLUME)


@pytest.mark.parametrize("name", ["AcquisitionTime", "ContentTime"])
@pytest.mark.parametrize("sign", [{"MRAcquisitionType": "3D"}, {"NumberOfTemporalPositions": 2}])
def test_times_that_take_turns_are_time_points_where_slices_are_acquired_together(
    tmp_path, write_slices, name, sign, golden
):
    write_slices(tmp_path, VOLUME, **{name: of_two("100000.5", "100130.5")}, **sign)
    with golden.error(ScanError):
        read_image(tmp_path)


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        ({"AcquisitionTime": ["100000.5", "100130.5"] * 3}, "AcquisitionTime .* (100000.5, 100130.5)"),  # packages
        ({"ContentTime": ["100000.5", "100130.5"] * 3}, "ContentTime"),
        ({"AcquisitionTime": ["100010.5", "100013.5", "100016.5"] * 2}, "AcquisitionTime"),  # two excited at once
        ({"AcquisitionTime": ["235958.5", "000003.1"] * 3}, "AcquisitionTime"),
        (
            {"MRAcquisitionType": ["3D"] * 6, "AcquisitionTime": ["100000"] * 6, "ContentTime": ["1005", "1006"] * 3},
            "ContentTime",
        ),
    ],
)
def test_times_that_take_turns_are_told_where_they_may_be_of_one_volume(tmp_path, write_slices, times, shown):
    """Valid two-dimensional volumes were refused, without a way out."""
    values = {name: np.array(value, dtype=object) for name, value in times.items()}
    write_slices(tmp_path, VOLUME, **({"MRAcquisitionType": "2D"} | values))
    with remarks() as told:
        np.testing.assert_array_equal(read_image(tmp_path)[0], VOLUME)
    assert [entry.kind for entry in told] == ["times_take_turns"]
    assert shown.split(" .*")[0] + " varies from slice to slice" in told[0].problem


def test_times_that_take_turns_are_time_points_where_the_header_counts_them(tmp_path, write_slices, golden):
    times = {"AcquisitionTime": "100000", "ContentTime": of_two("100500", "100600")}
    write_slices(tmp_path, VOLUME, MRAcquisitionType="3D", NumberOfTemporalPositions=2, **times)
    with golden.error(ScanError):
        read_image(tmp_path)


def test_an_acquisition_across_midnight_takes_no_turns(tmp_path, write_slices):
    times = np.array(["235950", "235955", "000000", "000005", "000010", "000015"], dtype=object)
    write_slices(tmp_path, VOLUME, AcquisitionTime=times, MRAcquisitionType="3D")
    np.testing.assert_array_equal(read_image(tmp_path)[0], VOLUME)


@pytest.mark.parametrize(("name", "value"), [("EchoTime", 80), ("EchoNumbers", 1), ("InversionTime", 150)])
@pytest.mark.parametrize("lacking", [[2], [0, 2, 4], [5]])
def test_a_value_that_some_slices_lack_does_not_vary(tmp_path, write_slices, name, value, lacking):
    write_slices(tmp_path, VOLUME, **{name: np.array([None if k in lacking else value for k in range(6)], object)})
    for path in (tmp_path, tmp_path / "002.dcm"):
        np.testing.assert_array_equal(read_image(path)[0], VOLUME)


def test_volumes_with_and_without_inversion_are_two(tmp_path, write_slices):
    uid = pydicom.uid.generate_uid()
    for k, value in enumerate((150, 0)):
        write_slices(tmp_path, VOLUME // (k + 1), SeriesInstanceUID=uid, InversionTime=value, prefix=f"t{k}_")
    np.testing.assert_array_equal(read_image(tmp_path / "t1_001.dcm")[0], VOLUME // 2)


def test_one_slice_of_another_contrast_is_no_volume(tmp_path, write_slices, golden):
    uid = pydicom.uid.generate_uid()
    write_slices(tmp_path, VOLUME, SeriesInstanceUID=uid, TemporalPositionIdentifier=1, prefix="a")
    options = {"TemporalPositionIdentifier": 2, "EchoTime": np.array([20, 20, 30, 20, 20, 20])}
    write_slices(tmp_path, VOLUME, SeriesInstanceUID=uid, prefix="b", **options)
    with golden.error(ScanError):
        read_image(tmp_path / "b004.dcm")


def test_an_inversion_time_of_zero_is_none_and_the_order_of_words_says_nothing(tmp_path, write_slices):
    types = np.empty(6, dtype=object)
    types[:] = [["ORIGINAL", "PRIMARY", "M", *(("NORM", "DIS2D") if even else ("DIS2D", "NORM"))] for even in EVEN]
    write_slices(tmp_path, VOLUME, InversionTime=of_two(None, 0), ImageType=types)
    np.testing.assert_array_equal(read_image(tmp_path)[0], VOLUME)


@pytest.mark.parametrize(
    "times",
    [
        {
            "AcquisitionTime": ["100000.1", "100030.1", "100000.4", "100030.4", "100000.7", "100030.7"]
        },  # two breath-holds
        {"AcquisitionTime": ["100000"] * 6, "ContentTime": ["100010", "100020"] * 3},  # written pass by pass
        {"ContentTime": ["100000", "100001", "100000", "100001", "100000", "100001"]},  # rounded
    ],
)
def test_passes_of_one_acquisition_may_take_turns_in_two_dimensions(tmp_path, write_slices, times):
    values = {name: np.array(value, dtype=object) for name, value in times.items()}
    write_slices(tmp_path, VOLUME, MRAcquisitionType="2D", **values)
    np.testing.assert_array_equal(read_image(tmp_path)[0], VOLUME)


@pytest.mark.parametrize(
    "times",
    [
        ["100000", "100000", "100000", "100200", "100200", "100200"],  # slabs
        ["100000", "100010", "100020", "100030", "100040", "100050"],  # slice by slice
        ["", "", "", "", "", ""],
    ],
)
def test_slabs_and_slices_with_times_of_their_own_make_one_volume(tmp_path, write_slices, times):
    write_slices(tmp_path, VOLUME, AcquisitionTime=np.array(times, dtype=object), MRAcquisitionType="3D")
    np.testing.assert_array_equal(read_image(tmp_path)[0], VOLUME)


def test_time_points_at_the_same_places_are_told_apart_by_their_time(tmp_path, write_slices, golden):
    uid = pydicom.uid.generate_uid()
    for k, time in enumerate(("100000", "100100")):
        write_slices(tmp_path, VOLUME // (k + 1), SeriesInstanceUID=uid, AcquisitionTime=time, prefix=f"t{k}_")
    np.testing.assert_array_equal(read_image(tmp_path / "t1_001.dcm")[0], VOLUME // 2)
    with golden.error(ScanError):
        read_image(tmp_path)


def test_slices_at_one_place_that_differ_in_their_time_only_are_refused_by_its_name(tmp_path, write_slices, golden):
    uid = pydicom.uid.generate_uid()
    for k in (0, 1):
        times = np.array([f"1000{10 * i + k:02}" for i in range(6)], dtype=object)
        write_slices(tmp_path, VOLUME, SeriesInstanceUID=uid, ContentTime=times, prefix=f"t{k}_")
    with golden.error(ScanError):
        read_image(tmp_path)


def test_b_values_make_volumes(tmp_path, write_slices):
    uid = pydicom.uid.generate_uid()
    for value in (0, 50, 800):
        write_slices(tmp_path, VOLUME, SeriesInstanceUID=uid, DiffusionBValue=float(value), prefix=f"b{value}_")
    stack, _ = stack_of(tmp_path / "b800_001.dcm")
    assert (len(stack.frames), stack.told_by) == (6, ("DiffusionBValue",))
