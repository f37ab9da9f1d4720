"""Sums of squares by stratum of a crossed design, and what missing cells take from them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.generalizability.facets import Axes
from harmonize.arrays import BoolArray, FloatArray, IntArray

NEGLIGIBLE = 1e-9
"""A direction of missing cells that no stratum sees this much of belongs to the fixed effects."""


@dataclass(frozen=True)
class StrataSums:
    """What the likelihood needs of values with the same cells missing.

    With Q_s the projection on stratum s, y the values with 0 where a cell is missing, and the columns of B an
    orthonormal basis of the missing cells:

    Parameters
    ----------
    squares : ndarray, shape (n_features, n_strata)
        y' Q_s y.
    projected : ndarray, shape (n_features, n_strata, n_missing)
        B' Q_s y.
    overlap : ndarray, shape (n_strata, n_missing, n_missing)
        B' Q_s B.
    basis : ndarray, shape (n_missing_cells, n_missing)
        B.
    """

    squares: FloatArray
    projected: FloatArray
    overlap: FloatArray
    basis: FloatArray

    @classmethod
    def of(cls, values: FloatArray, present: BoolArray, strata: Sequence[Axes]) -> "StrataSums":
        """Project values on each stratum.

        Parameters
        ----------
        values : ndarray, shape (n_features, n_subjects, ...)
            0 where a cell is missing.
        present : ndarray of bool, shape (n_subjects, ...)
        strata : sequence of tuple of int

        Notes
        -----
        Missing cells that only fixed effects reach (all cells of a level) make a direction that no stratum sees: the
        basis leaves it out.
        """
        parts = projections(values)
        squares = np.stack([_squares(parts[axes], values.shape).sum(axis=1) for axes in strata], axis=1)
        projected = np.stack([np.broadcast_to(parts[axes], values.shape)[:, ~present] for axes in strata], axis=1)
        overlap = _overlap(np.argwhere(~present), present.shape, strata)
        seen, basis = np.linalg.eigh(overlap.sum(axis=0))
        basis = basis[:, seen > NEGLIGIBLE]
        return cls(squares, projected @ basis, basis.T @ overlap @ basis, basis)

    def take(self, rows: IntArray) -> "StrataSums":
        """Give those of some features."""
        return StrataSums(self.squares[rows], self.projected[rows], self.overlap, self.basis)


def projections(values: FloatArray) -> dict[Axes, FloatArray]:
    """Project complete values, shape (n_features, n_subjects, ...), on each stratum, and on the mean of all.

    Returns
    -------
    dict of tuple of int to ndarray
        Of length 1 along axes that a stratum does not hold: it is equal there.
    """
    found: dict[Axes, FloatArray] = {(): values}
    for axis in range(values.ndim - 1):
        means = {axes: part.mean(axis=axis + 1, keepdims=True) for axes, part in found.items()}
        found = means | {(*axes, axis): part - means[axes] for axes, part in found.items()}
    return found


def _squares(part: FloatArray, shape: Sequence[int]) -> FloatArray:
    """Sum the squares of a projection of values of this shape, by feature and what it has of subjects."""
    repeats = np.prod(shape[1:]) / np.prod(part.shape[1:])
    return np.asarray(np.square(part).reshape(*part.shape[:2], -1).sum(axis=2) * repeats)


def worth(values: FloatArray, strata: Sequence[Axes]) -> FloatArray:
    """Give the degrees of freedom that the sum of squares of each stratum is worth, judged by what subjects add to it.

    Parameters
    ----------
    values : ndarray, shape (n_features, n_subjects, ...)
        Complete.

    Returns
    -------
    ndarray, shape (n_features, n_strata)
        Infinite for strata without subjects.

    Notes
    -----
    A sum of squares with mean m and variance v is worth 2 m^2 / v degrees of freedom; with heavy tails these are fewer
    than those of normal values.
    """
    n, parts = values.shape[1], projections(values)
    found = np.full((len(values), len(strata)), np.inf)
    for position, stratum in enumerate(strata):
        if 0 in stratum:
            added = _squares(parts[stratum], values.shape)
            variance = n * added.var(axis=1, ddof=1)
            with np.errstate(divide="ignore", invalid="ignore"):
                found[:, position] = np.where(variance > 0, 2 * np.square(added.sum(axis=1)) / variance, np.inf)
    return found


def _overlap(cells: np.ndarray, levels: Sequence[int], strata: Sequence[Axes]) -> FloatArray:
    """Give the projections between the missing cells alone: products over axes of what two cells have in common."""
    found = np.ones((len(strata), len(cells), len(cells)))
    for axis, count in enumerate(levels):
        contrast = (cells[:, None, axis] == cells[None, :, axis]) - 1 / count
        for matrix, stratum in zip(found, strata, strict=True):
            matrix *= contrast if axis in stratum else 1 / count
    return found
