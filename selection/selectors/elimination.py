"""Recursive feature elimination with logistic regression."""

from typing import Any, Self

import numpy as np
from sklearn.feature_selection import RFE
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from evaluation.column_selector import MaskAwareFit, check_classes
from harmonize.inputs.limits import AboveZero, Count


class Elimination(MaskAwareFit, RFE):
    """`sklearn.feature_selection.RFE` that refuses masked values as missing, and what are no classes."""

    def fit(self, X: Any, y: Any = None, **options: Any) -> Self:
        """Fit as scikit-learn does."""
        check_classes(np.asarray(y))
        return super().fit(X, y, **options)


def recursive_elimination(n_features: Count = 10, step: AboveZero = 0.1) -> Elimination:
    """Drop the features with the smallest standardized coefficients of a ridge logistic regression, over and over.

    Parameters
    ----------
    n_features : int
        How many to keep.
    step : float
        Share of the features dropped each time.

    Returns
    -------
    Elimination

    References
    ----------
    Guyon I, Weston J, Barnhill S, Vapnik V. Gene selection for cancer classification using support vector machines.
    Machine Learning 2002;46:389-422.

    Examples
    --------
    >>> recursive_elimination(5).n_features_to_select
    5
    """
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000))
    return Elimination(
        model,
        n_features_to_select=n_features,
        step=step,
        importance_getter="named_steps.logisticregression.coef_",
    )
