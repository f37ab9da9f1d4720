"""Several tests: Benjamini and Hochberg's false discovery rate and Holm's family-wise error."""

from collections.abc import Callable, Mapping

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

    return _adjusted(p, "benjamini_hochberg", lambda members: np.asarray(fdrcorrection(members)[1]))


def holm(p: ArrayLike) -> FloatArray:
    """Adjust the p values of one family, so that those below alpha hold any false one in alpha of families.

    Parameters
    ----------
    p : array_like
        The whole family, of any shape. NaN (a test that could not be computed) is not a member of it.

    Returns
    -------
    ndarray
        Adjusted p values, NaN where p is.

    Raises
    ------
    ConfigurationError
        For a value outside [0, 1].

    References
    ----------
    Holm S. A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 1979;6:65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, np.nan, 0.03])
    array([0.03, 0.06,  nan, 0.06])
    """
    # Not by statsmodels, whose `multipletests` takes .1 s a family: there is one a patient.
    return _adjusted(p, "holm", _stepped_down)


def _stepped_down(members: FloatArray) -> FloatArray:
    order = np.argsort(members)
    adjusted = np.empty(len(members))
    steps = members[order] * np.arange(len(members), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def _adjusted(p: ArrayLike, name: str, adjust: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Adjust the members of a family, which are its p values that are not NaN."""
    values = np.asarray(p, dtype=np.float64)
    known = ~np.isnan(values)
    outside = known & ~((values >= 0) & (values <= 1))
    if outside.any():
        raise ConfigurationError(f"{name}: p is {values[outside][0]}, expected between 0 and 1")
    adjusted = np.full(values.shape, np.nan)
    if known.any():
        adjusted[known] = adjust(values[known])
    return adjusted


ADJUSTMENTS: Mapping[str, Callable[[ArrayLike], FloatArray]] = {"fdr": benjamini_hochberg, "holm": holm}
"""By the name that settings have for them."""
