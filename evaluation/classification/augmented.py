"""Further rows of training subjects to learn from, such as those of perturbed scans; nothing is tested on them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.classification.measured_targets import told
from evaluation.classification.splits import Fold
from harmonize.errors import ConfigurationError


@dataclass(frozen=True)
class MoreRows:
    """Rows that models learn from beside those that are tested, in the folds in which their subject is trained on.

    Parameters
    ----------
    table : DataFrame, shape (n_more, n_columns)
        With the columns of the table that is tested.
    y, groups : ndarray, shape (n_more,)
        Class and subject of each.
    """

    table: pd.DataFrame
    y: NDArray[Any]
    groups: NDArray[Any]

    def check(self, table: pd.DataFrame, y: NDArray[Any], groups: NDArray[Any]) -> None:
        """Refuse rows with other columns, of other subjects, or with another target than their subject has.

        Raises
        ------
        ConfigurationError
        """
        if list(self.table.columns) != list(table.columns) or not len(self.table) == len(self.y) == len(self.groups):
            raise ConfigurationError(
                f"more rows: {self.table.shape[0]} rows x {self.table.shape[1]} columns with {len(self.y)} targets and "
                f"{len(self.groups)} subjects, expected the {table.shape[1]} columns of the table and one of each a row"
            )
        known = set(zip(groups.tolist(), y.tolist(), strict=True))
        for place, row in enumerate(zip(self.groups.tolist(), self.y.tolist(), strict=True)):
            if row not in known:
                raise ConfigurationError(
                    f"more rows: subject '{row[0]}' has {told(self.y[place])} there, and in no row of the table; what "
                    "is predicted of a perturbed scan is that of its scan"
                )


def with_more(folds: Sequence[Fold], groups: NDArray[Any], more: NDArray[Any]) -> list[Fold]:
    """Add to the training rows of each fold the further rows of its training subjects; test rows stay as they are.

    Parameters
    ----------
    folds : sequence of Fold
    groups : ndarray, shape (n_rows,)
        The subject of each row.
    more : ndarray, shape (n_more,)
        The subject of each further row, whose positions follow those of the rows.

    Examples
    --------
    >>> (fold,) = with_more([Fold(0, 0, np.array([0]), np.array([1]))], np.array(["a", "b"]), np.array(["b", "a", "a"]))
    >>> fold.train.tolist(), fold.test.tolist()
    ([0, 3, 4], [1])
    """
    found = []
    for fold in folds:
        own = np.flatnonzero(np.isin(more, groups[fold.train]) & ~np.isin(more, groups[fold.test]))
        found.append(replace(fold, train=np.concatenate([fold.train, len(groups) + own])))
    return found
