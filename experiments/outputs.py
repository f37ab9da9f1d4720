"""The files that a run leaves in its folder, written whole or not at all."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

FEATURES = "features.parquet"
IBSI = "ibsi.csv"
RELIABILITY = "reliability.parquet"
SUMMARY = "summary.csv"
STRATEGIES = "strategies.csv"
FAILURES = "failures.csv"
WHITELISTS = "whitelists"
AUDIT = "audit.json"
RUN = "run.json"
REPORT = "report.html"
TRACKING = "mlflow.db"
FIGURES = "figures"
FINISHED = "finished"


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place and move it there, so that a crash never leaves half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o644 & ~_umask())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text, whole or not at all."""
    write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8", newline="\n"))


def write_json(path: Path, values: Any) -> None:
    """Write plain values as JSON, whole or not at all."""
    write_text(path, json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, whole or not at all."""
    write_whole(path, lambda temporary: table.to_csv(temporary, index=False, lineterminator="\n"))


def write_parquet(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet, whole or not at all."""
    write_whole(path, lambda temporary: table.to_parquet(temporary, index=False))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
