"""Absolute correlation between all columns of a table."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError

Method = Literal["spearman", "pearson"]


def absolute_correlation(values: ArrayLike, method: Method = "spearman") -> FloatArray:
    """Compute the absolute correlation of every two columns.

    Parameters
    ----------
    values : array_like, shape (n_rows, n_columns)
        Finite values.
    method : {"spearman", "pearson"}
        Of the ranks (mean ranks for ties) or of the values.

    Returns
    -------
    ndarray of float64, shape (n_columns, n_columns)
        Symmetric, with ones on the diagonal. A constant column has no correlation; it counts as 0.

    Raises
    ------
    ConfigurationError
        For another method.

    Examples
    --------
    >>> absolute_correlation([[1, 8, 5], [2, 4, 5], [3, 1, 5]]).tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    from scipy.stats import rankdata  # only here: loading it takes half a second

    if method not in ("spearman", "pearson"):
        raise ConfigurationError(f"method: expected 'spearman' or 'pearson', found {method!r}")
    unit = standardized(rankdata(values, axis=0) if method == "spearman" else values) / np.sqrt(len(np.asarray(values)))
    correlation = np.minimum(np.abs(unit.T @ unit), 1.0)
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(correlation)


def standardized(values: ArrayLike) -> FloatArray:
    """Give the columns with mean 0 and (population) variance 1; a constant one becomes 0.

    Examples
    --------
    >>> standardized([[1, 5], [3, 5]]).round(12).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    array = np.asarray(values, dtype=np.float64)
    # Without the scaling by the largest value, squares of extreme values overflow or vanish.
    largest = np.abs(array).max(axis=0)
    array = array / np.where(largest > 0, largest, 1.0)
    centred = array - array.mean(axis=0)
    spread = np.sqrt((centred**2).mean(axis=0))
    constant = spread <= 1e-14
    return np.asarray(np.where(constant, 0.0, centred / np.where(constant, 1.0, spread)))
