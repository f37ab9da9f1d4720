"""Rows of two conditions, aligned by subject."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evaluation.classification.measured_targets import told
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import suggest


@dataclass(frozen=True)
class Pairs:
    """Rows of two conditions, aligned.

    Parameters
    ----------
    first, second : DataFrame, shape (n_pairs, n_columns)
        The features in the training and in the other condition.
    y, groups : ndarray, shape (n_pairs,)
        Class and subject of each pair.
    unpaired : int
        Rows of the two conditions that are left out, as the other condition lacks them.
    """

    first: pd.DataFrame
    second: pd.DataFrame
    y: NDArray[Any]
    groups: NDArray[Any]
    unpaired: int


def pair_rows(
    X: pd.DataFrame,
    y: ArrayLike,
    groups: ArrayLike,
    condition: ArrayLike,
    *,
    train: str,
    test: str,
    units: ArrayLike | None = None,
) -> Pairs:
    """Align the rows of two conditions.

    Parameters
    ----------
    X : DataFrame, shape (n_rows, n_columns)
        Rows of any conditions.
    y, groups, condition : array_like, shape (n_rows,)
        Class, subject and condition of each row.
    train, test : str
        The two conditions.
    units : array_like, shape (n_rows,), optional
        What is the same in both where a subject has several rows, such as the lesion.

    Raises
    ------
    ConfigurationError
        For a condition that is absent, no row in both, a unit that stands in one twice, or one whose class differs.

    Examples
    --------
    >>> X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]})
    >>> pairs = pair_rows(X, [0, 1, 1, 0], ["P1", "P2", "P2", "P3"], ["REF", "REF", "ACC", "ACC"], train="REF",
    ...                   test="ACC")
    >>> pairs.groups.tolist(), pairs.first["a"].tolist(), pairs.second["a"].tolist(), pairs.unpaired
    (['P2'], [2.0], [3.0], 2)
    """
    labels, subjects, conditions = (np.asarray(values) for values in (y, groups, condition))
    parts = subjects if units is None else np.asarray(units)
    for name, values in (("y", labels), ("groups", subjects), ("condition", conditions), ("units", parts)):
        if values.shape != (len(X),):
            raise ConfigurationError(f"{name}: expected one value for each of {len(X)} rows, found {values.shape}")
    if train == test:
        raise ConfigurationError(f"train and test: both are '{train}', expected two conditions")
    keys = pd.MultiIndex.from_arrays([subjects, parts])
    rows = {}
    for role, name in (("train", train), ("test", test)):
        here = np.flatnonzero(conditions == name)
        if not len(here):
            known = list(dict.fromkeys(conditions.tolist()))
            raise ConfigurationError(f"{role}: there is no condition '{name}'; {suggest(name, known)}")
        twice = keys[here].duplicated()
        if twice.any():
            subject = keys[here][twice][0][0]
            raise ConfigurationError(
                f"{role}: subject '{subject}' has several rows in condition '{name}'; say with `units` which row of "
                "the other condition each belongs to, or choose one ROI and sequence"
            )
        rows[role] = pd.Series(here, index=keys[here])
    both = rows["train"].index.intersection(rows["test"].index, sort=False)
    if not len(both):
        raise ConfigurationError(
            f"no subject has rows in both '{train}' and '{test}'; transfer compares the same subjects in two conditions"
        )
    first, second = (rows[role].reindex(both).to_numpy() for role in ("train", "test"))
    unlike = labels[first] != labels[second]
    if unlike.any():
        subject = subjects[first][unlike][0]
        had, has = (told(labels[rows][unlike][0]) for rows in (first, second))
        raise ConfigurationError(
            f"y: subject '{subject}' has {had} in '{train}' and {has} in '{test}' ({int(unlike.sum())} such); what is "
            "predicted of a subject must be the same in both conditions"
        )
    unpaired = len(rows["train"]) + len(rows["test"]) - 2 * len(both)
    return Pairs(
        X.iloc[first].reset_index(drop=True),
        X.iloc[second].reset_index(drop=True),
        labels[first],
        subjects[first],
        unpaired,
    )
