"""A real MLflow server, and finished folders to record."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import warnings
from contextlib import suppress

import pytest
from sqlalchemy.orm import configure_mappers

from experiments.folder.run_folder import RunFolder
from experiments.tracking import tracked_run
from experiments.tracking.address import default_uri
from experiments.tracking.note import read_note
from experiments.tracking.store import TrackingStore, mlflow


@pytest.fixture(scope="session", autouse=True)
def mapped():
    """MLflow maps its tables once a process, at the first use of any database, with warnings that are not about us."""
    from mlflow.store.tracking.dbmodels import models  # noqa: F401

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        configure_mappers()


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


@pytest.fixture(scope="session")
def status():
    """Give a function that gives the status of the run that a folder was recorded as; None where it is gone."""

    def of(folder, uri=None):
        state = TrackingStore(uri or default_uri(folder)).state(read_note(folder)["run_id"])
        return None if state is None else state[0]

    return of


@pytest.fixture(scope="session")
def finish():
    """Give a function that records a folder to the end."""

    def record_all(folder, record, uri=None):
        with tracked_run(folder, record, uri) as tracked:
            tracked.finish(lambda *_: None)
        return tracked

    return record_all


@pytest.fixture(scope="session")
def runs_of():
    """Give a function that gives a client of MLflow and all runs that are recorded at an address."""

    def of(uri):
        client = mlflow.MlflowClient(uri)
        experiments = [found.experiment_id for found in client.search_experiments() if found.name != "Default"]
        return client, list(client.search_runs(experiments))

    return of


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
