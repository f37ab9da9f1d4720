"""Ranks of values, tied ones sharing the mean of theirs."""

import numpy as np
from numpy.typing import ArrayLike

from harmonize.arrays import FloatArray


def midranks(values: ArrayLike, axis: int = -1) -> FloatArray:
    """Rank values along an axis, from 1; tied ones share the mean of their ranks.

    Parameters
    ----------
    values : array_like
        Where one along the axis is NaN, all ranks there are.
    axis : int
        Which axis.

    Returns
    -------
    ndarray of float64, of the shape of the values

    Notes
    -----
    Values as `scipy.stats.rankdata`, whose package takes half a second to load.

    References
    ----------
    Kendall MG. The treatment of ties in ranking problems. Biometrika 1945;33:239-251.

    Examples
    --------
    >>> midranks([3.0, 1.0, 3.0, 2.0]).tolist()
    [3.5, 1.0, 3.5, 2.0]
    """
    given = np.moveaxis(np.asarray(values, dtype=np.float64), axis, -1)
    order = np.argsort(given, axis=-1)
    ascending = np.take_along_axis(given, order, axis=-1)
    new = np.ones(given.shape, dtype=bool)
    new[..., 1:] = ascending[..., 1:] != ascending[..., :-1]
    last = np.ones(given.shape, dtype=bool)
    last[..., :-1] = new[..., 1:]
    place = np.arange(1, given.shape[-1] + 1)
    begin = np.maximum.accumulate(np.where(new, place, 0), axis=-1)
    end = np.minimum.accumulate(np.where(last, place, place.size)[..., ::-1], axis=-1)[..., ::-1]
    ranks = np.empty(given.shape)
    np.put_along_axis(ranks, order, (begin + end) / 2, axis=-1)
    ranks[np.isnan(given).any(axis=-1)] = np.nan
    return np.moveaxis(ranks, -1, axis)
