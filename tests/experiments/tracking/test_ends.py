"""Runs that end in every way, and the servers that they are recorded on."""

import json
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

from experiments.running.runner import run_study
from experiments.study.study import Study
from experiments.tracking import TrackingWarning, tracked_run
from experiments.tracking.address import default_uri
from experiments.tracking.note import read_note
from experiments.tracking.store import mlflow
from harmonize.errors import ConfigurationError


def test_where_nobody_answers_the_results_stay_and_the_reason_is_told(study_file, tmp_path, free_port):
    uri = f"http://127.0.0.1:{free_port}"
    with pytest.warns(TrackingWarning) as told:
        run = run_study(Study.from_yaml(study_file), tmp_path / "out", tracking_uri=uri)
    texts = [str(one.message) for one in told]
    assert "the run goes on and tries again at its end" in texts[0]
    assert "are complete, check `tracking_uri` and run the same command again" in texts[-1]
    assert f"nobody answers at {uri}" in run.untracked
    assert (tmp_path / "out" / "report.html").is_file()


def test_an_unknown_kind_of_address_is_refused_before_anything_is_computed(study_file, tmp_path, golden):
    start = time.monotonic()
    with golden.error(ConfigurationError):
        run_study(Study.from_yaml(study_file), tmp_path / "out", tracking_uri="htp://127.0.0.1:5000")
    assert time.monotonic() - start < 30
    assert not (tmp_path / "out" / "features.parquet").exists()


DIE = """
import os, signal, sys
from experiments.running.runner import run_study
from experiments.study.study import Study

def die(what, done, total):
    if what == "statistics":
        os.kill(os.getpid(), signal.{signal})

run_study(Study.from_yaml(sys.argv[1]), sys.argv[2], tracking_uri=sys.argv[3] or None, progress=die)
"""


def killed(study, out, uri=""):
    code = DIE.format(signal="SIGKILL")
    result = subprocess.run([sys.executable, "-c", code, study, out, uri], capture_output=True, check=False)
    assert result.returncode == -signal.SIGKILL, result.stderr


def test_after_kill_9_the_same_command_goes_on_in_the_same_run(study_file, tmp_path, status, runs_of):
    out = tmp_path / "out"
    killed(study_file, out)
    first = read_note(out)["run_id"]
    assert status(out) == "RUNNING"
    run = run_study(Study.from_yaml(study_file), out)
    assert (read_note(out)["run_id"], status(out)) == (first, "FINISHED")
    assert run.reused
    _, runs = runs_of(default_uri(out))
    assert len(runs) == 3


def test_a_polite_end_is_recorded_as_killed(study_file, tmp_path, status):
    """SIGTERM, as a cluster sends it, reaches MLflow."""
    out = tmp_path / "out"
    code = (
        "import os, signal, experiments.cli, experiments.running.stages as n\n"
        "infer = n.infer\n"
        "def ended(*a, **b):\n    os.kill(os.getpid(), signal.SIGTERM)\n    return infer(*a, **b)\n"
        "n.infer = ended\n"
        "experiments.cli.main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, "run", study_file, "--out", out, "--jobs", "1"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == 130, result.stderr
    assert status(out) == "KILLED"


@pytest.mark.slow
def test_a_real_server_over_a_kill_to_the_end(server, study_file, tmp_path, monkeypatch, status, finish, runs_of):
    out = tmp_path / "out"
    killed(study_file, out, server)
    first = read_note(out)["run_id"]
    assert status(out, server) == "RUNNING"
    command = [sys.executable, "-c", "from experiments.cli import main; main()", "run", study_file, "--out", out]
    result = subprocess.run([*command, "--tracking-uri", server], capture_output=True, encoding="utf-8", check=False)
    assert result.returncode == 0, result.stderr
    assert "warning" not in result.stderr
    assert (read_note(out)["run_id"], status(out, server)) == (first, "FINISHED")
    assert not (out / "mlflow.db").exists()
    client, runs = runs_of(server)
    assert len(runs) == 3
    report = Path(client.download_artifacts(first, "report.html", str(tmp_path)))
    assert report.read_bytes() == (out / "report.html").read_bytes()
    (out / "tracking.json").unlink()  # as in another folder: recorded from the beginning
    # the record takes few requests besides one a file
    asked = []
    request = mlflow.utils.rest_utils._get_http_response_with_retries

    def counted(method, url, *arguments, **options):
        asked.append((method, url))
        return request(method, url, *arguments, **options)

    monkeypatch.setattr("mlflow.utils.rest_utils._get_http_response_with_retries", counted)
    monkeypatch.setattr("mlflow.utils.request_utils._get_http_response_with_retries", counted)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        finish(out, json.loads((out / "run.json").read_text(encoding="utf-8")), server)
    files = [url for method, url in asked if method == "PUT"]
    assert len(files) > 40
    assert len(asked) - len(files) <= 10 + 7 * 2


@pytest.mark.slow
def test_a_server_that_goes_away_during_the_run(server, stop_server, folder, record, golden):
    with tracked_run(folder, record, server) as tracked:
        stop_server()
        with golden.warning(TrackingWarning, varies=r"(?<=127.0.0.1:)\d+|(?<=\()[^)]*(?=\))"):
            tracked.finish(lambda *_: None)
    assert "nobody answers" in tracked.problem
