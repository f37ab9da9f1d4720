import base64

import pandas as pd
import pytest

from experiments.folder.failures import ALL, Failure
from experiments.running.pairs import COLUMNS, found_of, row_of, with_lost, write_overlays
from experiments.study.manifest import Scan
from harmonize.errors import ScanError
from harmonize.registration import RefusedMotionError, Registered
from harmonize.registration.rigid import still

FOUND = Registered((still(3),), 0, 3.0, 1.0, 0.5, 0.9, -0.4, -0.8)
REFUSED = RefusedMotionError("the registration turns them by 20 degrees", "look", FOUND, ("rotation",))


@pytest.fixture
def scan(tmp_path):
    return Scan("S1", "T2", "b", {"run": "b"}, tmp_path / "b.nii.gz", {}, {}, 3)


def test_a_refused_motion_has_its_values_in_the_table(scan):
    carried, refused, lost = (row_of(scan, ["liver"], one, "x.json") for one in (FOUND, REFUSED, ScanError("no", "")))
    assert set(carried) | set(refused) <= set(COLUMNS)
    assert (carried["status"], carried["transforms"]) == ("carried", "x.json")
    assert (refused["status"], refused["beyond"]) == ("refused", "rotation")
    assert "transforms" not in refused
    for name in ("translation_mm", "rotation_degrees", "residual_mm", "overlap", "metric_before", "metric_after"):
        assert refused[name] == carried[name]
    assert (lost["status"], lost["problem"]) == ("refused", "no")
    assert [found_of(one) for one in (FOUND, REFUSED, ScanError("no", ""))] == [FOUND, FOUND, None]


def test_a_carried_roi_that_was_lost_when_drawn_is_no_carried_one(scan):
    """registration.csv said `carried` of it, while failures.csv said why it was lost."""
    table = pd.DataFrame([row_of(scan, ["liver", "kidney"], FOUND, "x.json")], columns=list(COLUMNS))
    liver, kidney = (Failure(ALL, *scan.key, roi, "", "registration", "it is empty", "") for roi in ("liver", "kidney"))
    other = Failure(ALL, "S2", "T2", "b", "liver", "", "registration", "it is empty", "")
    assert with_lost(table, [other]).equals(table)
    (some,), (none,) = (with_lost(table, failed).to_dict("records") for failed in ([kidney], [kidney, liver]))
    assert (some["status"], some["problem"]) == ("carried", "lost when drawn: kidney: it is empty")
    assert (none["status"], none["problem"]) == ("lost", "lost when drawn: liver: it is empty; kidney: it is empty")


def test_overlays_of_an_earlier_run_go_and_names_are_unique(tmp_path):
    """A run refuses a file in its folder that is not its own."""
    place = tmp_path / "pictures"
    row = {"subject": "S1", "sequence": "T2", "condition": "b", "rois": "liver"}
    rows = [row, {**row, "subject": "s1"}, {**row, "subject": "S3"}]
    overlays = [base64.b64encode(content).decode() for content in (b"one", b"two")]
    names = write_overlays([*overlays, ""], rows, place)
    assert [(place / name).read_bytes() for name in names[:2]] == [b"one", b"two"]
    assert names[2] == ""
    assert len(set(map(str.lower, names))) == 3
    again = write_overlays(overlays[:1], rows[:1], place)
    assert [path.name for path in place.iterdir()] == again == ["S1_T2_b_liver.jpg"]
    assert write_overlays((), (), tmp_path / "none") == []
