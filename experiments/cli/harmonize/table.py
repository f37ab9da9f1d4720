"""How `radharmony harmonize` reads a table, whether it fits or applies a model."""

from collections.abc import Sequence
from dataclasses import replace
from glob import escape
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.reading import Rows, read_rows
from evaluation.tables import feature_class
from experiments.cli.shared.tables import joined


def read_table(
    table: Path, header: Sequence[str], roles: dict[str, Sequence[str]], options: dict[str, Any], spared: dict[str, str]
) -> Rows:
    """Read a table; where only numbers tell features, spare some columns, with the reason.

    Other numbers that are no features are asked about: the effect of an age may have to be kept.
    """
    if options["features"] or any(map(feature_class, header)):
        spared = {}
    exclude = (*options["exclude"], *map(escape, spared))
    numbers = {role: options[role] for role in ("continuous", "smooth")}
    rows = read_rows(
        table,
        roles,
        numbers=numbers,
        features=options["features"],
        exclude=exclude,
        decimal=options["decimal"],
        ask=True,
    )
    return replace(rows, left_out=rows.left_out | spared)


def with_batch(frame: pd.DataFrame, batch: Sequence[str]) -> pd.DataFrame:
    """Join the columns of the batch to one, named as they are together."""
    return frame if len(batch) == 1 else frame.assign(**{"+".join(batch): joined(frame, batch)})


def levels_of(column: pd.Series) -> str:
    """Say how many rows each level has."""
    counts = column.value_counts(sort=False)
    words = ", ".join(f"{label}: {count}" for label, count in list(counts.items())[:6])
    return f"rows {words}" + (f" and {len(counts) - 6} more" if len(counts) > 6 else "")
