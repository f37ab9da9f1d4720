"""Benjamini and Hochberg's false discovery rate over a family of tests."""

import numpy as np
from numpy.typing import ArrayLike

from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError


def benjamini_hochberg(p: ArrayLike) -> FloatArray:
    """Adjust the p values of one family.

    Parameters
    ----------
    p : array_like
        The whole family, of any shape. NaN (a test that could not be computed) is not a member of it.

    Returns
    -------
    ndarray
        Adjusted p values (q), NaN where p is.

    Raises
    ------
    ConfigurationError
        For a value outside [0, 1].

    References
    ----------
    Benjamini Y, Hochberg Y. Controlling the false discovery rate: a practical and powerful approach to multiple
    testing. Journal of the Royal Statistical Society B 1995;57:289-300.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, np.nan, 0.03])
    array([0.03, 0.04,  nan, 0.04])
    """
    from statsmodels.stats.multitest import fdrcorrection  # not for those who only ask for an ICC

    values = np.asarray(p, dtype=np.float64)
    known = ~np.isnan(values)
    outside = known & ~((values >= 0) & (values <= 1))
    if outside.any():
        raise ConfigurationError(f"benjamini_hochberg: p is {values[outside][0]}, expected between 0 and 1")
    adjusted = np.full(values.shape, np.nan)
    if known.any():
        adjusted[known] = fdrcorrection(values[known])[1]
    return adjusted
