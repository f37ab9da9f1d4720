"""Subsamples of a table that keep the rows of a subject together."""

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state

from harmonize.arrays import IntArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.limits import Bounds, Part, check_arguments


def subsamples(
    y: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    n_resamples: Annotated[int, Bounds(least=2)] = 100,
    fraction: Part = 0.5,
    random_state: Any = None,
) -> Iterator[IntArray]:
    """Draw subsamples without replacement, of whole subjects and in the proportions of the classes.

    Parameters
    ----------
    y : array_like, shape (n_rows,)
        The class of each row.
    groups : array_like, shape (n_rows,), optional
        The subject of each row; by default every row is a subject of its own. A subject with rows of several classes
        counts as a class of its own kind.
    n_resamples : int
        How many subsamples.
    fraction : float
        Share of the subjects of each class in a subsample, at least one of each.
    random_state : int, RandomState or None
        The same number gives the same subsamples.

    Yields
    ------
    ndarray of int
        Rows of one subsample, in order.

    Raises
    ------
    ConfigurationError
        For a fraction or number out of range, or a class with one subject only.

    Examples
    --------
    >>> [rows.tolist() for rows in subsamples([0, 0, 1, 1], n_resamples=2, random_state=0)]
    [[0, 3], [1, 2]]
    """
    check_arguments(subsamples, fraction=fraction, n_resamples=n_resamples)
    classes = np.unique(np.asarray(y), return_inverse=True)[1]
    subject = np.arange(len(classes)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    if len(subject) != len(classes):
        raise ConfigurationError(f"groups: expected {len(classes)} values, one a row, found {len(subject)}")
    strata = _strata(classes, subject)
    random = check_random_state(random_state)
    for members in strata:
        if len(members) < 2:
            raise ConfigurationError(
                "a class has one subject only, so that no subsample can leave it out; collect more or merge classes"
            )
    for _ in range(n_resamples):
        chosen = np.concatenate(
            [random.permutation(members)[: max(1, round(fraction * len(members)))] for members in strata]
        )
        yield np.flatnonzero(np.isin(subject, chosen))


def _strata(classes: IntArray, subject: IntArray) -> list[NDArray[np.int64]]:
    """Group the subjects by the classes that their rows have."""
    has = np.zeros((subject.max() + 1, classes.max() + 1), dtype=bool)
    has[subject, classes] = True
    kind = np.unique(has, axis=0, return_inverse=True)[1].ravel()
    return [np.flatnonzero(kind == number) for number in range(kind.max() + 1)]
