"""Law: what the command leaves is what Python leaves that is asked for the same."""

import numpy as np
import pandas as pd
import pytest

from evaluation.reading import digest_of_table, source_of
from experiments.analyses.harmonize.files import write_harmonized
from experiments.analyses.harmonize.run import run_harmonization
from experiments.analyses.harmonize.settings import HarmonizationSettings
from experiments.analyses.reliability.files import write_reliability
from experiments.analyses.reliability.run import run_reliability
from experiments.analyses.reliability.settings import ReliabilitySettings
from experiments.analyses.select.run import run_selection
from experiments.analyses.select.settings import SelectionSettings


@pytest.fixture
def table(tmp_path):
    """Fifteen patients with two organs under two scanners."""
    rng = np.random.default_rng(4)
    index = pd.MultiIndex.from_product(
        [[f"P{i:02}" for i in range(15)], ["liver", "spleen"], ["a", "b"]], names=["patient", "organ", "scanner"]
    )
    values = rng.normal(10, 2, (15, 1, 3)) + rng.normal(0, 0.5, (15, 4, 3))
    features = pd.DataFrame(values.reshape(60, 3), index, [f"original_glcm_F{i}" for i in range(3)])
    features.reset_index().to_csv(tmp_path / "table.csv", index=False)
    return tmp_path / "table.csv"


def test_a_table_in_memory_gives_what_its_file_gives(table, tmp_path):
    # A DataFrame with rows ended in an error of pandas while all that is no table was refused in words.
    frame = pd.read_csv(table)
    settings = ReliabilitySettings(condition=("scanner",), reference="a", no_figures=True)
    found = {}
    for name, given in (("file", table), ("memory", frame)):
        reliability = run_reliability(given, settings)
        write_reliability(tmp_path / name / "out", reliability)
        done = run_harmonization(given, HarmonizationSettings(batch=("scanner",)))
        write_harmonized(tmp_path / name / "new.csv", done)
        selected = run_selection(reliability.computed, SelectionSettings(threshold={"icc": 0.5}))
        found[name] = left_in(tmp_path / name), selected.whitelist.features, repr(reliability), repr(done)
        (source,) = (path for path in found[name][0] if path.name == "reliability.source.json")
        found[name][0].pop(source)  # the names differ
        of_result = run_selection(reliability, SelectionSettings(threshold={"icc": 0.5})).whitelist
        assert of_result.features == selected.whitelist.features
        assert of_result.data_digest == digest_of_table(source_of(given))  # it was empty
    assert found["memory"] == found["file"]
    both = run_reliability({"one": frame, "two": frame}, settings)
    assert sorted(one["file"] for one in both.given.sources.values()) == ["DataFrame 'one'", "DataFrame 'two'"]


def left_in(folder):
    """Give all files of a folder with their bytes."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_reliability(radharmony, table, tmp_path):
    options = ("--condition", "scanner", "--reference", "a", "--statistics", "bias,wsd", "--no-figures", "--quiet")
    done = radharmony("reliability", table, *options, "--out", tmp_path / "command")
    assert done.returncode == 0, done.stderr
    settings = ReliabilitySettings(condition=("scanner",), reference="a", statistics=("bias", "wsd"), no_figures=True)
    write_reliability(tmp_path / "python", run_reliability(table, settings))
    found = left_in(tmp_path / "command")
    assert len(found) > 10
    assert found == left_in(tmp_path / "python")


def test_harmonization(radharmony, table, tmp_path):
    for name in ("command", "python"):
        (tmp_path / name).mkdir()
    place = tmp_path / "command"
    options = ("--batch", "scanner", "--quiet", "--out", place / "new.csv", "--save", place / "model.json")
    done = radharmony("harmonize", table, *options)
    assert done.returncode == 0, done.stderr
    place = tmp_path / "python"
    done = run_harmonization(table, HarmonizationSettings(batch=("scanner",)))
    write_harmonized(place / "new.csv", done, place / "model.json")
    assert len(left_in(place)) == 2
    assert left_in(tmp_path / "command") == left_in(place)
