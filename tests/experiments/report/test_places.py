"""A report is passed on: no folder of the disk it was made on stands in it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.folder.failures import Failure
from experiments.report import write_report
from experiments.report.places import without_folders, without_places


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("/home/jane/t2.nii.gz: cannot be read", "t2.nii.gz: cannot be read"),
        ("not there: '/media/Jane Doe/My data/S1 a.nii.gz'", "not there: 'S1 a.nii.gz'"),
        (r"C:\Users\Jane Doe\t2.nii.gz", "t2.nii.gz"),
        ("D:/data/t2.nii.gz", "t2.nii.gz"),
        (r"\\server\share\jane\t2.nii.gz", "t2.nii.gz"),
        ("sqlite:////home/jane/mlflow.db", "sqlite:mlflow.db"),
        ("file:///home/jane/mlruns", "file:mlruns"),
    ],
)
def test_of_an_absolute_path_its_last_part_is_left(text: str, left: str) -> None:
    assert without_folders(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "S01/haste/t2.nii.gz",
        "HASTE / liver / 3 conditions",
        "https://doi.org/10.2307/2532051",
        "1.5/2 mm, 12/16 subjects",
        "data:image/jpeg;base64,/9j/4AAQ/abc/def",
        "</table><b>x</b>",
    ],
)
def test_what_is_no_absolute_path_stays(text: str) -> None:
    assert without_folders(text) == text


def test_all_texts_of_a_section_are_gone_through() -> None:
    content = {"rows": [("/a/b/c", 1.0, None)], "deep": {"x": ["/a/b/c"]}, "json": '"/a/b/c"'}
    assert without_places(content) == {"rows": [("c", 1.0, None)], "deep": {"x": ["c"]}, "json": '"/a/b/c"'}
    assert json.dumps(without_places(content))


def test_the_page_names_no_folder_of_the_disk(run_writer: Callable[..., Path], tmp_path: Path) -> None:
    """Findings and failures told the whole path of an image, with the names of the folders above the study."""
    place = tmp_path / "Jane Doe" / "secret"
    failed = Failure(
        "all", "S2", "HASTE", "ACC+STD", "", f"{place}/a.nii", "read", f"{place}/a.nii: empty", "export it"
    )
    finding = {"level": "error", "kind": "missing_file", "where": "S2", "problem": f"not there: {place}/a.nii"}
    folder = run_writer(place / "run", failures=[failed], findings=[{**finding, "advice": f"look into {place}/b"}])
    page = write_report(folder).read_text(encoding="utf-8")
    assert "not there: a.nii" in page
    for part in (str(tmp_path), "Jane Doe", "secret"):
        assert part not in page
