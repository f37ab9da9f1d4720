"""Which tables stand in a folder, in the order that a reader wants, each with what it holds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evaluation.reading.parquet import read_parquet
from experiments.analyses import ANALYSES, addable
from experiments.analyses.places import added
from experiments.folder.belonging import check_belonging
from experiments.folder.files import (
    COMPARED_TABLES,
    FAILURES,
    FEATURES,
    FILES,
    IBSI,
    RELIABILITY,
    STRATEGIES,
    SUMMARY,
    TABLES,
    WHITELISTS,
)
from experiments.folder.kinds import RunTable, readable
from experiments.folder.run_folder import RunFolder
from harmonize.errors import ConfigurationError

FIRST = (STRATEGIES, SUMMARY, *COMPARED_TABLES, FAILURES)
LAST = (RELIABILITY, IBSI, FEATURES)
LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")
LIKE_A_NUMBER = r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?"
"""What a text must be to be a number; 007 is a name."""


@dataclass(frozen=True)
class TableSheet:
    """A table with where it came from.

    Parameters
    ----------
    title : str
        What the sheet is to be called.
    table : DataFrame
    file : str
        Which file holds it, or what it was made of.
    holds : str
        What it holds, in plain text.
    """

    title: str
    table: pd.DataFrame
    file: str
    holds: str


def sheets_of(place: Path) -> list[TableSheet]:
    """Give the tables of a run, of the folder that an analysis left, or of a file.

    Raises
    ------
    ConfigurationError
        Where there is none, or one is not as it was written.
    """
    if place.is_dir():
        found = list(_of_run(RunFolder.open(place)) if RunFolder.stands_in(place) else _of_folder(place))
        if not found:
            raise ConfigurationError(
                f"{place}: holds no table (.csv, .parquet); name the folder of a run or of an analysis, or a table"
            )
        return found
    check_belonging(place)
    return [_read(place.parent, place.name)]


def _of_run(run: RunFolder) -> Iterator[TableSheet]:
    own = [file for file in FILES if isinstance(file, RunTable) and file not in (*FIRST, *LAST)]
    middle = [file for file in own if file.sealed]
    for file in (*FIRST, *middle):
        if (table := run.get(file)) is not None:
            yield _described(file, table)
    yield from _whitelists(run)
    for analysis in addable():
        if analysis.adding.place in added(run):
            yield from _of_folder(run.path(analysis.adding.place), f"{analysis.adding.place}/")
    for path in run.within(TABLES):
        if path.suffix == ".csv":
            run.check([path.relative_to(run.folder).as_posix()])
            yield TableSheet(f"paper {path.stem}", _texts(path), f"{TABLES}/{path.name}", "a table of the paper")
    for file in (*(one for one in own if not one.sealed), *LAST):
        if file in run or not file.sealed:
            table = run.standing(file) if not file.sealed else run[file]
            if table is not None:
                yield _described(file, table)


def _whitelists(run: RunFolder) -> Iterator[TableSheet]:
    rows = [
        (name, sequence, roi, feature)
        for name, whitelist in run.whitelists.items()
        for sequence, rois in whitelist.features.items()
        for roi, features in rois.items()
        for feature in features
    ]
    table = pd.DataFrame(rows, columns=["strategy", "sequence", "roi", "feature"])
    if run.whitelists:
        yield TableSheet("whitelists", table, f"{WHITELISTS}/*.json", "the robust features: one row each")


def _of_folder(folder: Path, within: str = "") -> Iterator[TableSheet]:
    """Give the tables of a folder, the known ones first; of one that lies there in both forms, Parquet."""
    paths = [path for path in folder.rglob("*") if path.suffix in (".csv", ".parquet") and path.is_file()]
    twice = {path.with_suffix(".csv") for path in paths if path.suffix == ".parquet"}
    order = [str(file) for file in (*FIRST, *FILES)]

    def rank(path: Path) -> tuple[int, str]:
        name = path.relative_to(folder).as_posix()
        if name in LAST:
            return len(order) + 1, name
        return order.index(name) if name in order else len(order), name

    for path in sorted((path for path in paths if path not in twice), key=rank):
        check_belonging(path)
        yield _read(folder, path.relative_to(folder).as_posix(), within)


def _read(folder: Path, name: str, within: str = "") -> TableSheet:
    """Read a table by what describes one of its name; one that nothing describes, as it is written."""
    for file in _described_as(name):
        try:
            return TableSheet(_title(within + name), file.read(folder), within + name, plain(file.holds))
        except ConfigurationError:  # that of another analysis
            continue
    path = folder / name
    with readable(path, "write it again, or remove it"):
        table = read_parquet(path) if path.suffix.lower() == ".parquet" else _texts(path)
    if len(table.columns) < 2 and path.suffix.lower() != ".parquet":
        raise ConfigurationError(f"{path}: has one column; expected several, with commas between")
    return TableSheet(_title(within + name), table, within + name, "")


def _described(file: RunTable, table: pd.DataFrame) -> TableSheet:
    return TableSheet(_title(file), table, str(file), plain(file.holds))


def _title(name: str) -> str:
    return Path(name).with_suffix("").as_posix().replace("/", " ").replace("_", " ")


def _texts(path: Path) -> pd.DataFrame:
    """Read CSV whose columns nobody describes: those of numbers alone are numbers; headings may stand twice."""
    rows = pd.read_csv(path, header=None, dtype=str, keep_default_na=False, encoding="utf-8", na_filter=False)
    body = rows.iloc[1:].reset_index(drop=True)
    for name in body.columns:
        texts = body[name]
        if (texts != "").any() and texts[texts != ""].str.fullmatch(LIKE_A_NUMBER).all():
            body[name] = pd.to_numeric(texts.replace("", None))
    body.columns = pd.Index(rows.iloc[0])
    return body


def plain(text: str) -> str:
    """Give a line of Markdown without its signs.

    Examples
    --------
    >>> plain("medians of `icc`, see [definitions](definitions.md#icc)")
    'medians of icc, see definitions'
    """
    return LINK.sub(r"\1", text).replace("`", "")


def _described_as(name: str) -> list[RunTable]:
    every = [one for analysis in ANALYSES.values() for one in vars(analysis.module("files")).values()]
    return [file for file in (*FILES, *COMPARED_TABLES, *every) if isinstance(file, RunTable) and file == name]
