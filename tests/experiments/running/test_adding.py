import json
import shutil

import numpy as np
import pandas as pd
import pytest

from experiments.analyses.diagnose.run import run_diagnosis
from experiments.analyses.diagnose.settings import DiagnosisSettings
from experiments.analyses.shared.groups import Workers
from experiments.running.adding import add_to_run, analysis_of
from harmonize.errors import ConfigurationError

QUICK = {"folds": 3, "repeats": 1, "inner_folds": 2, "n_resamples": 100, "no_baselines": True}


@pytest.fixture(scope="module")
def found():
    """A diagnosis of people who were in no run, from a DataFrame."""
    rng, sick = np.random.default_rng(0), np.arange(60) % 2
    names = [f"original_glcm_F{i:02}" for i in range(12)]
    table = pd.DataFrame(rng.normal(size=(60, 12)), columns=names)
    table["original_glcm_F03"] += 2.0 * sick
    table = table.assign(subject=[f"A{i:02}" for i in range(60)], diagnosis=np.where(sick, "ill", "well"))
    return run_diagnosis(table, DiagnosisSettings(target="diagnosis", **QUICK), Workers(jobs=1))


def test_it_prints_as_a_small_table(found):
    title, heading, *models = repr(found).splitlines()
    assert title == "diagnosis of diagnosis: 60 subjects, held out"
    assert heading.split() == ["model", "AUC"]
    assert [line.split()[0] for line in models] == ["logistic"]


def test_what_was_found_goes_into_the_run_and_its_report(finished, found, tmp_path, golden):
    folder = tmp_path / "run"
    shutil.copytree(finished.folder, folder)
    with golden.warning(UserWarning):
        report = add_to_run(str(folder), found)
    assert 'id="diagnosis"' in report.read_text(encoding="utf-8")
    assert (folder / "diagnosis" / "scores.csv").is_file()
    record = json.loads((folder / "diagnosis" / "diagnosis.json").read_text(encoding="utf-8"))
    assert record["table"]["file"] == "DataFrame"
    assert len(record["table"]["sha256"]) == 64
    assert (folder / "findings" / "diagnose.json").is_file()


def test_a_run_that_was_changed_takes_nothing(finished, found, tmp_path, golden):
    folder = tmp_path / "run"
    shutil.copytree(finished.folder, folder)
    (folder / "strategies.csv").write_text("strategy\n", encoding="utf-8")
    with golden.error(ConfigurationError):
        add_to_run(folder, found)
    assert not (folder / "diagnosis").exists()


@pytest.mark.parametrize("other", [None, pd.DataFrame()])
def test_only_what_has_a_place_in_a_run_can_be_added(other, golden):
    with golden.error(ConfigurationError):
        analysis_of(other)
