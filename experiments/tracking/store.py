"""MLflow's store behind a few calls, each of them one request or as few as MLflow allows.

The only module that imports MLflow.
"""

import logging
import os
import shutil
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from experiments.tracking.address import artifacts_of, refuse_silent_store, sqlite_file, sqlite_uri, without_secrets
from experiments.tracking.blank import blank
from experiments.tracking.database import ELSE, bring_home, look_at, prepare, version_of_tables
from experiments.tracking.entry import NAME, Entry
from experiments.tracking.problems import TrackingError, TrackingWarning
from harmonize.errors import ConfigurationError

# Patient data stays local: MLflow must not report how it is used. Read at import, so set before it.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"

import mlflow
import mlflow.store.db.utils
from mlflow.entities import Dataset, DatasetInput, Metric, Param, RunTag
from mlflow.exceptions import MlflowException

BATCH = 100
"""Parameters or tags that MLflow takes in one request; of metrics, with them, 1000."""

SETTINGS = {
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "15",
    "MLFLOW_SQLALCHEMYSTORE_POOLCLASS": "NullPool",
    "PGCONNECT_TIMEOUT": "5",
}
"""No addresses on the terminal, seconds instead of MLflow's seven retries of 120 seconds each, and a new connection to
a database each time, as a kept one would go on with a file that was deleted or replaced; what the environment says has
precedence."""

mlflow.store.db.utils.MAX_RETRY_COUNT = 3  # attempts to open a database; MLflow's ten take 100 seconds

HURRY = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "5"}
"""Where somebody waits for the end."""

LOUD = ("mlflow", "alembic", "urllib3", "sqlalchemy")

GONE = "RESOURCE_DOES_NOT_EXIST"
OUT_OF_DATE = "out-of-date database schema"
CHANGES = Path("db_migrations") / "versions"


class TrackingStore:
    """A connection to MLflow.

    Parameters
    ----------
    uri : str
        Any address that MLflow takes.

    Raises
    ------
    TrackingError
        From here and from every method: if MLflow cannot be reached, or refuses what it is asked.
    """

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._file = sqlite_file(uri)
        with self._asking(look=False):
            refuse_silent_store(uri)
            self._client = mlflow.MlflowClient(tracking_uri=uri) if self._file is None else _of_file(self._file)

    def bring_home(self) -> None:
        """Have artifacts beside an SQLite file that was moved found there; a server has a place of its own."""
        if self._file is not None:
            with self._asking():
                bring_home(self._file)

    def experiment(self, name: str, artifacts: Path | None = None) -> str:
        """Give the id of the experiment of this name, made if there is none, with the folder for its artifacts."""
        with self._asking():
            found = self._client.get_experiment_by_name(name)
            if found is None:
                place = None if artifacts is None else artifacts.resolve().as_uri()
                return str(self._client.create_experiment(name, artifact_location=place))
            if found.lifecycle_stage != "active":
                raise TrackingError(f"the experiment '{name}' is deleted there; restore it, or rename the study")
            return str(found.experiment_id)

    def start(self, experiment: str, entry: Entry, parent: str | None = None, began: float | None = None) -> str:
        """Open a run, with its tags; `began` in seconds since 1970, by default now."""
        tags = {**entry.tags, NAME: entry.name, "mlflow.source.name": "radharmony", "mlflow.source.type": "LOCAL"}
        if parent:
            tags["mlflow.parentRunId"] = parent
        if entry.description:
            tags["mlflow.note.content"] = entry.description
        with self._asking():
            run = self._client.create_run(
                experiment,
                start_time=None if began is None else int(began * 1000),
                tags=tags,
                run_name=entry.label or entry.name,
            )
        return str(run.info.run_id)

    def state(self, run: str) -> tuple[str, str] | None:
        """Give the status of a run and the id of its experiment; None if there is no such run, or it was deleted."""
        with self._asking():
            try:
                found = self._client.get_run(run)
            except MlflowException as error:
                if error.error_code == GONE:
                    return None
                raise
        if found.info.lifecycle_stage != "active":
            return None
        return str(found.info.status), str(found.info.experiment_id)

    def tag_of(self, run: str, name: str) -> str | None:
        """Give one of the tags of a run; None if it has none of this name."""
        with self._asking():
            found = self._client.get_run(run).data.tags.get(name)
        return None if found is None else str(found)

    def tag_experiment(self, experiment: str, name: str, value: str) -> None:
        """Set a tag of an experiment."""
        with self._asking():
            self._client.set_experiment_tag(experiment, name, value)

    def children(self, experiment: str, parent: str) -> dict[str, str]:
        """Give the ids of the children of a run by their names."""
        with self._asking():
            found = self._client.search_runs([experiment], f"tags.mlflow.parentRunId = '{parent}'", max_results=1000)
        return {str(run.data.tags.get(NAME, run.info.run_name)): str(run.info.run_id) for run in found}

    def reopen(self, run: str) -> None:
        """Mark a run as running again."""
        with self._asking():
            self._client.update_run(run, status="RUNNING")

    def end(self, run: str, status: str, hurry: bool = False) -> None:
        """Close a run with one of MLflow's statuses: FINISHED, FAILED or KILLED."""
        with self._asking(HURRY if hurry else None):
            self._client.set_terminated(run, status)

    def log(self, run: str, entry: Entry) -> None:
        """Log parameters, metrics, dataset and artifacts of an entry."""
        now = int(time.time() * 1000)
        metrics = [Metric(name, value, now, 0) for name, value in entry.metrics.items()]
        metrics += [Metric(name, value, now, step) for name, curve in entry.curves.items() for step, value in curve]
        params = [Param(name, value) for name, value in entry.params.items()]
        with self._asking():
            while params or metrics:
                self._client.log_batch(run, metrics=metrics[: 9 * BATCH], params=params[:BATCH])
                params, metrics = params[BATCH:], metrics[9 * BATCH :]
            if entry.dataset is not None:
                self._client.log_inputs(run, [DatasetInput(Dataset(**entry.dataset), [])])
            if entry.artifacts:
                self._leave(run, entry.artifacts)

    def _leave(self, run: str, artifacts: Iterable[tuple[Path | str, str]]) -> None:
        """Leave artifacts: copied once into a folder of this machine, else sent at once, which is quicker."""
        place = urlsplit(self._client.get_run(run).info.artifact_uri)
        if self._file is not None and place.scheme == "file":
            _put(artifacts, Path(url2pathname(place.path)))
            return
        with tempfile.TemporaryDirectory(prefix="radharmony-") as folder:
            _put(artifacts, Path(folder))
            self._client.log_artifacts(run, folder)

    def tag(self, run: str, tags: Mapping[str, str]) -> None:
        """Set tags of a run."""
        with self._asking():
            self._client.log_batch(run, tags=[RunTag(name, value) for name, value in tags.items()])

    def download(self, run: str, names: Sequence[str], folder: Path) -> list[str]:
        """Fetch those of the artifacts that the run has; gives their names."""
        with self._asking():
            home = None if self._file is None else artifacts_of(self._file) / run / "artifacts"
            if home is not None and home.is_dir() and self._client.get_run(run):  # the file may have been moved
                found = [name for name in names if (home / name).exists()]
                for name in found:
                    (shutil.copytree if (home / name).is_dir() else shutil.copyfile)(home / name, folder / name)
                return found
            there = {file.path for file in self._client.list_artifacts(run)}
            found = [name for name in names if name in there]
            for name in found:
                self._client.download_artifacts(run, name, str(folder))
        return found

    @contextmanager
    def _asking(self, settings: Mapping[str, str] | None = None, look: bool = True) -> Iterator[None]:
        """Ask quietly, with patience for seconds rather than minutes; whatever is raised becomes a `TrackingError`."""
        try:
            with _quiet(), _environment(settings or {}):
                if look and self._file is not None:
                    look_at(self._file)
                yield
        except (TrackingError, ConfigurationError):
            raise
        except Exception as error:  # MLflow raises whatever its store raises
            text = without_secrets(_said(error), self.uri)
            raise TrackingError(text if len(text) < 300 else f"{text[:300]}...") from error


