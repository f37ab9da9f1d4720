"""Every file of a run is described once, and the page of the results says the same."""

import re
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from experiments.analyses import addable
from experiments.cli import radharmony
from experiments.folder.files import COMPARISON, FILES
from experiments.folder.kinds import PlaceInRun, RunTable
from experiments.folder.run_folder import RunFolder

PAGE = Path(__file__).resolve().parents[3] / "docs" / "results.md"
OTHERS = {".run.lock"}


def test_the_page_of_the_results_has_a_row_of_each_file():
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| (.*) \|$", text, re.MULTILINE)
    for file in (*FILES, *(one.adding.place for one in addable())):
        name = file.removeprefix(f"{COMPARISON}/") if file.startswith(f"{COMPARISON}/") else file
        assert (f"{name}/" if isinstance(file, PlaceInRun) else name, file.holds) in rows, file


def test_no_name_stands_twice():
    assert len(set(FILES)) == len({file.casefold() for file in FILES}) == len(FILES)


def test_a_run_leaves_no_file_that_is_not_described(finished):
    places = tuple(f"{file}/" for file in FILES if isinstance(file, PlaceInRun))
    for path in finished.folder.rglob("*"):
        name = path.relative_to(finished.folder).as_posix()
        if path.is_file() and not name.startswith("mlruns/"):
            assert name in FILES or name.startswith(places) or name in OTHERS, name
    assert all(name in FILES or name.startswith(places) for name in finished.files)


def test_what_a_run_hands_over_is_what_its_files_hold(finished):
    """The report of a run was made of texts that it had written a moment before."""
    there = RunFolder.open(finished.folder)
    tables = [file for file in FILES if isinstance(file, RunTable) and file in there]
    assert len(tables) > 10
    for file in tables:
        pd.testing.assert_frame_equal(finished[file], there[file], check_dtype=not file.endswith(".parquet"))
    assert finished.audit == there.audit
    assert list(finished.whitelists) == list(there.whitelists) == there.names
    assert finished.whitelists == there.whitelists


def test_the_report_from_memory_is_the_report_from_the_files(finished):
    before = finished.report.read_text(encoding="utf-8")
    result = CliRunner().invoke(radharmony, ["report", str(finished.folder)])
    assert result.exit_code == 0, result.output
    assert finished.report.read_text(encoding="utf-8") == before


def test_each_file_is_read_once(finished, monkeypatch):
    run = RunFolder.open(finished.folder)
    assert run.reliability is run.reliability
    monkeypatch.setattr("experiments.folder.refused.digest_of_file", lambda _: pytest.fail("hashed again"))
    assert not run.reliability.empty


@pytest.mark.parametrize("show", [repr, RunFolder._repr_html_])
def test_a_run_is_shown_by_its_shares_and_its_report(finished, show):
    text = show(finished)
    assert "3 subjects, 4 conditions, 12 scans" in text
    assert text.count("%") >= 2 * 3
    assert "raw" in text
    assert "report.html" in text
    assert show(RunFolder(finished.folder, {"files": {}})).count(str(finished.folder)) == 1
