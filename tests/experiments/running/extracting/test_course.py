import pandas as pd

from experiments.folder.files import OUTSIDE, REMARKS, STRATEGIES
from experiments.running.extracting.extraction import run_extraction


def test_counts_and_ranges_stand_in_the_folder_and_are_sealed(measured, patients, tmp_path):
    found = run_extraction(patients, tmp_path / "out", like=measured.folder, strategies=["raw"], track=False)
    assert {STRATEGIES, REMARKS, OUTSIDE} <= set(found.files)
    (row,) = found[STRATEGIES].to_dict("records")
    assert (row["subjects"], row["scans"], row["rois"], row["failures"]) == (4, 4, 8, 0)
    assert set(pd.read_csv(found.folder / OUTSIDE)["n"]) == {4}


def test_without_another_study_nothing_is_compared_with_one(volunteers, tmp_path):
    found = run_extraction(volunteers, tmp_path / "out", strategies=["raw"], track=False)
    assert REMARKS not in found
    assert "like" not in found.record
    assert "Do these scans" not in found.report.read_text(encoding="utf-8")


def test_settings_in_the_record_are_those_of_the_whitelist(measured, patients, tmp_path):
    found = run_extraction(patients, tmp_path / "out", like=measured.folder, track=False)
    for mine, theirs in zip(found.record["strategies"], measured.record["strategies"], strict=True):
        assert {key: mine[key] for key in theirs if key != "description"} == {
            key: theirs[key] for key in theirs if key != "description"
        }
    assert [bool(one["learned"]) for one in found.record["strategies"]] == [False, True, True]
