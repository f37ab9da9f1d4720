"""What analyses do with any table: join columns, tell what a file is, write as its name says."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from evaluation.reading import TableSource, digest_of_table, source_of
from evaluation.reading.keys import refuse_joined_alike
from evaluation.reading.names import written_name
from experiments.folder.belonging import check_belonging
from experiments.folder.files import FEATURES
from experiments.folder.run_folder import RunFolder
from experiments.folder.writing import write_csv, write_parquet

SUFFIXES = (".csv", ".parquet")
"""How the name of a table to be written ends."""


def given_table(table: object, name: str = "DataFrame") -> TableSource:
    """Take the table of an analysis: a DataFrame, a file, or the folder of a run for its features.

    A file is refused if its run is not finished or it was changed.

    Raises
    ------
    ConfigurationError
        For what is neither, too.
    """
    source = source_of(table, name)
    if isinstance(source, Path):
        if source.is_dir():
            source = RunFolder.open(source).path(FEATURES)  # says what is wrong with a folder that is none
        check_belonging(source)
    return source


def is_table(path: Path) -> bool:
    """Tell whether a file is named as a table that can be written.

    Examples
    --------
    >>> is_table(Path("out/R.CSV")), is_table(Path("out"))
    (True, False)
    """
    return path.suffix.lower() in SUFFIXES


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV or Parquet, whole or not at all; a column that came without a name has none."""
    bare = table.rename(columns=written_name)
    if path.suffix.lower() == ".csv":
        write_csv(path, bare)
    else:  # in which no two columns have one name
        write_parquet(path, bare if bare.columns.is_unique else table)


def with_types(column: pd.Series) -> pd.Series:
    """Give texts as numbers where these are written the very same, so that nothing is lost; else as they are.

    Examples
    --------
    >>> with_types(pd.Series(["7", "10"], dtype=object)).tolist(), with_types(pd.Series(["007", "10"])).tolist()
    ([7, 10], ['007', '10'])
    """
    if column.dtype != object:  # of Parquet, where texts are meant
        return column
    numbers = pd.to_numeric(column, errors="coerce")
    same = numbers.notna().all() and [str(number) for number in numbers.tolist()] == list(column)
    return numbers if same else column


def joined(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Give the texts of several columns as one, joined by ``+``.

    Examples
    --------
    >>> joined(pd.DataFrame({"site": ["x", "y"], "scan": ["1", "2"]}), ["site", "scan"]).tolist()
    ['x+1', 'y+2']

    Raises
    ------
    ConfigurationError
        Where different levels would be called the same, such as those of a level that holds a ``+`` itself.
    """
    parts = frame[list(columns)]
    names = parts.agg("+".join, axis=1)
    refuse_joined_alike(names, parts)
    return names


def describe_file(path: TableSource) -> dict[str, str]:
    """Give name and SHA-256 of a file or DataFrame, for the record; not where it lies."""
    return {"file": path.name, "sha256": digest_of_table(path)}
