"""Ctrl-C where Polars, which MLflow imports, listens for it as well: in the run and in its workers."""

import os
import signal
import subprocess
import sys

import pytest

PATIENCE = 50
"""Seconds for what takes about one where nothing else runs: less than a task that hangs."""

TASKS = """
import polars, time

def collect():
    return polars.LazyFrame({"a": [1]}).select(polars.col("a").sum()).collect().item()

collect()

def busy(seconds):
    print("busy", flush=True)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        collect()
"""

RUN = """
import sys; sys.path.insert(0, sys.argv[1])
import tasks_of_interrupts as tasks
from experiments.executors.processes import Processes

try:
    with Processes(2) as executor:
        executor.map(tasks.busy, [(600,)] * 2, print, print)
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interrupt_ends_a_run_and_workers_that_have_polars(tmp_path):
    (tmp_path / "tasks_of_interrupts.py").write_text(TASKS, encoding="utf-8")
    command = [sys.executable, "-c", RUN, str(tmp_path)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    with subprocess.Popen(command, start_new_session=True, **pipes) as run:
        try:
            assert [run.stdout.readline() for _ in range(2)] == ["busy\n"] * 2
            os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to the workers as well
            told, problems = run.communicate(timeout=PATIENCE)  # workers hold the pipes as well: all have ended
        finally:
            run.kill()  # workers end with it
    assert (told, problems, run.returncode) == ("interrupted\n", "", 0)
