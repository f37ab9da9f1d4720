"""Reading the file of a table: text with `,`, `;` or tab between its columns, or Parquet."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from evaluation.reading.given import TableInMemory, TableSource
from evaluation.reading.kinds import kind_of
from evaluation.reading.names import NAMELESS
from evaluation.reading.numbers import numbers_of
from evaluation.reading.parquet import as_it_is, column_names, opened_by_arrow, read_columns
from evaluation.reading.text import header_of_text, opened, refuse_bomb, trouble
from harmonize.errors import ConfigurationError
from harmonize.inputs.files import hold
from harmonize.words import plural


@dataclass(frozen=True)
class TableFile:
    """A file that holds a table, and how it is written; or a DataFrame, which is read as Parquet is.

    Parameters
    ----------
    path : Path or TableInMemory
    header : tuple of str
        Names of the columns.
    delimiter : str
        What stands between columns; empty for Parquet and a DataFrame.
    above : int
        Lines up to the header and with it.
    decimal : {".", ","} or None
        The decimal sign of all columns; None finds it column by column.
    packed : bool
        Whether it is packed with gzip.
    """

    path: TableSource
    header: tuple[str, ...]
    delimiter: str
    above: int = 1
    decimal: str | None = None
    packed: bool = False

    @classmethod
    def of(cls, source: "TableSource | TableFile", decimal: str | None = None) -> "TableFile":
        """Take a file that is open already, or look at its head."""
        return source if isinstance(source, TableFile) else cls.open(source, decimal)

    @classmethod
    def open(cls, path: TableSource, decimal: str | None = None) -> "TableFile":
        """Look at the head of a file, which a look (`harmonize.inputs.files.one_look`) opens once for all.

        Raises
        ------
        ConfigurationError
            If it is absent, cannot be read, is something else than a table, has no header, or a column twice.
        """
        header, delimiter, above, packed = _head(path)
        twice = [name for name in header if name and header.count(name) > 1]
        if twice:
            raise ConfigurationError(f"{path}: column '{twice[0]}' stands twice; rename or remove one")
        if len(header) < 2 and isinstance(path, TableInMemory):
            raise ConfigurationError(
                f"{path}: has {plural(len(header), 'column')}; expected those of roles and of features"
            )
        if len(header) < 2:
            raise ConfigurationError(
                f"{path}: only one column was found, '{''.join(header)[:60]}'; expected ',', ';' or a tab between "
                "columns (R: write.csv rather than write.table), and no title above the header"
            )
        # A nameless column, such as the row numbers that some software writes first.
        named = tuple(name or f"{NAMELESS}{index})" for index, name in enumerate(header, start=1))
        return cls(path, named, delimiter, above, decimal, packed)

    def read(self, texts: Iterable[str]) -> pd.DataFrame:
        """Read all rows: columns of numbers as float64, others as texts or as Parquet has them.

        Parameters
        ----------
        texts : iterable of str
            Columns that are texts whatever stands in them, so that ``007`` stays what it is.

        Raises
        ------
        ConfigurationError
            If a row has another number of columns than the header, or there is no row.
        """
        chosen = set(texts)
        cells = self._cells
        if not self.delimiter:
            frame = cells.to_pandas(ignore_metadata=True)
            written = [name for name in frame.columns if _holds_text(frame[name]) and name not in chosen]
            columns = {name: pa.chunked_array([pa.array(frame[name], pa.string())]) for name in written}
            frame = frame.assign(**numbers_of(columns, self.decimal))
        else:
            columns = {name: cells[name] for name in cells.column_names if name not in chosen}
            numbers = numbers_of(columns, self.decimal)
            frame = pd.DataFrame(
                {name: numbers[name] if name in numbers else _texts(cells[name]) for name in self.header}
            )
        for name in chosen:
            column = frame[name]
            frame[name] = column.astype(str).str.strip().mask(column.isna(), "").astype(object)
        return frame

    def original(self, columns: Iterable[str]) -> pd.DataFrame:
        """Give columns as they stand in the file: those of a text letter by letter, those of Parquet with their types.

        Raises
        ------
        ConfigurationError
            If the file cannot be read.
        """
        cells = self._cells
        as_written = _texts if self.delimiter else as_it_is
        return pd.DataFrame({name: as_written(cells[name]) for name in columns}, index=range(len(cells)))

    @cached_property
    def _cells(self) -> pa.Table:
        """All rows, read once: a table of texts, or with the types of Parquet."""
        if isinstance(self.path, TableInMemory):
            cells = self.path.cells.rename_columns(list(self.header))
        else:
            with trouble(self.path):
                cells = self._read(self.path)
        if not len(cells):
            raise ConfigurationError(f"{self.path}: holds no row; expected at least one below the header")
        return cells

    def _read(self, path: Path) -> pa.Table:
        if not self.delimiter:
            return read_columns(path).rename_columns(list(self.header))
        try:
            with opened_by_arrow(path) as file:
                return _filled(self._parsed(file))
        except pa.ArrowInvalid as error:
            self._refuse_ragged()
            raise error

    def _parsed(self, file: pa.NativeFile) -> pa.Table:
        packing = "gzip" if self.packed else None  # else Arrow goes by the ending of the name
        return pyarrow.csv.read_csv(
            pa.input_stream(file, compression=packing),
            read_options=pyarrow.csv.ReadOptions(column_names=list(self.header), skip_rows=self.above),
            parse_options=pyarrow.csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(self.header, pa.string()), strings_can_be_null=False
            ),
        )

    def _refuse_ragged(self) -> None:
        """Refuse the first row that has another number of cells than the header."""
        expected = len(self.header)
        counts = {len(cells) for _, cells in self._rows()}
        for line, cells in self._rows():
            if len(cells) != expected:
                if counts == {expected + 1}:
                    advice = (
                        "every row has one cell more than the header, which lacks a name for the first column, as that "
                        "of R's write.table does: write a name before the others, or the table with row.names=FALSE"
                    )
                elif len(cells) > expected:
                    advice = f"a cell with '{self.delimiter}' needs quotes"
                elif len(cells) == 1:
                    advice = f"remove the line if it is a note ('{cells[0].strip()[:40]}'), or complete the row"
                else:
                    advice = "complete the row, or remove it"
                raise ConfigurationError(
                    f"{self.path}: cannot be read as a table (line {line}: Expected {expected} columns, got "
                    f"{len(cells)}); {advice}"
                )

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Give every row of a text with the line that it ends on."""
        if isinstance(self.path, TableInMemory):
            return  # which has no lines
        with opened(self.path, self.packed) as text:
            for _ in range(self.above):
                text.readline()
            reader = csv.reader(text, delimiter=self.delimiter)
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield self.above + reader.line_num, cells

    def place(self, row: int) -> str:
        """Say where a row stands, for messages: by its line in a text."""
        if self.delimiter:
            for count, (line, _) in enumerate(self._rows()):
                if count == row:
                    return f"line {line}"
        return f"row {row + 1}"


