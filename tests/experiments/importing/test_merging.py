"""Tables that are there: rows stay, new ones are added, tables of other images are refused."""

from pathlib import Path

import pandas as pd

from experiments.importing.found import FoundFolder, FoundScan
from experiments.importing.merging import as_written, merged, named_before, refuse_elsewhere, rows_there, still_to_ask
from harmonize.errors import ConfigurationError

EXAMPLE = "subject,image\nS01,a.nii\n"


def test_example_rows_and_bare_headers_are_nothing(tmp_path):
    path = tmp_path / "images.csv"
    assert rows_there(path, EXAMPLE) is None
    for text in (EXAMPLE, "subject,image\n"):
        path.write_text(text, encoding="utf-8")
        assert rows_there(path, EXAMPLE) is None
    path.write_text("subject,image\nS02,a.nii\n", encoding="utf-8")
    assert rows_there(path, EXAMPLE).to_numpy().tolist() == [["S02", "a.nii"]]


def test_rows_stay_and_new_ones_follow():
    old = pd.DataFrame({"image": ["a", "b"], "age": ["7", "8"]})
    new = pd.DataFrame({"image": ["b", "c"], "mask": ["m", "n"]})
    table, known = merged(old, new, "image")
    assert table.to_numpy().tolist() == [["a", "7", ""], ["b", "8", ""], ["c", "", "n"]]
    assert known == 1


def test_a_table_without_new_rows_stays_as_it_is():
    """Columns that somebody had removed came back, empty."""
    old = pd.DataFrame({"image": ["a"]})
    table, known = merged(old, pd.DataFrame({"image": ["a"], "acquisition": [""]}), "image")
    assert (list(table), known) == (["image"], 1)


def test_what_stands_in_the_table_is_what_is_known():
    """A second import asked again for what had been confirmed and filled in."""
    scans = tuple(FoundScan("P", "", "T2?", {"arm": f"{name}?"}, Path(name), name) for name in "ab")
    asked = [f"is this right? {what}: a reason (a); ..." for what in ("sequence T2?", "arm a?", "arm b?")]
    found = FoundFolder(scans, ("arm", "dose"), {}, (), tuple(asked))
    rows = [{"subject": "S", "image": "a", "sequence": "T2_TRA", "arm": "REF"}, {}]
    known = as_written(found, rows, "images.csv")
    assert [(scan.sequence, dict(scan.levels)) for scan in known.scans] == [
        ("T2_TRA", {"arm": "REF"}),
        ("T2?", {"arm": "b?"}),
    ]
    assert known.factors == ("arm",)
    assert known.scans[0].evidence == {"arm": "images.csv"}
    assert list(still_to_ask(known, {"P": "S"})) == [asked[0], asked[2]]
    assert as_written(found, [{}, {}], "images.csv") == found
    assert named_before(known, rows, rows[:1]) == {"\0S": "S", "P": "S"}


def test_a_table_of_images_elsewhere_is_refused(tmp_path, golden):
    (tmp_path / "a").touch()
    refuse_elsewhere(pd.DataFrame({"image": ["a"]}), tmp_path / "images.csv", tmp_path)
    with golden.error(ConfigurationError):
        refuse_elsewhere(pd.DataFrame({"image": ["a", "b"]}), tmp_path / "images.csv", tmp_path)
    with golden.error(ConfigurationError):
        refuse_elsewhere(pd.DataFrame({"x": ["a"]}), tmp_path / "images.csv", tmp_path)
