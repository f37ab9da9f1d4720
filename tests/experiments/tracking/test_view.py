import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from experiments.tracking.note import write_note
from experiments.tracking.problems import TrackingError
from experiments.tracking.store import TrackingStore, mlflow
from experiments.tracking.view import COLUMNS, TAG, database_of, share_view
from harmonize.errors import ConfigurationError


@pytest.fixture
def recorded(finished, tmp_path):
    """A copy of a finished run with its database, in a folder of another name."""
    return shutil.copytree(finished.folder, tmp_path / "moved")


def change(file, statement, *values):
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(statement, values)


def test_the_page_is_that_of_the_experiment_with_columns_that_its_strategies_have(recorded):
    file, run = database_of(recorded)
    assert file == recorded / "mlflow.db"
    page = share_view(file, run)
    client = mlflow.MlflowClient(f"sqlite:///{file}")
    experiment = client.get_run(run).info.experiment_id
    assert page.startswith(f"/#/experiments/{experiment}/runs?")
    view = json.loads(client.get_experiment(experiment).tags[TAG])
    assert view["orderByKey"] == view["selectedColumns"][0] == "metrics.`robust_share`"
    strategies = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{run}'")
    # With a diagnosis, with several scanners, and with more than three subjects:
    of_more = {"auc", "icc_median_within_scanners", "robust_share_lower", "robust_share_upper"}
    assert {*COLUMNS} - of_more <= {name for one in strategies for name in one.data.metrics}


def test_the_artifacts_of_a_moved_folder_are_found(recorded):
    file, run = database_of(recorded)
    share_view(file, run)
    assert [one.path for one in mlflow.MlflowClient(f"sqlite:///{file}").list_artifacts(run)]


def test_another_place_on_this_machine_is_found(recorded, tmp_path, golden):
    other = tmp_path / "all.db"
    write_note(recorded, f"sqlite:///{other}", "run", "identity")
    with golden.error(TrackingError):
        database_of(recorded)
    TrackingStore(f"sqlite:///{other}")
    assert database_of(recorded) == (other, "run")


@pytest.mark.parametrize("uri", ["http://127.0.0.1:5000", "https://mlflow.example.org", "postgresql://host/all"])
def test_a_server_is_named_and_not_asked(golden, recorded, uri):
    write_note(recorded, uri, "run", "identity")
    with golden.error(TrackingError):
        database_of(recorded)


def test_a_run_without_a_database_is_told_how_to_get_one(golden, recorded, tmp_path):
    (recorded / "tracking.json").unlink()
    with golden.error(TrackingError):
        database_of(recorded)
    with golden.error(ConfigurationError):
        database_of(tmp_path)


def test_a_run_that_was_deleted_is_told(recorded, golden):
    file, run = database_of(recorded)
    mlflow.MlflowClient(f"sqlite:///{file}").delete_run(run)
    with golden.error(TrackingError, varies=run):
        share_view(file, run)


@pytest.mark.parametrize(
    "tables",
    [
        "451aebb31d03",
        "fedcba987654",
    ],
)
def test_a_database_of_another_version_is_left_as_it_is(recorded, tables, golden):
    """A migration cannot be undone, and people may still use it with the other version."""
    file, run = database_of(recorded)
    change(file, "UPDATE alembic_version SET version_num = ?", tables)
    before = file.read_bytes()
    with golden.error(TrackingError, varies=r"\d+\.\d+\.\d+"):
        share_view(file, run)
    assert file.read_bytes() == before
