"""Where results go that belong to a run: into its folder, its report and its MLflow run."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from experiments.analyses.shared.groups import Destination
from experiments.cli.command import tell
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
        from experiments.running.adding import begin

        if self.run is not None:
            begin(self.run, self.folder.name)

    def into_run(self, findings: "Callable[[Path], Findings]") -> Path | None:
        """Keep what was found in the run, write its report again, and log it beside its MLflow run."""
        from experiments.running.adding import complete

        if self.run is None:
            return None
        report, untracked = complete(self.run, findings, self.tracking_uri)
        if untracked:
            tell("warning", untracked)
        return report


def warn_unrelated(place: ResultsPlace, table: Path, subjects: pd.Series, settings: Path | None) -> None:
    """Warn of a table of which nothing says that it belongs to a run: other subjects, and made nobody knows how."""
    from experiments.running.adding import unrelated

    doubt = "" if place.run is None else unrelated(place.run, table, subjects, settings)
    if doubt:
        tell("warning", doubt)
