"""Two tables of numbers with the same keys: what differs beyond a tolerance, and what only one of them has."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


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
    rows : int
        Rows of both.
    compared : int
        Numbers and texts of both that were compared.
    beyond : DataFrame
        One row a difference, the largest relative one first: the keys, `column`, `a`, `b`, and `relative`, the
        difference in units of the larger number; infinite where one is missing, or for texts.
    only_a, only_b : DataFrame
        Keys of the rows that only one has.
    columns_a, columns_b : tuple of str
        Compared columns that only one has.
    """

    name: str
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
    a, b = first[columns].to_numpy(float)[rows_a], second[columns].to_numpy(float)[rows_b]
    relative = _relative(a, b, tolerance)
    row, column = np.nonzero(relative > 0)
    found = [
        both[list(keys)]
        .iloc[row]
        .assign(column=np.array(columns, object)[column], a=a[row, column], b=b[row, column])
        .assign(relative=relative[row, column])
    ]
    for text in texts:
        x, y = first[text].astype(str).to_numpy()[rows_a], second[text].astype(str).to_numpy()[rows_b]
        differ = np.nonzero(x != y)[0]
        found.append(both[list(keys)].iloc[differ].assign(column=text, a=x[differ], b=y[differ], relative=np.inf))
    filled = [part.astype({"a": object, "b": object}) for part in found if not part.empty]
    beyond = pd.concat(filled) if filled else found[0]
    return TableComparison(
        name,
        len(both),
        len(both) * (len(columns) + len(texts)),
        beyond.sort_values("relative", ascending=False, kind="stable").reset_index(drop=True),
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


def _relative(a: np.ndarray, b: np.ndarray, tolerance: Tolerance) -> np.ndarray:
    """Give the relative difference where it is beyond the tolerance, elsewhere 0."""
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.abs(a - b)
        larger = np.maximum(np.abs(a), np.abs(b))
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        within = apart <= tolerance.absolute + tolerance.relative * np.where(np.isfinite(larger), larger, 0)
        relative = np.divide(apart, larger, out=np.full(a.shape, np.inf), where=np.isfinite(apart) & (larger > 0))
    return np.where(same | within, 0.0, relative)
