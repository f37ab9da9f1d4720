"""A table as it is handed in: a file by its name, or a DataFrame that is in memory already."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pyarrow as pa

from harmonize.digest import digest_of_file
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import as_pandas
from harmonize.inputs.paths import as_path

Table: TypeAlias = str | Path | pd.DataFrame
"""What people hand in; tables of polars and Arrow are taken, too."""


@dataclass(frozen=True, eq=False)
class TableInMemory:
    """A DataFrame in the place of a file: what it held when it was handed in, whatever becomes of it later.

    Parameters
    ----------
    cells : pyarrow.Table
        Its columns.
    name : str
        What messages and records call it, as they name a file.
    """

    cells: pa.Table
    name: str = "DataFrame"

    def __str__(self) -> str:
        return self.name

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of its text as `DataFrame.to_csv` writes it, so that such a file is known as the same table."""
        text = self.cells.to_pandas(ignore_metadata=True).to_csv(index=False, lineterminator="\n")
        return hashlib.sha256(text.encode()).hexdigest()


TableSource: TypeAlias = Path | TableInMemory
"""Where a table is read from."""


def source_of(table: object, name: str = "DataFrame") -> TableSource:
    """Take a table as people hand it in.

    Parameters
    ----------
    table : str, Path or DataFrame
        An index of a DataFrame is a column, too, unless it has no name and numbers rows.
    name : str
        What a DataFrame is called.

    Raises
    ------
    ConfigurationError
        For something else, a DataFrame whose columns have no names, and one whose columns hold what no table can.

    Examples
    --------
    >>> source_of("features.csv").name, source_of(pd.DataFrame({"roi": ["liver"], "volume": [1.5]})).name
    ('features.csv', 'DataFrame')
    >>> source_of(None)
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: table (or a DataFrame): expected a path, found None
    """
    table = as_pandas(table)
    if isinstance(table, TableInMemory):
        return table
    if not isinstance(table, pd.DataFrame):
        return as_path(table, "table (or a DataFrame)")
    bare = [column for column in table.columns if not isinstance(column, str)]
    if bare:
        raise ConfigurationError(f"{name}: a column is called {bare[0]!r:.60}; expected texts as names, rename it")
    if not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()][0]
        raise ConfigurationError(f"{name}: column '{twice}' stands twice; rename or remove one")
    try:
        cells = pa.Table.from_pandas(_with_index(table), preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError) as error:
        reason = " ".join(str(part) for part in error.args)[:200]
        raise ConfigurationError(f"{name}: cannot be taken as a table ({reason}); give a column one type") from error
    return TableInMemory(cells, name)


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a DataFrame of its own whose index is no more than the numbers of rows."""
    bare = frame.index.nlevels == 1 and frame.index.name is None and pd.api.types.is_integer_dtype(frame.index.dtype)
    return frame.copy().reset_index(drop=bare)  # a copy is of one piece, into which pandas puts columns gladly


def digest_of_table(source: TableSource) -> str:
    r"""Give the SHA-256 of a table, which tells whether another one is the same.

    Examples
    --------
    >>> import tempfile
    >>> frame, path = pd.DataFrame({"roi": ["liver"], "volume": [1.5]}), Path(tempfile.mkdtemp()) / "volumes.csv"
    >>> frame.to_csv(path, index=False, lineterminator="\n")
    >>> digest_of_table(source_of(frame)) == digest_of_table(path)
    True
    """
    return source.digest if isinstance(source, TableInMemory) else digest_of_file(source)
