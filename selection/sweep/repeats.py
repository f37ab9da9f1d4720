"""The rows of a table by who was measured and under which condition."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown


@dataclass(frozen=True)
class Repeats:
    """Which row holds which unit under which condition.

    A unit is what was measured again: a subject, or one of several lesions or ROIs of a subject.

    Parameters
    ----------
    conditions : tuple of str
        In the order of the table.
    rows : ndarray of int, shape (n_units, n_conditions)
        Positions of rows, -1 where a unit lacks a condition.
    subjects : ndarray of int, shape (n_units,)
        The subject of each unit, numbered by name.
    """

    conditions: tuple[str, ...]
    rows: IntArray
    subjects: IntArray

    @classmethod
    def of(cls, subjects: ArrayLike, conditions: ArrayLike, units: ArrayLike | None = None) -> "Repeats":
        """Arrange rows.

        Parameters
        ----------
        subjects, conditions : array_like, shape (n_rows,)
            Who, and under which condition.
        units : array_like, shape (n_rows,), optional
            Which lesion or ROI of the subject; by default each subject is one unit.

        Raises
        ------
        ConfigurationError
            If a unit has two rows under one condition, or no unit has rows under two.

        Examples
        --------
        >>> repeats = Repeats.of(["A", "B", "A"], ["1", "1", "2"])
        >>> repeats.rows.tolist()
        [[0, 2], [1, -1]]
        """
        subject = np.asarray(subjects).astype(str)
        condition, names = pd.factorize(np.asarray(conditions).astype(str))
        unit = np.zeros(len(subject), dtype=str) if units is None else np.asarray(units).astype(str)
        keys, position = np.unique(np.stack([subject, unit]), axis=1, return_inverse=True)
        position = position.ravel()
        rows = np.full((keys.shape[1], len(names)), -1, dtype=np.int64)
        twice = pd.DataFrame({"unit": position, "condition": condition}).duplicated().to_numpy()
        if twice.any():
            row = int(twice.argmax())
            which = f"'{subject[row]}'" if units is None else f"'{subject[row]}', '{unit[row]}'"
            advice = "; name the lesion or ROI with `units`" if units is None else ""
            raise ConfigurationError(
                f"condition: {which} has two rows under '{names[condition[row]]}', expected one each{advice}"
            )
        rows[position, condition] = np.arange(len(subject))
        if not ((rows >= 0).sum(axis=1) > 1).any():
            raise ConfigurationError(
                f"condition: nobody has rows under two conditions, of {len(names)} in all, so that nothing is "
                "repeated; name the column that tells repeats apart (`perturbation`, if perturbed scans are to serve "
                "as such), or take the reliability of another study"
            )
        return cls(tuple(map(str, names)), rows, np.unique(keys[0], return_inverse=True)[1].ravel())

    def arranged(self, values: FloatArray) -> FloatArray:
        """Arrange values of rows, shape (n_rows, ...), as (..., n_units, n_conditions); NaN where there is no row."""
        found = np.where(
            (self.rows >= 0).reshape(*self.rows.shape, *[1] * (values.ndim - 1)), values[self.rows], np.nan
        )
        return np.moveaxis(found, (0, 1), (-2, -1))

    def within(self, rows: IntArray) -> BoolArray:
        """Say which units have any of these rows."""
        return np.asarray(np.isin(self.rows, rows).any(axis=1))

    def check_reference(self, reference: str) -> int:
        """Give the position of a condition, or raise a `ConfigurationError` with the nearest name."""
        refuse_unknown([reference], self.conditions, "reference", "there is no condition")
        return self.conditions.index(reference)

    def others(self, reference: str) -> Sequence[int]:
        """Give the positions of the conditions but the reference."""
        return [index for index, name in enumerate(self.conditions) if name != reference]
