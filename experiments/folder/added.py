"""What an analysis adds to a run: a folder of its own, with a record and the tables that others read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from experiments.folder.kinds import AGAIN, File, PlaceInRun, Record, readable

T = TypeVar("T")


def again(command: str) -> str:
    """Say what helps where a file of a command is damaged."""
    return f"run `radharmony {command}` again, or remove the folder"


def added_place(name: str, command: str, holds: str) -> PlaceInRun:
    """Describe the folder in a run that a command adds."""
    return PlaceInRun(name, f"only where `radharmony {command}` has added it: {holds}", sealed=False)


class Added:
    """The folder that an analysis has written: each of its files is read once, when it is first asked for.

    Parameters
    ----------
    folder : Path
        Where it is.
    record : Record or None
        The file that says what was asked and found, if there is one; it is read at once.
    """

    def __init__(self, folder: Path, record: Record | None = None) -> None:
        self.folder, self.advice = folder, AGAIN if record is None else record.advice
        self.record: dict[str, Any] = {} if record is None else record.read(folder)
        self._known: dict[str, Any] = {}

    def __getitem__(self, file: "File[T]") -> T:
        """Give what a file holds; one that is missing or damaged raises a `ConfigurationError`."""
        if file not in self._known:
            self._known[file] = file.read(self.folder)
        found: T = self._known[file]
        return found

    @contextmanager
    def readable(self) -> Iterator[None]:
        """Turn what files that do not fit together make their reader raise into an error that names the folder."""
        with readable(self.folder, self.advice):
            yield

    def paths(self, *files: File[Any]) -> list[Path]:
        """Give where files are, as far as they are there."""
        return [path for file in files for path in file.left_in(self.folder)]
