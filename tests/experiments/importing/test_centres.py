"""The table of centres: whose a point is, where it lies in the scan, and what stays of a table that is there."""

import json
from pathlib import Path

import pytest

from experiments.importing.centres import centre_rows, table_of_centres, targets_of
from experiments.importing.found import FoundScan
from experiments.importing.point_files import Counting
from harmonize.errors import ConfigurationError
from harmonize.image.volume import Grid

GRID = Grid((64, 64, 20), (2.0, 2.0, 5.0), (-60.0, -50.0, -40.0))
OTHER = Grid((64, 64, 20), (1.0, 1.0, 5.0), (-30.0, -30.0, -40.0))
LEVELS = {"acquisition": "REF", "reconstruction": "STD"}
EXAMPLE = (
    "subject,sequence,acquisition,reconstruction,roi,x,y,z\nS01,T2,REF,STD,liver,1,2,3\nS01,T2,REF,STD,spleen,1,2,3"
)


def scan(person, sequence, grid=GRID, **levels):
    return FoundScan(person, "", sequence, levels or LEVELS, Path(person), sequence, grid=grid)


@pytest.fixture
def targets():
    scans = [scan("P1", "T2?"), scan("P1", "T1", OTHER), scan("P10", "T2")]
    return targets_of(scans, {"P1": "sub-01", "P10": "sub-02"}, ["T2?", "T1", "T2"], ["Anna", "Anna", "Ben"], LEVELS)


def markup(path, place, label="liver"):
    path.parent.mkdir(parents=True, exist_ok=True)
    points = [{"label": label, "position": place, "positionStatus": "defined"}]
    node = {"coordinateSystem": "LPS", "controlPoints": points}
    path.write_text(json.dumps({"markups": [node]}), encoding="utf-8")
    return path


def test_centres_are_placed_on_the_reference_of_a_sequence():
    scans = [scan("P1", "T2", OTHER, acquisition="ACC", reconstruction="STD"), scan("P1", "T2")]
    (target,) = targets_of(scans, {"P1": "sub-01"}, ["T2"] * 2, ["Anna"] * 2, LEVELS)
    assert target.scan.grid == GRID
    (target,) = targets_of(scans[:1], {"P1": "sub-01"}, ["T2"], ["Anna"], LEVELS)
    assert target.scan.grid == OTHER


def test_mm_become_voxels_of_the_scan(tmp_path, targets):
    """Whole voxels by hand: (-60 + 2 * 10, -50 + 2 * 20, -40 + 5 * 3)."""
    markup(tmp_path / "Ben" / "points.mrk.json", [-40.0, -10.0, -25.0])
    rows, remarks = centre_rows(tmp_path, targets, Counting(), LEVELS)
    assert rows == [{"subject": "sub-02", "sequence": "T2", **LEVELS, "roi": "liver", "x": "10", "y": "20", "z": "3"}]
    assert remarks == []


def test_a_file_that_names_no_sequence_holds_for_all_and_says_so(tmp_path, targets):
    markup(tmp_path / "P1.mrk.json", [-20.0, -10.0, -25.0])
    rows, (remark,) = centre_rows(tmp_path, targets, Counting(), LEVELS)
    assert [(row["sequence"], row["x"], row["y"]) for row in rows] == [("T2?", "20", "20"), ("T1", "10", "20")]
    assert "names no sequence" in remark
    rows, remarks = centre_rows(markup(tmp_path / "P1_T1.mrk.json", [-20.0, -10.0, -25.0]), targets, Counting(), LEVELS)
    assert [row["sequence"] for row in rows] == ["T1"]
    assert remarks == []


def test_who_is_to_be_confirmed_is_so_in_the_table_of_centres_too(tmp_path):
    """An unconfirmed subject was a name there, which was found nowhere once images.csv was confirmed."""
    (target,) = targets_of([scan("A", "T2?")], {"A": "A?"}, ["T2?"], ["A"], LEVELS)
    (tmp_path / "t.csv").write_text("subject,sequence,roi,x,y,z\nA,T2,liver,1,2,3\n", encoding="utf-8")
    for source in (tmp_path / "t.csv", markup(tmp_path / "A_T2.mrk.json", [-20.0, -10.0, -25.0])):
        ((row,), _) = centre_rows(source, [target], Counting("voxels", 0), LEVELS)
        assert (row["subject"], row["sequence"]) == ("A?", "T2?")