def _head(path: TableSource) -> tuple[tuple[str, ...], str, int, bool]:
    """Give the names of the columns, what stands between them, the lines up to there, and whether it is packed."""
    if isinstance(path, TableInMemory):
        return tuple(path.cells.column_names), "", 0, False
    if path.exists() and not path.is_file():
        raise ConfigurationError(f"{path}: cannot be read: it is a folder, a pipe or a device, expected a file")
    with trouble(path):
        hold(path)
        kind = kind_of(path)
        if kind == "parquet":
            return column_names(path), "", 0, False
    refuse_bomb(path, kind == "gzip")
    return *header_of_text(path, kind == "gzip"), kind == "gzip"


def _filled(table: pa.Table) -> pa.Table:
    """Leave out rows without any text, such as spreadsheets write below a table."""
    empty = np.ones(len(table), dtype=np.bool_)
    for column in table.columns:
        if not empty.any():
            return table
        empty[empty] = pc.equal(pc.utf8_trim_whitespace(column.filter(pa.array(empty))), "").to_numpy()
    return table.filter(pa.array(~empty)) if empty.any() else table


def _texts(column: pa.ChunkedArray) -> pd.Series:
    return pd.Series(column.to_numpy(zero_copy_only=False), dtype=object)


def _holds_text(column: pd.Series) -> bool:
    return bool(pd.api.types.is_string_dtype(column.dtype)) and pd.api.types.infer_dtype(column) in ("string", "empty")
