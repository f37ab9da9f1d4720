"""The empty database that is kept for each version of MLflow."""

import re
import sqlite3
from contextlib import closing

import pytest

from experiments.tracking.address import sqlite_uri
from experiments.tracking.blank import blank
from experiments.tracking.store import TrackingStore, mlflow


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The cache directory, empty."""
    monkeypatch.setattr("experiments.tracking.blank.user_cache_path", lambda *_, **__: tmp_path / "cache")
    return tmp_path / "cache"


class Maker:
    """In place of MLflow: counts how often it was asked."""

    def __init__(self):
        self.times = 0

    def __call__(self, file):
        self.times += 1
        with closing(sqlite3.connect(file)) as database:
            database.execute(f"CREATE TABLE experiments (made_{self.times} TEXT)")
            database.execute("INSERT INTO experiments VALUES ('/home/ana')")
            database.commit()


def test_it_is_made_once_for_a_version_and_its_changes(cache):
    make = Maker()
    first = blank("3.1", ["a.py", "b.py"], make)
    assert blank("3.1", ["b.py", "a.py"], make) == first
    assert make.times == 1
    assert blank("3.2", ["a.py", "b.py"], make) != first
    assert blank("3.1", ["a.py", "b.py", "c.py"], make) != first
    assert make.times == 3
    assert len(list(cache.iterdir())) == 3
    assert b"/home/ana" not in first


def test_a_damaged_one_is_not_used(cache):
    make = Maker()
    blank("3.1", [], make)
    (kept,) = cache.iterdir()
    kept.write_bytes(kept.read_bytes()[:-1])
    blank("3.1", [], make)
    assert make.times == 2


def test_where_nothing_can_be_kept_it_is_made_each_time(cache):
    cache.write_text("a file in the way")
    make = Maker()
    assert blank("3.1", [], make)
    assert blank("3.1", [], make)
    assert make.times == 2


def test_a_kept_one_is_what_mlflow_makes(cache, tmp_path, monkeypatch):
    """Same tables, same contents, the revision that MLflow checks; and nothing is migrated the second time."""
    TrackingStore(sqlite_uri(tmp_path / "first.db"))
    monkeypatch.setattr("mlflow.store.db.utils._upgrade_db", None)
    TrackingStore(sqlite_uri(tmp_path / "second.db"))
    own = tmp_path / "own.db"
    monkeypatch.undo()
    mlflow.MlflowClient(tracking_uri=f"sqlite:///{own}").search_experiments()
    assert dump(tmp_path / "second.db") == dump(own)
    assert len(list(cache.iterdir())) == 1


def dump(file):
    with closing(sqlite3.connect(file)) as database:
        told = database.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        # MLflow leaves the order of constraints to chance.
        tables = sorted((kind, name, sorted(re.split(",? *\n", sql or ""))) for kind, name, sql in told)
        names = [name for kind, name, _ in tables if kind == "table"]
        rows = {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in names}  # noqa: S608  # its own tables
    rows["experiments"] = [row[:4] for row in rows["experiments"]]  # without the moment
    return tables, rows
