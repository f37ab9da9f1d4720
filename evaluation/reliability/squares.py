"""Sums of squares of the two-way table of subjects by conditions, of all subjects and without each."""

from dataclasses import dataclass

import numpy as np

from harmonize.arrays import BoolArray, FloatArray, IntArray

ROUNDING = 16 * float(np.finfo(np.float64).eps)
"""Differences up to this fraction of the largest magnitude count as rounding, not as variation."""


@dataclass(frozen=True)
class Squares:
    """Sums of squares of the two-way table: of subjects, residual and conditions, in this order on the first axis.

    The other two have a last axis of subjects: what each adds to the sums, and the sums without it.
    """

    of_all: FloatArray
    added: FloatArray
    without: FloatArray

    @classmethod
    def of(cls, x: FloatArray, used: BoolArray, sizes: IntArray, least: FloatArray) -> "Squares":
        """Take values, who of the subjects counts, their number, and what differences are rounding; see `Sample`."""
        k, n = x.shape[-1], np.maximum(sizes, 2)[..., None]
        level = x.mean(axis=-1)
        shift = (x - level[..., None]).sum(axis=-2) / n
        residual = np.where(used[..., None], x - level[..., None] - shift[..., None, :], 0.0)
        deviation = np.where(used, level - level.sum(axis=-1, keepdims=True) / n, 0.0)
        of_shift = (shift**2).sum(axis=-1)
        along = 2 * (shift[..., None, :] * residual).sum(axis=-1)
        added = np.stack([k * deviation**2, (residual**2).sum(axis=-1), of_shift[..., None] + along])
        total = np.stack([added[0].sum(axis=-1), added[1].sum(axis=-1), n[..., 0] * of_shift])
        left = total[:2, ..., None] - n / (n - 1) * added[:2]
        left = np.where(left <= ROUNDING * total[:2, ..., None], 0.0, left)
        moved = shift[..., None, :] - residual / (n - 1)[..., None]
        without = np.stack([*left, (n - 1) * (moved**2).sum(axis=-1)])
        negligible = n * k * least[..., None] ** 2
        return cls(
            of_all=np.where(total <= sizes * k * least**2, 0.0, total),
            added=added,
            without=np.where(without <= negligible, 0.0, without),
        )
