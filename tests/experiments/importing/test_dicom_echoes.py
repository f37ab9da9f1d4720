"""Two echoes of one shot as GE writes them: slices of both mixed in one series, a time to the second for all."""

import numpy as np
import pydicom
import pytest

from experiments.importing import import_folder
from harmonize.formats import read_image
from harmonize.protocol.acquisition import of_one_acquisition

GE = {
    **{"Manufacturer": "GE MEDICAL SYSTEMS", "SeriesDescription": "Ax Dual Echo", "SeriesNumber": 7},
    **{"AcquisitionNumber": 1, "AcquisitionTime": "094232", "StudyTime": "094200", "RepetitionTime": "140"},
}


@pytest.fixture
def pair(tmp_path, write_slices, voxels):
    """Give a folder with two people, each with one series of two echoes; the second is half as bright."""
    for person in ("P1", "P2"):
        names = {name: pydicom.uid.generate_uid() for name in ("StudyInstanceUID", "SeriesInstanceUID")}
        shared = {**GE, **names, "PatientID": person}
        for echo, time in ((1, "2.2"), (2, "4.4")):
            own = {"EchoTime": time, "EchoNumbers": echo, "prefix": f"e{echo}_"}
            write_slices(tmp_path / "dicom" / person, voxels // echo, **shared, **own)
    return tmp_path / "dicom"


def test_each_echo_is_a_scan_and_how_to_compare_them_is_told(pair, tmp_path, rows_of, golden):
    imported = import_folder(pair, tmp_path / "study")
    assert [row["series"] for row in rows_of(imported.table)] == [
        f"Ax Dual Echo, EchoTime {time}" for _ in range(2) for time in ("2.2", "4.4")
    ]
    (remark,) = imported.found.remarks
    golden.text(remark)


def test_with_the_pattern_that_is_told_echoes_are_conditions_that_lie_still(pair, tmp_path, rows_of, voxels):
    imported = import_folder(pair, tmp_path / "study", pattern="(?P<echo>EchoTime [0-9.]+)")
    rows = rows_of(imported.table)
    assert [row["echo"] for row in rows] == ["EchoTime 2.2", "EchoTime 4.4"] * 2
    first, second, other, _ = (pair / row["image"] for row in rows)
    assert np.array_equal(read_image(first)[0], voxels)
    assert np.array_equal(read_image(second)[0], voxels // 2)
    assert imported.found.remarks == ()
    assert of_one_acquisition(first, second)
    assert not of_one_acquisition(first, other)
