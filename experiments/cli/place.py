"""Where results go that belong to a run: into its folder, its report and its MLflow run."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.analyses import ANALYSES, RegisteredAnalysis
from experiments.analyses.shared.groups import CohortSettings, Destination, Workers
from experiments.cli.command import tell
from experiments.cli.progress import progress_bars
from experiments.cli.terminal import show_columns
from experiments.folder.run_folder import RunFolder
from harmonize.errors import ConfigurationError

if TYPE_CHECKING:
    from experiments.analyses.shared.adding import AddableInput


@dataclass(frozen=True)
class ResultsPlace:
    """Where a command writes what it finds.

    Parameters
    ----------
    analysis : RegisteredAnalysis
        What finds it.
    folder : Path
        For its files.
    run : RunFolder or None
        The run that they are added to, as it was when the command began.
    tracking_uri : str or None
        Where that run is tracked, if its address has a password.
    """

    analysis: RegisteredAnalysis
    folder: Path
    run: RunFolder | None = None
    tracking_uri: str | None = None

    @classmethod
    def of(cls, given: Destination, name: str) -> "ResultsPlace":
        """Give the folder that is named, or the one of the analysis of this name in a run.

        Raises
        ------
        ConfigurationError
            If neither or both are named, or the run is none, is not finished, or was changed.
        """
        analysis = ANALYSES[name]
        if given.out is not None and given.run is None:
            return cls(analysis, given.out)
        if given.run is None or given.out is not None:
            raise ConfigurationError("`out`: name either a folder with `out`, or a run with `run`")
        try:
            finished = RunFolder.open(given.run)
            finished.check()
        except ConfigurationError as error:
            raise ConfigurationError(f"`run`: {error}") from None
        return cls(analysis, finished.path(analysis.adding.place), finished, given.tracking_uri)

    def fill(
        self, kind: "type[AddableInput[Any]]", table: Path, settings: CohortSettings, workers: Workers, quiet: bool
    ) -> Any:
        """Read a table, run the analysis, say what there is to say of both, and keep what was found.

        Warned of is a table, too, of which nothing says that it belongs to the run.
        """
        read = kind.read(table, settings)
        tell("warning", *read.warnings)
        if self.run is not None:
            from experiments.running.adding import unrelated

            tell("warning", *filter(None, [unrelated(self.run, read)]))
        if not quiet:
            show_columns(read.features, read.rows.left_out)
        tell("note", *read.notes)
        with progress_bars(quiet) as bars:
            found = read.run(workers, bars)
        tell("note", *found.notes[len(read.notes) :])
        self.keep(found)
        return found

    def keep(self, found: Any) -> Path | None:
        """Write what was found; in a run, write the report again, too, and log it beside the MLflow run.

        Returns
        -------
        Path or None
            The report.
        """
        if self.run is None:
            self.analysis.adding.write(self.folder, found)
            return None
        from experiments.running.adding import keep_found

        report, untracked = keep_found(self.run, self.analysis, found, self.tracking_uri)
        if untracked:
            tell("warning", untracked)
        return report
