"""Folds that keep the rows of a subject together and the share of each class alike, repeated with other draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import StratifiedGroupKFold

from harmonize.arrays import IntArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.limits import Bounds, Count, check_arguments
from harmonize.words import plural


@dataclass(frozen=True)
class Fold:
    """One split into training and test rows.

    Parameters
    ----------
    repeat, fold : int
        Its numbers, from 0.
    train, test : ndarray of int
        Positions of the rows, ascending.
    """

    repeat: int
    fold: int
    train: IntArray
    test: IntArray


def repeated_folds(
    y: ArrayLike,
    groups: ArrayLike,
    *,
    folds: Annotated[int, Bounds(least=2)] = 5,
    repeats: Count = 10,
    seed: int | Sequence[int] = 0,
    inner_folds: int = 1,
) -> list[Fold]:
    """Split rows into folds, several times over.

    All rows of a subject fall into the same fold, and the classes are spread over the folds as evenly as that allows.
    In each repeat every row is tested once. A subject may have rows of different classes, such as lesions.

    Parameters
    ----------
    y : array_like, shape (n_rows,)
        The class of each row.
    groups : array_like, shape (n_rows,)
        The subject of each row.
    folds, repeats : int
        Number of folds, at least 2, and how often to split.
    seed : int or sequence of int
        Makes the splits repeatable.
    inner_folds : int
        Into how many folds the training rows are split again, for the advice.

    Returns
    -------
    list of Fold
        By repeat, then fold.

    Raises
    ------
    ConfigurationError
        If a class has fewer subjects than there are folds, or so uneven ones that some training rows lack it.

    References
    ----------
    Kohavi R. A study of cross-validation and bootstrap for accuracy estimation and model selection. IJCAI 1995;
    2:1137-1143 (stratification, repeats).

    Examples
    --------
    >>> y = [0, 0, 0, 0, 1, 1, 1, 1]
    >>> subject = ["a", "a", "b", "c", "d", "d", "e", "f"]
    >>> for fold in repeated_folds(y, subject, folds=2, repeats=1):
    ...     print(fold.test)
    [0 1 6 7]
    [2 3 4 5]
    """
    labels, subjects = np.asarray(y), np.asarray(groups)
    check_arguments(repeated_folds, folds=folds, repeats=repeats)
    _check_subjects(labels, subjects, folds, inner_folds)
    seeds = np.random.SeedSequence(seed).generate_state(repeats)
    result = []
    for repeat, state in enumerate(seeds):
        splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=int(state))
        for fold, (train, test) in enumerate(splitter.split(np.zeros(len(labels)), labels, subjects)):
            absent = sorted(set(labels) - set(labels[train]))
            if absent or not len(test):
                reason = f"no row of class '{absent[0]}' is left to learn from" if absent else "a fold stays empty"
                raise ConfigurationError(
                    f"folds: {reason} in repeat {repeat}, fold {fold}, as rows are spread unevenly over subjects; use "
                    f"fewer than {folds} folds, or fewer rows a subject"
                )
            result.append(Fold(repeat, fold, train.astype(np.int64), test.astype(np.int64)))
    return result


def check_inner_folds(y: ArrayLike, groups: ArrayLike, folds: Sequence[Fold], inner_folds: int) -> None:
    """Refuse more inner folds than the smallest class has subjects in the training rows of some fold.

    Raises
    ------
    ConfigurationError
        With how many inner folds there may be, which holds for all folds.

    Examples
    --------
    >>> y, subject = [0, 0, 0, 1, 1, 1], ["a", "b", "c", "d", "e", "f"]
    >>> check_inner_folds(y, subject, repeated_folds(y, subject, folds=3, repeats=1), 5)
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: inner loop: class '0' has 2 subjects to learn from in repeat 0, fold 0, ...
    """
    labels, subjects = np.asarray(y), np.asarray(groups)
    counts = [
        (len(np.unique(subjects[fold.train][labels[fold.train] == label])), position, label)
        for position, fold in enumerate(folds)
        for label in np.unique(labels)
    ]
    least, position, label = min(counts, key=lambda one: one[:2])
    if least < inner_folds:
        fold = folds[position]
        advice = (
            f"set `inner_folds` to {least} or fewer"
            if least > 1
            else "more `folds` leave more to learn from, or join the class with another"
        )
        raise ConfigurationError(
            f"inner loop: class '{label}' has {plural(least, 'subject')} to learn from in repeat "
            f"{fold.repeat}, fold {fold.fold}, expected at least one for each of {inner_folds} inner folds; {advice}"
        )


def _check_subjects(labels: NDArray[Any], subjects: NDArray[Any], folds: int, inner_folds: int) -> None:
    """Refuse classes with fewer subjects than folds."""
    if labels.shape != subjects.shape or labels.ndim != 1:
        raise ConfigurationError(f"y and groups: expected one value a row, found {labels.shape} and {subjects.shape}")
    counts = {label: len(np.unique(subjects[labels == label])) for label in np.unique(labels)}
    label = min(counts, key=lambda one: counts[one])
    count = counts[label]
    if count < folds:
        inner = min(inner_folds, count - 1)  # as many stay to learn from if each fold takes one
        if count < 2 or (inner < 2 <= inner_folds):
            advice = "leave the class out or join it with another"
        elif inner < inner_folds:
            advice = f"use `folds={count}` with `inner_folds={inner}`"
        else:
            advice = f"use {count} folds or fewer"
        raise ConfigurationError(
            f"folds: class '{label}' has {plural(count, 'subject')}, expected at least one for each of "
            f"{folds} folds; {advice}"
        )
