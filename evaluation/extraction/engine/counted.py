"""Counts of numbers, dense or sparse as is shorter, and sums by group.

All sums go through `numpy.bincount`, which adds in order: the digits of an ROI do not depend on what else is measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harmonize.arrays import BoolArray, FloatArray, IntArray

EPS = float(np.spacing(1))
"""What PyRadiomics adds to a probability before it takes the logarithm."""
DENSE = 1_000_000
"""Counts of so many numbers are held in any case."""


def counted(keys: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Give the different keys in order and how often each comes; keys are in [0, size).

    Examples
    --------
    >>> [found.tolist() for found in counted(np.array([7, 2, 7]), 10)]
    [[2, 7], [1, 2]]
    """
    if size <= max(DENSE, 8 * keys.size):
        counts = np.bincount(keys)
        found = np.flatnonzero(counts)
        return found, counts[found]
    found, counts = np.unique(keys, return_counts=True)
    return found, counts


def summed(group: IntArray, terms: FloatArray, n_groups: int) -> FloatArray:
    """Sum terms in each group.

    Examples
    --------
    >>> summed(np.array([2, 0, 2]), np.array([1.0, 2.0, 3.0]), 3).tolist()
    [2.0, 0.0, 4.0]
    """
    return np.bincount(group, terms, n_groups).astype(np.float64, copy=False)  # whole numbers if there are none


@dataclass(frozen=True)
class Margin:
    """Sums over matrices by one index, those that are not 0; group by group, in the order of the index.

    Parameters
    ----------
    group : ndarray of int, shape (sums,)
    at, mass : ndarray of float, shape (sums,)
        The index, and what is there.
    n_groups : int
    """

    group: IntArray
    at: FloatArray
    mass: FloatArray
    n_groups: int

    def mean(self, of: FloatArray) -> FloatArray:
        """Sum the mass times a function of the index, shape (sums,), in each group."""
        return summed(self.group, self.mass * of, self.n_groups)

    def counts(self) -> IntArray:
        """Count the indices that come, in each group."""
        return np.asarray(np.bincount(self.group, minlength=self.n_groups))

    def table(self, width: int) -> FloatArray:
        """Give the mass as a table, shape (groups, width)."""
        full = np.zeros((self.n_groups, width))
        full[self.group, self.at.astype(np.intp)] = self.mass
        return full

    def squares(self) -> FloatArray:
        """Sum the squares of the mass in each group."""
        return self.mean(self.mass)

    def entropy(self) -> FloatArray:
        """Give the entropy of each group in bits, as PyRadiomics rounds it."""
        return self.mean(-np.log2(self.mass + EPS))


@dataclass(frozen=True)
class Entries:
    """The entries of matrices that are not 0: how often gray level i comes with j, in each group.

    Parameters
    ----------
    group : ndarray of int, shape (entries,)
        Number of the matrix.
    i, j, n : ndarray of float, shape (entries,)
        Row, column and value.
    n_groups : int
        How many matrices there are; some may be empty.
    """

    group: IntArray
    i: FloatArray
    j: FloatArray
    n: FloatArray
    n_groups: int

    @classmethod
    def of(cls, group: IntArray, i: IntArray, j: IntArray, n: IntArray, n_groups: int) -> "Entries":
        """Make entries of whole numbers."""
        return cls(group, i.astype(np.float64), j.astype(np.float64), n.astype(np.float64), n_groups)

    def sums(self, terms: Sequence[FloatArray]) -> FloatArray:
        """Sum terms of the entries in each matrix; shape (terms, groups)."""
        return np.stack([summed(self.group, term, self.n_groups) for term in terms])

    def margin(self, index: FloatArray, weights: FloatArray) -> "Margin":
        """Sum weights in each matrix by an index from 0."""
        width = int(index.max(initial=0)) + 1
        keys = self.group * width + index.astype(np.intp)
        if self.n_groups * width <= max(DENSE, 8 * keys.size):
            sums = summed(keys, weights, 0)
            found = np.flatnonzero(sums)
            sums = sums[found]
        else:
            found, place = np.unique(keys, return_inverse=True)
            sums = summed(place, weights, 0)
        group, at = np.divmod(found, width)
        return Margin(group, at.astype(np.float64), sums, self.n_groups)

    def only(self, kept: BoolArray) -> "Entries":
        """Leave some of the entries."""
        return Entries(self.group[kept], self.i[kept], self.j[kept], self.n[kept], self.n_groups)

    def with_(self, others: "Entries") -> "Entries":
        """Add entries of the same matrices."""
        group = np.concatenate([self.group, others.group])
        i, j, n = (np.concatenate([getattr(self, key), getattr(others, key)]) for key in "ijn")
        return Entries(group, i, j, n, self.n_groups)

    def merged(self, weights: FloatArray) -> "Entries":
        """Sum matrices over directions, each with its weight; groups are counted direction by direction.

        A weight may be 0, as that of a neighbour at 30 mm is in 64 bits; so then are entries, and they are left out.
        """
        rois = self.n_groups // len(weights)
        direction, roi = np.divmod(self.group, rois)
        keys = np.stack([roi, self.i.astype(np.intp), self.j.astype(np.intp)])
        different, place = np.unique(keys, axis=1, return_inverse=True)
        n = summed(place.ravel(), self.n * weights[direction], different.shape[1])
        group, i, j = different
        return Entries(group, i.astype(np.float64), j.astype(np.float64), n, rois).only(n > 0)
