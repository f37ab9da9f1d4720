"""Where results go that belong to a run: into its folder, its report and its MLflow run."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from evaluation.reading.parquet import read_parquet
from experiments.analyses.shared.groups import Destination
from experiments.analyses.shared.provenance import record_beside
from experiments.cli.command import tell
from experiments.folder.files import FEATURES
from experiments.folder.run_folder import RunFolder
from harmonize.errors import ConfigurationError

if TYPE_CHECKING:
    from experiments.tracking import Findings


@dataclass(frozen=True)
class ResultsPlace:
    """Where a command writes what it finds.

    Parameters
    ----------
    folder : Path
        For its files.
    run : RunFolder or None
        The run that they are added to, as it was when the command began.
    tracking_uri : str or None
        Where that run is tracked, if its address has a password.
    """

    folder: Path
    run: RunFolder | None = None
    tracking_uri: str | None = None

    @classmethod
    def of(cls, given: Destination, name: str) -> "ResultsPlace":
        """Give the folder that is named, or one of this name in a run.

        Raises
        ------
        ConfigurationError
            If neither or both are named, or the run is none, is not finished, or was changed.
        """
        if given.out is not None and given.run is None:
            return cls(given.out)
        if given.run is None or given.out is not None:
            raise ConfigurationError("`out`: name either a folder with `out`, or a run with `run`")
        try:
            finished = RunFolder.open(given.run)
            finished.check()
        except ConfigurationError as error:
            raise ConfigurationError(f"`run`: {error}") from None
        return cls(given.run / name, finished, given.tracking_uri)

    def renew(self) -> None:
        """Say that files are about to be written, so that an end in between leaves none that seems to belong."""
        from experiments.analyses.places import renew

        if self.run is not None:
            self.run.check_still()
            renew(self.run.folder, self.folder.name)

    def into_run(self, findings: "Callable[[Path], Findings]") -> Path | None:
        """Keep what was found in the run, write its report again, and log it beside its MLflow run."""
        from experiments.report import write_report
        from experiments.tracking import TrackingError, keep_findings, log_findings

        if self.run is None:
            return None
        found = findings(self.run.folder)
        keep_findings(self.run, found)
        report = write_report(self.run.folder)
        try:
            log_findings(self.run.folder, found.name, self.tracking_uri)
        except TrackingError as error:
            tell("warning", str(error))
        return report


def warn_unrelated(place: ResultsPlace, table: Path, subjects: pd.Series, settings: Path | None) -> None:
    """Warn of a table of which nothing says that it belongs to a run: other subjects, and made nobody knows how."""
    if place.run is None or settings is not None or record_beside(table, FEATURES) is not None:
        return
    path = place.run.folder / FEATURES
    known = set(read_parquet(path, ["subject"])["subject"].astype(str)) if path.is_file() else set()
    if known.isdisjoint(subjects.astype(str)):
        tell(
            "warning",
            f"{table} has no subject of the run {place.run.folder}, and nothing says how its features were made; its "
            "report will name the table, but check that they belong together (`settings` names how they were made)",
        )
