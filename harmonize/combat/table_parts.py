"""A feature table taken apart: which columns have a role, and the features as one array."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from harmonize.arrays import FloatArray, IntArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import suggest
from harmonize.inputs.frames import as_pandas, unmasked
from harmonize.words import plural

_TOGETHER = 256
"""Columns that are copied together: all at once would take twice as long, as a row of them is far apart in memory."""


def as_frame(X: Any) -> pd.DataFrame:
    """Give what a harmonizer is given as a table with rows, whose columns have different names."""
    given = as_pandas(X)
    frame = given if isinstance(given, pd.DataFrame) else None
    if frame is None:
        array = np.asarray(unmasked(given))
        if array.ndim != 2:
            raise ConfigurationError(
                f"expected a table with rows and columns, found {array.ndim} dimensions. Reshape your data"
            )
        frame = pd.DataFrame(array)
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise ConfigurationError(f"column '{twice}' stands in the table twice; rename or drop one")
    if not len(frame):
        raise ConfigurationError("the table has no rows")
    return frame


def check_roles(roles: dict[str, tuple[Hashable, ...]], columns: "pd.Index[Any]") -> None:
    """Refuse a column that is named twice, or is not there."""
    taken: dict[Hashable, str] = {}
    for role, names in roles.items():
        for name in names:
            if taken.get(name) == role:
                raise ConfigurationError(f"column '{name}' is named twice as {role}; name it once")
            if name in taken:
                raise ConfigurationError(f"column '{name}' is named as {taken[name]} and as {role}; give it one role")
            if name not in columns:
                raise ConfigurationError(
                    f"column '{name}', named as {role}, is not in the table; {suggest(name, map(str, columns[:50]))}"
                )
            taken[name] = role


def feature_values(frame: pd.DataFrame, positions: IntArray) -> FloatArray:
    """Copy the features out of a table as float64, NaN where a value is missing; refuse what is no finite number."""
    first, last = positions[0], positions[-1]
    consecutive = np.array_equal(positions, np.arange(first, last + 1))
    # A slice of consecutive columns is a view, a list of them a copy; without names nothing is done with names.
    unnamed = frame.set_axis(pd.RangeIndex(frame.shape[1]), axis=1)
    features = unnamed.iloc[:, first : last + 1] if consecutive else unnamed.iloc[:, positions]
    array = features.to_numpy()
    if array.dtype.kind not in "fiu":
        for position, dtype in features.dtypes.items():
            if not pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_complex_dtype(dtype):
                _check_numbers(frame.columns[position], features[position])
        array = features.to_numpy(dtype=np.float64, na_value=np.nan)
    values = np.empty(array.shape)
    for start in range(0, array.shape[1], _TOGETHER):  # a table lies in memory column by column
        some = slice(start, start + _TOGETHER)
        values[:, some] = array[:, some]
    if not np.isfinite(values.sum(axis=0)).all():  # which finite values nearly always add up to
        refuse_infinite(frame, values, frame.columns[positions])
    return values


def refuse_infinite(frame: pd.DataFrame, values: FloatArray, names: "Sequence[Any] | pd.Index[Any]") -> None:
    """Refuse infinite values."""
    infinite = np.isinf(values)
    if infinite.any():
        row, column = np.argwhere(infinite)[0]
        raise ConfigurationError(
            f"feature '{names[column]}' is infinite in row {frame.index[row]} "
            f"({plural(int(infinite.sum()), 'such value')} in all); make them missing (NaN) or leave the feature out"
        )


def _check_numbers(name: Hashable, column: "pd.Series[Any]") -> None:
    """Let through a column of Python objects that are all numbers; a number written as a text is not one."""
    found = pd.api.types.infer_dtype(column, skipna=True)
    if found not in ("floating", "integer", "mixed-integer-float", "empty"):
        raise ConfigurationError(
            f"feature '{name}' is not numeric but {found} ({column.dtype}); convert it, leave it out of the table, or "
            "name it as a covariate"
        )
