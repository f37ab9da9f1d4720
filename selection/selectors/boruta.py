"""Boruta: features that a random forest finds more important than shuffled ones."""

import importlib
from dataclasses import KW_ONLY, dataclass
from typing import Annotated, Any, Self

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from evaluation.column_selector import ClassSelector
from harmonize.errors import ConfigurationError
from harmonize.inputs.limits import Bounds, Count, Share


@dataclass(eq=False, repr=False)
class Boruta(ClassSelector):
    """Keep all features that matter to a random forest; a thin layer over the package `Boruta`.

    Needs that package: ``pip install Boruta``.

    Parameters
    ----------
    max_iter : int
        Rounds at most.
    n_estimators : int
        Trees of each forest.
    max_depth : int
        Depth of the trees; shallow ones are advised.
    percentile : float
        Percentile of the importances of the shuffled features that must be exceeded; 100 is the maximum.
    alpha : float
        Significance level of a decision.
    keep_tentative : bool
        Whether to keep features that were undecided at the end.
    random_state : int, RandomState or None

    Attributes
    ----------
    ranking_ : ndarray of int, shape (n_columns,)
        1 for confirmed, 2 for undecided features, more for rejected ones.

    References
    ----------
    Kursa MB, Rudnicki WR. Feature selection with the Boruta package. Journal of Statistical Software
    2010;36(11):1-13. doi:10.18637/jss.v036.i11

    Examples
    --------
    >>> Boruta(max_iter=50, random_state=0)
    Boruta(max_iter=50, random_state=0)
    """

    _: KW_ONLY
    max_iter: Count = 100
    n_estimators: Count = 200
    max_depth: Count = 5
    percentile: Annotated[float, Bounds(above=0, most=100)] = 100
    alpha: Share = 0.05
    keep_tentative: bool = False
    random_state: Any = None

    def fit(self, X: Any, y: Any) -> Self:
        """Decide on every feature.

        Parameters
        ----------
        X : DataFrame or array, shape (n_rows, n_columns)
            Finite values.
        y : array_like, shape (n_rows,)
            Classes.

        Raises
        ------
        ConfigurationError
            If the package is not installed.
        """
        try:
            make = importlib.import_module("boruta").BorutaPy
        except ImportError as error:
            raise ConfigurationError("Boruta needs a package that is not installed: pip install Boruta") from error
        values, labels = self._values_and_classes(X, y)
        forest = RandomForestClassifier(max_depth=self.max_depth, class_weight="balanced", n_jobs=1)
        boruta = make(
            forest,
            n_estimators=self.n_estimators,
            perc=self.percentile,
            alpha=self.alpha,
            max_iter=self.max_iter,
            random_state=self.random_state,
        )
        boruta.fit(values, labels)
        self.ranking_ = np.asarray(boruta.ranking_)
        self.support_ = np.asarray(boruta.support_ | boruta.support_weak_ if self.keep_tentative else boruta.support_)
        return self
