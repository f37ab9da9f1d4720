"""Two tables with the same keys: numbers and texts that differ, and what only one of them has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

NUMBER, MISSING, TEXT = "number", "missing", "text"
"""Kinds of differences: between two numbers, a number that only one has, between two texts."""


@dataclass(frozen=True)
class Tolerance:
    """How far two numbers may lie apart and still count as the same.

    Parameters
    ----------
    relative, absolute : float
        a and b are the same if abs(a - b) <= absolute + relative * max(abs(a), abs(b)). Two missing numbers are the
        same, as are two equal infinities; a missing number and another one are not.
    """

    relative: float = 1e-6
    absolute: float = 1e-9


@dataclass(frozen=True)
class TableComparison:
    """What differs between two tables.

    Parameters
    ----------
    name : str
        Of the table.
    keys : tuple of str
        Columns that name a row.
    rows : int
        Rows of both.
    compared : int
        Numbers and texts of both that were compared.
    beyond : DataFrame
        One row a difference: the keys, `kind` (`NUMBER`, `MISSING` or `TEXT`), `column`, `a`, `b`, and of two numbers
        the `size` of the difference, see `compare_tables`. Numbers come first, the largest difference before others.
    only_a, only_b : DataFrame
        Keys of the rows that only one has.
    columns_a, columns_b : tuple of str
        Compared columns that only one has.
    """

    name: str
    keys: tuple[str, ...]
    rows: int
    compared: int
    beyond: pd.DataFrame
    only_a: pd.DataFrame
    only_b: pd.DataFrame
    columns_a: tuple[str, ...]
    columns_b: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return all(part.empty for part in (self.beyond, self.only_a, self.only_b)) and not (
            self.columns_a or self.columns_b
        )

    def of_kind(self, kind: str) -> pd.DataFrame:
        """Give the differences of one kind."""
        return self.beyond[self.beyond["kind"] == kind]

    def changes(self) -> list[dict[str, Any]]:
        """Give which text became which: `column`, `a`, `b`, `count` and the `first` place, the most frequent first."""
        found = [
            {"column": column, "a": a, "b": b, "count": len(rows), "first": rows.iloc[0][list(self.keys)].to_dict()}
            for (column, a, b), rows in self.of_kind(TEXT).groupby(["column", "a", "b"], sort=False)
        ]
        return sorted(found, key=lambda change: -change["count"])

    def most(self) -> dict[str, tuple[str, int]]:
        """Give the strategy, the ROI and the feature (or column) with the most differences, and how many they have."""
        feature = "feature" if "feature" in self.beyond else "column"
        counts = {
            name: self.beyond[name].value_counts() for name in ("strategy", "roi", feature) if name in self.beyond
        }
        return {name: (str(count.index[0]), int(count.iloc[0])) for name, count in counts.items() if len(count)}


def compare_tables(
    name: str,
    first: pd.DataFrame,
    second: pd.DataFrame,
    keys: Sequence[str],
    tolerance: Tolerance | None = None,
    texts: Sequence[str] = (),
    unit: float = 0.0,
    main: str = "",
) -> TableComparison:
    """Compare two tables row by row.

    Parameters
    ----------
    name : str
        For the result.
    first, second : DataFrame
        With the key columns, which name each row once, and any columns of numbers.
    keys : sequence of str
        The key columns.
    tolerance : Tolerance, optional
        What counts as the same.
    texts : sequence of str
        Columns of texts that are compared too.
    unit : float
        The size of a difference is abs(a - b) / max(abs(a), abs(b), unit): relative to the larger number, but for
        numbers below the unit, such as an ICC about 0 with a unit of 1, whose sign would make it large.
    main : str
        Column of numbers whose differences come before those of others, such as estimates before their limits.

    Examples
    --------
    >>> one = pd.DataFrame({"roi": ["liver", "spleen"], "icc": [0.9, 0.8]})
    >>> other = pd.DataFrame({"roi": ["liver", "kidney"], "icc": [0.91, 0.8]})
    >>> found = compare_tables("icc", one, other, ["roi"])
    >>> found.beyond[["roi", "column", "a", "b"]].values.tolist(), found.only_b["roi"].tolist()
    ([['liver', 'icc', 0.9, 0.91]], ['kidney'])
    """
    tolerance = tolerance or Tolerance()
    mine, yours = _numeric(first, keys), _numeric(second, keys)
    columns = [column for column in mine if column in set(yours)]
    places = _places(first, second, keys)
    both = places[places["_merge"] == "both"]
    rows_a, rows_b = both["_a"].to_numpy(int), both["_b"].to_numpy(int)
    row, column, a, b = _beyond(first, second, columns, (rows_a, rows_b), tolerance)
    found = [_differences(both[list(keys)], row, np.array(columns, object)[column], a, b, unit)]
    for text in texts:
        x, y = first[text].astype(str).to_numpy()[rows_a], second[text].astype(str).to_numpy()[rows_b]
        differ = np.nonzero(x != y)[0]
        found.append(
            both[list(keys)].iloc[differ].assign(kind=TEXT, column=text, a=x[differ], b=y[differ], size=np.nan)
        )
    filled = [part.astype({"a": object, "b": object}) for part in found if not part.empty]
    beyond = pd.concat(filled) if filled else found[0]
    order = [beyond["kind"].map({NUMBER: 0, MISSING: 1, TEXT: 2}), beyond["column"] != main, -beyond["size"]]
    return TableComparison(
        name,
        tuple(keys),
        len(both),
        len(both) * (len(columns) + len(texts)),
        beyond.iloc[np.lexsort(order[::-1])].reset_index(drop=True),
        places.loc[places["_merge"] == "left_only", list(keys)].reset_index(drop=True),
        places.loc[places["_merge"] == "right_only", list(keys)].reset_index(drop=True),
        tuple(column for column in mine if column not in set(yours)),
        tuple(column for column in yours if column not in set(mine)),
    )


def _numeric(table: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    return [name for name in table.columns if name not in keys and pd.api.types.is_numeric_dtype(table[name])]


def _places(first: pd.DataFrame, second: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Give for each key its row in either table."""
    left = first[list(keys)].astype(str).assign(_a=np.arange(len(first)))
    right = second[list(keys)].astype(str).assign(_b=np.arange(len(second)))
    return left.merge(right, on=list(keys), how="outer", indicator=True, sort=False)


