"""Where results go that belong to a run: into its folder, its report and its MLflow run."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pandas as pd

from evaluation.reading.parquet import read_parquet
from experiments.cli.shared.provenance import record_beside
from experiments.outputs import FEATURES, RUN
from harmonize.errors import ConfigurationError

if TYPE_CHECKING:
    from experiments.tracking import Findings


def folder_of(out: Path | None, run: Path | None, name: str) -> Path:
    """Give the folder of the results: the one named, or one of this name in a run.

    Raises
    ------
    ConfigurationError
        If neither or both are named, or the run is none.
    """
    if out is not None and run is None:
        return out
    if run is None or out is not None:
        raise ConfigurationError("--out: name either a folder with --out, or a run with --run")
    if not (run / RUN).is_file():
        raise ConfigurationError(f"--run: {run} holds no {RUN}; name the folder of a finished run, or use --out")
    return run / name


def into_run(run: Path, findings: "Callable[[Path], Findings]", tracking_uri: str | None) -> Path:
    """Log findings beside the MLflow run of a run folder, and write its report again."""
    from experiments.report import write_report
    from experiments.tracking import TrackingError, log_findings

    report = write_report(run)
    try:
        log_findings(run, findings(run), tracking_uri)
    except TrackingError as error:
        click.echo(f"warning: {error}", err=True)
    return report


def warn_unrelated(run: Path | None, table: Path, subjects: pd.Series, settings: Path | None) -> None:
    """Warn of a table of which nothing says that it belongs to a run: other subjects, and made nobody knows how."""
    if run is None or settings is not None or record_beside(table, FEATURES) is not None:
        return
    path = run / FEATURES
    known = set(read_parquet(path, ["subject"])["subject"].astype(str)) if path.is_file() else set()
    if known.isdisjoint(subjects.astype(str)):
        click.echo(
            f"warning: {table} has no subject of the run {run}, and nothing says how its features were made; its "
            "report will name the table, but check that they belong together (--settings names how they were made)",
            err=True,
        )
