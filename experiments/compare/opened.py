"""The runs to be compared, by their folders or from MLflow."""

import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from experiments.folder.files import FEATURES, RELIABILITY, RUN, STRATEGIES, WHITELISTS
from experiments.folder.run_folder import RunFolder
from harmonize.errors import ConfigurationError

NEEDED = tuple(map(str, (RUN, FEATURES, RELIABILITY, STRATEGIES, WHITELISTS)))
RUN_ID = re.compile(r"[0-9a-f]{32}")


@contextmanager
def opened(run: str, tracking_uri: str | None = None) -> Iterator[RunFolder]:
    """Read a run by the name of its folder, or by its MLflow id.

    Raises
    ------
    ConfigurationError
        If it is neither, or MLflow's SQLite file does not exist.
    TrackingError
        If MLflow cannot be used.
    """
    folder = Path(run)
    if folder.is_dir():
        yield RunFolder.open(folder)
        return
    if not RUN_ID.fullmatch(run):
        raise ConfigurationError(f"{run}: there is no such folder, and an MLflow id has 32 digits from 0 to f")
    if not tracking_uri:
        raise ConfigurationError(f"{run}: `tracking_uri` is missing; it says where MLflow keeps this run")
    from experiments.tracking.address import check_uri
    from experiments.tracking.store import TrackingStore

    with tempfile.TemporaryDirectory(prefix="radharmony-") as temporary:
        TrackingStore(_present(check_uri(tracking_uri))).download(run, NEEDED, Path(temporary))
        if not RunFolder(temporary).path(RUN).is_file():
            raise ConfigurationError(
                f"{run}: MLflow keeps no {RUN} of it; expected the id of the run of a study, the parent of its "
                "strategies' runs"
            )
        yield RunFolder.open(temporary)


def _present(uri: str) -> str:
    """Refuse an SQLite file without MLflow's tables, which MLflow would make: comparing writes nothing."""
    from experiments.tracking.address import sqlite_file

    path = sqlite_file(uri)
    if path is None:
        return uri
    if not path.is_file():
        raise ConfigurationError(f"`tracking_uri`: {path}: there is no such file; expected the one that `run` wrote")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            found = database.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'runs'").fetchone()
    except sqlite3.Error as error:
        raise ConfigurationError(f"`tracking_uri`: {path}: cannot be read as an SQLite file: {error}") from error
    if found is None:
        raise ConfigurationError(f"`tracking_uri`: {path}: has no runs of MLflow; expected the file that `run` wrote")
    return uri