def test_voxels_of_an_unknown_sequence_are_refused(tmp_path, targets, golden):
    (tmp_path / "t.csv").write_text("subject,roi,x,y,z\nsub-01,liver,1,2,3\n", encoding="utf-8")
    with golden.error(ConfigurationError):
        centre_rows(tmp_path / "t.csv", targets, Counting("voxels", 0), LEVELS)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("points.mrk.json", [0.0, 0.0, 0.0]),
        ("P1_P10.mrk.json", [0.0, 0.0, 0.0]),
        ("Ben.mrk.json", [0.0, 0.0, 500.0]),
    ],
)
def test_points_of_nobody_in_particular_or_off_the_scan_are_refused(tmp_path, targets, name, place, golden):
    markup(tmp_path / name, place)
    with golden.error(ConfigurationError):
        centre_rows(tmp_path, targets, Counting(), LEVELS)


def test_a_folder_without_points_is_refused(tmp_path, targets, golden):
    with golden.error(ConfigurationError):
        centre_rows(tmp_path, targets, Counting(), LEVELS)


def test_what_has_no_centre_gets_empty_rows_and_what_stands_there_stays(tmp_path, targets):
    path = tmp_path / "centres.csv"
    table, kept = table_of_centres(path, EXAMPLE, [], targets)
    assert (len(table), kept) == (6, "")
    assert set(table["x"]) == {""}
    row = {"subject": "sub-01", "sequence": "T2", **LEVELS, "roi": "aorta", "x": "1", "y": "2", "z": "3"}
    path.write_text(f"{EXAMPLE.splitlines()[0]}\nsub-02,T2,REF,STD,liver,9,9,9\nsub-01,T2,REF,STD,aorta,,,\n")
    table, kept = table_of_centres(path, EXAMPLE, [row], targets)
    assert table[["subject", "sequence", "roi", "x"]].to_numpy().tolist() == [
        ["sub-02", "T2", "liver", "9"],
        ["sub-01", "T2", "aorta", "1"],
        ["sub-01", "T1", "liver", ""],
        ["sub-01", "T1", "aorta", ""],
    ]
    assert kept == "centres.csv was there: 1 centre kept"


def test_names_that_images_csv_confirms_are_taken_over(tmp_path):
    """An import after only images.csv was confirmed added rows of `A` beside those of `A?`."""
    found = [FoundScan(name, f"{name}?", sequence, LEVELS, Path(name), "", grid=GRID)
             for name, sequence in (("A", "T2?"), ("B", "T2?"), ("B", "T1"), ("C", "T2?"))]  # fmt: skip
    subjects = {"A": "A", "B": "Berta", "C": "C?"}
    targets = targets_of(found, subjects, ["T2_TRA", "T2", "T1", "T2?"], ["A", "B", "B", "C"], LEVELS)
    path = tmp_path / "centres.csv"
    lines = ["A?,T2?", "B?,T2?", "B?,T1", "B,T2?", "C?,T2?", "A?,"]
    text = "\n".join([EXAMPLE.splitlines()[0], *(f"{line},REF,STD,liver,1,2,3" for line in lines)])
    path.write_text(text, encoding="utf-8")
    row = {"subject": "A", "sequence": "T2_TRA", **LEVELS, "roi": "liver", "x": "9", "y": "9", "z": "9"}
    table, kept = table_of_centres(path, EXAMPLE, [row], targets)
    assert table[["subject", "sequence", "x"]].to_numpy().tolist() == [
        ["A", "T2_TRA", "1"],
        ["Berta", "T2", "1"],
        ["Berta", "T1", "1"],
        ["B", "T2?", "1"],
        ["C?", "T2?", "1"],
        ["A", "", "1"],
    ]
    assert kept == "centres.csv was there: 6 centres kept"


def test_a_marked_name_that_became_several_stays_to_be_asked(tmp_path):
    found = [FoundScan("A", "A", "T2?", LEVELS, Path(name), "", grid=GRID) for name in ("one", "two")]
    targets = targets_of(found, {"A": "A"}, ["T2_TRA", "T2_COR"], ["A", "A"], LEVELS)
    path = tmp_path / "centres.csv"
    path.write_text(f"{EXAMPLE.splitlines()[0]}\nA,T2?,REF,STD,liver,1,2,3\n", encoding="utf-8")
    table, _ = table_of_centres(path, EXAMPLE, [], targets)
    assert table["sequence"].tolist() == ["T2?", "T2_TRA", "T2_COR"]
