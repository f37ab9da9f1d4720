"""What the selectors of columns have in common, as scikit-learn asks for it."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import unmasked


def check_classes(labels: NDArray[Any]) -> None:
    """Refuse numbers, and times with events, which would otherwise pass for as many classes as there are values."""
    if labels.dtype.names:
        raise ConfigurationError("y: expected classes, found times and events; choose for them by `outcome=survival`")
    check_classification_targets(labels)


class MaskAware(SelectorMixin):
    """Takes what NumPy masks as missing; scikit-learn takes what stands below the mask."""

    def transform(self, X: Any) -> Any:
        """Keep the chosen columns."""
        return super().transform(unmasked(X))


class MaskAwareFit(MaskAware):
    """The same for a selector of scikit-learn, which fits by itself."""

    def fit(self, X: Any, y: Any = None, **options: Any) -> Self:
        """Fit as scikit-learn does."""
        super().fit(unmasked(X), y, **options)
        return self


class ColumnSelector(MaskAware, BaseEstimator):
    """A selector whose `fit` says in `support_` which columns are kept.

    Attributes
    ----------
    support_ : ndarray of bool, shape (n_columns,)
        Which columns are kept.
    """

    support_: BoolArray

    def _get_support_mask(self) -> BoolArray:
        check_is_fitted(self)
        return self.support_


class MissingAllowed(ColumnSelector):
    """A selector that takes missing values, and keeps them."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class ClassSelector(ColumnSelector):
    """A selector that learns from the class of each row."""

    def _values_and_classes(self, X: Any, y: Any) -> tuple[FloatArray, NDArray[Any]]:
        """Check what `fit` is given: finite values of at least two rows, and classes."""
        values, labels = validate_data(self, unmasked(X), y, dtype=np.float64, ensure_min_samples=2)
        check_classes(labels)
        return values, labels

    def _values_and_numbers(self, X: Any, y: Any) -> tuple[FloatArray, NDArray[Any]]:
        """Check the same where `y` is a number a row."""
        values, numbers = validate_data(self, unmasked(X), y, dtype=np.float64, ensure_min_samples=3, y_numeric=True)
        return values, numbers

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
