"""The SQLite file of an address: looked at before MLflow is asked, made whole or not at all, artifacts beside it."""

import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from experiments.tracking.address import artifacts_of
from experiments.tracking.entry import NAME
from experiments.tracking.problems import TrackingError

LOCKED = 4.0
"""Seconds to wait for others who write into it."""

ELSE = "end what uses it, or move it away, and a new one is made"
OWN_EXPERIMENTS = """
SELECT experiment_id, artifact_location, EXISTS (SELECT 1 FROM runs WHERE experiment_id = e.experiment_id)
FROM experiments AS e
WHERE artifact_location LIKE 'file:%/' || ? AND NOT EXISTS (
    SELECT 1 FROM runs AS r WHERE r.experiment_id = e.experiment_id AND NOT EXISTS (
        SELECT 1 FROM tags WHERE run_uuid = r.run_uuid AND key = 'mlflow.source.name' AND value = 'radharmony'
    )
)
"""
"""Experiments with artifacts in a folder of this name, whose runs are all radharmony's, and if it has runs."""


def prepare(file: Path, blank: Callable[[], bytes]) -> None:
    """Make the file if there is none; one without tables is none.

    Parameters
    ----------
    file : Path
        The file; its folder exists.
    blank : callable
        Gives the content of a file with MLflow's tables.

    Raises
    ------
    TrackingError
        If it is there, and cannot be written into.
    """
    if not os.path.lexists(file):
        _make(file, blank)
        return
    look_at(file)
    if not _tables(file):
        file.unlink()
        _make(file, blank)


def look_at(file: Path) -> None:
    """Refuse a file that is gone, is none, or cannot be written into; MLflow would ask for minutes, or make another.

    Raises
    ------
    TrackingError
        Within `LOCKED` seconds.
    """
    with _opened(file) as database:
        database.execute("BEGIN IMMEDIATE")
        database.execute("ROLLBACK")


def bring_home(file: Path) -> None:
    """Have artifacts looked for, and left, beside the file where it is now: it may have been moved with them.

    MLflow keeps their whole path with each experiment and run. Changed are experiments with a folder of artifacts as
    radharmony names it, and no runs but its own.
    """
    home = artifacts_of(file)
    with _opened(file) as database:
        found = database.execute(OWN_EXPERIMENTS, (home.name,)).fetchall()
        moved = [
            (home.as_uri(), experiment, place)
            for experiment, place, used in found
            if (there := Path(url2pathname(urlsplit(place).path))) != home and (used or not there.exists())
        ]
        if not moved:
            return
        database.execute("BEGIN IMMEDIATE")
        for values in moved:
            database.execute(
                "UPDATE runs SET artifact_uri = ?1 || '/' || run_uuid || '/artifacts' "
                "WHERE experiment_id = ?2 AND artifact_uri = ?3 || '/' || run_uuid || '/artifacts'",
                values,
            )
            database.execute("UPDATE experiments SET artifact_location = ?1 WHERE experiment_id = ?2", values[:2])
        database.execute("COMMIT")


def runs_of(file: Path, parent: str, tag: str, value: str) -> set[str] | None:
    """Give the names of the children of a run, if it is finished and has a tag of this value; else None."""
    with _opened(file) as database:
        tagged = "SELECT 1 FROM runs r JOIN tags t USING (run_uuid) WHERE r.run_uuid = ? AND t.key = ? AND t.value = ?"
        finished = f"{tagged} AND r.status = 'FINISHED' AND r.lifecycle_stage = 'active'"
        if database.execute(finished, (parent, tag, value)).fetchone() is None:
            return None
        children = (
            "SELECT COALESCE(n.value, r.name) FROM runs r JOIN tags t USING (run_uuid) "
            "LEFT JOIN tags n ON n.run_uuid = r.run_uuid AND n.key = ? WHERE t.key = ? AND t.value = ?"
        )
        return {name for (name,) in database.execute(children, (NAME, "mlflow.parentRunId", parent))}


def version_of_tables(file: Path) -> str:
    """Give the name of the last change that MLflow made to its tables."""
    with _opened(file) as database:
        return str(next(database.execute("SELECT version_num FROM alembic_version"))[0])


def _make(file: Path, blank: Callable[[], bytes]) -> None:
    """Move a whole file into place, unless somebody else was quicker.

    MLflow takes seconds for its tables, change after change; what is killed in between no later run can use.
    """
    content = blank()
    beside = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    try:
        beside.write_bytes(content)
        try:
            os.link(beside, file)
        except FileExistsError:
            return
        except OSError:  # a file system without links
            if not file.exists():
                beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def _tables(file: Path) -> set[str]:
    with _opened(file) as database:
        return {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    if not file.is_file():
        away = f"is no file; {ELSE}" if file.exists() else "is gone; put it back, or a new one is made"
        raise TrackingError(f"{file} {away}")
    try:
        address = f"{file.resolve().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=LOCKED, isolation_level=None)) as database:
            yield database
    except sqlite3.Error as error:
        raise TrackingError(f"{file}: {error}; {ELSE}") from error
