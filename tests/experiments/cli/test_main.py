import os
import subprocess
import sys

import pandas as pd
import pytest

from experiments.study.study import Study


def process(*arguments):
    return subprocess.run(
        [sys.executable, "-c", "from experiments.cli import main; main()", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_run_then_report_again(study_file, radharmony, tmp_path):
    out = tmp_path / "out"
    result = process("run", study_file, "--out", out, "--jobs", 1)
    assert result.returncode == 0, result.stderr
    assert "scans: 12 of 12" in result.stderr
    assert "zscore" in result.stdout
    assert "Traceback" not in result.stderr
    (out / "report.html").unlink()
    assert radharmony("report", out).returncode == 0
    assert (out / "report.html").is_file()


@pytest.mark.usefixtures("no_workers")
def test_a_broken_scan_gives_exit_code_3_and_the_place_of_the_reasons(study_file, radharmony, tmp_path):
    Study.from_yaml(study_file).scans[0].image.write_bytes(b"not an image")
    result = radharmony("run", study_file, "--out", tmp_path / "out", "--no-tracking", "--jobs", 1)
    assert result.returncode == 3
    assert "failures.csv" in result.stderr
    assert len(pd.read_csv(tmp_path / "out" / "failures.csv")) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("[zscore]", "[zscor]"), "unknown step 'zscor'; did you mean 'zscore'?"),
        (("binWidth: 3", "binWith: 3"), "did you mean 'binWidth'?"),
        (("reference: REF+STD", "reference: REF+STF"), "did you mean 'REF+STD'?"),
        (("thresholds:", "treshold:"), "did you mean 'thresholds'?"),
    ],
)
def test_a_bad_study_gives_exit_code_2_and_the_right_name(study_file, radharmony, tmp_path, change, message):
    study_file.write_text(study_file.read_text(encoding="utf-8").replace(*change))
    result = radharmony("run", study_file, "--out", tmp_path / "out")
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["runn"], "did you mean 'run'?"),
        (["run", "absent.yaml", "--out", "out"], "there is no such file"),
        (["run", "study.yaml"], "Missing option '--out'"),
        (["run", "study.yaml", "--out", "out", "--jobs", "0"], "expected 1 or more"),
        (["run", "study.yaml", "--out", "out", "--no-tracking", "--tracking-uri", "x"], "exclude each other"),
        (["run", "study.yaml", "--out", "out", "--scheduler", "127.0.0.1"], "an address such as tcp://127.0.0.1:8786"),
        (["simulate", "there", "--subjects", "0"], "subjects is 0, expected 1 or more"),
        (["report", "absent"], "does not exist"),
    ],
)
def test_bad_options_give_exit_code_2(arguments, message, radharmony, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = radharmony(*arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_help_lists_every_command(radharmony):
    result = radharmony("--help")
    assert result.returncode == 0
    for command in ("demo", "simulate", "check", "run", "report", "validate-ibsi"):
        assert command in result.stdout


def test_help_imports_nothing_heavy():
    code = "import sys, experiments.cli as c; c.radharmony.main(['--help'], standalone_mode=False); "
    code += "print(sorted({'pandas', 'mlflow', 'SimpleITK', 'matplotlib', 'scipy'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert result.stdout.endswith("[]\n")


def test_simulate_writes_a_study_that_can_be_read(radharmony, tmp_path):
    arguments = ["--subjects", 2, "--sequences", "HASTE", "--rois", 1, "--matrix", 96, "--slices", 1, "--quiet"]
    assert radharmony("simulate", tmp_path / "study", *arguments).returncode == 0
    study = Study.from_yaml(tmp_path / "study" / "study.yaml")
    assert (len(study.scans), study.reference) == (8, "REF+STD")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_to_be_written_into_is_noticed_before_the_study_is_read(radharmony, tmp_path):
    tmp_path.chmod(0o555)
    result = radharmony("run", "absent.yaml", "--out", tmp_path / "results" / "first")
    assert result.returncode == 2
    assert f"nothing can be written into {tmp_path}" in result.stderr


def test_a_folder_that_cannot_be_made_is_a_message(study_file, radharmony):
    result = radharmony("run", study_file, "--out", "/proc/results")
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert "/proc/results" in result.stderr
