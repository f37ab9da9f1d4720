"""Scores of held-out predictions: AUC, balanced accuracy, Brier score and log loss.

Each takes weights of the rows, with leading axes for many resamples at once: a resample that draws a subject twice
gives its rows the weight 2.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from evaluation.classification.held_out import HeldOut
from harmonize.arrays import BoolArray, FloatArray

Metric = Callable[..., FloatArray]
"""Maps held-out predictions and weights of shape (..., n_rows), or None, to an array of shape (...); NaN where it has
no value."""


def auc(held_out: HeldOut, weights: ArrayLike | None = None) -> FloatArray:
    """Compute the area under the ROC curve.

    The share of pairs, one row of the class and one of another, that the model ranks rightly; ties count one half.
    Only rows that the same model predicted are compared (same repeat, same fold), as scores of different models need
    not share a scale: it is the mean of the AUC of every fold and repeat, weighted by its pairs. Of more than two
    classes, the mean over the classes of each against the others.

    Parameters
    ----------
    held_out : HeldOut
        Predictions.
    weights : array_like, shape (..., n_rows), optional
        0 or more.

    Returns
    -------
    ndarray of float64, shape (...)
        NaN where some class has no pair.

    References
    ----------
    Hanley JA, McNeil BJ. The meaning and use of the area under a receiver operating characteristic (ROC) curve.
    Radiology 1982;143:29-36.
    Airola A, Pahikkala T, Waegeman W, De Baets B, Salakoski T. An experimental comparison of cross-validation
    techniques for estimating the area under the ROC curve. Computational Statistics & Data Analysis 2011;55:1828-1844
    (pooling the predictions of different folds biases it).

    Examples
    --------
    >>> auc(HeldOut.of([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])).item()
    0.75
    """
    if len(held_out.classes) == 2:
        return pair_auc(held_out, 1, weights)
    parts = [pair_auc(held_out, position, weights) for position in range(len(held_out.classes))]
    return np.asarray(np.mean(parts, axis=0))


def pair_auc(held_out: HeldOut, position: int, weights: ArrayLike | None = None) -> FloatArray:
    """Compute the AUC of one class against all others; see `auc`."""
    positive = held_out.truth == position
    score = held_out.probability[:, :, position]
    if weights is None and len(np.unique(held_out.fold)) == 1 and len(score) == 1:
        return _rank_auc(positive, score[0])
    right, pairs = concordance(positive, score, held_out.fold)
    given = np.ones(len(positive)) if weights is None else np.asarray(weights, dtype=np.float64)
    w1, w0 = given[..., positive], given[..., ~positive]
    counted = ((w1 @ pairs) * w0).sum(axis=-1)
    return _ratio(((w1 @ right) * w0).sum(axis=-1), counted)


def concordance(positive: BoolArray, score: FloatArray, fold: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Count, for every pair of a positive and another row, how often it is ranked rightly and how often compared.

    Parameters
    ----------
    positive : ndarray of bool, shape (n_rows,)
    score : ndarray, shape (n_repeats, n_rows)
    fold : array_like of int, shape (n_repeats, n_rows)

    Returns
    -------
    right, pairs : ndarray, shape (n_positive, n_other)
        Sums over repeats; a tie counts one half.
    """
    right = np.zeros((int(positive.sum()), int((~positive).sum())))
    pairs = np.zeros_like(right)
    for values, models in zip(score, np.asarray(fold), strict=True):
        higher, lower = values[positive][:, None], values[~positive]
        together = models[positive][:, None] == models[~positive]
        right += together * ((higher > lower) + 0.5 * (higher == lower))
        pairs += together
    return right, pairs


