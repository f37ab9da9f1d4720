"""Whether biology survives harmonization: organs still told apart, subjects still in their order."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evaluation.reliability.ranks import ranks_of
from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.inputs.frames import takes_frames

MOST_ROWS = 5000
"""Rows of a group that are compared with one another."""
AT_ONCE = 256
"""Rows whose distances to all others are in memory at once."""


@takes_frames
def organ_silhouette(values: pd.DataFrame, rois: Sequence[str] | pd.Series, groups: Sequence[str] | pd.Series) -> float:
    """Measure how well ROIs are told apart by their features: the mean silhouette coefficient.

    Parameters
    ----------
    values : DataFrame, shape (n_rows, n_features)
        Features; those with a missing value in a group are left out of it.
    rois : sequence, shape (n_rows,)
        ROI of each row.
    groups : sequence, shape (n_rows,)
        Rows that are compared with each other, such as those of one sequence; the mean over groups is given.

    Returns
    -------
    float
        From -1 to 1; 0 where ROIs lie in one another. NaN without two ROIs of two rows.

    Notes
    -----
    Every row is compared with every other one, which grows with the square of the rows: of a group with more than
    `MOST_ROWS` so many rows are drawn, always the same.

    References
    ----------
    Rousseeuw PJ. Silhouettes: a graphical aid to the interpretation and validation of cluster analysis. Journal of
    Computational and Applied Mathematics 1987;20:53-65.

    Examples
    --------
    >>> values = pd.DataFrame({"f": [0.0, 0.1, 5.0, 5.1]})
    >>> round(organ_silhouette(values, ["liver", "liver", "spleen", "spleen"], ["T2"] * 4), 2)
    0.98
    """
    found = []
    for x, labels in _blocks(values, rois, groups):
        if len(x) > MOST_ROWS:
            drawn = np.random.default_rng(0).choice(len(x), MOST_ROWS, replace=False)
            x, labels = x[drawn], labels[drawn]
        found.append(_silhouette(x, labels))
    return float(np.mean(found)) if found else np.nan


def _silhouette(x: FloatArray, labels: np.ndarray) -> float:
    """Give the mean silhouette coefficient of rows; every distance is computed once, and counts for both its rows."""
    codes, counts = np.unique(labels, return_inverse=True, return_counts=True)[1:]
    rows, squares = np.arange(len(x)), np.einsum("ij,ij->i", x, x)
    member = np.eye(len(counts))[codes]
    total = np.zeros(member.shape)  # of the distances of each row to those of each ROI
    for start in range(0, len(x), AT_ONCE):
        here, later = slice(start, start + AT_ONCE), slice(start + AT_ONCE, None)
        distances = x[here] @ x[start:].T
        distances *= -2
        distances += squares[here, None]
        distances += squares[start:]
        np.sqrt(np.maximum(distances, 0.0, out=distances), out=distances)
        np.fill_diagonal(distances, 0.0)
        total[here] += distances @ member[start:]
        total[later] += distances[:, AT_ONCE:].T @ member[here]
    own = total[rows, codes] / np.maximum(counts[codes] - 1, 1)
    total /= counts
    total[rows, codes] = np.inf
    nearest = total.min(axis=1)
    largest = np.maximum(own, nearest)
    alone = (counts[codes] == 1) | (largest == 0)
    return float(np.where(alone, 0.0, (nearest - own) / np.where(alone, 1.0, largest)).mean())


@takes_frames
def organ_variance_share(
    values: pd.DataFrame, rois: Sequence[str] | pd.Series, groups: Sequence[str] | pd.Series
) -> float:
    """Give the share of a feature's variance that lies between ROIs (eta squared): median over features and groups.

    Parameters are those of `organ_silhouette`.

    Examples
    --------
    >>> values = pd.DataFrame({"f": [0.0, 0.1, 5.0, 5.1]})
    >>> round(organ_variance_share(values, ["liver", "liver", "spleen", "spleen"], ["T2"] * 4), 4)
    0.9996
    """
    found: list[float] = []
    for x, labels in _blocks(values, rois, groups):
        codes = np.unique(labels, return_inverse=True)[1]
        counts = np.bincount(codes)
        means = np.array([x[codes == code].mean(axis=0) for code in range(len(counts))])
        total = ((x - x.mean(axis=0)) ** 2).sum(axis=0)
        between = (counts[:, None] * (means - x.mean(axis=0)) ** 2).sum(axis=0)
        found += (between / total).tolist()
    return float(np.median(found)) if found else np.nan


def _blocks(
    values: pd.DataFrame, rois: Sequence[str] | pd.Series, groups: Sequence[str] | pd.Series
) -> list[tuple[FloatArray, np.ndarray]]:
    """Give the standardized features and the labels of each group in which ROIs can be compared."""
    array, labels = values.to_numpy(dtype=np.float64), np.asarray(rois, dtype=object).astype(str)
    blocks = []
    for rows in pd.Series(np.arange(len(array))).groupby(np.asarray(groups), sort=False).indices.values():
        there = np.isfinite(array[rows]).any(axis=1)
        rows = rows[there]
        block, names = array[rows], labels[rows]
        _, counts = np.unique(names, return_counts=True)
        if len(counts) < 2 or counts.min() < 2:
            continue
        block = block[:, np.isfinite(block).all(axis=0)]
        spread = block.std(axis=0) if block.size else np.empty(0)
        block, spread = block[:, spread > 0], spread[spread > 0]
        if block.shape[1]:
            blocks.append(((block - block.mean(axis=0)) / spread, names))
    return blocks


@takes_frames
def subject_order(before: pd.DataFrame, after: pd.DataFrame, groups: Sequence[object] | pd.Series) -> float:
    """Measure whether subjects keep their order: Spearman correlation of values before and after.

    Parameters
    ----------
    before, after : DataFrame, shape (n_rows, n_features)
        The same rows.
    groups : sequence, shape (n_rows,)
        Rows that are ranked against each other: those of one sequence, ROI and condition, a row a subject.

    Returns
    -------
    float
        Median over groups and features; NaN without three subjects. 1 for any map that increases and is the same for
        all subjects, as of a model in-sample; held-out models differ a little from subject to subject.

    Examples
    --------
    >>> before = pd.DataFrame({"f": [1.0, 2.0, 3.0, 4.0]})
    >>> subject_order(before, 10 * before, ["a"] * 4), subject_order(before, -before, ["a"] * 4)
    (1.0, -1.0)
    """
    x, y = before.to_numpy(dtype=np.float64), after.to_numpy(dtype=np.float64)
    found: list[float] = []
    of_size: dict[int, list[IntArray]] = {}
    for rows in pd.Series(np.arange(len(x))).groupby(np.asarray(groups), sort=False).indices.values():
        of_size.setdefault(len(rows), []).append(rows)
    for alike in of_size.values():  # groups of as many rows, side by side like features
        one, other = (np.hstack([part[rows] for rows in alike]) for part in (x, y))
        complete = np.isfinite(one) & np.isfinite(other)
        for column in _patterns(complete):
            there = complete[:, column[0]]
            if there.sum() >= 3:
                chosen = np.ix_(there, column)
                found += _correlations(*(ranks_of(part[chosen].T, np.zeros(1)).T for part in (one, other)))
    return float(np.median(found)) if found else np.nan


def _patterns(complete: BoolArray) -> list[IntArray]:
    """Give the columns with the same missing rows together, which are ranked at once."""
    if complete.all():
        return [np.arange(complete.shape[1])]
    pattern_of = np.unique(complete, axis=1, return_inverse=True)[1].ravel()
    return [np.flatnonzero(pattern_of == one) for one in range(pattern_of.max() + 1)]


def _correlations(x: FloatArray, y: FloatArray) -> list[float]:
    """Correlate columns, leaving out those that do not vary."""
    dx, dy = x - x.mean(axis=0), y - y.mean(axis=0)
    squares = (dx**2).sum(axis=0) * (dy**2).sum(axis=0)
    varies = squares > 0
    correlations: list[float] = ((dx * dy).sum(axis=0)[varies] / np.sqrt(squares[varies])).tolist()
    return correlations
