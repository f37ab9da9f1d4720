"""What a run takes of an analysis whose results may be added to it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from experiments.folder.added import Added
from experiments.folder.kinds import PlaceInRun, Record
from experiments.folder.run_folder import RunFolder
from experiments.tracking import Findings

T = TypeVar("T")


@dataclass(frozen=True)
class Adding(Generic[T]):
    """Where results go in a run, who writes them, and what MLflow holds; `SECTION` in `section.py` is for the report.

    Parameters
    ----------
    place : PlaceInRun
        The folder in the run.
    write : callable
        Writes what was found into that folder.
    findings : callable
        Gives what MLflow shall hold of what was added.
    record : Record or None
        The file that says what was asked and found, if there is one.
    """

    place: PlaceInRun
    write: Callable[[Path, T], object]
    findings: Callable[[Added], Findings]
    record: Record | None = None

    def found_in(self, run: RunFolder) -> Findings:
        """Give what MLflow shall hold of what was added to a run."""
        return self.findings(run.added(self.place, self.record))
