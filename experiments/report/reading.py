"""Read a single file of a run folder: JSON, CSV or Parquet, or say what is wrong with it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from harmonize.errors import ConfigurationError


def _present(path: Path) -> Path:
    if not path.is_file():
        raise ConfigurationError(
            f"{path}: not found; the report needs all files of a finished run; finish it with `radharmony run` first"
        )
    if path.stat().st_size == 0:
        raise ConfigurationError(f"{path}: the file is empty; run the study again to write it anew")
    return path


def read_json(path: Path, keys: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """Read a JSON object that has these keys with values of these kinds.

    Raises
    ------
    ConfigurationError
        For a file that is missing, empty, unreadable or without one of them.
    """
    try:
        content = json.loads(_present(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigurationError(f"{path}: not readable as JSON ({error}); run the study again to write it") from None
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: expected a JSON object, found {type(content).__name__}")
    for key, kind in keys.items():
        if key not in content:
            raise ConfigurationError(f"{path}: '{key}' is missing; was it written by another version of radharmony?")
        if not isinstance(content[key], kind):
            raise ConfigurationError(f"{path}: '{key}' is {content[key]!r:.60}, of an unexpected kind")
    return content


def read_csv(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read a CSV file with these columns as text.

    Raises
    ------
    ConfigurationError
        For a file that is missing, empty, unreadable or without one of them.
    """
    # As text throughout: a subject named NA or 007 must stay what it is.
    try:
        table = pd.read_csv(_present(path), dtype=str, keep_default_na=False, encoding="utf-8")
    except ValueError as error:
        raise ConfigurationError(
            f"{path}: not readable as a table ({error}); run the study again to write it"
        ) from None
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise ConfigurationError(f"{path}: column '{missing[0]}' is missing; found {', '.join(table.columns[:12])}")
    return table


def read_table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read a Parquet file with these columns and others.

    Raises
    ------
    ConfigurationError
        For a file that is missing, empty, unreadable or without one of them.
    """
    table = read_parquet(path, [])
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise ConfigurationError(f"{path}: column '{missing[0]}' is missing; found {', '.join(table.columns[:12])}")
    return table


def read_parquet(path: Path, columns: list[str] | None) -> pd.DataFrame:
    """Read the named columns, all for an empty list, or for None no row at all."""
    try:
        if columns is None:
            return pq.read_schema(_present(path)).empty_table().to_pandas()
        return pd.read_parquet(_present(path), columns=columns or None)
    except (pa.ArrowException, OSError) as error:
        raise ConfigurationError(
            f"{path}: not readable as parquet ({error}); run the study again to write it"
        ) from None
