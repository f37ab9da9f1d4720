"""Of features that say the same, keep one."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.utils.validation import validate_data

from evaluation.column_selector import ColumnSelector
from harmonize.arrays import FloatArray, IntArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import suggest
from harmonize.inputs.frames import unmasked
from harmonize.inputs.limits import Share, check_limits
from selection.correlation import Method, absolute_correlation
from selection.names import column_names


@dataclass(eq=False, repr=False)
class CorrelationPruning(ColumnSelector):
    """Keep one column of every cluster of correlated columns.

    Columns are clustered by complete linkage of their distance 1 - abs(r), so that within a cluster every two correlate
    at least as strongly as `threshold`. Of a cluster, the most reliable column is kept if `reliability` is given,
    otherwise the most central: the one with the highest mean abs(r) to the others. Ties go to the first name, and the
    result does not depend on the order of the columns.

    Parameters
    ----------
    threshold : float
        Absolute correlation from which on two columns count as the same.
    method : {"spearman", "pearson"}
        Kind of correlation.
    reliability : Series or mapping of str to float, optional
        A score for each column, more is better, such as `reliability_scores` gives; NaN and -inf rank last.

    Attributes
    ----------
    clusters_ : ndarray of int, shape (n_columns,)
        Cluster of each column, numbered by the first name in each.
    support_ : ndarray of bool, shape (n_columns,)
        Which columns are kept.

    Notes
    -----
    Columns kept of two clusters may still correlate above the threshold. A constant column has no correlation,
    makes a cluster of its own and is left out, unless all are constant. Impute missing values first.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> one, other = rng.normal(size=(2, 50))
    >>> table = pd.DataFrame({"a": one, "b": one + rng.normal(0, 0.1, 50), "c": other})
    >>> CorrelationPruning(0.9).fit(table).get_feature_names_out().tolist()
    ['a', 'c']
    >>> CorrelationPruning(0.9, reliability={"a": 0.8, "b": 0.9, "c": 0.2}).fit(table).get_feature_names_out().tolist()
    ['b', 'c']
    """

    threshold: Share = 0.9
    _: KW_ONLY
    method: Method = "spearman"
    reliability: "pd.Series[float] | Mapping[str, float] | None" = None

    def fit(self, X: Any, y: object = None) -> Self:
        """Cluster the columns and choose one of each cluster.

        Parameters
        ----------
        X : DataFrame or array, shape (n_rows, n_columns)
            At least two rows.
        y : ignored

        Raises
        ------
        ConfigurationError
            For a threshold outside 0 to 1, or a column without reliability.
        """
        check_limits(self, ConfigurationError)
        values = validate_data(self, unmasked(X), dtype=np.float64, ensure_min_samples=2)
        names = column_names(self)
        scores = self._scores(names)
        order = np.array(sorted(range(len(names)), key=names.__getitem__))
        correlation = absolute_correlation(values[:, order], self.method)
        clusters = correlation_clusters(correlation, self.threshold)
        kept = representatives(correlation, clusters, None if scores is None else scores[order])
        self.clusters_ = np.empty(len(names), dtype=np.int64)
        self.clusters_[order] = clusters
        self.support_ = np.zeros(len(names), dtype=bool)
        self.support_[order[kept]] = True
        varies = np.ptp(values, axis=0) > 0
        if varies.any():  # a constant column correlates with none, and says nothing
            self.support_ &= varies
        return self

    def _scores(self, names: list[str]) -> FloatArray | None:
        if self.reliability is None:
            return None
        unknown = [name for name in names if name not in self.reliability]
        if unknown:
            known = list(map(str, self.reliability.keys()))
            raise ConfigurationError(
                f"reliability: not known of {len(unknown)} of {len(names)} columns, the first is '{unknown[0]}'; "
                f"{suggest(unknown[0], known)}"
            )
        scores = np.array([self.reliability[name] for name in names], dtype=np.float64)
        return np.where(np.isnan(scores), -np.inf, scores)


def correlation_clusters(correlation: FloatArray, threshold: float) -> IntArray:
    """Cluster by complete linkage, so that every two members correlate at least as strongly as the threshold.

    Parameters
    ----------
    correlation : ndarray, shape (n_columns, n_columns)
        Absolute correlation.
    threshold : float

    Returns
    -------
    ndarray of int, shape (n_columns,)
        Clusters, numbered from 0 by their first member.

    Examples
    --------
    >>> correlation_clusters(np.array([[1, 0.1, 0.95], [0.1, 1, 0.2], [0.95, 0.2, 1]]), 0.9).tolist()
    [0, 1, 0]
    """
    if len(correlation) < 2:
        return np.zeros(len(correlation), dtype=np.int64)
    # Rounded, so that a correlation equal to the threshold is not lost in the last digit of the difference.
    distance = np.round(squareform(1.0 - correlation, checks=False), 12)
    labels = fcluster(linkage(distance, "complete"), round(1.0 - threshold, 12), "distance")
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[inverse], dtype=np.int64)


def representatives(correlation: FloatArray, clusters: IntArray, scores: FloatArray | None = None) -> IntArray:
    """Choose the member of each cluster with the best score, or the most central; the first of equals.

    Parameters
    ----------
    correlation : ndarray, shape (n_columns, n_columns)
        Absolute correlation.
    clusters : ndarray of int, shape (n_columns,)
    scores : ndarray, shape (n_columns,), optional

    Returns
    -------
    ndarray of int, shape (n_clusters,)
        Positions, by cluster.

    Examples
    --------
    >>> correlation = np.array([[1, 0.95, 0.92], [0.95, 1, 0.99], [0.92, 0.99, 1]])
    >>> representatives(correlation, np.zeros(3, int)).tolist()
    [1]
    >>> representatives(correlation, np.zeros(3, int), np.array([0.7, 0.6, 0.9])).tolist()
    [2]
    """
    if scores is None:
        together = clusters[:, None] == clusters
        scores = np.round((correlation * together).sum(axis=1) / together.sum(axis=1), 12)
    # lexsort is stable: of equal scores the first position comes first.
    order = np.lexsort((-scores, clusters))
    _, starts = np.unique(clusters[order], return_index=True)
    return np.asarray(order[starts])
