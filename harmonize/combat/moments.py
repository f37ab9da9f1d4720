"""Sufficient statistics of a batch: how many rows it has, their mean and their sum of squares."""

from dataclasses import dataclass

import numpy as np

from harmonize.arrays import BoolArray, FloatArray, IntArray

ROUNDING = 16 * float(np.finfo(np.float64).eps)
"""Differences up to this fraction of the mean are rounding: taken for a scale they would be blown up without bound."""

_NEAR, _LEAST_WIDTH = 100_000, 64
"""Values of a batch whose moments are taken at once, few enough to stay near the processor, and features at least."""

_SUSPECT = 1e-20
"""Variance over squared mean below which equality of the values is looked at value by value."""


@dataclass(frozen=True)
class BatchMoments:
    """Everything ComBat needs to know about the rows of every batch.

    Parameters
    ----------
    count : ndarray of float64, shape (n_batches, n_features)
        Rows with a value.
    mean : ndarray of float64, shape (n_batches, n_features)
        Their mean; NaN where there is none.
    squares : ndarray of float64, shape (n_batches, n_features)
        Sum of their squared deviations from that mean.
    constant : ndarray of bool, shape (n_batches, n_features)
        Whether there are two values or more and all are equal up to rounding (`ROUNDING`).
    """

    count: FloatArray
    mean: FloatArray
    squares: FloatArray
    constant: BoolArray


def batch_moments(values: FloatArray, codes: IntArray, n_batches: int) -> BatchMoments:
    """Take the moments of every batch, over the values that are there.

    Parameters
    ----------
    values : ndarray of float64, shape (n_rows, n_features)
        NaN where a value is missing.
    codes : ndarray of int, shape (n_rows,)
        Batch of each row, 0 to `n_batches` - 1.
    n_batches : int
        Number of batches.

    Examples
    --------
    >>> import numpy as np
    >>> moments = batch_moments(np.array([[1.0], [3.0], [5.0], [np.nan]]), np.array([0, 0, 1, 1]), 2)
    >>> moments.count.ravel(), moments.mean.ravel(), moments.squares.ravel()
    (array([2., 1.]), array([2., 5.]), array([2., 0.]))
    """
    shape = (n_batches, values.shape[1])
    count, mean, squares = np.zeros(shape), np.full(shape, np.nan), np.zeros(shape)
    constant = np.zeros(shape, dtype=bool)
    for batch in range(n_batches):
        rows = np.flatnonzero(codes == batch)
        step = max(_LEAST_WIDTH, _NEAR // max(len(rows), 1))
        for start in range(0, values.shape[1], step):
            at = batch, slice(start, start + step)
            count[at], mean[at], squares[at], constant[at] = _moments(values[rows, at[1]])
    return BatchMoments(count, mean, squares, constant)


def _moments(rows: FloatArray) -> tuple[FloatArray | np.float64, FloatArray, FloatArray, BoolArray]:
    """Take the moments of one batch, whose count is one number where no value is missing; `rows` is overwritten."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        total = rows.sum(axis=0)
        gaps = bool(np.isnan(total).any())  # a sum with NaN is NaN, so that complete rows need no further look
        n = np.float64(len(rows))
        if gaps:
            missing = np.isnan(rows)
            n = n - missing.sum(axis=0)
            total = np.where(missing, 0.0, rows).sum(axis=0)
        mean = total / n
        rows -= mean
        centred = np.where(missing, 0.0, rows) if gaps else rows
        # The second pass takes away what rounding left in the first.
        correction = centred.sum(axis=0) / n
        squares = np.maximum(np.einsum("ij,ij->j", centred, centred) - n * correction**2, 0.0)
        mean += correction
        suspects = np.flatnonzero((n > 1) & (squares <= _SUSPECT * n * mean**2))
    squares[n < 1] = 0.0
    constant = np.zeros(rows.shape[1], dtype=bool)
    if suspects.size:
        # So close to one another, values differ from their mean without rounding.
        spread = np.nanmax(rows[:, suspects], axis=0) - np.nanmin(rows[:, suspects], axis=0)
        constant[suspects] = spread <= ROUNDING * np.abs(mean[suspects])
        squares[constant] = 0.0
    return n, mean, squares, constant


def without_rows(
    moments: BatchMoments, values: FloatArray, codes: IntArray, removed: BoolArray | IntArray
) -> BatchMoments:
    """Take rows out of the moments without passing over the others again.

    Parameters
    ----------
    moments : BatchMoments
        Of all rows.
    values, codes : ndarray
        All rows, as for `batch_moments`.
    removed : ndarray of bool or int
        Which rows go.

    Notes
    -----
    With d the deviations of the removed rows from the old mean and n the number that stays, the mean moves by
    -sum(d)/n and the sum of squares loses sum(d^2) + sum(d)^2/n. Where that difference has lost more than half of
    its digits, the feature is computed anew from the rows that stay.
    """
    keep = np.ones(len(values), dtype=bool)
    keep[removed] = False
    count, mean = moments.count.copy(), moments.mean.copy()
    squares, constant = moments.squares.copy(), moments.constant.copy()
    for batch in np.unique(codes[removed]):
        rows = values[(codes == batch) & ~keep]
        missing = np.isnan(rows)
        deviation = np.where(missing, 0.0, rows - moments.mean[batch])
        n = moments.count[batch] - (len(rows) - missing.sum(axis=0))
        total = deviation.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            loss = np.einsum("ij,ij->j", deviation, deviation) + total**2 / n
            count[batch], mean[batch] = n, moments.mean[batch] - total / n
            squares[batch] = moments.squares[batch] - loss
            anew = np.flatnonzero(~(squares[batch] > 1e-8 * moments.squares[batch]))
        if anew.size:
            rest = values[np.ix_((codes == batch) & keep, anew)]
            count[batch, anew], mean[batch, anew], squares[batch, anew], constant[batch, anew] = _moments(rest)
    return BatchMoments(count, mean, squares, constant)
