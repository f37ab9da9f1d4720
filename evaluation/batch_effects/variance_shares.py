"""What part of the variance of features goes with a batch, a covariate or an organ, for many draws of subjects."""

import numpy as np

from harmonize.arrays import FloatArray, IntArray

_ROUNDING = 1e-12
"""Variance within levels, as a part of all, that is nothing but rounding."""


def share_explained(
    values: FloatArray, tested: FloatArray, base: FloatArray, weights: FloatArray, lost: FloatArray | None = None
) -> FloatArray:
    """Give the share of variance that goes with some columns beyond others (epsilon squared), for each draw.

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_features)
        No value is missing.
    tested : ndarray, shape (n_rows, n_tested)
        What the share is of, such as indicators of batches.
    base : ndarray, shape (n_rows, n_base)
        What is taken for granted, such as a column of ones; may have no column.
    weights : ndarray, shape (n_draws, n_rows)
        How often a draw has each row.
    lost : ndarray, shape (n_draws,), optional
        Degrees of freedom that were used up before, as by subtracting the means of subjects.

    Returns
    -------
    ndarray, shape (n_draws, n_features)
        One minus the ratio of residual mean squares with and without the tested columns: eta squared less what it is
        by chance, so that it is 0 on average, and often negative, where there is no effect. NaN where nothing varies.

    References
    ----------
    Kelley TL. An unbiased correlation ratio measure. Proceedings of the National Academy of Sciences 1935;21:554-559.

    Examples
    --------
    >>> values, batch = np.array([[1.0], [2.0], [3.0], [5.0], [6.0], [7.0]]), np.array([[0.0]] * 3 + [[1.0]] * 3)
    >>> share_explained(values, batch, np.ones((6, 1)), np.ones((1, 6))).round(3)
    array([[0.821]])
    """
    x = values - values.mean(axis=0)
    unit = np.sqrt((x**2).mean(axis=0))
    x = x / np.where(unit > 0, unit, 1.0)
    total = weights @ x**2
    both = np.hstack([base, tested])
    products = (weights[:, None, :] * both.T).reshape(-1, len(x)) @ x
    products = products.reshape(len(weights), both.shape[1], -1)
    squares = np.einsum("dr,ri,rj->dij", weights, both, both, optimize=True)
    n = weights.sum(axis=1) - (0.0 if lost is None else lost)
    mean_squares = []
    for columns in (base.shape[1], both.shape[1]):
        part, known = squares[:, :columns, :columns], products[:, :columns]
        rank = np.linalg.matrix_rank(part, hermitian=True) if columns else np.zeros(len(weights))
        fitted = np.linalg.pinv(part, hermitian=True) @ known if columns else known
        rest = total - np.einsum("dif,dif->df", fitted, known)
        degrees = n - rank
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.maximum(rest, 0.0) / np.where(degrees > 0, degrees, np.nan)[:, None]
        mean_squares.append(np.where(mean > _ROUNDING, mean, 0.0))
    without, with_ = mean_squares
    shares: FloatArray = np.divide(without - with_, without, out=np.full(without.shape, np.nan), where=without > 0)
    return shares


def indicators(codes: IntArray) -> FloatArray:
    """Give a column of zeros and ones for each level but the first, of codes from 0.

    Examples
    --------
    >>> indicators(np.array([0, 1, 2, 1])).tolist()
    [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    """
    return np.asarray(codes[:, None] == np.arange(1, int(codes.max(initial=0)) + 1), dtype=np.float64)


def within(values: FloatArray, groups: IntArray) -> FloatArray:
    """Take the mean of the rows of each group, numbered from 0, from them.

    Examples
    --------
    >>> within(np.array([[1.0], [3.0], [5.0]]), np.array([0, 0, 1])).ravel().tolist()
    [-1.0, 1.0, 0.0]
    """
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    means = np.add.reduceat(values[order], starts, axis=0) / np.diff(starts, append=len(order))[:, None]
    return np.asarray(values - means[np.unique(groups, return_inverse=True)[1]])
