"""Selection feature by feature: false discovery rate and mutual information."""

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.feature_selection import SelectFdr, SelectKBest, f_classif, mutual_info_classif

from evaluation.column_selector import MaskAwareFit
from harmonize.arrays import FloatArray
from harmonize.inputs.limits import Count, Share


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


def false_discovery_rate(alpha: Share = 0.05) -> Fdr:
    """Keep the features whose F test of the classes is significant at a false discovery rate (Benjamini-Hochberg).

    Parameters
    ----------
    alpha : float
        Greatest expected share of false discoveries.

    Returns
    -------
    Fdr

    Examples
    --------
    >>> false_discovery_rate(0.1)
    Fdr(alpha=0.1)
    """
    return Fdr(alpha=alpha)


def mutual_information(n_features: Count = 10, random_state: int | None = None) -> KBest:
    """Keep the features with the highest mutual information with the class (nearest-neighbour estimate).

    Parameters
    ----------
    n_features : int
        How many to keep.
    random_state : int or None
        For the small noise that the estimate needs.

    Returns
    -------
    KBest

    Examples
    --------
    >>> mutual_information(5, random_state=0).k
    5
    """
    return KBest(partial(_information, random_state=random_state), k=n_features)


def _information(X: Any, y: Any, random_state: int | None) -> FloatArray:
    """Give the mutual information, below that of every other column for a constant one."""
    values = np.asarray(X, dtype=np.float64)
    found = mutual_info_classif(values, y, random_state=random_state)
    return np.where(np.ptp(values, axis=0) > 0, found, -1.0)