def balanced_accuracy(held_out: HeldOut, weights: ArrayLike | None = None) -> FloatArray:
    """Compute the mean over the classes of the share of rows that are given their class.

    A row is given the most probable class; of equally probable ones the first.

    Parameters
    ----------
    held_out : HeldOut
        Predictions; shares are means over the repeats.
    weights : array_like, shape (..., n_rows), optional

    Returns
    -------
    ndarray of float64, shape (...)
        NaN where a class has no row.

    References
    ----------
    Brodersen KH, Ong CS, Stephan KE, Buhmann JM. The balanced accuracy and its posterior distribution. ICPR 2010;
    3121-3124.

    Examples
    --------
    >>> balanced_accuracy(HeldOut.of([0, 0, 0, 1], [0.1, 0.4, 0.6, 0.8])).round(3).item()
    0.833
    """
    hit = (held_out.probability.argmax(axis=-1) == held_out.truth).mean(axis=0)
    members = held_out.truth[:, None] == np.arange(len(held_out.classes))
    given = np.ones(len(hit)) if weights is None else np.asarray(weights, dtype=np.float64)
    return np.asarray(_ratio((given * hit) @ members, given @ members).mean(axis=-1))


def brier(held_out: HeldOut, weights: ArrayLike | None = None) -> FloatArray:
    """Compute the Brier score: the mean squared distance of the probabilities from what came true.

    Of two classes the square for the second one (0 to 1); of more, the sum over the classes as Brier defined it
    (0 to 2).

    Parameters
    ----------
    held_out : HeldOut
        Predictions; the mean over the repeats is taken.
    weights : array_like, shape (..., n_rows), optional

    Returns
    -------
    ndarray of float64, shape (...)

    References
    ----------
    Brier GW. Verification of forecasts expressed in terms of probability. Monthly Weather Review 1950;78:1-3.

    Examples
    --------
    >>> brier(HeldOut.of([0, 1], [0.1, 0.6])).round(3).item()
    0.085
    """
    truth = held_out.truth[:, None] == np.arange(len(held_out.classes))
    loss = ((held_out.probability - truth) ** 2).sum(axis=-1).mean(axis=0)
    return mean_over_rows(loss / 2 if len(held_out.classes) == 2 else loss, weights)


def log_loss(held_out: HeldOut, weights: ArrayLike | None = None) -> FloatArray:
    """Compute the mean of minus the natural logarithm of the probability of the class that was true.

    Parameters
    ----------
    held_out : HeldOut
        Predictions; the mean over the repeats is taken.
    weights : array_like, shape (..., n_rows), optional

    Returns
    -------
    ndarray of float64, shape (...)
        NaN if the probability of a class that was true is 0: the logarithm is not clipped.

    References
    ----------
    Good IJ. Rational decisions. Journal of the Royal Statistical Society B 1952;14:107-114.

    Examples
    --------
    >>> log_loss(HeldOut.of([0, 1], [0.5, 0.25])).round(4).item()
    1.0397
    """
    probability = np.take_along_axis(held_out.probability, held_out.truth[None, :, None], axis=-1)[..., 0]
    with np.errstate(divide="ignore"):
        loss = -np.log(probability).mean(axis=0)
    return mean_over_rows(np.where(np.isfinite(loss), loss, np.nan), weights)


def _rank_auc(positive: BoolArray, score: FloatArray) -> FloatArray:
    """Give the AUC of one model by ranks, which needs no table of pairs."""
    from scipy.stats import rankdata  # only here: loading it takes half a second

    n1, n0 = positive.sum(), (~positive).sum()
    return _ratio(rankdata(score)[positive].sum() - n1 * (n1 + 1) / 2, n1 * n0)


def mean_over_rows(values: FloatArray, weights: ArrayLike | None) -> FloatArray:
    """Average values of rows.

    Parameters
    ----------
    values : ndarray, shape (n_rows,)
    weights : array_like, shape (..., n_rows), optional

    Returns
    -------
    ndarray of float64, shape (...)
        NaN where all weights are 0.

    Examples
    --------
    >>> mean_over_rows(np.array([1.0, 2.0, 6.0]), [[1, 1, 1], [2, 0, 2]]).tolist()
    [3.0, 3.5]
    """
    if weights is None:
        return np.asarray(values.mean())
    given = np.asarray(weights, dtype=np.float64)
    return _ratio(given @ values, given.sum(axis=-1))


def _ratio(above: ArrayLike, below: ArrayLike) -> FloatArray:
    top, bottom = np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(bottom > 0, top / bottom, np.nan))
