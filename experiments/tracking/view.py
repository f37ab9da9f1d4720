"""The page of MLflow that shows the runs of a folder, with the columns that matter, best strategy first."""

import json
from pathlib import Path

from experiments.folder.run_folder import RunFolder
from experiments.tracking.address import default_uri, is_local, sqlite_file
from experiments.tracking.note import read_note
from experiments.tracking.problems import TrackingError

SORTED_BY = "robust_share"
COLUMNS = (
    *(SORTED_BY, f"{SORTED_BY}_lower", f"{SORTED_BY}_upper"),
    *("whitelist_size", "icc_median", "icc_median_within_scanners", "ccc_median", "cv_median", "auc", "failures"),
)
"""Metrics that are shown, in this order; one that no run has is not."""
NAMES = "attributes.`Run Name`"
WIDTHS = {NAMES: 330}
WIDTH = 115
"""Pixels; headings and four digits fit."""
VIEW = "radharmony"
"""Name of the view, which MLflow keeps as a tag of the experiment."""
TAG = f"mlflow.sharedViewState.{VIEW}"


def database_of(folder: Path) -> tuple[Path, str]:
    """Give the database of this machine that a run folder is recorded in, and the id of its run.

    Raises
    ------
    ConfigurationError
        If the folder holds no finished run.
    TrackingError
        If it is recorded nowhere, or at a server.
    """
    run = RunFolder.open(folder)
    note = read_note(folder)
    again = "`radharmony run` of its study into this folder records it, and computes nothing anew"
    if note is None:
        raise TrackingError(f"{run.folder}: MLflow does not know this run (there is no tracking.json); {again}")
    uri = note["tracking_uri"] or default_uri(folder)
    file = sqlite_file(uri)
    if file is None or not is_local(uri):
        raise TrackingError(
            f"{run.folder}: this run is recorded at {uri}, where MLflow has a page of its own; open that address in a "
            "browser"
        )
    if not file.is_file():
        raise TrackingError(f"{run.folder}: its database {file} is gone; {again}")
    return file, note["run_id"]


def share_view(file: Path, run: str) -> str:
    """Leave the view as a tag of the run's experiment; gives what comes behind the address of a server.

    Parameters
    ----------
    file : Path
        The database.
    run : str
        One of its runs.

    Raises
    ------
    TrackingError
        If the database cannot be used, is of another version of MLflow, or does not have the run.
    """
    from experiments.tracking.address import sqlite_uri
    from experiments.tracking.store import TrackingStore

    store = TrackingStore(sqlite_uri(file.resolve()))
    store.bring_home()
    state = store.state(run)
    if state is None:
        raise TrackingError(f"{file}: the run {run} is no longer there; the same `radharmony run` records it again")
    _, experiment = state
    store.tag_experiment(experiment, TAG, json.dumps(_view()))
    return f"/#/experiments/{experiment}/runs?workflowType=machine_learning&viewStateShareKey={VIEW}"


def _view() -> dict[str, object]:
    """Give what MLflow's page keeps of a view: keys are as in its own browser code."""
    columns = [f"metrics.`{name}`" for name in COLUMNS]
    return {
        "orderByKey": f"metrics.`{SORTED_BY}`",
        "orderByAsc": False,
        "selectedColumns": columns,
        "columnOrder": [NAMES, *columns],
        "columnWidths": {**WIDTHS, **dict.fromkeys(columns, WIDTH)},
        "runsHidden": [],
    }
