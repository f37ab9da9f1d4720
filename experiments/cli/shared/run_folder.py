"""Where results go that belong to a run: into its folder, its report and its MLflow run."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pandas as pd

from evaluation.reading.parquet import read_parquet
from experiments.cli.shared.provenance import record_beside
from experiments.folder.files import FEATURES
from experiments.folder.run_folder import RunFolder
from harmonize.errors import ConfigurationError

if TYPE_CHECKING:
    from experiments.tracking import Findings


@dataclass(frozen=True)
class Results:
    """Where a command writes what it finds.

    Parameters
    ----------
    folder : Path
        For its files.
    run : RunFolder or None
        The run that they are added to, as it was when the command began.
    """

    folder: Path
    run: RunFolder | None = None

    @classmethod
    def of(cls, out: Path | None, run: Path | None, name: str) -> "Results":
        """Give the folder that is named, or one of this name in a run.

        Raises
        ------
        ConfigurationError
            If neither or both are named, or the run is none, is not finished, or was changed.
        """
        if out is not None and run is None:
            return cls(out)
        if run is None or out is not None:
            raise ConfigurationError("--out: name either a folder with --out, or a run with --run")
        try:
            finished = RunFolder.open(run)
            finished.check()
        except ConfigurationError as error:
            raise ConfigurationError(f"--run: {error}") from None
        return cls(run / name, finished)

    def renew(self) -> None:
        """Say that files are about to be written, so that an end in between leaves none that seems to belong."""
        from experiments.tracking.findings import renew

        if self.run is not None:
            self.run.check_still()
            renew(self.run.folder, self.folder.name)

    def into_run(self, findings: "Callable[[Path], Findings]", tracking_uri: str | None) -> Path | None:
        """Keep what was found in the run, write its report again, and log it beside its MLflow run."""
        from experiments.report import write_report
        from experiments.tracking import TrackingError, keep_findings, log_findings

        if self.run is None:
            return None
        found = findings(self.run.folder)
        keep_findings(self.run, found)
        report = write_report(self.run.folder)
        try:
            log_findings(self.run.folder, found.name, tracking_uri)
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
