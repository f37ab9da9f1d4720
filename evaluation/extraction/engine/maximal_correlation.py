r"""The maximal correlation coefficient (MCC) of co-occurrence matrices.

Its square is the second largest eigenvalue of :math:`Q(i,j)=\sum_k p(i,k)p(j,k)/(p_x(i)p_y(k))`, which is similar to
:math:`BB^T` with :math:`B=D_x^{-1/2}PD_y^{-1/2}`: the MCC is the second singular value of B. PyRadiomics adds the
smallest difference of numbers to each divisor. Where that can be seen, the eigenvalues are those of its Q projected
on the leading singular vectors, which are right to second order.
"""

import numpy as np
import scipy

from evaluation.extraction.engine.counted import EPS, Entries
from harmonize.arrays import FloatArray

VISIBLE = 1e-10
"""Relative change of an entry of Q by what PyRadiomics adds, from which on it is followed."""
LEADING = 6
"""Singular vectors that Q is projected on."""
MANY = 50
"""Levels from which on a few vectors are found faster alone than all vectors of all matrices."""
CROWDED = 0.9
"""Of the second eigenvalue that is found: where even the last one that is taken was larger before the addition, as for
many levels that are neighbours of themselves only, or so rare that what is added takes them away, others may be as
large that are not, and what is added decides which is second: all are taken."""
NONE = 1e-7
"""Below this the second singular value is 0, and the rest rounding: its square is what rounding leaves of 1."""


def maximal_correlation(
    entries: Entries, n_rois: int, symmetrical: bool, cell: FloatArray, rows: FloatArray, columns: FloatArray
) -> FloatArray:
    """Compute the MCC of each matrix, NaN for one that is empty.

    Parameters
    ----------
    entries : Entries
        Of groups that are numbered direction by direction, and within them ROI by ROI.
    n_rois : int
    symmetrical : bool
        Whether an entry stands for (j, i) as well.
    cell : ndarray of float, shape (entries,)
        Probability of a single cell.
    rows, columns : ndarray of float, shape (groups, levels)
        Marginal probabilities.

    Returns
    -------
    ndarray of float, shape (groups,)

    Examples
    --------
    >>> entries = Entries(np.zeros(2, int), np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.ones(2), 1)
    >>> half = np.array([[0.5, 0.5]])
    >>> maximal_correlation(entries, 1, True, np.array([0.5, 0.5]), half, half).round(9).tolist()
    [1.0]
    """
    found = np.full(entries.n_groups, np.nan)
    i, j = entries.i.astype(np.intp), entries.j.astype(np.intp)
    roi = entries.group % n_rois
    for one in range(n_rois):
        part = np.flatnonzero(roi == one) if n_rois > 1 else slice(None)
        x, y = rows[one::n_rois], columns[one::n_rois]
        levels = np.flatnonzero(x.any(axis=0) | y.any(axis=0))
        x, y = x[:, levels], y[:, levels]
        place = np.zeros(rows.shape[1], np.intp)
        place[levels] = np.arange(len(levels))
        direction, row, column = entries.group[part] // n_rois, place[i[part]], place[j[part]]
        p = np.zeros((len(x), len(levels), len(levels)))
        p[direction, row, column] = cell[part]
        if symmetrical:
            p[direction, column, row] = cell[part]
        found[one::n_rois] = _of_matrices(p, x, y)
    return found


def _of_matrices(p: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    if p.shape[-1] < 2:
        return np.zeros(len(p))
    # Weights of far neighbours leave levels of 1e-174 and less: one over the product of two of them is no number.
    over_x, over_y = _over_root(x), _over_root(y)
    similar = p * over_x[:, :, None] * over_y[:, None, :]
    seen = over_x.max(axis=1) * np.sqrt(EPS) > np.sqrt(VISIBLE) / np.fmax(over_y.max(axis=1), 1.0)
    second = np.empty(len(p))
    second[~seen] = np.linalg.svd(similar[~seen], compute_uv=False)[:, 1]
    second[seen] = _with_added(p[seen], x[seen], y[seen], similar[seen])
    return np.where(second > NONE, second, 0.0)


def _with_added(p: FloatArray, x: FloatArray, y: FloatArray, similar: FloatArray) -> FloatArray:
    squared = similar @ similar.transpose(0, 2, 1)
    left, right = np.sqrt(x)[:, :, None], _over_root(x)[:, :, None]
    added = p / (x[:, :, None] * y[:, None, :] + EPS)
    second = np.empty(len(p))
    size = p.shape[-1]
    some, fewest = np.arange(len(p)), min(LEADING, size)
    for n_vectors in fewest, size:
        values, vectors = _leading(squared[some], n_vectors)
        q = (vectors * left[some]).transpose(0, 2, 1) @ added[some]
        projected = q @ (p[some].transpose(0, 2, 1) @ (vectors * right[some]))
        second[some] = np.sort(np.linalg.eigvals(projected).real, axis=1)[:, -2]
        some = some[values[:, -fewest] > CROWDED * second[some]]
    return np.sqrt(np.maximum(second, 0.0))


def _leading(squared: FloatArray, n_vectors: int) -> tuple[FloatArray, FloatArray]:
    """Give the largest eigenvalues of symmetric matrices, and their vectors; where few are asked, no others."""
    size = squared.shape[-1]
    if n_vectors == size or size < MANY or not len(squared):
        values, vectors = np.linalg.eigh(squared)
        return values[:, -n_vectors:], vectors[:, :, -n_vectors:]
    some = (size - n_vectors, size - 1)
    found = [scipy.linalg.eigh(one, subset_by_index=some, check_finite=False) for one in squared]
    return np.stack([values for values, _ in found]), np.stack([vectors for _, vectors in found])


def _over_root(marginal: FloatArray) -> FloatArray:
    """Give one over the root of each, 0 where it is 0."""
    return np.divide(1.0, np.sqrt(marginal), out=np.zeros_like(marginal), where=marginal > 0)
