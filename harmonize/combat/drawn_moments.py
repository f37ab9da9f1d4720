"""What draws of subjects and scans add up to, batch by batch, for models that see all subjects or some of them."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from harmonize.arrays import BoolArray, FloatArray, IntArray

_NOTHING = 1e-13
"""Sum of squares about the mean, as a share of that about the mean of all rows, which is no more than rounding."""


@dataclass(frozen=True)
class ScaledDraws:
    """Draws on the scale of the first, and what subjects add to the moments of each batch.

    Parameters
    ----------
    values : ndarray, shape (n_scans, n_subjects, n_draws, n_features)
        0 where there is none.
    known : ndarray of bool or None
        Which there are; None where all of them.
    centre, unit : ndarray, shape (n_features,)
        What the values were are ``values * unit + centre``.
    of_each : list
        By batch the count, sum and sum of squares of each subject, (n_subjects, n_draws, n_features).
    """

    values: FloatArray
    known: BoolArray | None
    centre: FloatArray
    unit: FloatArray
    of_each: list[tuple[FloatArray, FloatArray, FloatArray]]

    @classmethod
    def of(cls, raw: FloatArray, batch_of: IntArray) -> Self:
        """Scale draws; `batch_of` tells the batch of each scan."""
        known: BoolArray | None = np.isfinite(raw)
        first = raw[:, :, 0].reshape(-1, raw.shape[-1])
        if known is not None and known.all():
            known = None
        else:
            first = np.where(np.isfinite(first), first, np.nan)
        n_first = np.maximum(np.isfinite(first).sum(axis=0), 1)
        centre = np.nansum(first, axis=0) / n_first
        unit = np.sqrt(np.nansum((first - centre) ** 2, axis=0) / n_first)
        unit = np.where(unit > 0, unit, 1.0)
        with np.errstate(invalid="ignore"):
            scaled = raw - centre
            scaled /= unit
        if known is not None:
            scaled[~known] = 0.0
        of_each = []
        for batch in range(int(batch_of.max()) + 1):
            scans = np.flatnonzero(batch_of == batch)
            part = scaled[scans]
            total = part.sum(axis=0)
            if known is None:
                count = np.full((len(total), 1, 1), float(len(scans)))
            else:
                count = known[scans].sum(axis=0, dtype=np.float64)
            of_each.append((count, total, np.square(part, out=part).sum(axis=0)))
        return cls(scaled, known, centre, unit, of_each)


@dataclass(frozen=True)
class DrawnMoments:
    """What each model sees of a batch; arrays of shape (n_models, n_draws, n_features), or ones that spread to it.

    Parameters
    ----------
    count, mean, squares : ndarray of float64
        Values, their mean and their sum of squares about it.
    constant : ndarray of bool
        Where they are all the same; the sum of squares is 0 there.
    """

    count: FloatArray
    mean: FloatArray
    squares: FloatArray
    constant: BoolArray

    @classmethod
    def of(cls, count: FloatArray, total: FloatArray, squares: FloatArray) -> Self:
        """Take them from sums on the scale of `ScaledDraws`; `squares` is overwritten.

        Examples
        --------
        >>> found = DrawnMoments.of(*(np.array(part)[None, None] for part in ([3.0, 2.0], [6.0, 4.0], [14.0, 8.0])))
        >>> found.mean.ravel(), found.squares.ravel(), found.constant.ravel()
        (array([2., 2.]), array([2., 0.]), array([False,  True]))
        """
        mean = total / np.maximum(count, 1.0)
        nothing = mean * mean
        nothing *= count
        squares -= nothing
        np.maximum(squares, 0.0, out=squares)
        nothing += count
        nothing *= _NOTHING
        constant: BoolArray = squares <= nothing
        if constant.any():
            squares[constant] = 0.0
        return cls(count, mean, squares, constant)
