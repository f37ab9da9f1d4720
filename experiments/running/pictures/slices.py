"""What is pictured of one scan: one slice before and after each strategy, what changed, and the bias field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.running.packing import grid_of
from harmonize.arrays import BoolArray, FloatArray
from harmonize.image.volume import Grid


@dataclass(frozen=True, eq=False)
class Slice:
    """One slice laid on the page: intensities, body and ROIs, of shape (rows, columns) all."""

    values: FloatArray
    body: BoolArray
    rois: Mapping[str, BoolArray]
    spacing: tuple[float, float]


@dataclass(frozen=True, eq=False)
class View:
    """What one strategy made of one scan.

    Parameters
    ----------
    after : Slice
        The slice after all steps.
    difference : ndarray, shape of that slice
        What is left of the change when the gain and the offset that fit best in the body are taken out; zeros where
        nothing is left.
    log_bias : Slice or None
        Logarithm of the bias field that the first N4 divided out; None without N4.
    """

    after: Slice
    difference: FloatArray
    log_bias: Slice | None


@dataclass(frozen=True, eq=False)
class ScanViews:
    """The pictured slice of a scan, and what each strategy made of it.

    Parameters
    ----------
    before : Slice
        As the file has it.
    number, count : int
        Which slice it is, counted from 1, and of how many.
    sides : tuple of str
        Letters of the left and the right; empty where the file does not tell.
    grid : Grid
        Of the scan.
    views : mapping of str to View or str
        By the name of the strategy; a text says why it failed.
    """

    before: Slice
    number: int
    count: int
    sides: tuple[str, str]
    grid: Grid
    views: Mapping[str, View | str]


def packed(views: ScanViews) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """Give plain values and arrays, each array once."""
    arrays: dict[int, NDArray[Any]] = {}

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            arrays.setdefault(id(value), value)
            return {"array": list(arrays).index(id(value))}
        if isinstance(value, Slice | View | ScanViews | Grid):
            return {name: plain(one) for name, one in vars(value).items()}
        if isinstance(value, Mapping):
            return {name: plain(one) for name, one in value.items()}
        return value

    return plain(views), list(arrays.values())


def unpacked(about: Any, arrays: Sequence[NDArray[Any]]) -> ScanViews:
    """Give the slices again."""

    def cut(values: Any) -> Slice:
        rois = {roi: arrays[one["array"]] for roi, one in values["rois"].items()}
        spacing = (values["spacing"][0], values["spacing"][1])
        return Slice(arrays[values["values"]["array"]], arrays[values["body"]["array"]], rois, spacing)

    def view(values: Any) -> View | str:
        if isinstance(values, str):
            return values
        field = None if values["log_bias"] is None else cut(values["log_bias"])
        return View(cut(values["after"]), arrays[values["difference"]["array"]], field)

    views = {name: view(one) for name, one in about["views"].items()}
    grid = grid_of(about["grid"])
    return ScanViews(cut(about["before"]), about["number"], about["count"], tuple(about["sides"]), grid, views)
