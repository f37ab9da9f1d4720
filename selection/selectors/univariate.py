"""Selection feature by feature: false discovery rate and mutual information."""

from functools import partial
from typing import Any

import numpy as np
from sklearn.feature_selection import SelectFdr, SelectKBest, f_classif, mutual_info_classif

from evaluation.column_selector import MaskAwareFit
from harmonize.arrays import FloatArray
from harmonize.inputs.limits import Count, Share


class Fdr(MaskAwareFit, SelectFdr):
    """`sklearn.feature_selection.SelectFdr` that refuses masked values as missing."""


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
    return Fdr(f_classif, alpha=alpha)


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
