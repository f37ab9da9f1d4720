"""From the first moment of a run to its end in MLflow: opened, resumed, filled, and closed with the right status."""

import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.folder.files import TRACKING
from experiments.folder.run_folder import RunFolder
from experiments.tracking import contents
from experiments.tracking.address import (
    artifacts_beside,
    check_uri,
    default_uri,
    is_local,
    refuse_silent_store,
    shown,
    sqlite_file,
)
from experiments.tracking.database import bring_home, runs_of
from experiments.tracking.findings import log_known, names_of_findings
from experiments.tracking.note import noted, read_note, write_note
from experiments.tracking.problems import TrackingError, TrackingWarning

if TYPE_CHECKING:
    from experiments.tracking.store import TrackingStore

Progress = Callable[[int, int], None]


@dataclass
class TrackedRun:
    """The MLflow run of one run of a study; made by `tracked_run`.

    Parameters
    ----------
    folder : Path
        Where the results go.
    record : mapping
        What is known before anything is computed, as in run.json.
    uri : str
        Where MLflow keeps its records.
    problem : str
        Why the finished run is not recorded; empty if it is.
    """

    folder: Path
    record: Mapping[str, Any]
    uri: str
    problem: str = ""
    _began: float = field(default_factory=time.time)
    _store: "TrackingStore | None" = None
    _run: str = ""
    _experiment: str = ""
    _resumed: bool = False
    _finished: tuple[str, str] | None = None

    def open(self) -> "TrackingStore":
        """Open the run, or take up the one that an interruption left, and note its id in the folder."""
        from experiments.tracking.store import TrackingStore

        store = TrackingStore(self.uri)
        store.bring_home()
        former = self._former(store)
        if former is not None:
            self._run, self._experiment = former
            self._resumed = True
            store.reopen(self._run)
        elif self._finished is None:
            self._begin(store)
        self._store = store
        return store

    def _begin(self, store: "TrackingStore") -> None:
        entry = contents.opening(self.record)
        self._experiment = store.experiment(entry.name, artifacts_beside(self.uri))
        self._run = store.start(self._experiment, entry, began=self._began)
        write_note(self.folder, self.uri, self._run, contents.identity(self.record))
        store.log(self._run, entry)

    def finish(self, progress: Progress, run: RunFolder | None = None) -> None:
        """Record what the finished run left, by default read from the folder; else say so and set `problem`."""
        total = 1 + len(self.record["strategies"])
        progress(0, total)
        try:
            store = self._store or self.open()
            refuse_silent_store(self.uri)
            self._fill(store, run or RunFolder.open(self.folder), progress, total)
        except (TrackingError, OSError) as error:  # a full disk, where the note of the run is written
            self.problem = str(error)
            mend = "mend that" if self.uri == default_uri(self.folder) else "check `tracking_uri`"
            warnings.warn(
                f"MLflow at {shown(self.uri)} could not record the run: {error}; the results in {self.folder} are "
                f"complete, {mend} and run the same command again",
                TrackingWarning,
                stacklevel=3,
            )
            self.abort("FAILED")

    def abort(self, status: str) -> None:
        """Close the run as FAILED or KILLED; silent, as something else went wrong already."""
        if self._store is not None and self._run:
            with suppress(TrackingError):
                refuse_silent_store(self.uri)
                self._store.end(self._run, status, hurry=True)

    def _fill(self, store: "TrackingStore", run: RunFolder, progress: Progress, total: int) -> None:
        record = run.record
        if self._finished is not None and store.tag_of(self._finished[0], contents.RESULTS) == contents.results(record):
            self._complete(store, *self._finished)
            progress(total, total)
            return
        if not self._run:
            self._begin(store)
        parent = contents.parent_entry(run)
        store.log(self._run, parent)
        store.tag(self._run, parent.tags)
        progress(1, total)
        children = store.children(self._experiment, self._run) if self._resumed else {}
        for done, strategy in enumerate(record["strategies"], start=2):
            entry = contents.strategy_entry(run, strategy)
            child = children.get(entry.name) or store.start(self._experiment, entry, self._run, self._began)
            children[entry.name] = child
            store.log(child, entry)
            store.end(child, "FINISHED")
            progress(done, total)
        log_known(store, self.folder, self._experiment, self._run, children)
        store.end(self._run, "FINISHED")

    def _complete(self, store: "TrackingStore", run: str, experiment: str) -> None:
        """Add to the record of the very results what was found in them while MLflow could not be used."""
        children = store.children(experiment, run)
        log_known(store, self.folder, experiment, run, children, again=False)

    def _former(self, store: "TrackingStore") -> tuple[str, str] | None:
        """Find the run that was interrupted, with its experiment, if this run continues it."""
        note = read_note(self.folder)
        if note is None:
            return None
        if note["tracking_uri"] != noted(self.folder, self.uri):
            self._anew(f"was tracked at {note['tracking_uri'] or 'mlflow.db in the folder'}")
            return None
        state = store.state(note["run_id"])
        if state is None:
            self._anew(f"is no longer in MLflow ({note['run_id']})")
            return None
        status, experiment = state
        if status == "FINISHED":
            if note["identity"] == contents.identity(self.record):
                self._finished = note["run_id"], experiment
            return None
        if note["identity"] != contents.identity(self.record):
            if status == "RUNNING":
                store.end(note["run_id"], "KILLED")
            self._anew("had other settings, subjects or ROIs")
            return None
        return note["run_id"], experiment

    def _anew(self, reason: str) -> None:
        warnings.warn(f"MLflow: the last run of this folder {reason}; a new one is begun", TrackingWarning, 5)


