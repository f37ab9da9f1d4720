"""Checks of settings and parameters, with one wording for all."""

import math
import os
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np

from harmonize.inputs.configuration import WANTED


def of_kind(kind: type, value: Any) -> Any:
    """Give a value that is of a kind as that kind, be it of Python or NumPy; raise a `ValueError` for any other.

    Examples
    --------
    >>> of_kind(float, np.int64(2)), of_kind(Path, "a.csv").name
    (2.0, 'a.csv')
    >>> of_kind(int, True)
    Traceback (most recent call last):
    ValueError: expected a whole number, found True
    """
    truth = isinstance(value, bool | np.bool_)
    if kind is float:
        fits = isinstance(value, Real) and not truth and math.isfinite(value)
    elif kind is int:
        fits = isinstance(value, Integral) and not truth
    else:
        fits = truth if kind is bool else isinstance(value, str | os.PathLike if kind is Path else kind)
    if not fits:
        raise ValueError(f"expected {WANTED[kind]}, found {value!r:.80}")
    return kind(value)


def check_region(region: str) -> None:
    """Raise a `ValueError` for a region without a name."""
    if not region:
        raise ValueError("region is empty, expected 'image', 'foreground' or the name of an ROI")


def check_two_percentiles(percentiles: tuple[float, float]) -> None:
    """Raise a `ValueError` unless the first percentile is below the second, both within 0 to 100."""
    low, high = percentiles
    if not 0 <= low < high <= 100:
        raise ValueError(f"percentiles are {low:g} and {high:g}, expected 0 <= lower < upper <= 100")


def check_output(output: tuple[float, float]) -> None:
    """Raise a `ValueError` unless the lower end of a range of intensities is below the upper one."""
    if not output[0] < output[1]:
        raise ValueError(f"output is {output[0]:g} to {output[1]:g}, expected lower < upper")
