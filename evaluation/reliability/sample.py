"""The subjects that a statistic uses, on a numerical scale where sums of squares keep their digits."""

from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.reliability.squares import ROUNDING, Squares
from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import unmasked
from harmonize.inputs.limits import Bounds

StatusArray = NDArray[np.str_]


@dataclass(frozen=True)
class Sample:
    """Complete cases of a block of measurements, standardized per leading index.

    A subject counts for a leading index when its values under all conditions are finite there.

    Parameters
    ----------
    values : ndarray, shape (..., n_subjects, n_conditions)
        Centred on the mean of the values used and divided by `scale`; 0 for subjects that are not used.
    used : ndarray of bool, shape (..., n_subjects)
        Which subjects count.
    n : ndarray of int, shape (...)
        How many subjects count.
    centre, scale : ndarray, shape (...)
        The original values are ``values * scale + centre``.
    negligible : ndarray, shape (...)
        Differences of `values` up to this size are rounding.

    Examples
    --------
    >>> sample = Sample.of([[1e8, 1e8 + 2], [1e8 + 4, 1e8 + 6], [np.nan, 1e8]])
    >>> int(sample.n), float(sample.centre), bool(sample.constant)
    (2, 100000003.0, False)
    """

    values: FloatArray
    used: BoolArray
    n: IntArray
    centre: FloatArray
    scale: FloatArray
    negligible: FloatArray

    @classmethod
    def of(cls, values: "ArrayLike | Sample") -> "Sample":
        """Find the complete cases and standardize them; what is a sample already stays as it is.

        Raises
        ------
        ConfigurationError
            When the array has fewer than two axes or fewer than two conditions.
        """
        if isinstance(values, Sample):
            return values
        raw = _features_last(as_measurements(values))
        used = complete(raw)
        n = np.asarray(used.sum(axis=-1))
        count = np.maximum(n, 1) * raw.shape[-1]
        gaps = not used.all()
        kept, exponent = to_unit(np.where(used[..., None], raw, 0.0) if gaps else raw)
        centre = kept.sum(axis=(-2, -1)) / count
        kept -= centre[..., None, None]
        if gaps:
            kept[~used] = 0.0
        spread = np.abs(kept).max(axis=(-2, -1), initial=0.0)
        constant = spread <= ROUNDING
        unit = np.where(constant, 1.0, spread)
        kept /= unit[..., None, None]
        return cls(
            values=kept,
            used=used,
            n=n,
            centre=np.ldexp(centre, exponent),
            scale=np.where(constant, 0.0, np.ldexp(unit, exponent)),
            negligible=ROUNDING / unit,
        )

    @cached_property
    def squares(self) -> Squares:
        """Sums of squares, which limits of several statistics rest on."""
        return Squares.of(self.values, self.used, self.n, self.negligible)

    @property
    def n_conditions(self) -> int:
        """Number of conditions."""
        return int(self.values.shape[-1])

    @property
    def constant(self) -> BoolArray:
        """Whether all values used are equal up to rounding."""
        return np.asarray(self.scale == 0)

    def drop_rounding(self, squares: FloatArray, terms: int | IntArray) -> FloatArray:
        """Set sums of `terms` squares to exact zero where they are no more than rounding."""
        return np.where(squares <= terms * self.negligible**2, 0.0, squares)


def as_numbers(values: ArrayLike, where: str = "reliability") -> FloatArray:
    """Take values as float64, NaN where a NumPy mask hides one, or say which of them is no number.

    Examples
    --------
    >>> as_numbers([[1.0, 2.0], [3.0, "high"]])
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: reliability: 'high' at position (1, 1) is no number; ...
    """
    try:
        return np.asarray(unmasked(values), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"{where}: {_no_number(values)}") from error


def _no_number(values: ArrayLike) -> str:
    """Name the first value that is no number, in a table with its column and row."""
    import pandas as pd  # only here: loading it takes long

    cells = pd.DataFrame(values) if isinstance(values, pd.Series | pd.DataFrame) else None
    for position, value in np.ndenumerate(np.asarray(values, dtype=object)):
        if isinstance(value, list | tuple | np.ndarray):
            return f"expected rows of one length, found one of {len(value)} values at position {position}"
        try:
            np.float64(value)  # which takes None for NaN
        except (TypeError, ValueError):
            if not position:
                return f"{value!r} is no number"
            where = f"at position {position}"
            if cells is not None:
                row, column = (*position, 0)[:2]
                where = f"in column '{cells.columns[column]}', row {cells.index[row]}"
            return f"{value!r} {where} is no number; convert it, or give NaN for what is missing"
    return "expected an array of numbers"


def as_measurements(values: ArrayLike) -> FloatArray:
    """Take values as float64 of shape (..., n_subjects, n_conditions), or say what is wrong with them."""
    raw = as_numbers(values)
    if raw.ndim < 2 or raw.shape[-1] < 2:
        raise ConfigurationError(
            f"reliability: expected an array (..., subjects, conditions) with at least 2 conditions, "
            f"found shape {raw.shape}"
        )
    return raw


def _features_last(raw: FloatArray) -> FloatArray:
    """Lay an array out so that its leading axes run fastest: NumPy is slow to reduce axes as short as the last two."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(raw, (-1, -2), (0, 1))), (0, 1), (-1, -2))


def complete(raw: FloatArray) -> BoolArray:
    """Tell which subjects have a finite value under every condition: (..., n_subjects)."""
    finite = np.isfinite(raw)
    # One condition after the other: NumPy is slow to reduce an axis as short as that of the conditions.
    return np.asarray(reduce(np.logical_and, np.moveaxis(finite, -1, 0)))


def to_unit(kept: FloatArray) -> tuple[FloatArray, IntArray]:
    """Bring the largest magnitude per leading index to between 1/2 and 1, and give the exponent taken out.

    A power of two keeps every digit and keeps squares from overflow and underflow.
    """
    exponent = np.frexp(np.abs(kept).max(axis=(-2, -1), initial=0.0))[1]
    return np.ldexp(kept, -exponent[..., None, None]), exponent


def pair(x: ArrayLike, y: ArrayLike) -> FloatArray:
    """Put two conditions of the same subjects side by side: (..., n_subjects) twice to (..., n_subjects, 2)."""
    first, second = as_numbers(x), as_numbers(y)
    if first.shape[-1:] != second.shape[-1:] or first.ndim < 1:
        raise ConfigurationError(
            f"reliability: the two conditions need the same subjects on their last axis, "
            f"found shapes {first.shape} and {second.shape}"
        )
    return np.stack(np.broadcast_arrays(first, second), axis=-1)


def check_level(level: float) -> float:
    """Return a confidence level, or say that it lies outside (0, 1)."""
    Bounds(above=0, below=1).check("level", level)
    return level