def _of_file(file: Path) -> mlflow.MlflowClient:
    """Connect to an SQLite file, made if there is none."""
    prepare(file, _blank)
    try:
        return _connected(file)
    except Exception as error:  # of another version of MLflow, or left half made
        other = _other_version(file) if OUT_OF_DATE in str(error) else ""
        raise TrackingError(f"{file}: {other or f'MLflow cannot use it ({_said(error)}); {ELSE}'}") from error


def _changes() -> list[str]:
    """Give the names of the files of all changes of its tables that this MLflow knows."""
    return [one.name for one in (Path(mlflow.store.db.utils.__file__).parents[1] / CHANGES).glob("*.py")]


def _other_version(file: Path) -> str:
    """Say what to do with a database of an older or newer MLflow; it is left as it is."""
    version = version_of_tables(file)
    if any(name.startswith(f"{version}_") for name in _changes()):
        made, way = "an older", f"`mlflow db upgrade {sqlite_uri(file.resolve())}` after a copy of the file was made"
    else:
        made, way = "a newer", "install that one, or a later one"
    return (
        f"{made} MLflow than {mlflow.__version__} made it (tables {version}): {way}; or move it away, and the same "
        "`radharmony run` makes a new one"
    )


def _blank() -> bytes:
    return blank(mlflow.__version__, _changes(), _connected)


def _connected(file: Path) -> mlflow.MlflowClient:
    """Connect; for an address with a driver MLflow makes no folders, whose names it would not decode."""
    return mlflow.MlflowClient(tracking_uri=sqlite_uri(file, "sqlite+pysqlite"))


def _said(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _put(files: Iterable[tuple[Path | str, str]], folder: Path) -> None:
    """Put files, or texts, under their names into a folder."""
    for source, name in files:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)  # what is written into one name of a file is written into all
        if isinstance(source, Path):
            _put_file(source, target)
        else:
            target.write_text(source, encoding="utf-8", newline="\n")


def _put_file(source: Path, target: Path) -> None:
    """Copy a file; a picture, which is replaced and never written into, gets one more name, and takes no room twice."""
    if source.suffix == ".jpg":
        with suppress(OSError):  # another disk, or one without links
            target.hardlink_to(source)
            return
    shutil.copyfile(source, target)


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Set `SETTINGS` where the environment has nothing of that name, and `settings` in any case; for a while."""
    before = {name: os.environ.get(name) for name in SETTINGS}
    os.environ.update({**SETTINGS, **{name: value for name, value in before.items() if value is not None}, **settings})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep off the terminal what MLflow and its dependencies note about themselves; users can do nothing about it."""
    loggers: dict[logging.Logger, Any] = {logging.getLogger(name): None for name in LOUD}
    for logger in loggers:
        loggers[logger] = logger.level
        logger.setLevel(logging.CRITICAL)  # below it they print tracebacks of what is raised as well
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", TrackingWarning)
            yield
    finally:
        for logger, level in loggers.items():
            logger.setLevel(level)
