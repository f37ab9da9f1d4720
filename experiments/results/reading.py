"""Read a single file of a finished run: JSON, CSV or Parquet, or say what is wrong with it and what to do."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from evaluation.reading import parquet
from harmonize.errors import ConfigurationError
from harmonize.inputs.documents import read_json

AGAIN = "run the study again to write it"
"""What helps against a damaged file of a run."""
Kinds = Mapping[str, type | tuple[type, ...]]
"""Of the values of a JSON object, by key."""


@contextmanager
def readable(place: Path, advice: str = AGAIN) -> Iterator[None]:
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
    >>> with readable(Path("run.json")):
    ...     {}["subjects"]
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: run.json: not readable ('subjects' is missing); run the study again to write it
    """
    try:
        yield
    except ConfigurationError:
        raise
    except (OSError, ValueError, LookupError, TypeError, AttributeError, pa.ArrowException) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise ConfigurationError(f"{place}: not readable ({what}); {advice}") from error


def read_record(path: Path, kinds: Kinds, advice: str = AGAIN) -> dict[str, Any]:
    """Read a JSON object that has these keys with values of these kinds.

    Raises
    ------
    ConfigurationError
        For a file that is missing, empty, too large, unreadable or without one of them.
    """
    _check_present(path, advice)
    try:
        content = read_json(path)
    except ConfigurationError as error:
        raise ConfigurationError(f"{error}; {advice}") from None
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: expected a JSON object, found {type(content).__name__}; {advice}")
    check_record(content, path, kinds, advice)
    return content


def check_record(content: Mapping[str, Any], path: Path, kinds: Kinds, advice: str = AGAIN) -> None:
    """Refuse an object without one of these keys, or with a value of another kind.

    Raises
    ------
    ConfigurationError
    """
    for key, kind in kinds.items():
        if key not in content:
            raise ConfigurationError(
                f"{path}: '{key}' is missing; was it written by another version of radharmony? If so, {advice}"
            )
        if not isinstance(content[key], kind):
            raise ConfigurationError(f"{path}: '{key}' is {content[key]!r:.60}, of an unexpected kind; {advice}")


def read_csv(path: Path, columns: Collection[str], advice: str = AGAIN) -> pd.DataFrame:
    """Read a CSV file with these columns as text.

    Raises
    ------
    ConfigurationError
        For a file that is missing, empty, unreadable or without one of them.
    """
    _check_present(path, advice)
    # As text throughout: a subject named NA or 007 must stay what it is.
    with readable(path, advice):
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    return _complete(table, path, columns, advice)


def read_numbers(path: Path, texts: Collection[str], advice: str = AGAIN) -> pd.DataFrame:
    """Read a CSV file of numbers, NaN where empty, and of texts in these columns.

    Raises
    ------
    ConfigurationError
        For a file that is missing, empty, unreadable, without one of them, or with a text elsewhere.
    """
    table = read_csv(path, texts, advice)
    return to_numbers(table, [name for name in table if name not in texts], path, advice)


def to_numbers(table: pd.DataFrame, names: Collection[str], path: Path, advice: str = AGAIN) -> pd.DataFrame:
    """Take these columns of texts as numbers, NaN where empty.

    Raises
    ------
    ConfigurationError
        For a text that is no number.
    """
    with readable(path, advice):
        return table.assign(**{name: table[name].replace("", "nan").astype("float64") for name in names})


def read_table(path: Path, columns: Collection[str]) -> pd.DataFrame:
    """Read a Parquet file with these columns and others.

    Raises
    ------
    ConfigurationError
        For a file that is missing, empty, unreadable or without one of them.
    """
    return _complete(read_parquet(path), path, columns, AGAIN)


def read_parquet(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Read the named columns of a Parquet file, or all.

    Raises
    ------
    ConfigurationError
        For a file that is missing, empty or unreadable.
    """
    _check_present(path, AGAIN)
    with readable(path):
        return parquet.read_parquet(path, columns)


def parquet_columns(path: Path) -> list[str]:
    """Give the columns of a Parquet file, without reading a row.

    Raises
    ------
    ConfigurationError
        For a file that is missing, empty or unreadable.
    """
    _check_present(path, AGAIN)
    with readable(path):
        names: list[str] = pq.read_schema(path).empty_table().to_pandas().columns.tolist()
        return names


def _check_present(path: Path, advice: str) -> None:
    if not path.is_file():
        raise ConfigurationError(f"{path}: not found, but other files of a finished run need it; {advice}")
    if path.stat().st_size == 0:
        raise ConfigurationError(f"{path}: the file is empty; {advice}")


def _complete(table: pd.DataFrame, path: Path, columns: Collection[str], advice: str) -> pd.DataFrame:
    missing = [name for name in columns if name not in table.columns]
    if missing:
        found = ", ".join(map(str, table.columns[:12]))
        raise ConfigurationError(f"{path}: column '{missing[0]}' is missing; found {found}; {advice}")
    return table
