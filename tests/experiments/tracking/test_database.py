import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from experiments.tracking import TrackingError
from experiments.tracking.address import sqlite_uri
from experiments.tracking.database import prepare
from experiments.tracking.entry import Entry
from experiments.tracking.store import TrackingStore, mlflow


def told(file):
    with closing(sqlite3.connect(file)) as database, database:
        return database.execute("SELECT version_num FROM alembic_version").fetchall()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    file = tmp_path_factory.mktemp("whole") / "mlflow.db"
    TrackingStore(sqlite_uri(file))
    return file


@pytest.fixture
def file(whole, tmp_path):
    return shutil.copyfile(whole, tmp_path / "mlflow.db")


def half_made(file):
    """Take a database back to an earlier change of its tables, with a table as the change that was stopped left it."""
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("DROP TABLE trace_info")
        database.execute("UPDATE alembic_version SET version_num = '451aebb31d03'")
        database.execute("CREATE TABLE _alembic_tmp_metrics (key TEXT)")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("when", ["tables", "whole"])
def test_a_kill_while_it_is_made_leaves_no_file(tmp_path, when):
    """Every later run ended with exit code 4."""
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom experiments.tracking import database, store\n"
        "def kill(*_): os.kill(os.getpid(), signal.SIGKILL)\n"
        "if sys.argv[2] == 'tables': store.mlflow.store.db.utils._upgrade_db = kill\n"
        "else: store._blank, os.link = (lambda: b'SQLite'), kill\n"
        "store.TrackingStore('sqlite:///' + sys.argv[1])\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-c", code, tmp_path / "mlflow.db", when]
    result = subprocess.run(command, check=False, env=environment, capture_output=True, encoding="utf-8")
    assert result.returncode == -signal.SIGKILL, result.stderr
    assert not (tmp_path / "mlflow.db").exists()


def test_whoever_is_quicker_is_not_overwritten(tmp_path):
    file = tmp_path / "mlflow.db"

    def blank():
        file.write_text("of another run")
        return b"ours"

    prepare(file, blank)
    assert file.read_text(encoding="utf-8") == "of another run"
    assert [path.name for path in tmp_path.iterdir()] == ["mlflow.db"]


def test_a_database_left_half_made_is_told_and_left_alone(file, golden):
    store = TrackingStore(sqlite_uri(file))
    store.start(store.experiment("study"), Entry("study"))
    other = shutil.copyfile(file, file.with_name("other.db"))
    half_made(other)
    with golden.error(TrackingError, varies=r"(?<=use it \().*(?=\);)") as caught:
        TrackingStore(sqlite_uri(other))
    assert len(str(caught.value).splitlines()) == 1
    assert sorted(path.name for path in file.parent.iterdir()) == ["mlflow.db", "other.db"]


def test_an_empty_file_is_no_database_yet(tmp_path):
    (tmp_path / "mlflow.db").touch()
    TrackingStore(sqlite_uri(tmp_path / "mlflow.db")).experiment("study")
    assert told(tmp_path / "mlflow.db")


def test_what_cannot_be_opened_is_told_within_seconds(tmp_path, file, golden):
    (tmp_path / "text.db").write_text("no database at all, " * 100)
    (tmp_path / "folder.db").mkdir()
    os.mkfifo(tmp_path / "pipe.db")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for name in ("text.db", "folder.db", "pipe.db", "mlflow.db"):
            start = time.monotonic()
            with golden.error(TrackingError):
                TrackingStore(sqlite_uri(tmp_path / name))
            assert time.monotonic() - start < 30  # MLflow tries for minutes


def test_artifacts_of_others_stay_where_they_are(file, tmp_path):
    client = mlflow.MlflowClient(sqlite_uri(file))
    place = (tmp_path / "elsewhere" / "mlruns").as_uri()
    client.create_run(client.create_experiment("theirs", artifact_location=place))
    TrackingStore(sqlite_uri(file)).bring_home()
    assert client.get_experiment_by_name("theirs").artifact_location == place
