"""Copies of the small study, the command line in this process, and runs that leave something out."""

import io
import shutil
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest

from experiments.cli import main
from experiments.executors import Serial

WITHOUT_PAGE = """
from experiments.running import conduct, course, stages

course.write_report = conduct.write_report = lambda folder, *_: (folder / "report.html").touch()
stages.write_paper = lambda *_: None

from experiments.cli import main

main()
"""


@pytest.fixture
def study_file(simulated, tmp_path):
    """A copy of the small study, to be changed."""
    shutil.copytree(simulated.parent, tmp_path / "study")
    return tmp_path / "study" / "study.yaml"


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


@pytest.fixture(scope="session")
def pageless():
    """Give the command line as a process of its own, whose runs leave something out as those with `no_page` do."""
    return [sys.executable, "-c", WITHOUT_PAGE]


@pytest.fixture
def no_page(monkeypatch):
    """Runs leave neither report nor tables of a paper, half of the time of a small one: for tests of what is before."""
    for caller in ("course", "conduct"):  # an unchanged run makes a page that is not whole again
        name = f"experiments.running.{caller}.write_report"
        monkeypatch.setattr(name, lambda folder, *_: (folder / "report.html").touch())
    monkeypatch.setattr("experiments.running.stages.write_paper", lambda *_: None)
