"""Which tables of a folder go into a workbook, and how they are read."""

import shutil

import pandas as pd
import pytest

from experiments.analyses.reliability.files import write_reliability
from experiments.analyses.reliability.run import run_reliability
from experiments.analyses.reliability.settings import ReliabilitySettings
from experiments.exporting.sheets import sheets_of
from harmonize.errors import ConfigurationError


def test_a_file_of_a_run_that_was_changed_is_refused(finished, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished.folder, folder, ignore=shutil.ignore_patterns("mlruns", "mlflow.db", "finished"))
    (folder / "summary.csv").write_text("strategy\nraw\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"summary\.csv"):
        sheets_of(folder)
    with pytest.raises(ConfigurationError, match=r"summary\.csv"):
        sheets_of(folder / "summary.csv")


def test_what_reliability_leaves_has_the_summary_first_and_each_table_once(finished, tmp_path):
    raw = finished.features[finished.features["strategy"] == "raw"]
    settings = ReliabilitySettings(reference="REF+STD", no_figures=True)
    write_reliability(tmp_path / "out", run_reliability(raw, settings))
    found = sheets_of(tmp_path / "out")
    titles = [one.title for one in found]
    assert titles[0] == "summary"
    assert titles[-1] == "reliability"
    assert titles.count("reliability") == 1
    assert "tables overall" in titles
    assert found[0].holds.startswith("median (Q1, Q3)")
    assert (
        (found[-1].table["subject"] if "subject" in found[-1].table else found[-1].table["roi"]).map(type).eq(str).all()
    )


def test_columns_that_nobody_describes_are_numbers_only_where_all_are(tmp_path):
    (tmp_path / "mine.csv").write_text("id,n,x,x\n007,1,1.5e-3,a\n008,,-2,\n", encoding="utf-8")
    (only,) = sheets_of(tmp_path)
    assert list(only.table.columns) == ["id", "n", "x", "x"]
    assert only.table.iloc[:, 0].tolist() == ["007", "008"]
    assert only.table.iloc[0, 1] == 1
    assert pd.isna(only.table.iloc[1, 1])
    assert only.table.iloc[:, 2].tolist() == [0.0015, -2.0]
    assert only.table.iloc[:, 3].tolist() == ["a", ""]
