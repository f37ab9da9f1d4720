"""A small study and what a run leaves of it, made once for all tests of this folder."""

import io
import shutil
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest

from experiments.cli import main
from experiments.executors import Serial
from experiments.running.runner import run_study
from experiments.simulate import Simulation, write_study
from experiments.study.study import Study

STRATEGIES = """strategies:
  raw:
    extraction: {setting: {binWidth: 3}}
  zscore:
    steps: [zscore]
"""


@pytest.fixture(scope="session")
def simulated(tmp_path_factory):
    """Three subjects under four arms, one sequence, two ROIs, two cheap strategies; do not change it."""
    simulation = Simulation(subjects=3, sequences=("HASTE",), rois=2, matrix=96, slices=1, seed=7)
    path = write_study(tmp_path_factory.mktemp("simulated") / "study", simulation)
    text = path.read_text(encoding="utf-8")
    before, after = text.index("strategies:"), text.index("thresholds:")
    path.write_text(text[:before] + STRATEGIES + text[after:], encoding="utf-8")
    return path


@pytest.fixture
def study_file(simulated, tmp_path):
    """A copy of that study, to be changed."""
    shutil.copytree(simulated.parent, tmp_path / "study")
    return tmp_path / "study" / "study.yaml"


@pytest.fixture(scope="session")
def finished(simulated, tmp_path_factory):
    """What a whole run of that study leaves; do not change it."""
    return run_study(Study.from_yaml(simulated), tmp_path_factory.mktemp("finished") / "out")


@pytest.fixture
def radharmony(monkeypatch):
    """Give a function that runs the command line, all of it, in this process: what a process of its own would leave."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["radharmony", *map(str, arguments)])
        handler = signal.getsignal(signal.SIGTERM)
        output, told = io.StringIO(), io.StringIO()
        with redirect_stdout(output), redirect_stderr(told), pytest.raises(SystemExit) as ended:
            main()
        signal.signal(signal.SIGTERM, handler)
        return subprocess.CompletedProcess(arguments, ended.value.code, output.getvalue(), told.getvalue())

    return run


@pytest.fixture
def no_workers(monkeypatch):
    """Commands that always start worker processes compute in this one: a worker imports everything anew."""
    monkeypatch.setattr("experiments.executors.Processes", lambda _jobs: Serial())


@pytest.fixture
def no_page(monkeypatch):
    """Runs leave neither report nor tables of a paper, half of the time of a small one: for tests of what is before."""
    monkeypatch.setattr("experiments.running.course.write_report", lambda folder, *_: (folder / "report.html").touch())
    monkeypatch.setattr("experiments.running.stages.write_paper", lambda *_: None)
