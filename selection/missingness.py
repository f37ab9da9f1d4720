"""Features that have a value often enough."""

from typing import Annotated, Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from evaluation.column_selector import MissingAllowed
from harmonize.arrays import BoolArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import unmasked
from harmonize.inputs.limits import Bounds, check_limits


class MissingnessThreshold(MissingAllowed):
    """Keep the columns that lack few values; to be used before imputation.

    For columns without variance, use `sklearn.feature_selection.VarianceThreshold`.

    Parameters
    ----------
    max_share : float
        The greatest share of missing values that a column may have.

    Attributes
    ----------
    missing_ : ndarray of float64, shape (n_columns,)
        Share of missing values of each column.

    Examples
    --------
    >>> MissingnessThreshold(0.4).fit_transform([[1, np.nan], [2, 5], [3, np.nan]])
    array([[1.],
           [2.],
           [3.]])
    """

    def __init__(self, max_share: Annotated[float, Bounds(least=0, below=1)] = 0.2) -> None:
        self.max_share = max_share

    def fit(self, X: Any, y: object = None) -> Self:
        """Count the missing values.

        Parameters
        ----------
        X : DataFrame or array, shape (n_rows, n_columns)
        y : ignored

        Raises
        ------
        ConfigurationError
            If every column lacks more, or `max_share` is no share.
        """
        check_limits(self, ConfigurationError)
        values = validate_data(self, unmasked(X), dtype=np.float64, ensure_all_finite="allow-nan")
        self.missing_ = np.isnan(values).mean(axis=0)
        if not (self.missing_ <= self.max_share).any():
            raise ConfigurationError(
                f"every column lacks more than {self.max_share:.0%} of its values, the best {self.missing_.min():.0%}"
            )
        return self

    def _get_support_mask(self) -> BoolArray:
        check_is_fitted(self)
        return np.asarray(self.missing_ <= self.max_share)
