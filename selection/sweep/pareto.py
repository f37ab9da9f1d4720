"""Which choices are not beaten by another one in every respect."""

import numpy as np
from numpy.typing import ArrayLike

from harmonize.arrays import BoolArray
from harmonize.errors import ConfigurationError

DIGITS = 9
"""Differences beyond this decimal are rounding, and count as equal."""


def pareto_front(values: ArrayLike) -> BoolArray:
    """Find the points that no other point dominates.

    A point dominates another one if it is at least as good in every criterion and better in at least one. Equal points
    do not dominate each other, so that all of them are on the front, or none.

    Parameters
    ----------
    values : array_like, shape (n_points, n_criteria)
        More is better in all. A criterion that no point has (all NaN) does not count; a point that lacks one of the
        others cannot be compared and is not on the front.

    Returns
    -------
    ndarray of bool, shape (n_points,)

    Raises
    ------
    ConfigurationError
        If it is no table of points and criteria.

    References
    ----------
    Miettinen K. Nonlinear Multiobjective Optimization. Kluwer 1998, definition 2.2.1.

    Examples
    --------
    >>> pareto_front([[0.9, 0.2], [0.8, 0.8], [0.7, 0.8], [0.8, 0.8]]).tolist()
    [True, True, False, True]
    """
    points = np.round(np.asarray(values, dtype=np.float64), DIGITS)
    if points.ndim != 2:
        raise ConfigurationError(f"pareto front: expected points (rows) by criteria, found the shape {points.shape}")
    points = points[:, ~np.isnan(points).all(axis=0)]
    if not points.shape[1]:
        return np.zeros(len(points), dtype=bool)
    comparable = ~np.isnan(points).any(axis=1)
    # NaN compares as false: a point that lacks a criterion dominates nothing.
    as_good = (points[:, None] >= points).all(axis=2)
    better = (points[:, None] > points).any(axis=2)
    return np.asarray(comparable & ~(as_good & better).any(axis=0))
