"""An Excel workbook of the tables of a folder: a sheet each, and one that says what they are."""

import math
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from experiments.exporting.meanings import meaning_of
from experiments.exporting.sheets import TableSheet, sheets_of
from experiments.folder.file_names import folded
from experiments.folder.files import IBSI
from experiments.folder.run_folder import RunFolder
from experiments.folder.writing import write_bytes
from experiments.versions import __version__
from harmonize.errors import ConfigurationError
from harmonize.inputs.paths import as_path

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
LONGEST_TEXT = 32_767
"""What a sheet and a cell of Excel hold."""
CUT = "... (cut off)"
LONGEST_TITLE = 31
EXACT = 2**53
"""Beyond this, whole numbers are not exact in Excel, which has 64-bit floats alone: they are written as text."""
LOOKED_AT = 200
"""Rows by which a column has its width."""
WIDTHS = (8, 48)
NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
LIKE_AN_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
"""What Excel would read as a sign by its number."""
ACTIVE = ("=", "+", "-", "@", "#", "\t", "'")
"""How texts begin that a spreadsheet may take for a formula or an error."""
WHEN = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""Of the format ZIP: the same tables make the same bytes at any time."""


@dataclass(frozen=True)
class WrittenWorkbook:
    """What went into a workbook.

    Parameters
    ----------
    path : Path
    sheets : tuple of str
        Their names, without the one that explains them.
    left_out : tuple of str
        Tables that no sheet can hold, and why.
    """

    path: Path
    sheets: tuple[str, ...]
    left_out: tuple[str, ...]


def write_workbook(place: str | Path, out: str | Path) -> WrittenWorkbook:
    """Write the tables of a run, or of the folder of an analysis, into an Excel workbook.

    The sheet README comes first and says what each sheet and column holds. Numbers are numbers; one that could not be
    computed is an empty cell, with its status beside it. Whatever tables say stays text, and never becomes a formula.
    The same tables make the same bytes.

    Parameters
    ----------
    place : str or Path
        The folder, or a single table (.csv, .parquet).
    out : str or Path
        The workbook (.xlsx).

    Returns
    -------
    WrittenWorkbook

    Raises
    ------
    ConfigurationError
        Where openpyxl is not installed, there is no table, a file of a run was changed, or `out` is named otherwise.

    References
    ----------
    ECMA-376, Office Open XML File Formats, part 1, 5th edition, 2016 (cells: 18.3.1.4; escapes: 22.9.2.19).

    Examples
    --------
    >>> import pandas as pd
    >>> folder = Path(tempfile.mkdtemp())
    >>> pd.DataFrame({"subject": ["007"], "note": ["=1+1"], "value": [0.5]}).to_csv(folder / "mine.csv", index=False)
    >>> write_workbook(folder, folder / "mine.xlsx").sheets
    ('mine',)
    >>> pd.read_excel(folder / "mine.xlsx", "mine", dtype={"subject": str}).to_dict("records")
    [{'subject': '007', 'note': '=1+1', 'value': 0.5}]
    """
    place, out = as_path(place, "folder"), as_path(out, "`out`")
    if out.suffix.lower() != ".xlsx":
        raise ConfigurationError(f"`out`: {out}: expected a name ending in .xlsx")
    check_openpyxl()
    from openpyxl import Workbook

    found = sheets_of(place)
    left_out = [f"{one.file}: {reason}" for one in found if (reason := _too_large(one))]
    sheets = [one for one in found if not _too_large(one)]
    titles = unique_titles(one.title for one in sheets)
    book = Workbook(write_only=True)
    _readme(book.create_sheet("README"), place, dict(zip(titles, sheets, strict=True)), left_out)
    for title, one in zip(titles, sheets, strict=True):
        _sheet(book.create_sheet(title), one)
    write_bytes(out, _timeless(book))
    return WrittenWorkbook(out, tuple(titles), tuple(left_out))


def check_openpyxl() -> None:
    """Raise `ConfigurationError` where openpyxl is not installed."""
    try:
        import openpyxl  # noqa: F401  # only here: whoever writes no workbook needs none
    except ImportError as error:
        raise ConfigurationError(
            "an Excel workbook needs the package openpyxl; install it with: pip install 'radharmony[excel]'"
        ) from error


def unique_titles(titles: Iterable[str]) -> list[str]:
    """Give sheets names that Excel takes: 31 signs, some of them not, and no two alike in any case.

    Examples
    --------
    >>> unique_titles(["a" * 40, "A" * 40, "what?", "History"])
    ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA (2)', 'what-', 'History (2)']
    """
    taken = {"readme", "history"}  # one is ours, one is Excel's own
    found = []
    for title in titles:
        bare = NOT_IN_TITLES.sub("-", title).strip("' ") or "table"
        name, number = bare[:LONGEST_TITLE], 1
        while folded(name) in taken:
            number += 1
            end = f" ({number})"
            name = bare[: LONGEST_TITLE - len(end)] + end
        taken.add(folded(name))
        found.append(name)
    return found


def as_text(text: str) -> str:
    r"""Give a text as a cell can hold it: what XML forbids is spelled out, what is too long is cut, and says so.

    Examples
    --------
    >>> as_text("bell\x07"), as_text("_x0041_")
    ('bell\\x07', '_x005F_x0041_')
    """
    text = NOT_IN_XML.sub(lambda sign: ascii(sign[0])[1:-1], text)
    text = LIKE_AN_ESCAPE.sub("_x005F_", text)
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - len(CUT)] + CUT


def _too_large(one: TableSheet) -> str:
    rows, columns = len(one.table) + 1, len(one.table.columns)
    if rows > MOST_ROWS:
        return f"{rows:,} rows with the header, a sheet of Excel holds {MOST_ROWS:,}; read the file itself"
    if columns > MOST_COLUMNS:
        return f"{columns:,} columns, a sheet of Excel holds {MOST_COLUMNS:,}; read the file itself"
    return ""


def _sheet(sheet: Any, one: TableSheet) -> None:
    from openpyxl.utils import get_column_letter

    table = one.table
    columns = [[_plain(value) for value in table.iloc[:, place]] for place in range(len(table.columns))]
    names = [str(name) for name in table.columns]
    for place, (name, values) in enumerate(zip(names, columns, strict=True), start=1):
        longest = max((len(str(value)) for value in values[:LOOKED_AT] if value is not None), default=0)
        if any(isinstance(value, float) for value in values[:LOOKED_AT]):
            longest = 10
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = min(max(longest, len(name) + 3, WIDTHS[0]), WIDTHS[1])
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(max(len(names), 1))}{len(table) + 1}"
    sheet.append([_header(sheet, name) for name in names])
    for row in zip(*columns, strict=True):
        sheet.append([_cell(sheet, value) for value in row])


def _plain(value: Any) -> Any:
    """Give a value as Excel can have it: a number, a truth value, a text, or nothing."""
    if isinstance(value, str):
        return as_text(value)
    if value is None or value != value or str(value) in ("NaT", "<NA>"):
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value) if abs(int(value)) <= EXACT else str(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else str(float(value))
    return as_text(str(value))


def _cell(sheet: Any, value: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if not isinstance(value, str) or not value.startswith(ACTIVE):
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"  # openpyxl takes = for a formula, # for an error
    cell.quotePrefix = True  # so that it stays a text where somebody edits it
    return cell


def _header(sheet: Any, name: str) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font, PatternFill

    cell = WriteOnlyCell(sheet, as_text(name))
    cell.data_type = "s"
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="FFE3E8EE")
    return cell


def _readme(sheet: Any, place: Path, sheets: dict[str, TableSheet], left_out: Iterable[str]) -> None:
    for letter, width in zip("ABCDE", (30, 34, 10, 10, 110), strict=True):
        sheet.column_dimensions[letter].width = width

    def add(*texts: Any, header: bool = False) -> None:
        sheet.append([_header(sheet, text or "") if header else _cell(sheet, _plain(text)) for text in texts])

    for line in _about(place):
        add(*line)
    add()
    add("sheet", "file", "rows", "columns", "holds", header=True)
    for title, one in sheets.items():
        add(title, one.file, len(one.table), len(one.table.columns), one.holds)
    for text in left_out:
        add("(left out)", *text.split(": ", 1)[:1], None, None, text.split(": ", 1)[1])
    add()
    add("sheet", "column", None, None, "is", header=True)
    names = next((one.table for one in sheets.values() if one.file == IBSI), None)
    features = set() if names is None else set(names["feature"])
    for title, one in sheets.items():
        if title.startswith("paper "):
            continue
        known = [str(name) for name in one.table.columns]
        for name in known:
            if name not in features:
                add(title, name, None, None, meaning_of(name))
        if count := sum(name in features for name in known):
            add(title, f"{count} features", None, None, "one column a feature; the sheet of ibsi.csv names each")


def _about(place: Path) -> Iterator[tuple[str, str]]:
    if place.is_dir() and RunFolder.stands_in(place):
        record = RunFolder.open(place).record
        yield "study", str(record["name"])
        yield "reference", str(record["reference"])
        yield "finished", str(record["finished"])
        yield "digest of the data", str(record["data_digest"])
        yield "digest of the settings", str(record["settings_digest"])
    yield "written by", f"radharmony {__version__}"
    yield "empty cells", "could not be computed, or do not apply: never zero. status or reason beside them says why"
    yield "which counts", "the files, with the digits that were computed; this workbook is a copy for reading"


def _timeless(book: Any) -> bytes:
    """Give the bytes of a workbook without the time at which they were written."""
    with tempfile.TemporaryDirectory() as folder:
        made, again = Path(folder) / "made.xlsx", Path(folder) / "again.xlsx"
        book.save(made)
        with zipfile.ZipFile(made) as old, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new:
            for entry in old.infolist():
                content = old.read(entry)
                if entry.filename == "docProps/core.xml":
                    content = WHEN.sub(b"", content)
                new.writestr(zipfile.ZipInfo(entry.filename, FIRST_DAY), content, zipfile.ZIP_DEFLATED)
        return again.read_bytes()
