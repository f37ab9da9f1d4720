"""A Dask scheduler and its workers as real processes of their own on this machine."""

import json
import os
import subprocess
import sys
import time

import pytest

PATIENCE = 60
"""Seconds for what takes a few where nothing else runs."""

TASKS = """
import os, signal, time


def end_by_signal(number):
    if number == 2:
        os.kill(os.getpid(), signal.SIGSEGV)
        time.sleep(10)
    return number, os.getpid()
"""


class Dask:
    """Processes of a cluster that import the tasks above, and end with it."""

    def __init__(self, folder, address=None):
        self.folder, self.address = folder, address
        self.processes = []
        # radharmony tries again itself: a task that ends a worker need not end others first
        self.environment = {
            **os.environ,
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
            "PYTHONPATH": str(folder),
        }
        (folder / "tasks_of_cluster.py").write_text(TASKS)

    def start(self, *arguments):
        log = (self.folder / "dask.log").open("ab")
        command = [sys.executable, "-m", "dask", *map(str, arguments)]
        with log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, env=self.environment)
        self.processes.append(process)
        return process

    def scheduler(self):
        place = self.folder / "scheduler.json"
        started = self.start(
            *("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", place)
        )
        deadline = time.monotonic() + PATIENCE
        while not (place.exists() and place.read_text(encoding="utf-8").endswith("}")) and time.monotonic() < deadline:
            time.sleep(0.05)  # it is there before it is written
        self.address = json.loads(place.read_text(encoding="utf-8"))["address"]
        return started

    def worker(self, *arguments):
        """Start a worker, by default with a nanny that starts it again when it dies."""
        options = ("--nthreads", "1", "--no-dashboard", "--local-directory", self.folder / "local")
        return self.start("worker", self.address, *options, *arguments)

    def script(self, code, *arguments):
        command = [sys.executable, "-c", code, self.address, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, encoding="utf-8", env=self.environment, check=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):  # workers before the scheduler, which they would look for
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Give the address of a scheduler for all tests that let it live."""
    with Dask(tmp_path_factory.mktemp("scheduler")) as started:
        started.scheduler()
        yield started.address


@pytest.fixture
def dask(address, tmp_path):
    """Give workers, none at first, of the scheduler that others use after them."""
    with Dask(tmp_path, address) as started:
        yield started


@pytest.fixture
def mortal(tmp_path):
    """Give a scheduler of its own, and workers."""
    with Dask(tmp_path) as started:
        started.scheduler()
        yield started
