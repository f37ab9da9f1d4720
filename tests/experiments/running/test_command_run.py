"""Runs whose strategies call other programs."""

import json
import shutil

import pandas as pd
import pytest

from experiments.running.extracting.extraction import run_extraction
from experiments.running.extracting.preprocessing import run_preprocessing
from experiments.running.runner import run_study
from experiments.study.study import Study
from harmonize.errors import ConfigurationError
from tests.experiments.conftest import write_images

pytestmark = pytest.mark.skipif(shutil.which("cp") is None, reason="needs the program cp")

SETTING = "extraction: {setting: {binWidth: 3}, featureClass: {firstorder: [Mean, Entropy], glcm: [Contrast]}}"
COPY = 'command: {run: [cp, "{in}", "{out}"]}'
FAIL = 'command: {run: [cp, "{in}", "{out}/none"]}'
STEPS = f"""strategies:
  raw: {{steps: [clip], {SETTING}}}
  copied: {{steps: [clip, {COPY}], {SETTING}}}
"""


@pytest.fixture
def copying(study_file):
    """Two scans of each of two subjects, and a program that copies them."""
    text = study_file.read_text(encoding="utf-8")
    before, after = text.index("strategies:"), text.index("thresholds:")
    study_file.write_text(f"{text[:before]}{STEPS}{text[after:]}pictures: 0\n", encoding="utf-8")
    rows = pd.read_csv(study_file.parent / "images.csv", dtype=str)
    rows = rows[(rows["subject"] != "sub-03") & (rows["acquisition"] == "REF")]
    write_images(study_file, rows.to_dict("records"))
    return study_file


def of(table, strategy):
    return table[table["strategy"] == strategy].drop(columns="strategy").reset_index(drop=True)


@pytest.mark.usefixtures("no_page")
def test_a_copy_has_the_same_features_in_workers_too_and_is_found_again(copying, tmp_path, golden):
    with golden.error(ConfigurationError):
        run_study(copying, tmp_path / "out", track=False)
    assert not (tmp_path / "out").exists()
    run = run_study(copying, tmp_path / "out", track=False, jobs=2, allow_commands=True)
    assert not len(run.failures)
    pd.testing.assert_frame_equal(of(run.features, "raw"), of(run.features, "copied"))
    assert run_study(copying, tmp_path / "out", track=False, allow_commands=True).unchanged
    with golden.error(ConfigurationError):
        run_study(copying, tmp_path / "out", track=False)

    asked = {"like": run.folder, "strategies": ["copied"], "track": False}
    with golden.error(ConfigurationError):
        run_extraction(copying, tmp_path / "more", **asked)
    more = run_extraction(copying, tmp_path / "more", **asked, allow_commands=True)
    pd.testing.assert_frame_equal(
        more.features[list(run.features)], run.features.query("strategy == 'copied'").reset_index(drop=True)
    )
    with golden.error(ConfigurationError):
        run_preprocessing(copying, tmp_path / "images", "copied")
    assert len(run_preprocessing(copying, tmp_path / "images", "copied", allow_commands=True).images) == 4


@pytest.mark.usefixtures("no_page")
def test_a_program_that_fails_is_a_failure_and_is_tried_again(copying, tmp_path):
    copying.write_text(copying.read_text(encoding="utf-8").replace(COPY, FAIL), encoding="utf-8")
    study = Study.from_yaml(copying)
    for _ in range(2):
        run = run_extraction(study, tmp_path / "out", track=False, allow_commands=True)
        assert set(run.failures["strategy"]) == {"copied"}
        assert set(run.failures["step"]) == {"command"}
        assert run.failures["problem"].str.match(r"cp failed \(exit code 1\): \S*cp: ").all()
        assert run.remembered == 0


@pytest.mark.usefixtures("no_workers")
def test_plan_and_check_ask_for_leave(copying, radharmony, golden):
    for command in ("plan", "check", "run"):
        more = ("--out", copying.parent / "out") if command == "run" else ()
        told = radharmony(command, copying, *more)
        assert told.returncode == 2
        golden.text(told.stderr)
    steps = json.loads(radharmony("plan", copying, "--allow-commands", "--json").stdout)
    assert "command" in json.dumps(steps)
    assert radharmony("check", copying, "--allow-commands").returncode == 0
