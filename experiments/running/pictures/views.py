"""What is pictured of one scan: one slice before and after each strategy, what changed, and the bias field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk

from evaluation.extraction import ExtractionSettings
from experiments.folder.failures import explain
from experiments.running.pictures.plane import Plane
from experiments.running.scan_task import read_usable
from experiments.study.manifest import Scan
from experiments.study.plan import StepFailure, build_tree, walk
from experiments.study.strategy import Strategy
from harmonize.arrays import BoolArray, FloatArray
from harmonize.formats.registry import tells_orientation
from harmonize.image.regions import foreground_mask
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Grid, Volume
from harmonize.steps import AnyStep, N4BiasField

NEGLIGIBLE = 1e-6
"""Part of the range below which a difference is the rounding of its arithmetic."""


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


def scan_views(scan: Scan, strategies: Sequence[Strategy], like: ScanViews | None = None) -> ScanViews:
    """Take one scan through strategies, keeping one slice of each.

    Parameters
    ----------
    scan : Scan
        Which files.
    strategies : sequence of Strategy
        Fitted and bound to the sequence; steps that several share are done once.
    like : ScanViews, optional
        The reference scan of the subject: the same slice is taken where the grids are the same. Otherwise it is the
        slice with the largest area of ROIs, of all slices the middle one where no ROI is.

    Raises
    ------
    ScanError
        If the image cannot be used.
    """
    volume, _ = read_usable(scan)
    axis = infer_slice_axis(volume.grid) or 0
    same = like is not None and not volume.grid.differences(like.grid)
    index = like.number - 1 if like is not None and same else _largest(volume, axis)
    plane = Plane.of(volume.grid, axis, index)
    body = foreground_mask(volume.image, axis, volume.outside)
    before = _cut(volume, plane, body)
    views: dict[str, View | str] = {}
    fields: dict[str, Slice] = {}
    pending: dict[str, Volume] = {}
    for strategy, stepped, *_ in walk(build_tree(list(_prefixes(strategies))), volume):
        name, stage = strategy.name.rsplit("|", 1)
        if isinstance(stepped, StepFailure):
            views.setdefault(name, f"{stepped.step} failed: {explain(stepped.error)[0]}")
        elif stage == "unbiased":
            fields[name] = _log_bias(pending.pop(name), stepped, plane, volume.grid)
        elif stage == "biased":
            pending[name] = stepped
        if isinstance(stepped, Volume) and stage == "after":
            views[name] = _view(volume, body, before, stepped, plane)
    with_fields = {
        name: replace(view, log_bias=fields.get(name)) if isinstance(view, View) else view
        for name, view in views.items()
    }
    sides = (plane.left, plane.right) if tells_orientation(scan.image) else ("", "")
    return ScanViews(before, index + 1, volume.grid.shape[axis], sides, volume.grid, with_fields)


def first_n4(steps: Sequence[AnyStep]) -> int | None:
    """Give the place of the first N4 among the steps of a strategy."""
    return next((i for i, step in enumerate(steps) if isinstance(step, N4BiasField)), None)


def _prefixes(strategies: Sequence[Strategy]) -> Iterator[Strategy]:
    """Give the stages to look at as strategies of their own: all steps; those up to N4, without and with it."""
    for strategy in strategies:
        ends = {"after": len(strategy.steps)}
        place = first_n4(strategy.steps)
        if place is not None:
            ends = {"biased": place, "unbiased": place + 1, **ends}
        for stage, end in ends.items():
            steps = strategy.steps[:end]
            yield Strategy(f"{strategy.name}|{stage}", steps, ExtractionSettings())


def _largest(volume: Volume, axis: int) -> int:
    others = tuple(other for other in range(3) if other != axis)
    areas = sum((mask.sum(axis=others) for mask in volume.masks.values()), np.zeros(volume.grid.shape[axis], int))
    return int(np.argmax(areas)) if areas.any() else volume.grid.shape[axis] // 2


def _cut(volume: Volume, plane: Plane, body: BoolArray) -> Slice:
    return Slice(
        plane.take(volume.image).astype(np.float64),
        plane.take(body).astype(bool),
        {name: plane.take(mask).astype(bool) for name, mask in volume.masks.items()},
        plane.spacing,
    )


def _on(grid: Grid, plane: Plane, other: Grid) -> Plane:
    """Lay out the slice of another grid that is nearest to a slice of this one, at its middle."""
    if grid == other:
        return plane
    middle = [(size - 1) / 2 for size in grid.size]
    middle[2 - plane.axis] = float(plane.index)
    here, there = (np.array(one.direction).reshape(3, 3) * np.array(one.spacing) for one in (grid, other))
    position = np.array(grid.origin) + here @ middle
    index = np.linalg.solve(there, position - np.array(other.origin))[2 - plane.axis]
    return Plane.of(other, plane.axis, int(np.clip(np.rint(index), 0, other.shape[plane.axis] - 1)))


def _view(volume: Volume, body: BoolArray, before: Slice, stepped: Volume, plane: Plane) -> View:
    if stepped.grid == volume.grid:
        after = _cut(stepped, plane, body)
        return View(after, _unexplained(before, after), None)
    there = _on(volume.grid, plane, stepped.grid)
    onto = _resampled(volume.image, volume.grid, stepped.grid, sitk.sitkLinear)
    body_there = _resampled(body.astype(np.float64), volume.grid, stepped.grid, sitk.sitkNearestNeighbor) > 0.5
    after = _cut(stepped, there, body_there)
    original = replace(after, values=there.take(onto).astype(np.float64))
    return View(after, _unexplained(original, after), None)


def _resampled(array: FloatArray, old: Grid, new: Grid, interpolator: int) -> FloatArray:
    image = Volume(array, old).to_itk()
    target = sitk.Resample(
        image, new.size, sitk.Transform(), interpolator, new.origin, new.spacing, new.direction, 0.0, sitk.sitkFloat64
    )
    return sitk.GetArrayFromImage(target)


def _unexplained(before: Slice, after: Slice) -> FloatArray:
    """Take gain and offset out of the change; what is then within rounding counts as zero."""
    body = after.body if after.body.sum() > 2 else np.ones(after.values.shape, bool)
    x, y = before.values[body], after.values[body]
    variance = float(np.var(x))
    gain = float(np.mean((x - x.mean()) * (y - y.mean()))) / variance if variance > 0 else 0.0
    difference = after.values - (gain * (before.values - x.mean()) + y.mean())
    span = float(np.ptp(y)) or 1.0
    return np.zeros_like(difference) if np.abs(difference[body]).max() <= NEGLIGIBLE * span else difference


def _log_bias(biased: Volume, unbiased: Volume, plane: Plane, grid: Grid) -> Slice:
    there = _on(grid, plane, biased.grid)
    cut = _cut(biased, there, foreground_mask(biased.image, there.axis, biased.outside))
    known = cut.body & (cut.values > 0)
    quotient = cut.values / np.where(known, there.take(unbiased.image), 1.0)
    return replace(cut, values=np.where(known, np.log(np.where(known, quotient, 1.0)), np.nan))
