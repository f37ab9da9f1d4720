"""A real MLflow server, and finished folders to record."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress

import pytest

from experiments.folder.run_folder import RunFolder


@pytest.fixture
def folder(finished, tmp_path):
    """What a run leaves, not tracked yet; to be changed."""
    shutil.copytree(
        finished.folder, tmp_path / "out", ignore=shutil.ignore_patterns("mlflow.db", "mlruns", "tracking.json")
    )
    return tmp_path / "out"


@pytest.fixture
def record(folder):
    return RunFolder.open(folder).record


@pytest.fixture
def free_port():
    return _free_port()


@pytest.fixture(scope="module")
def server_process(tmp_path_factory):
    """`mlflow server` as a process of its own, and its address, for all tests of a file; ended after them."""
    place, port = tmp_path_factory.mktemp("served"), _free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--backend-store-uri", f"sqlite:///{place}/server.db"]
    command += ["--artifacts-destination", str(place / "served")]
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (place / "server.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, env=environment)
    try:
        _wait(f"http://127.0.0.1:{port}/health", process)
        yield process, f"http://127.0.0.1:{port}"
    finally:
        _end(process)


@pytest.fixture
def server(server_process):
    """The address where it answers."""
    return server_process[1]


@pytest.fixture
def stop_server(server_process):
    """Give a function that ends it; for the last test that uses it."""
    return lambda: _end(server_process[0])


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _end(process):
    """End the server with the workers that it started, which share its process group."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)


def _wait(address, process):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError("mlflow server ended by itself")
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 (our own address)
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError("mlflow server did not answer within two minutes")
