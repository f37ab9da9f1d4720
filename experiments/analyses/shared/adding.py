"""Analyses whose results may be added to a run: what the run takes of them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

from evaluation.reading import Rows, Table
from experiments.analyses.shared.groups import CohortSettings, Workers
from experiments.folder.added import Added
from experiments.folder.kinds import PlaceInRun, Record
from experiments.folder.run_folder import RunFolder
from experiments.progress import Progress
from experiments.tracking import Findings
from harmonize.printed import Printed

T = TypeVar("T")
S = TypeVar("S", bound=CohortSettings)


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


def with_limits(name: str, row: Mapping[str, Any]) -> dict[str, float]:
    """Name the estimate of a row and its limits as MLflow's metrics, which leave out what could not be computed.

    Examples
    --------
    >>> with_limits("auc", {"estimate": 0.7, "lower": 0.6, "upper": 0.8})
    {'auc': 0.7, 'auc_lower': 0.6, 'auc_upper': 0.8}
    """
    return {name: row["estimate"], f"{name}_lower": row["lower"], f"{name}_upper": row["upper"]}


@dataclass(frozen=True, kw_only=True)
class AddableInput(ABC, Generic[S]):
    """Rows of a cohort's table with their roles, from which an analysis is computed.

    Parameters
    ----------
    described : mapping of str to str
        The table as it was read: its name and SHA-256.
    settings : CohortSettings
    rows : Rows
        The rows chosen, with all columns of roles and the features.
    features : tuple of str
        Those that take part.
    notes, warnings : tuple of str
        What to know of them, and what to be careful about.
    """

    described: Mapping[str, str]
    settings: S
    rows: Rows
    features: tuple[str, ...]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @classmethod
    @abstractmethod
    def read(cls, table: Table, settings: S) -> Self:
        """Read the rows that the settings ask for.

        Raises
        ------
        ConfigurationError
            For whatever is wrong with table or settings.
        """

    @abstractmethod
    def run(self, workers: Workers, progress: Progress = lambda *_: None) -> "Addable":
        """Compute it."""


class Addable(Printed):
    """What an analysis found and a run may take, by the registry's `adding` of that analysis."""

    analysis: ClassVar[str]
    """The name of the analysis."""

    given: AddableInput[Any]
    """What it was computed from."""

    @property
    @abstractmethod
    def notes(self) -> list[str]:
        """What a reader should know, the notes of what it was computed from before all others."""
