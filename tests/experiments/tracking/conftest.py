"""A real MLflow server, and finished folders to record."""

import os
import shutil
import signal
import socket
import warnings

import pytest
from sqlalchemy.orm import configure_mappers

from experiments.folder.run_folder import RunFolder
from experiments.tracking import tracked_run
from experiments.tracking.address import default_uri, sqlite_uri
from experiments.tracking.note import read_note
from experiments.tracking.server import serving
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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """MLflow's server as a process of its own, and its address, for all tests of a file; ended after them."""
    file = tmp_path_factory.mktemp("served") / "server.db"
    TrackingStore(sqlite_uri(file))
    with serving(file) as (address, process):
        yield process, address


@pytest.fixture
def server(served):
    """The address where it answers."""
    return served[1]


@pytest.fixture
def stop_server(served):
    """Give a function that ends it with the processes that it started; for the last test that uses it."""

    def stop():
        os.killpg(served[0].pid, signal.SIGTERM)
        served[0].wait(60)

    return stop
