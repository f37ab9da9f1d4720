"""Running the folds of a cross-validation, and putting together what each of them gives."""

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from evaluation.classification.held_out import HeldOut, codes
from evaluation.classification.splits import Fold
from evaluation.parallel import Progress, in_parallel
from harmonize.arrays import FloatArray
from harmonize.combat import NegativeWarning
from harmonize.errors import ConfigurationError

Result = TypeVar("Result")

PARTS = re.compile(r"('[^']*'|(?<![\w.-])\d+(?![\w-]|\.\d))")
"""Parts a remark at what is quoted, such as the label of a batch, and at whole numbers that stand alone."""

EMPTY = "No features were selected"
"""How scikit-learn warns of a selector that keeps no column."""

NOTHING_LEFT = (
    "no feature is selected, so that there is nothing to learn from; `select` less strictly, such as fdr:0.2 or a "
    "number of features (mrmr:10), or report that no feature tells the classes apart by this criterion"
)


@dataclass(frozen=True)
class FoldRuns(Generic[Result]):
    """What the folds gave.

    Parameters
    ----------
    results : list
        In the order of the folds.
    notes : tuple of str
        What the steps warned of, with the number of folds.
    """

    results: list[Result]
    notes: tuple[str, ...]


def run_folds(
    work: Callable[[Fold], Result], folds: Sequence[Fold], jobs: int | None = 1, progress: Progress | None = None
) -> FoldRuns[Result]:
    """Do the work of every fold, several side by side.

    Parameters
    ----------
    work : callable
        Takes a fold.
    folds : sequence of Fold
    jobs, progress
        See `evaluation.parallel.in_parallel`.

    Raises
    ------
    ConfigurationError
        For a fold that fails with a ValueError, with its number.

    Examples
    --------
    >>> folds = [Fold(0, 0, np.array([0]), np.array([1])), Fold(0, 1, np.array([1]), np.array([0]))]
    >>> run_folds(lambda fold: fold.test.tolist(), folds)
    FoldRuns(results=[[1], [0]], notes=())
    """
    found = in_parallel(partial(_noting, work), folds, jobs, progress)
    return FoldRuns([result for result, _ in found], _counted([said for _, said in found]))


def _counted(said: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Give each remark once with the number of folds; counts in which one differs, as in inner folds, as their range.

    Examples
    --------
    >>> _counted([("batches: 'A1' (11), 'B' (9)", "batches: 'A1' (8), 'B' (9)"), ("batches: 'A1' (12), 'B' (9)",)])
    ("in 2 of 2 folds: batches: 'A1' (8 to 12), 'B' (9)",)
    """
    found: dict[tuple[str, ...], list[tuple[int, list[str]]]] = {}
    for fold, texts in enumerate(said):
        for text in texts:
            parts = PARTS.split(text)
            same = tuple("" if part.isdigit() else part for part in parts)
            found.setdefault(same, []).append((fold, parts))
    return tuple(
        f"in {len({fold for fold, _ in alike})} of {len(said)} folds: "
        + "".join(_range(one) for one in zip(*(parts for _, parts in alike), strict=True))
        for alike in found.values()
    )


def _range(parts: Sequence[str]) -> str:
    """Give what is the same in all, or the lowest and the highest number."""
    if len(set(parts)) == 1:
        return parts[0]
    numbers = [int(part) for part in parts]
    return f"{min(numbers)} to {max(numbers)}"


def _noting(work: Callable[[Fold], Result], fold: Fold) -> tuple[Result, tuple[str, ...]]:
    """Do the work of a fold, and give with its result what it warned of."""
    caught: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warnings.simplefilter("ignore", NegativeWarning)  # a classifier does not mind the sign of a feature
            result = work(fold)
    except ValueError as error:
        text = str(error) if isinstance(error, ConfigurationError) else first_line(error)
        if any(str(one.message).startswith(EMPTY) for one in caught):  # of which the next step does not know why
            text = NOTHING_LEFT
        raise ConfigurationError(f"repeat {fold.repeat}, fold {fold.fold}: {text}") from error
    return result, tuple(dict.fromkeys(first_line(one.message) for one in caught))


def first_line(said: object) -> str:
    """Give the first line of what a library says; what follows is about its own functions."""
    return str(said).strip().splitlines()[0]


def assemble(y: NDArray[Any], groups: NDArray[Any], folds: Sequence[Fold], parts: Sequence[FloatArray]) -> HeldOut:
    """Put the predictions of all folds into their places.

    Parameters
    ----------
    y, groups : ndarray, shape (n_rows,)
        Class and subject of each row.
    folds : sequence of Fold
    parts : sequence of ndarray, shape (n_test_rows, n_classes)
        Probabilities for the test rows of each fold.

    Examples
    --------
    >>> folds = [Fold(0, 0, np.array([0]), np.array([1])), Fold(0, 1, np.array([1]), np.array([0]))]
    >>> held_out = assemble(np.array(["b", "a"]), np.array(["P1", "P2"]), folds, [[[0.7, 0.3]], [[0.1, 0.9]]])
    >>> held_out.probability[0, :, 1].tolist(), held_out.fold.tolist()
    ([0.9, 0.3], [[1, 0]])
    """
    classes = tuple(np.unique(y).tolist())
    repeats = sorted({fold.repeat for fold in folds})
    probability = np.full((len(repeats), len(y), len(classes)), np.nan)
    number = np.zeros((len(repeats), len(y)), dtype=np.int64)
    for fold, part in zip(folds, parts, strict=True):
        at = repeats.index(fold.repeat)
        probability[at, fold.test] = part
        number[at, fold.test] = fold.fold
    people = np.unique(groups, return_inverse=True)[1].astype(np.int64)
    return HeldOut(classes, codes(y, classes), people, probability, number)
