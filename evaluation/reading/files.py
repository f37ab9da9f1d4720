"""Reading the file of a table: text with `,`, `;` or tab between its columns, or Parquet."""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from evaluation.reading.parquet import MOST_BYTES, read_parquet
from harmonize.errors import ConfigurationError

MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "-nan", "NAN", "null", "NULL", "None", "none", "<NA>")
"""Texts that stand for no value in a column of numbers."""

PARQUET = (".parquet", ".pq")
MOST_PACKED = 100
"""Bytes of a table that one packed byte may hold; numbers are packed three to twenty times."""
ALWAYS_UNPACKED = 2**28
"""Bytes that a packed table may hold however small it is."""
LONGEST_LINE = 2**24
CHUNK = 2**20
SAMPLE = 200
"""Lines in which a decimal comma is looked for."""

COMMA_NUMBER = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
POINT_NUMBER = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")


@dataclass(frozen=True)
class TableFile:
    """A file that holds a table, and how it is written.

    Parameters
    ----------
    path : Path
    header : tuple of str
        Names of the columns.
    delimiter : str
        What stands between columns; empty for Parquet.
    decimal : str
        The decimal sign.
    """

    path: Path
    header: tuple[str, ...]
    delimiter: str
    decimal: str

    @classmethod
    def open(cls, path: Path) -> "TableFile":
        """Look at the head of a file.

        Raises
        ------
        ConfigurationError
            If it is absent, cannot be read, has no header, or a column twice.
        """
        if path.exists() and not path.is_file():
            raise ConfigurationError(f"{path}: cannot be read: it is a folder, a pipe or a device, expected a file")
        if path.suffix.lower() in PARQUET:
            with _trouble(path):
                header, delimiter, decimal = tuple(pyarrow.parquet.read_schema(path).names), "", "."
            header = tuple(name for name in header if not re.fullmatch(r"__index_level_\d+__", name))
        else:
            refuse_bomb(path)
            lines = [line for line in _first_lines(path) if line.strip()]
            if not lines:
                raise ConfigurationError(f"{path}: is empty; expected a header and below it the rows")
            delimiter = max(";\t,", key=lambda sign: _cells(lines[0], '"').count(sign))
            header = tuple(name.strip() for name in next(csv.reader(lines[:1], delimiter=delimiter)))
            decimal = _decimal(lines[1:], delimiter)
        twice = [name for name in header if name and header.count(name) > 1]
        if twice:
            raise ConfigurationError(f"{path}: column '{twice[0]}' stands twice; rename or remove one")
        if len(header) < 2:
            raise ConfigurationError(
                f"{path}: only one column was found, '{header[0][:60]}'; expected ',', ';' or a tab between columns"
            )
        # A nameless column, such as the row numbers that some software writes first.
        named = tuple(name or f"(column {index})" for index, name in enumerate(header, start=1))
        return cls(path, named, delimiter, decimal)

    def read(self, texts: tuple[str, ...]) -> pd.DataFrame:
        """Read all rows.

        Parameters
        ----------
        texts : tuple of str
            Columns that are texts whatever stands in them, so that ``007`` stays what it is.

        Raises
        ------
        ConfigurationError
            If a row has another number of columns than the header, or there is no row.
        """
        with _trouble(self.path):
            if self.delimiter:
                packing = "gzip" if _is_packed(self.path) else None  # else Arrow goes by further endings
                frame = pyarrow.csv.read_csv(
                    pa.input_stream(str(self.path), compression=packing),
                    read_options=pyarrow.csv.ReadOptions(column_names=list(self.header), skip_rows=1),
                    parse_options=pyarrow.csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=True),
                    convert_options=pyarrow.csv.ConvertOptions(
                        column_types=dict.fromkeys(texts, pa.string()),
                        null_values=list(MISSING),
                        strings_can_be_null=False,
                        decimal_point=self.decimal,
                    ),
                ).to_pandas()
            else:
                frame = read_parquet(self.path, self.header)
        if frame.empty:
            raise ConfigurationError(f"{self.path}: holds no row; expected at least one below the header")
        for name in texts:
            column = frame[name]
            frame[name] = column.astype(str).str.strip().mask(column.isna(), "").astype(object)
        return frame.reset_index(drop=True)

    def place(self, row: int) -> str:
        """Say where a row stands, for messages: by its line in a text."""
        if not self.delimiter:
            return f"row {row + 1}"
        with _text(self.path) as text:
            reader = csv.reader(text, delimiter=self.delimiter)
            next(reader)
            for count, _ in enumerate(cells for cells in reader if cells):
                if count == row:
                    return f"line {reader.line_num}"
        return f"row {row + 1}"


def refuse_bomb(path: Path) -> None:
    """Refuse a text that is too large for a table, or becomes so when it is unpacked.

    Raises
    ------
    ConfigurationError
        If it is.
    """
    with _trouble(path):
        size = path.stat().st_size
        most = MOST_BYTES
        if _is_packed(path):
            most = min(most, max(ALWAYS_UNPACKED, MOST_PACKED * size))
            size = 0
            with gzip.open(path) as file:
                while size <= most and (piece := file.read(CHUNK)):
                    size += len(piece)
    if size > most:
        raise ConfigurationError(
            f"{path}: holds more than {most} bytes{' when unpacked' if _is_packed(path) else ''}; is it a table? "
            "Divide it, such as by sequence"
        )


def _first_lines(path: Path) -> list[str]:
    """Give the lines from which the way of writing is guessed: some hundred, fewer of a very wide table."""
    lines: list[str] = []
    with _text(path) as text:
        while len(lines) < SAMPLE and sum(map(len, lines)) < LONGEST_LINE and (line := text.readline(LONGEST_LINE + 1)):
            lines.append(line)
            if len(line) > LONGEST_LINE:
                raise ConfigurationError(
                    f"{path}: line {len(lines)} has more than {LONGEST_LINE} characters; is it a table?"
                )
    return lines


def _is_packed(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def _decimal(lines: list[str], delimiter: str) -> str:
    """Find a decimal comma: numbers with a comma and none with a point."""
    if delimiter == ",":
        return "."
    cells = [cell.strip() for row in csv.reader(lines, delimiter=delimiter) for cell in row]
    commas = any(COMMA_NUMBER.fullmatch(cell) for cell in cells)
    return "," if commas and not any(POINT_NUMBER.fullmatch(cell) for cell in cells) else "."


def _cells(line: str, quote: str) -> str:
    """Drop what stands in quotes."""
    return "".join(line.split(quote)[::2])


@contextmanager
def _text(path: Path) -> Iterator[TextIO]:
    with _trouble(path):
        if _is_packed(path):
            with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as text:
                yield text
        else:
            with path.open(encoding="utf-8-sig", newline="") as text:
                yield text


@contextmanager
def _trouble(path: Path) -> Iterator[None]:
    """Say in words what went wrong with a file."""
    try:
        yield
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not a UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except (pa.ArrowException, csv.Error, EOFError, zlib.error) as error:
        raise ConfigurationError(f"{path}: cannot be read as a table ({str(error)[:200]})") from error
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror or error})") from error
