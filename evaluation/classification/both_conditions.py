"""Harmonizing two conditions inside a pipeline that otherwise learns from one of them."""

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted

CONDITION, SUBJECT = "condition", "subject"
"""Columns that a harmonizer can be given beside the features."""
_SIDES = ("first: ", "second: ")
_WHICH, _WHO = "which side", "who"


def side_by_side(first: pd.DataFrame, second: pd.DataFrame, groups: ArrayLike, *, which: int) -> pd.DataFrame:
    """Put the features of both conditions beside each other, and say which of the two a row stands for.

    Parameters
    ----------
    first, second : DataFrame, shape (n_rows, n_features)
        The same rows in the training and in the other condition.
    groups : array_like, shape (n_rows,)
        Subjects.
    which : {0, 1}
        0 if the rows stand for the first condition.

    Examples
    --------
    >>> side_by_side(pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [2.0]}), ["P1"], which=1)
       which side  who  first: a  second: a
    0           1    0       1.0        2.0
    """
    parts = [part.add_prefix(name).reset_index(drop=True) for name, part in zip(_SIDES, (first, second), strict=True)]
    who = np.unique(np.asarray(groups), return_inverse=True)[1]
    keys = pd.DataFrame({_WHICH: which, _WHO: who})
    return pd.concat([keys, *parts], axis=1)


class BothConditions(TransformerMixin, BaseEstimator):
    """Fit a harmonizer on both conditions of the training subjects; what comes out is the condition that a row is for.

    The first step of a pipeline whose rows come from `side_by_side`. A model behind it learns from the condition that
    the rows stand for, but batch effects can only be learned from both.

    Parameters
    ----------
    harmonizer : transformer
        Such as `ComBat(batch="condition")`, not fitted.
    conditions : (str, str)
        Names of the two.
    columns : tuple of str
        Which of ``condition`` and ``subject`` the harmonizer finds beside the features.

    Attributes
    ----------
    harmonizer_ : transformer
        Fitted.
    features_ : list of str
        The features.

    Examples
    --------
    >>> from radharmony import ComBat
    >>> first = pd.DataFrame({"a": [1.0, 2.0, 4.0], "b": [3.0, 3.5, 5.0]})
    >>> both = side_by_side(first, first + 10.0, ["P1", "P2", "P3"], which=1)
    >>> step = BothConditions(ComBat("condition", reference="REF", empirical_bayes=False), ("REF", "ACC"))
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")  # three rows a batch are few
    ...     brought = step.fit_transform(both)
    >>> (brought.mean() - first.mean()).abs().round(6).tolist()  # the second condition has the first one's means
    [0.0, 0.0]
    """

    def __init__(self, harmonizer: Any, conditions: tuple[str, str], columns: tuple[str, ...] = (CONDITION,)) -> None:
        self.harmonizer = harmonizer
        self.conditions = conditions
        self.columns = columns

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:
        """Learn from both conditions of the rows, whichever each stands for."""
        self.features_ = [name.removeprefix(_SIDES[0]) for name in X.columns if name.startswith(_SIDES[0])]
        both = pd.concat([self._side(X, 0), self._side(X, 1)], ignore_index=True)
        self.harmonizer_ = clone(self.harmonizer).fit(both)
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Give the harmonized features of the condition that the rows stand for."""
        check_is_fitted(self)
        values = np.empty((len(X), len(self.features_)))
        which = X[_WHICH].to_numpy()
        for side in np.unique(which):
            here = which == side
            values[here] = np.asarray(self.harmonizer_.transform(self._side(X[here], side)))
        return pd.DataFrame(values, columns=self.features_, index=X.index)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Name the columns that come out: the features."""
        check_is_fitted(self)
        return np.array(self.features_, dtype=object)

    def _side(self, X: pd.DataFrame, side: int) -> pd.DataFrame:
        names = [_SIDES[side] + name for name in self.features_]
        known: dict[str, Any] = {CONDITION: self.conditions[side], SUBJECT: X[_WHO]}
        part = X[names].set_axis(self.features_, axis=1)
        return part.assign(**{name: known[name] for name in self.columns})
