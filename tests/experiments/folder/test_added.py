import json

import pandas as pd
import pytest
from matplotlib.figure import Figure

from experiments.folder.added import Added, again
from experiments.folder.kinds import Drawing, PlaceInRun, Record, RunTable
from harmonize.errors import ConfigurationError

RECORD = Record("counts.json", advice=again("counts"))
TABLE = RunTable("counts.csv", texts=("name",), numbers=("n",), advice=again("counts"))


@pytest.fixture
def folder(tmp_path):
    RECORD.write(tmp_path, {"unit": "voxels"})
    TABLE.write(tmp_path, pd.DataFrame({"name": ["liver"], "n": [12]}))
    return tmp_path


def test_a_file_is_read_once(folder):
    added = Added(folder, RECORD)
    assert added.record == {"unit": "voxels"}
    first = added[TABLE]
    (folder / TABLE).write_text("", encoding="utf-8")
    assert added[TABLE] is first


def test_a_damaged_file_and_content_that_does_not_fit_say_what_to_run(folder, golden):
    (folder / TABLE).write_text("name\nliver\n", encoding="utf-8")
    added = Added(folder, RECORD)
    with golden.error(ConfigurationError):
        added[TABLE]
    with (
        golden.error(ConfigurationError),
        added.readable(),
    ):
        added.record["rois"]
    (folder / RECORD).write_text(json.dumps([]), encoding="utf-8")
    with golden.error(ConfigurationError):
        Added(folder, RECORD)


def test_paths_are_those_of_files_that_are_there(folder):
    drawn, places = Drawing("curves"), PlaceInRun("figures")
    assert Added(folder, RECORD).paths(RECORD, TABLE, drawn, places) == [folder / RECORD, folder / TABLE]
    for one in (drawn, places.file("roc", Drawing)):
        one.write(folder, Figure(figsize=(1, 1)))
    names = ["curves.svg", "curves.png", "figures/roc.png", "figures/roc.svg"]
    assert Added(folder).paths(drawn, places) == [folder / name for name in names]
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")
