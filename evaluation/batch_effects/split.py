"""Which rows a harmonizer learns from and which it is judged on: no subject is in both."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from harmonize.arrays import IntArray
from harmonize.combat.base import BatchHarmonizer
from harmonize.errors import ConfigurationError
from harmonize.words import some

MOST_LEFT_OUT = 20
"""Subjects up to which each is left out by itself; of more, folds are made."""
FOLDS = 10


def folds_of(subjects: Sequence[Any] | pd.Series, batches: Sequence[Any] | pd.Series, n: int | None = None) -> IntArray:
    """Give the fold of each row: no subject is split, and subjects of each batch are spread over the folds.

    Parameters
    ----------
    subjects, batches : sequence, shape (n_rows,)
    n : int or None
        How many folds; None leaves out each of up to 20 subjects by itself, and makes ten folds of more.

    Examples
    --------
    >>> folds_of(list("aabbccdd"), list("xyxyxyxy"), 2).tolist()
    [0, 0, 1, 1, 0, 0, 1, 1]
    """
    codes, names = pd.factorize(np.asarray(subjects))
    if len(names) < 2:
        raise ConfigurationError(
            f"held-out values need two subjects or more, found {len(names)}; name the column of subjects"
        )
    n = min(len(names), (len(names) if len(names) <= MOST_LEFT_OUT else FOLDS) if n is None else n)
    first = pd.Series(np.asarray(batches).astype(str)).groupby(codes).agg(lambda part: "+".join(sorted(set(part))))
    fold = np.empty(len(names), dtype=np.intp)
    fold[np.argsort(first.to_numpy(dtype=str), kind="stable")] = np.arange(len(names)) % n
    return np.asarray(fold[codes])


def check_unseen(subjects: Sequence[Any] | pd.Series, learned: IntArray, judged: IntArray, where: str) -> None:
    """Refuse to judge a harmonizer on subjects that it learned from.

    Parameters
    ----------
    subjects : sequence, shape (n_rows,)
    learned, judged : ndarray of int
        Rows that it is fitted on, and rows whose harmonized values count.
    where : str
        For the message.

    Examples
    --------
    >>> check_unseen(["A", "A", "B"], np.array([0]), np.array([1, 2]), "fold 1")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: fold 1: subject A is learned from and judged; ...
    """
    names = np.asarray(subjects).astype(str)
    both = sorted(set(names[learned]) & set(names[judged]))
    if both:
        what = f"subject {both[0]} is" if len(both) == 1 else f"subjects {some(both)} are"
        raise ConfigurationError(
            f"{where}: {what} learned from and judged; a harmonizer that has seen a subject fits that subject's noise "
            "and looks better than it is: split by subject, so that all rows of one are on one side"
        )


def check_unfitted(model: BatchHarmonizer, where: str) -> None:
    """Refuse a harmonizer that has learned already, from subjects that nobody knows.

    Examples
    --------
    >>> from harmonize.combat import BatchZScore
    >>> table = pd.DataFrame({"batch": ["a", "b"] * 20, "x": np.arange(40.0)})
    >>> check_unfitted(BatchZScore().fit(table), "z")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: z: is fitted already, ...
    """
    if hasattr(model, "batches_"):
        raise ConfigurationError(
            f"{where}: is fitted already, perhaps on the very subjects that it would be judged on; give it unfitted: "
            "it is fitted here on others than it is judged on"
        )


def parts_of(fold: IntArray) -> list[tuple[IntArray, IntArray]]:
    """Give of each fold the rows to learn from and those to judge.

    Examples
    --------
    >>> [(learned.tolist(), judged.tolist()) for learned, judged in parts_of(np.array([0, 0, 1]))]
    [([2], [0, 1]), ([0, 1], [2])]
    """
    rows = np.arange(len(fold))
    return [(rows[fold != one], rows[fold == one]) for one in np.unique(fold)]
