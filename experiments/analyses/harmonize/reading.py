"""How a table is read to be harmonized, whether a model is fitted or applied."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from glob import escape
from types import MappingProxyType

import pandas as pd

from evaluation.reading import Rows, TableFile, read_rows
from evaluation.tables import feature_class
from experiments.analyses.harmonize.settings import HarmonizationSettings
from experiments.analyses.shared.table_files import joined
from harmonize.words import some


def read_table(
    table: TableFile,
    settings: HarmonizationSettings,
    roles: Mapping[str, Sequence[str]],
    numbers: Mapping[str, Sequence[str]],
    spared: Mapping[str, str] = MappingProxyType({}),
    features: Sequence[str] = (),
) -> Rows:
    """Read a table; where only numbers tell features, spare some columns, with the reason.

    Other numbers that are no features are asked about: the effect of an age may have to be kept.
    """
    features = settings.features or features
    if features or any(map(feature_class, table.header)):
        spared = {}
    exclude = (*settings.exclude, *map(escape, spared))
    rows = read_rows(table, roles, numbers=numbers, features=features, exclude=exclude, ask=True)
    return replace(rows, left_out={**rows.left_out, **spared})


def with_batch(frame: pd.DataFrame, batch: Sequence[str]) -> pd.DataFrame:
    """Join the columns of the batch to one, named as they are together."""
    return frame if len(batch) < 2 else frame.assign(**{"+".join(batch): joined(frame, batch)})


def levels_of(column: pd.Series) -> str:
    """Say how many rows each level has."""
    counts = column.value_counts(sort=False)
    return f"rows {some((f'{label}: {count}' for label, count in counts.items()), 6)}"
