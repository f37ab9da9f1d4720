"""What held-out predictions of any outcome have in common: whose rows they are, and which model made them."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evaluation.classification.splits import Fold
from harmonize.arrays import BoolArray, FloatArray, IntArray


class Predictions:
    """Held-out predictions of every row, once a repeat; subclasses are frozen dataclasses.

    Attributes
    ----------
    subjects : ndarray of int, shape (n_rows,)
        Number of each row's subject, from 0.
    fold : ndarray of int, shape (n_repeats, n_rows)
        Which model of the repeat predicted the row.
    by_row, by_repeat : tuple of str
        Fields with a value a row, and with a value a repeat and row; all others are the same for all rows.
    """

    by_row: ClassVar[tuple[str, ...]]
    by_repeat: ClassVar[tuple[str, ...]]

    subjects: IntArray
    fold: IntArray

    @property
    def n_subjects(self) -> int:
        """How many subjects there are."""
        return int(self.subjects.max()) + 1

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return len(self.subjects)

    def of_rows(self, repeat: int, rows: BoolArray) -> Self:
        """Give the predictions of one repeat for some rows."""
        found: dict[str, Any] = {name: getattr(self, name)[rows] for name in self.by_row}
        found |= {name: getattr(self, name)[repeat][None, rows] for name in self.by_repeat}
        found["subjects"] = np.unique(found["subjects"], return_inverse=True)[1]
        return replace(self, **found)  # type: ignore[type-var]

    def same_rows(self, other: "Predictions") -> bool:
        """Say whether other predictions are of the same rows, subjects and outcomes."""
        if type(self) is not type(other):
            return False
        alike = [one.name for one in fields(self) if one.name not in self.by_repeat]  # type: ignore[arg-type]
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in alike)

    def to_frame(self, subjects: ArrayLike | None = None) -> pd.DataFrame:
        """Give the table of predictions: a row for each row of the data and repeat."""
        raise NotImplementedError

    def keys(self, subjects: ArrayLike | None = None) -> pd.DataFrame:
        """Give the columns `row`, `subject`, `repeat` and `fold` of the table of predictions, by repeat, then row."""
        n_repeats, n_rows = self.fold.shape
        return pd.DataFrame(
            {
                "row": np.tile(np.arange(n_rows), n_repeats),
                "subject": np.tile(self.subjects if subjects is None else np.asarray(subjects), n_repeats),
                "repeat": np.repeat(np.arange(n_repeats), n_rows),
                "fold": self.fold.ravel(),
            }
        )


def arranged(folds: Sequence[Fold], parts: Sequence[Any], n_rows: int) -> tuple[FloatArray, IntArray]:
    """Put the predictions of all folds into their places.

    Parameters
    ----------
    folds : sequence of Fold
    parts : sequence of ndarray, shape (n_test_rows, n_values)
        What is predicted for the test rows of each fold.
    n_rows : int

    Returns
    -------
    values : ndarray, shape (n_repeats, n_rows, n_values)
    fold : ndarray of int, shape (n_repeats, n_rows)

    Examples
    --------
    >>> folds = [Fold(0, 0, np.array([0]), np.array([1])), Fold(0, 1, np.array([1]), np.array([0]))]
    >>> values, fold = arranged(folds, [[[0.7]], [[0.1]]], 2)
    >>> values[0, :, 0].tolist(), fold.tolist()
    ([0.1, 0.7], [[1, 0]])
    """
    repeats = sorted({fold.repeat for fold in folds})
    values = np.full((len(repeats), n_rows, np.shape(parts[0])[1]), np.nan)
    number = np.zeros((len(repeats), n_rows), dtype=np.int64)
    for fold, part in zip(folds, parts, strict=True):
        at = repeats.index(fold.repeat)
        values[at, fold.test] = part
        number[at, fold.test] = fold.fold
    return values, number


def numbered(groups: NDArray[Any]) -> IntArray:
    """Give each subject a number, from 0.

    Examples
    --------
    >>> numbered(np.array(["P2", "P1", "P2"])).tolist()
    [1, 0, 1]
    """
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)
