"""What a classifier tells from few components of features, for rows that neither it nor a harmonizer has seen."""

import numpy as np

from evaluation.batch_effects.logistic import ClassFit
from evaluation.batch_effects.variance_shares import within
from harmonize.arrays import BoolArray, FloatArray, IntArray

COMPONENTS, ROWS_EACH = 8, 8
"""At most so many components, and so many rows for each."""


def component_fit(
    values: FloatArray, codes: IntArray, learned: IntArray, judged: IntArray, owners: IntArray | None = None
) -> ClassFit:
    """Ask what of a batch or a class can be told from the leading components of features, and from their squares.

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_features)
        Harmonized by a model that has not seen the rows judged.
    codes : ndarray of int, shape (n_rows,)
        What is told; of the rows learned from, every code up to the largest need not be there.
    learned, judged : ndarray of int
        Rows.
    owners : ndarray of int, optional
        Subject of each row, where subjects have several batches: components of what differs within subjects come
        first then, as a batch effect is small beside what subjects differ by.

    Returns
    -------
    ClassFit
        Squares show what a linear function of features cannot: batches whose scales, or correlations between features,
        differ. All that is learned, means, units and axes, is of the rows learned from.
    """
    mean, unit = values[learned].mean(axis=0), values[learned].std(axis=0)
    x = (values - mean) / np.where(unit > 0, unit, 1.0)
    n = max(1, min(COMPONENTS, len(learned) // ROWS_EACH))
    scores = _scaled(x @ _axes(x[learned], n), learned)
    parts = [scores, scores**2 - 1]
    if owners is not None:
        centred = within(x, owners)
        parts.insert(0, _scaled(centred @ _axes(centred[learned], n), learned))
    every = np.hstack(parts)
    return ClassFit(every[learned], np.unique(codes[learned], return_inverse=True)[1], every[judged])


def _axes(x: FloatArray, n: int) -> FloatArray:
    """Give the axes along which rows vary most, (n_features, n)."""
    few = x.shape[0] < x.shape[1]
    squares, vectors = np.linalg.eigh(x @ x.T if few else x.T @ x)
    chosen = np.flatnonzero(squares > 1e-12 * max(squares[-1], np.finfo(float).tiny))[::-1][:n]
    return np.asarray(x.T @ vectors[:, chosen] if few else vectors[:, chosen])


def _scaled(scores: FloatArray, learned: IntArray) -> FloatArray:
    unit = scores[learned].std(axis=0)
    return np.asarray((scores - scores[learned].mean(axis=0)) / np.where(unit > 0, unit, 1.0))


def told_beyond_chance(correct: BoolArray, codes: IntArray, weights: FloatArray) -> FloatArray:
    """Give how far a class is told better than by guessing, for each draw of rows.

    Parameters
    ----------
    correct : ndarray of bool, shape (n_rows,)
        Whether the class of the row was told.
    codes : ndarray of int, shape (n_rows,)
        Its class, from 0.
    weights : ndarray, shape (n_draws, n_rows)
        How often a draw has each row.

    Returns
    -------
    ndarray, shape (n_draws,)
        Balanced accuracy a of k classes as (a - 1/k) / (1 - 1/k): 0 by guessing, 1 where all are told.

    Examples
    --------
    >>> told_beyond_chance(np.array([True, True, False, True]), np.array([0, 0, 1, 1]), np.ones((1, 4)))
    array([0.5])
    """
    recalls = []
    for code in range(int(codes.max()) + 1):
        of_class = weights[:, codes == code]
        with np.errstate(divide="ignore", invalid="ignore"):
            recalls.append((of_class @ correct[codes == code]) / of_class.sum(axis=1))
    there = np.isfinite(recalls)
    chance = 1 / len(recalls)
    mean = np.where(there, recalls, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    return np.asarray((mean - chance) / (1 - chance))


def area_under_curve(scores: FloatArray, codes: IntArray, weights: FloatArray) -> FloatArray:
    """Give the area under the ROC curve for each draw; of several classes the mean of each against the others.

    Parameters
    ----------
    scores : ndarray, shape (n_rows, n_scores)
        One column for two classes, else one for each class.
    codes : ndarray of int, shape (n_rows,)
    weights : ndarray, shape (n_draws, n_rows)

    Returns
    -------
    ndarray, shape (n_draws,)
        NaN where a draw has one class alone.

    Examples
    --------
    >>> area_under_curve(np.array([[0.1], [0.4], [0.3], [0.9]]), np.array([0, 0, 1, 1]), np.ones((1, 4)))
    array([0.75])
    """
    found = []
    for column, score in enumerate(scores.T):
        positive = codes == (1 if scores.shape[1] == 1 else column)
        places, at = np.unique(score, return_inverse=True)
        yes, no = (
            np.stack([np.bincount(at, one, len(places)) for one in np.where(chosen, weights, 0.0)])
            for chosen in (positive, ~positive)
        )
        below = np.cumsum(no, axis=1) - no / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append((yes * below).sum(axis=1) / (yes.sum(axis=1) * no.sum(axis=1)))
    return np.asarray(np.mean(found, axis=0))