def recorded(folder: Path, record: Mapping[str, Any], tracking_uri: str | None = None) -> bool:
    """Say whether the MLflow run of a folder holds these very results and all findings; told without MLflow.

    Known for SQLite files only; whether a server does is not asked. Of a file that does, and was moved, the artifacts
    are found where they are now.

    Parameters
    ----------
    folder : Path
        What a finished run left.
    record : mapping
        Its run.json.
    tracking_uri : str, optional
        Where it is to be recorded, as for `tracked_run`.
    """
    uri = tracking_uri or default_uri(folder)
    note, file = read_note(folder), sqlite_file(uri)
    if note is None or file is None or note["tracking_uri"] != noted(folder, uri):
        return False
    if note["identity"] != contents.identity(record):
        return False
    try:
        known = runs_of(file, note["run_id"], contents.RESULTS, contents.results(record))
        if known is None or not set(names_of_findings(folder)) <= known:
            return False
        bring_home(file)
    except TrackingError:
        return False
    return True


def find_artifacts(folder: Path) -> None:
    """Have the artifacts of a run folder found where it is now, if it has a database of its own; without MLflow.

    Raises
    ------
    TrackingError
        If the database cannot be written into.
    """
    database = RunFolder(folder).path(TRACKING)
    if database.exists():
        bring_home(database)


@contextmanager
def tracked_run(folder: Path, record: Mapping[str, Any], tracking_uri: str | None = None) -> Iterator[TrackedRun]:
    """Open an MLflow run around the run of a study.

    It is RUNNING from the start. The body computes, then calls `TrackedRun.finish`. If the body raises, the run is
    FAILED, or KILLED for Ctrl-C and SIGTERM; after kill -9 it stays RUNNING. The next run with the same settings,
    subjects and ROIs in the same folder takes up a run that did not finish; one that finished stays as it is, unless
    other results come of it, which are a new run.

    Where MLflow cannot be reached a `TrackingWarning` says so, the body goes on, and it is tried again at its end;
    if that fails too, another warning says so, and `problem` has the reason.

    Parameters
    ----------
    folder : Path
        For the results; exists.
    record : mapping
        What is known before anything is computed, as in run.json.
    tracking_uri : str, optional
        Any address that MLflow takes; by default a SQLite file in the folder, its artifacts beside it.

    Raises
    ------
    ConfigurationError
        If MLflow has no stores of the kind that the address names.
    """
    tracked = TrackedRun(folder, record, check_uri(tracking_uri) if tracking_uri else default_uri(folder))
    if not is_local(tracked.uri):
        warnings.warn(
            f"what the run leaves goes to {shown(tracked.uri)}; the report has pictures of scans, and it, "
            "features.parquet, run.json and others name subjects as the table of images does",
            TrackingWarning,
            stacklevel=3,
        )
    try:
        tracked.open()
    except (TrackingError, OSError) as error:
        warnings.warn(
            f"MLflow at {shown(tracked.uri)} cannot be used: {error}; the run goes on and tries again at its end",
            TrackingWarning,
            stacklevel=3,
        )
    try:
        yield tracked
    except BaseException as error:
        tracked.abort("FAILED" if isinstance(error, Exception) else "KILLED")
        raise
