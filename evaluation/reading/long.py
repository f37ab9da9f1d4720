"""Tables with a row for each value: told from those with a column for each feature, and spread to them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evaluation.reading.checks import check_cells
from evaluation.reading.columns import choose_features, feature_values
from evaluation.reading.names import plain
from evaluation.reading.table_file import TableFile
from evaluation.tables import FEATURE_KEYS, feature_class
from harmonize.errors import ConfigurationError

LONG_NAMES = ("feature", "value")
"""Columns of the feature's name and of the value, in lower case, that are taken for such a table unasked."""

NAMES = ("feature", "featurename", "variable", "metric", "measure", "measurement", "parameter", "name", "key")
VALUES = ("value", "featurevalue", "result", "measurement", "val")
"""Names that such columns have elsewhere, in lower case without signs."""

FAMILY, PARAMETERS = "featurefamily", "parameters"
"""Columns, in lower case, without which a name of CaPTk's stands for several features."""

REPEATED = 2
"""Rows that have each name at least, on average."""


def long_columns(header: Sequence[str]) -> tuple[str, str] | None:
    """Give the two columns of a long table that are named as such beyond doubt.

    Examples
    --------
    >>> long_columns(["ID", "Feature", "Value"]), long_columns(["ID", "original_glcm_Id"])
    (('Feature', 'Value'), None)
    """
    found = {name.lower(): name for name in header}
    return (found[LONG_NAMES[0]], found[LONG_NAMES[1]]) if all(name in found for name in LONG_NAMES) else None


def with_families(frame: pd.DataFrame, names: str) -> pd.DataFrame:
    """Give features the names of their families, too, where these stand in a column of their own, as CaPTk writes them.

    Examples
    --------
    >>> frame = pd.DataFrame({"FeatureFamily": ["GLCM"], "Feature": ["Contrast"], "Parameters": ["Bins=20"]})
    >>> with_families(frame, "Feature")["Feature"][0]
    'GLCM_Contrast_Bins=20'
    """
    found = {name.lower(): name for name in map(str, frame.columns)}
    if FAMILY not in found:
        return frame
    parts = [found[FAMILY], names, *filter(None, [found.get(PARAMETERS)])]
    texts = [frame[part].fillna("").astype(str).str.strip() for part in parts]
    joined = ["_".join(filter(None, row)) for row in zip(*texts, strict=True)]
    return frame.assign(**{names: joined}).drop(columns=[part for part in parts if part != names])


def refuse_long(frame: pd.DataFrame, taken: Sequence[str], advice: str) -> None:
    """Refuse a table with a row for each value where columns of features are expected.

    Parameters
    ----------
    frame : DataFrame
        The table as it was read.
    taken : sequence of str
        Columns that have a role.
    advice : str
        What can be done; ``{names}`` and ``{values}`` are the two columns.

    Raises
    ------
    ConfigurationError
        With the two columns.
    """
    if any(feature_class(str(name)) for name in frame.columns):
        return
    others = [name for name in frame.columns if name not in taken]
    numbers = [name for name in others if pd.api.types.is_numeric_dtype(frame[name])]
    values = next((name for name in numbers if plain(name) in VALUES), numbers[0] if len(numbers) == 1 else None)
    for name in others:
        if name in numbers or values is None or pd.api.types.is_bool_dtype(frame[name]):
            continue
        texts = pd.Series(frame[name].dropna().unique()).astype(str)
        if not len(texts):
            continue
        told = np.mean([bool(feature_class(text)) for text in texts[:200]]) > 0.5
        named = plain(name) in NAMES and plain(values) in VALUES and len(frame) >= REPEATED * len(texts)
        if told or named:
            raise ConfigurationError(
                f"column '{name}' holds names of features, such as '{texts[0]}', and '{values}' their values: a row "
                f"for each value; {advice.format(names=name, values=values)}"
            )


def spread(
    frame: pd.DataFrame,
    keys: pd.DataFrame,
    long: tuple[str, str],
    file: TableFile,
    wanted: Sequence[str] = (),
    unwanted: Sequence[str] = (),
    condition: str = "condition",
) -> tuple[list[str], pd.DataFrame, dict[str, str]]:
    """Spread one row for each value to one column for each feature.

    Parameters
    ----------
    frame, keys : DataFrame
        The table as it was read, with both columns as texts, and what names its rows.
    long : (str, str)
        The columns of the feature's name and of the value.
    file : TableFile
        Where the table comes from, for messages.
    wanted, unwanted : sequence of str
        Patterns of names, see `choose_features`.
    condition : str
        What the setting is called that names the conditions.

    Returns
    -------
    features, table, left_out
        As of a table with a column for each feature.

    Raises
    ------
    ConfigurationError
        For a value that stands there twice or is no number.
    """
    name, value = long
    index = list(FEATURE_KEYS)
    cells = keys.assign(**{name: frame[name], value: frame[value]})
    others = [column for column in frame.columns if column not in long]
    check_cells(cells[[*index, name]], frame, others, file.place, condition)
    wide = cells.pivot(index=index, columns=name, values=value)
    order = pd.MultiIndex.from_frame(keys.drop_duplicates())
    wide = wide.reindex(index=order, columns=list(pd.unique(frame[name])))
    people = pd.Series(wide.index.get_level_values("subject"), index=wide.index)
    features, left_out = choose_features(_guessed(wide), [], wanted, unwanted, subjects=people)
    rows = frame[name].isin(features)
    at = np.flatnonzero(rows.to_numpy())
    numbers = feature_values(frame[rows], [value], lambda row: file.place(int(at[row])), file.decimal)
    wide = cells[rows].assign(**{value: numbers[value]}).pivot(index=index, columns=name, values=value)
    wide = wide.reindex(index=order, columns=features).reset_index().rename_axis(columns=None)
    return features, wide, left_out


def _guessed(wide: pd.DataFrame) -> pd.DataFrame:
    """Give columns of numbers as such, for the choice of features alone."""
    numbers = wide.apply(lambda column: pd.to_numeric(column.str.replace(",", "."), errors="coerce"))
    return wide.where(numbers.isna() & wide.notna(), numbers).infer_objects()
