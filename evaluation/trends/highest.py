"""How far along ordered levels features still pass."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harmonize.arrays import BoolArray, IntArray
from harmonize.errors import ConfigurationError


@dataclass(frozen=True)
class Reached:
    """How far features pass; every array has the leading shape of what is judged.

    Parameters
    ----------
    levels : ndarray of int
        How many levels pass before the first that does not.
    again : ndarray of bool
        Whether some level beyond that one passes again: what passes is then no matter of the level alone.
    """

    levels: IntArray
    again: BoolArray


def highest_passing(passes: ArrayLike) -> Reached:
    """Count the levels up to which all pass.

    Parameters
    ----------
    passes : array_like of bool, shape (..., n_levels)
        Whether a feature passes at each level against the reference level, the nearest first. What could not be
        computed does not pass.

    Raises
    ------
    ConfigurationError
        For what are no truth values.

    Examples
    --------
    >>> found = highest_passing([[True, True, False], [False, True, True], [True, True, True]])
    >>> found.levels.tolist(), found.again.tolist()
    ([2, 0, 3], [False, True, False])
    """
    given = np.asarray(passes)
    if given.dtype != bool or given.ndim < 1:
        raise ConfigurationError(f"highest_passing: expected truth values by level, found {given.dtype} {given.shape}")
    so_far = np.logical_and.accumulate(given, axis=-1)
    return Reached(np.asarray(so_far.sum(axis=-1)), np.asarray((given & ~so_far).any(axis=-1)))
