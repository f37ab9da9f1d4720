"""Names of the columns that an estimator was fitted on."""

from typing import Any


def column_names(estimator: Any) -> list[str]:
    """Give the names of the columns in their order; x0, x1, ... where they have none, as in scikit-learn.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> column_names(SimpleNamespace(n_features_in_=2))
    ['x0', 'x1']
    """
    names = getattr(estimator, "feature_names_in_", None)
    return [f"x{i}" for i in range(estimator.n_features_in_)] if names is None else [str(name) for name in names]
