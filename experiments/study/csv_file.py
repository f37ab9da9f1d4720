"""Reading a small CSV file as plain text, with the line of each row for messages."""

import csv
import io
from pathlib import Path

from harmonize.errors import ConfigurationError
from harmonize.inputs.documents import read_text

MAX_BYTES = 200_000_000
MAX_ROWS = 1_000_000
"""A table beyond this length is refused: it is not a table of scans."""


def read_rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Read a table with a header, `,` or `;` between its columns.

    Rows without any text are passed over, as are columns with neither a name nor any text: spreadsheets leave
    both behind.

    Returns
    -------
    list of (int, dict)
        For each row its line in the file and its texts by column, without spaces around them.

    Raises
    ------
    ConfigurationError
        If the file is absent, not UTF-8, holds no row, a column twice, or a row of another length.
    """
    lines = _lines(path)
    if len(lines) < 2:
        raise ConfigurationError(f"{path}: holds no row; expected a header and below it at least one row")
    header = lines[0][1]
    names = [name for name in header if name]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ConfigurationError(f"{path}: column '{min(twice)}' stands twice; rename or remove one")
    rows = []
    for line, cells in lines[1:]:
        if len(cells) != len(header):
            raise ConfigurationError(
                f"{path}, line {line}: expected {len(header)} columns, found {len(cells)}; put cells "
                "that hold the sign between columns in quotes"
            )
        nameless = [i for i, cell in enumerate(cells) if cell and not header[i]]
        if nameless:
            raise ConfigurationError(f"{path}: column {nameless[0] + 1} has no name; give it one, or remove it")
        rows.append((line, {name: cell for name, cell in zip(header, cells, strict=True) if name}))
    return rows


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Give the cells of each line that holds any text."""
    text = read_text(path, MAX_BYTES).replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ConfigurationError(f"{path}, line {line}: holds a NUL character; save it as a UTF-8 table")
    first = text.lstrip().split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    lines = []
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                lines.append((reader.line_num, cells))
            if len(lines) > MAX_ROWS:
                raise ConfigurationError(f"{path}: more than {MAX_ROWS} rows; is it a table of scans?")
    except csv.Error as error:
        raise ConfigurationError(
            f"{path}, line {reader.line_num}: cannot be read as a table ({error}); is a quote not closed?"
        ) from error
    return lines
