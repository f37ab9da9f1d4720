"""Selection feature by feature: false discovery rate and mutual information."""

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_selection import (
    SelectFdr,
    SelectKBest,
    f_classif,
    f_regression,
    mutual_info_classif,
    mutual_info_regression,
)

from evaluation.column_selector import MaskAwareFit, check_classes
from evaluation.survival.partial_likelihood import martingale_residuals
from harmonize.arrays import FloatArray
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.limits import Count, Share

Chosen = Literal["classes", "number", "survival"]
"""For what features are chosen."""


def as_numbers(y: Any, outcome: Chosen) -> NDArray[Any]:
    """Give the number that features are chosen for: that of the row, or of survival its martingale residual.

    A correlation with these residuals is, but for its scale, the score test of one feature in Cox's model; see
    `evaluation.survival.partial_likelihood.martingale_residuals`.

    Raises
    ------
    ConfigurationError
        For an unknown outcome.

    Examples
    --------
    >>> as_numbers([1, 2], "number").tolist()
    [1.0, 2.0]
    """
    refuse_unknown([outcome], ("number", "survival"), "outcome")
    return martingale_residuals(y) if outcome == "survival" else np.asarray(y, dtype=np.float64)


def f_of_numbers(X: Any, y: Any, outcome: Chosen = "number") -> tuple[FloatArray, FloatArray]:
    """Test by F whether a number depends on each column, alone and along a line.

    Parameters
    ----------
    X : array_like, shape (n_rows, n_columns)
        Finite values.
    y : array_like, shape (n_rows,)
    outcome : {"number", "survival"}

    Returns
    -------
    F, p : ndarray of float64, shape (n_columns,)
        NaN for a constant column, and for all where the number is constant.

    Examples
    --------
    >>> F, p = f_of_numbers([[1.0, 5.0], [2.0, 5.0], [4.0, 5.0], [5.0, 5.0]], [1, 3, 2, 4])
    >>> F.round(3).tolist(), p.round(3).tolist()
    ([2.0, nan], [0.293, nan])
    """
    values, numbers = np.asarray(X, dtype=np.float64), as_numbers(y, outcome)
    found, p = np.full((2, values.shape[1]), np.nan)
    varies = (np.ptp(values, axis=0) > 0) & (np.ptp(numbers) > 0)
    if varies.any():
        with np.errstate(divide="ignore"):
            found[varies], p[varies] = f_regression(values[:, varies], numbers)
    return found, p


def f_of_classes(X: Any, y: Any) -> tuple[FloatArray, FloatArray]:
    """Test by F whether the means of the classes differ, column by column (one-way analysis of variance).

    Parameters
    ----------
    X : array_like, shape (n_rows, n_columns)
        Finite values.
    y : array_like, shape (n_rows,)
        Classes.

    Returns
    -------
    F, p : ndarray of float64, shape (n_columns,)
        NaN for a constant column, and for all where no row is left to tell the spread within classes, of which a
        warning says so. F is infinite where values differ between classes only.

    References
    ----------
    Fisher RA. Statistical Methods for Research Workers. Oliver and Boyd, 1925.

    Examples
    --------
    >>> F, p = f_of_classes([[1.0, 5.0], [2.0, 5.0], [4.0, 5.0], [5.0, 5.0]], [0, 0, 1, 1])
    >>> F.round(3).tolist(), p.round(3).tolist()
    ([18.0, nan], [0.051, nan])
    """
    values, labels = np.asarray(X, dtype=np.float64), np.asarray(y)
    check_classes(labels)
    found, p = np.full((2, values.shape[1]), np.nan)
    classes = len(np.unique(labels))
    if len(labels) <= classes:
        warnings.warn(
            f"the F test of {classes} classes had {len(labels)} rows, as small inner folds have, and needs more: it "
            "prefers no feature; more subjects are needed, or a choice without it (`select=none`)",
            stacklevel=2,
        )
        return found, p
    varies = np.ptp(values, axis=0) > 0
    if varies.any():
        with np.errstate(divide="ignore"):
            found[varies], p[varies] = f_classif(values[:, varies], labels)
    return found, p


class Fdr(MaskAwareFit, SelectFdr):
    """`sklearn.feature_selection.SelectFdr` by `f_of_classes` that refuses masked values as missing."""

    def __init__(self, score_func: Callable[..., Any] = f_of_classes, *, alpha: float = 0.05) -> None:
        super().__init__(score_func, alpha=alpha)


class KBest(MaskAwareFit, SelectKBest):
    """`sklearn.feature_selection.SelectKBest` that refuses masked values as missing."""


def false_discovery_rate(alpha: Share = 0.05, outcome: Chosen = "classes") -> Fdr:
    """Keep the features whose F test of the classes is significant at a false discovery rate (Benjamini-Hochberg).

    Parameters
    ----------
    alpha : float
        Greatest expected share of false discoveries.
    outcome : {"classes", "number", "survival"}
        What features are chosen for; of numbers the F test is that of a line, of survival that of the residuals.

    Returns
    -------
    Fdr

    Examples
    --------
    >>> false_discovery_rate(0.1)
    Fdr(alpha=0.1)
    """
    return Fdr(alpha=alpha) if outcome == "classes" else Fdr(partial(f_of_numbers, outcome=outcome), alpha=alpha)


def mutual_information(n_features: Count = 10, random_state: int | None = None, outcome: Chosen = "classes") -> KBest:
    """Keep the features with the highest mutual information with the class (nearest-neighbour estimate).

    Parameters
    ----------
    n_features : int
        How many to keep.
    random_state : int or None
        For the small noise that the estimate needs.
    outcome : {"classes", "number", "survival"}
        What features are chosen for.

    Returns
    -------
    KBest

    Examples
    --------
    >>> mutual_information(5, random_state=0).k
    5
    """
    return KBest(partial(information, random_state=random_state, outcome=outcome), k=n_features)


def information(X: Any, y: Any, random_state: int | None, outcome: Chosen = "classes") -> FloatArray:
    """Give the mutual information, below that of every other column for a constant one."""
    values = np.asarray(X, dtype=np.float64)
    if outcome == "classes":
        check_classes(np.asarray(y))
        found = mutual_info_classif(values, y, random_state=random_state)
    else:
        found = mutual_info_regression(values, as_numbers(y, outcome), random_state=random_state)
    return np.where(np.ptp(values, axis=0) > 0, found, -1.0)
