"""The kinds of files: how each is written, read and checked, told by what the file is described as."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypedDict, TypeVar, Unpack

import pandas as pd
import pyarrow as pa

from evaluation.reading import parquet
from experiments.folder import writing
from harmonize.errors import ConfigurationError
from harmonize.inputs.documents import read_json, read_text

T = TypeVar("T")

AGAIN = "run the study again to write it"
"""What helps against a damaged file of a run."""
Kinds = Mapping[str, type | tuple[type, ...]]
"""Of the values of a JSON object, by key."""


class Described(TypedDict, total=False):
    """What may be said of a file of any kind, see `File`."""

    advice: str
    sealed: bool
    may_go: bool


class File(str, Generic[T]):
    """A file, or a folder of files, by its name in the folder that it belongs to.

    It is that name, so that it can be joined to a path and shown, and knows what stands there.

    Parameters
    ----------
    name : str
        Relative to the folder, parts divided by ``/``.
    holds : str
        What it holds, in a line of Markdown as docs/results.md shows it.
    advice : str
        What to do where it is missing or damaged.
    sealed : bool
        Whether a run writes it, and run.json names it with its SHA-256.
    may_go : bool
        Whether it may be missing although run.json names it.
    """

    holds: str
    advice: str
    sealed: bool
    may_go: bool

    def __new__(cls, name: str, *_: Any, **__: Any) -> "File[T]":
        """Make the name."""
        return super().__new__(cls, name)

    def __init__(
        self, name: str, holds: str = "", *, advice: str = AGAIN, sealed: bool = True, may_go: bool = False
    ) -> None:
        del name
        self.holds, self.advice, self.sealed, self.may_go = holds, advice, sealed, may_go

    def read(self, folder: Path) -> T:
        """Read it from a folder.

        Raises
        ------
        ConfigurationError
            For a file that is missing, empty, unreadable, or not as it is described.
        """
        path = folder / self
        if not path.is_file():
            raise ConfigurationError(f"{path}: not found, but other files beside it need it; {self.advice}")
        if path.stat().st_size == 0:
            raise ConfigurationError(f"{path}: the file is empty; {self.advice}")
        with readable(path, self.advice):
            return self._read(path)

    def write(self, folder: Path, value: T) -> None:
        """Write it into a folder, whole or not at all."""
        self._write(folder / self, value)

    def left_in(self, folder: Path) -> list[Path]:
        """Give what it has left in a folder: itself, if it is there."""
        return [folder / self] if (folder / self).is_file() else []

    def _read(self, path: Path) -> T:
        raise TypeError(f"{self} is not read")

    def _write(self, path: Path, value: T) -> None:
        raise TypeError(f"{self} is not written as a whole")


class RunTable(File[pd.DataFrame]):
    """A table as CSV or Parquet, as its name ends.

    What was written is what is read: texts as texts, such as a subject named NA or 007, numbers as numbers.

    Parameters
    ----------
    texts, numbers : iterable of str
        Columns that it must have. Of CSV, other columns are numbers too.
    further : iterable of str
        Texts that it may have.
    all_texts : bool
        Whether other columns of a CSV file are texts instead.
    check : callable, optional
        What a floor checks of such a table at its door.

    Examples
    --------
    >>> import tempfile
    >>> ranks = RunTable("ranks.csv", texts=["strategy"], numbers=["rank"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ranks.write(Path(folder), pd.DataFrame({"strategy": ["007"], "rank": [1.5]}))
    ...     ranks.read(Path(folder)).to_dict("records")
    [{'strategy': '007', 'rank': 1.5}]
    """

    def __init__(
        self,
        name: str,
        holds: str = "",
        *,
        texts: Iterable[str] = (),
        numbers: Iterable[str] = (),
        further: Iterable[str] = (),
        all_texts: bool = False,
        check: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
        **described: Unpack[Described],
    ) -> None:
        super().__init__(name, holds, **described)
        self.texts, self.numbers, self.all_texts, self.check = tuple(texts), tuple(numbers), all_texts, check
        self.further = frozenset(further)

    def _read(self, path: Path) -> pd.DataFrame:
        if path.suffix == ".csv":  # all as texts, so that a number has the digits that were written
            table = self.plain(pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8"))
        else:
            table = parquet.read_parquet(path)
        missing = [name for name in (*self.texts, *self.numbers) if name not in table.columns]
        if missing:
            found = ", ".join(name if name.isprintable() else repr(name) for name in map(str, table.columns[:12]))
            raise ConfigurationError(f"{path}: column '{missing[0]}' is missing; found {found}; {self.advice}")
        try:
            return table if self.check is None else self.check(table)
        except ConfigurationError as error:
            raise ConfigurationError(f"{path}: {error}") from None

    def plain(self, table: pd.DataFrame) -> pd.DataFrame:
        """Give a table as it is read from CSV: a missing text is an empty one, what is no text is a number.

        Raises
        ------
        ValueError
            For a text among numbers.
        """
        found = {}
        for name, column in table.items():
            if name in self.texts or name in self.further or (self.all_texts and name not in self.numbers):
                found[name] = column.astype(object).where(column.notna(), "").astype(str)
            elif not pd.api.types.is_numeric_dtype(column):
                found[name] = _numbers(column)
        return table.assign(**found)

    def _write(self, path: Path, value: pd.DataFrame) -> None:
        (writing.write_parquet if path.suffix == ".parquet" else writing.write_csv)(path, value)


def _numbers(column: pd.Series) -> pd.Series:
    """Give texts as the whole numbers, truth values or numbers that all of them are; NaN where empty."""
    texts = column.fillna("").astype(str)
    if len(texts) and texts.str.fullmatch(r"-?\d{1,18}").all():
        return texts.astype("int64")
    if len(texts) and texts.isin(["True", "False"]).all():
        return texts == "True"
    return texts.replace("", "nan").astype("float64")


class Record(File[dict[str, Any]]):
    """A JSON object.

    Parameters
    ----------
    keys : mapping of str to type
        Keys that it must have, and of which kind the values are.
    """

    def __init__(
        self, name: str, holds: str = "", *, keys: Kinds | None = None, **described: Unpack[Described]
    ) -> None:
        super().__init__(name, holds, **described)
        self.keys: Kinds = keys or {}

    def _read(self, path: Path) -> dict[str, Any]:
        return self.checked(self.content(path), path)

    def content(self, path: Path) -> dict[str, Any]:
        """Read a JSON object that may lack keys; what is none is refused with what to do."""
        try:
            content: Any = read_json(path)
        except ConfigurationError as error:
            raise ConfigurationError(f"{error}; {self.advice}") from None
        if not isinstance(content, dict):
            raise ConfigurationError(f"{path}: expected a JSON object, found {type(content).__name__}; {self.advice}")
        return content

    def checked(self, content: dict[str, Any], path: Path) -> dict[str, Any]:
        """Return an object that has all keys, with values of their kinds.

        Raises
        ------
        ConfigurationError
        """
        for key, kind in self.keys.items():
            if key not in content:
                raise ConfigurationError(
                    f"{path}: '{key}' is missing; was it written by another version of radharmony? If so, {self.advice}"
                )
            if not isinstance(content[key], kind):
                raise ConfigurationError(
                    f"{path}: '{key}' is {content[key]!r:.60}, of an unexpected kind; {self.advice}"
                )
        return content

    def _write(self, path: Path, value: dict[str, Any]) -> None:
        writing.write_json(path, value)


class Text(File[str]):
    """A text as UTF-8."""

    def _read(self, path: Path) -> str:
        return read_text(path)

    def _write(self, path: Path, value: str) -> None:
        writing.write_text(path, value)


class Drawing(File[Any]):
    """A figure of matplotlib by its name without an ending: as SVG for a paper, as PNG to look at."""

    def left_in(self, folder: Path) -> list[Path]:
        """Give the files of the figure that are there."""
        return [path for path in self._files(folder / self) if path.is_file()]

    def _files(self, path: Path) -> list[Path]:
        return [path.with_name(f"{path.name}.{kind}") for kind in ("svg", "png")]

    def _write(self, path: Path, value: Any) -> None:
        from evaluation.figures import to_bytes  # only here: it loads matplotlib

        for file in self._files(path):
            writing.write_bytes(file, to_bytes(value, file.suffix.removeprefix(".")))


class PlaceInRun(File[Any]):
    """A folder of files whose names depend on the study."""

    def left_in(self, folder: Path) -> list[Path]:
        """Give the files that are there."""
        return sorted(path for path in (folder / self).glob("*.*") if path.is_file())

    def file(self, name: str, kind: type["File[T]"]) -> "File[T]":
        """Give one of its files, of this kind."""
        return kind(f"{self}/{name}", advice=self.advice, sealed=self.sealed, may_go=self.may_go)

    def place(self, name: str) -> "PlaceInRun":
        """Give one of the folders in it."""
        return PlaceInRun(f"{self}/{name}", advice=self.advice, sealed=self.sealed, may_go=self.may_go)


@contextmanager
def readable(place: str | os.PathLike[str], advice: str = AGAIN) -> Iterator[None]:
    """Turn what damaged content makes its reader raise into an error that names the place and says what to do.

    Parameters
    ----------
    place : Path
        The file or folder that is read.
    advice : str
        What to do about it.

    Raises
    ------
    ConfigurationError
        Instead of other errors that damaged content leads to; one that is raised within passes unchanged.

    Examples
    --------
    >>> with readable("run.json"):
    ...     {}["subjects"]
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: run.json: not readable ('subjects' is missing); run the study again to write it
    """
    try:
        yield
    except ConfigurationError:
        raise
    except (OSError, ValueError, LookupError, TypeError, AttributeError, pa.ArrowException) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else " ".join(str(error).split())
        raise ConfigurationError(f"{place}: not readable ({what}); {advice}") from error
