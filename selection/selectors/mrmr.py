"""Relevant features that do not repeat one another (mRMR)."""

from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from evaluation.column_selector import ClassSelector
from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.limits import Count, check_limits
from selection.correlation import standardized
from selection.selectors.univariate import Chosen, as_numbers, f_of_classes, f_of_numbers, information

Relevance = Literal["f", "mutual_information"]
Scheme = Literal["quotient", "difference"]

LAST = 1e300
"""Below every score: a constant column says nothing, however little it repeats."""


@dataclass(eq=False, repr=False)
class MRMR(ClassSelector):
    """Choose features one after the other by relevance to the class against redundancy with those chosen before.

    Relevance is the F statistic of the classes or the mutual information with them, redundancy the mean absolute
    Pearson correlation with the features chosen so far. The first feature is the most relevant one; each further one
    maximizes relevance over redundancy (F-test correlation quotient) or relevance minus redundancy (difference).

    Parameters
    ----------
    n_features : int
        How many to choose; all, if there are fewer.
    relevance : {"f", "mutual_information"}
    scheme : {"quotient", "difference"}
        F has no upper bound, so that the difference hardly weighs redundancy with it; the quotient does.
    random_state : int, RandomState or None
        For the estimate of mutual information.
    outcome : {"classes", "number", "survival"}
        What features are chosen for; of survival the relevance is that of its martingale residuals.

    Attributes
    ----------
    ranking_ : ndarray of int
        Positions of the chosen columns in the order of choice; of equal ones the first column.
    relevance_ : ndarray of float64, shape (n_columns,)
        0 for a constant column, and by F for all where there are not more rows than classes, with a warning.

    References
    ----------
    Ding C, Peng H. Minimum redundancy feature selection from microarray gene expression data. Journal of
    Bioinformatics and Computational Biology 2005;3(2):185-205. doi:10.1142/S0219720005001004

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 50)
    >>> strong = y + rng.normal(0, 0.5, 100)
    >>> X = np.column_stack([strong, strong + rng.normal(0, 0.1, 100), y + rng.normal(0, 0.6, 100)])
    >>> MRMR(2).fit(X, y).ranking_.tolist()
    [0, 2]
    """

    n_features: Count = 10
    _: KW_ONLY
    relevance: Relevance = "f"
    scheme: Scheme = "quotient"
    random_state: Any = None
    outcome: Chosen = "classes"

    def fit(self, X: Any, y: Any) -> Self:
        """Choose the features.

        Parameters
        ----------
        X : DataFrame or array, shape (n_rows, n_columns)
            Finite values.
        y : array_like, shape (n_rows,)
            Classes, numbers, or times and events.

        Raises
        ------
        ConfigurationError
            For an unknown option.
        """
        check_limits(self, ConfigurationError)
        if self.scheme not in ("quotient", "difference"):
            raise ConfigurationError(f"scheme: expected 'quotient' or 'difference', found {self.scheme!r}")
        if self.outcome == "classes":
            values, labels = self._values_and_classes(X, y)
        else:
            values, labels = self._values_and_numbers(X, as_numbers(y, self.outcome))
        self.relevance_ = self._relevance(values, labels)
        self.ranking_ = mrmr_ranking(values, self.relevance_, min(self.n_features, values.shape[1]), self.scheme)
        return self

    def _relevance(self, values: FloatArray, labels: NDArray[Any]) -> FloatArray:
        result = np.zeros(values.shape[1])
        varies = np.ptp(values, axis=0) > 0
        if self.relevance == "f":
            test = f_of_classes if self.outcome == "classes" else f_of_numbers
            found = test(values[:, varies], labels)[0]
            finite = found[np.isfinite(found)]
            # A column that separates the classes without any spread has an infinite F: more than all others.
            found = np.nan_to_num(found, nan=0.0, posinf=2 * finite.max(initial=1.0))
        elif self.relevance == "mutual_information":
            kind: Chosen = "classes" if self.outcome == "classes" else "number"
            found = information(values[:, varies], labels, self.random_state, kind) if varies.any() else result[varies]
        else:
            raise ConfigurationError(f"relevance: expected 'f' or 'mutual_information', found {self.relevance!r}")
        result[varies] = found
        return result

    def _get_support_mask(self) -> BoolArray:
        check_is_fitted(self)
        mask = np.zeros(self.n_features_in_, dtype=bool)
        mask[self.ranking_] = True
        return mask


def mrmr_ranking(values: FloatArray, relevance: FloatArray, n_features: int, scheme: Scheme = "quotient") -> IntArray:
    """Choose columns by relevance over, or minus, their mean absolute correlation with those chosen before.

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_columns)
    relevance : ndarray, shape (n_columns,)
        0 or more.
    n_features : int
        At most n_columns.
    scheme : {"quotient", "difference"}

    Returns
    -------
    ndarray of int, shape (n_features,)
        Positions in the order of choice.

    Examples
    --------
    >>> values = np.array([[1.0, 1, 0], [2, 2, 1], [3, 3, 0]])
    >>> mrmr_ranking(values, np.array([3.0, 2.9, 1.0]), 2).tolist()
    [0, 2]
    """
    unit = standardized(values) / np.sqrt(len(values))
    chosen: list[int] = []
    redundancy = np.zeros(values.shape[1])
    constant = ~unit.any(axis=0)
    score = np.where(constant, -LAST, relevance)
    for count in range(1, n_features + 1):
        score[chosen] = -np.inf
        chosen.append(int(np.argmax(score)))
        redundancy += np.abs(unit.T @ unit[:, chosen[-1]])
        mean = redundancy / count
        # A correlation of exactly 0 would divide by it.
        score = relevance / np.maximum(mean, 1e-12) if scheme == "quotient" else relevance - mean
        score[constant] = -LAST
    return np.array(chosen, dtype=np.int64)