def _beyond(
    first: pd.DataFrame,
    second: pd.DataFrame,
    columns: Sequence[str],
    rows: tuple[np.ndarray, np.ndarray],
    tolerance: Tolerance,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Give row, column and both numbers of all that differ, row by row; a column at a time, as tables may be large."""
    found = []
    for place, name in enumerate(columns):
        a, b = (table[name].to_numpy(float)[own] for table, own in zip((first, second), rows, strict=True))
        differ = np.flatnonzero(_differ(a, b, tolerance))
        found.append((differ, np.full(differ.size, place), a[differ], b[differ]))
    if not found:
        return np.empty(0, int), np.empty(0, int), np.empty(0), np.empty(0)
    row, column, a, b = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((column, row))
    return row[order], column[order], a[order], b[order]


def _differ(a: np.ndarray, b: np.ndarray, tolerance: Tolerance) -> np.ndarray:
    """Tell where two numbers are not the same."""
    with np.errstate(invalid="ignore", over="ignore"):
        larger = np.maximum(np.abs(a), np.abs(b))
        within = np.abs(a - b) <= tolerance.absolute + tolerance.relative * np.where(np.isfinite(larger), larger, 0)
    same: np.ndarray = (a == b) | (np.isnan(a) & np.isnan(b)) | within
    return ~same


def _differences(
    keys: pd.DataFrame, row: np.ndarray, column: np.ndarray, a: np.ndarray, b: np.ndarray, unit: float
) -> pd.DataFrame:
    """Give a row for each of two numbers that differ, or of which one is missing."""
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.abs(a - b)
        larger = np.maximum(np.maximum(np.abs(a), np.abs(b)), unit)
        size = np.divide(apart, larger, out=np.full(a.shape, np.inf), where=np.isfinite(apart) & (larger > 0))
    missing = np.isnan(a) | np.isnan(b)
    return keys.iloc[row].assign(
        kind=np.where(missing, MISSING, NUMBER).astype(object),
        column=column,
        a=a,
        b=b,
        size=np.where(missing, np.nan, size),
    )
