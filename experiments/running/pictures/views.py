"""Slices of one scan before and after each strategy: taken on its way, or handed over by whoever took them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from experiments.folder.failures import explain
from experiments.running.between import Between, open_for
from experiments.running.packing import grid_of
from experiments.running.pictures.plane import Plane
from experiments.running.pictures.slices import ScanViews, Slice, View, packed, unpacked
from experiments.study.manifest import Scan
from experiments.study.opened import usable
from experiments.study.plan import Stage, StepFailure, Steps, show, walk
from experiments.study.strategy import Strategy, by_steps
from harmonize.arrays import BoolArray, FloatArray
from harmonize.image.boxes import slice_areas
from harmonize.image.regions import foreground_mask
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Grid, Volume
from harmonize.steps import AnyStep, DividesField

NEGLIGIBLE = 1e-6
"""Part of the range below which a difference is the rounding of its arithmetic."""


class SliceTaker:
    """Keeps one slice of a scan before and after strategies.

    Parameters
    ----------
    scan : Scan
        Which.
    strategies : sequence of Strategy
        Fitted and bound to the sequence.
    volume : Volume
        The scan before all steps.
    oriented : bool
        Whether left and right of the patient are known.
    like : (Grid, int), optional
        Grid and slice of the reference scan of the subject: the same slice is taken where the grids are the same.
        Otherwise it is the one with the largest area of ROIs, of all slices the middle one where no ROI is.
    """

    def __init__(
        self,
        scan: Scan,
        strategies: Sequence[Strategy],
        volume: Volume,
        oriented: bool,
        like: tuple[Grid, int] | None,
    ) -> None:
        self._strategies = {steps: [one.name for one in same] for steps, same in by_steps(strategies).items()}
        self._fields: dict[Steps, Slice | None] = {
            steps[: place + 1]: None for steps in self._strategies if (place := first_field(steps)) is not None
        }
        self.places = dict.fromkeys([*(steps[:-1] for steps in self._fields), *self._fields, *self._strategies])
        self._biased: dict[Steps, Slice] = {}
        self._scan, self._volume, self._oriented = scan, volume, oriented
        axis = infer_slice_axis(volume.grid) or 0
        same = like is not None and not volume.grid.differences(like[0])
        self._plane = Plane.of(volume.grid, axis, like[1] if like is not None and same else largest_slice(volume, axis))
        self._body = foreground_mask(volume.image, axis, volume.outside)
        self._before = cut_out(volume, self._plane, self._body)
        self._views: dict[str, View | str] = {}

    def see(self, stage: Stage) -> None:
        """Cut the slice out; around the first step that divides out a field also that field."""
        steps, stepped = stage.steps, stage.volume
        if isinstance(stepped, StepFailure):
            failed = f"{stepped.step} failed: {explain(stepped.error)[0]}"
            self._views |= dict.fromkeys(self._strategies.get(steps, ()), failed)
            return
        if steps in self._fields and (biased := self._biased.get(steps[:-1])) is not None:
            self._fields[steps] = _log_bias(biased, stepped, plane_on(self._volume.grid, self._plane, stepped.grid))
        if any(steps == place[:-1] for place in self._fields):
            there = plane_on(self._volume.grid, self._plane, stepped.grid)
            body = (
                self._body if stepped is self._volume else foreground_mask(stepped.image, there.axis, stepped.outside)
            )
            self._biased[steps] = cut_out(stepped, there, body)
        if steps in self._strategies:
            view = view_of(self._volume, self._body, self._before, stepped, self._plane)
            place = first_field(steps)
            view = replace(view, log_bias=None if place is None else self._fields[steps[: place + 1]])
            self._views |= dict.fromkeys(self._strategies[steps], view)

    def views(self) -> ScanViews:
        """Give what was kept."""
        grid, plane = self._volume.grid, self._plane
        sides = (plane.left, plane.right) if self._oriented else ("", "")
        return ScanViews(self._before, plane.index + 1, grid.shape[plane.axis], sides, grid, self._views)

    def hand_over(self, between: Between, *, reference: bool) -> None:
        """Leave it for whoever draws the picture; of the reference, say which slice, for the other conditions."""
        between.put(_place(between, self._scan), *packed(self.views()))
        if reference:
            about = {"grid": vars(self._volume.grid), "index": self._plane.index}
            between.put(_like(between, self._scan), about, [])


def slice_of_reference(between: Between, scan: Scan) -> tuple[Grid, int] | None:
    """Give grid and slice of the reference scan of the same subject and sequence, if it was handed over already."""
    found = between.fetch(_like(between, scan))
    return None if found is None else (grid_of(found[0]["grid"]), found[0]["index"])


def scan_views(
    scan: Scan, strategies: Sequence[Strategy], like: ScanViews | None = None, between: Between | None = None
) -> ScanViews:
    """Give the slices of a scan that were handed over; where some are missing it is taken through strategies again.

    Parameters
    ----------
    scan : Scan
        Which files.
    strategies : sequence of Strategy
        Fitted and bound to the sequence; steps that several share are done once.
    like : ScanViews, optional
        Those of the reference scan of the subject.
    between : Between, optional
        What was handed over.

    Raises
    ------
    ScanError
        If the image cannot be used.
    """
    kept = None if between is None else between.fetch(_place(between, scan))
    if kept is not None:
        found = unpacked(*kept)
        same = like is not None and not found.grid.differences(like.grid)
        right = like is None or not same or found.number == like.number
        if right and all(strategy.name in found.views for strategy in strategies):
            return found
    opened, origin = open_for(scan, between, keep=False)
    volume, _ = usable(scan, opened, origin)
    taker = SliceTaker(
        scan, strategies, volume, opened.oriented, None if like is None else (like.grid, like.number - 1)
    )
    show([taker], walk(taker.places, volume))
    return taker.views()


def _place(between: Between, scan: Scan) -> Path:
    return between.place("slices", [*scan.key, scan.line])


def _like(between: Between, scan: Scan) -> Path:
    return between.place("slices", [scan.subject, scan.sequence])


def first_field(steps: Sequence[AnyStep]) -> int | None:
    """Give the place of the first step of a strategy that divides out a field."""
    return next((i for i, step in enumerate(steps) if isinstance(step, DividesField)), None)


def largest_slice(volume: Volume, axis: int) -> int:
    """Give the slice with the largest area of ROIs, or the middle one where there is no ROI."""
    areas = sum((slice_areas(mask, axis) for mask in volume.masks.values()), np.zeros(volume.grid.shape[axis], int))
    return int(np.argmax(areas)) if areas.any() else volume.grid.shape[axis] // 2


def cut_out(volume: Volume, plane: Plane, body: BoolArray) -> Slice:
    """Cut a slice out of a volume, with its ROIs and its part of the body."""
    return Slice(
        plane.take(volume.image).astype(np.float64),
        plane.take(body).astype(bool),
        {name: plane.take(mask).astype(bool) for name, mask in volume.masks.items()},
        plane.spacing,
    )


def plane_on(grid: Grid, plane: Plane, other: Grid) -> Plane:
    """Lay out the slice of another grid that is nearest to a slice of this one, at its middle."""
    if grid == other:
        return plane
    middle = [(size - 1) / 2 for size in grid.size]
    middle[2 - plane.axis] = float(plane.index)
    here, there = (np.array(one.direction).reshape(3, 3) * np.array(one.spacing) for one in (grid, other))
    position = np.array(grid.origin) + here @ middle
    index = np.linalg.solve(there, position - np.array(other.origin))[2 - plane.axis]
    return Plane.of(other, plane.axis, int(np.clip(np.rint(index), 0, other.shape[plane.axis] - 1)))


def view_of(volume: Volume, body: BoolArray, before: Slice, stepped: Volume, plane: Plane) -> View:
    """Give the slice of a volume as steps left it, and what else than gain and offset changed in it."""
    if stepped.grid == volume.grid:
        after = cut_out(stepped, plane, body)
        return View(after, _unexplained(before, after), None)
    there = plane_on(volume.grid, plane, stepped.grid)
    onto = _resampled(volume.image, volume.grid, stepped.grid, sitk.sitkLinear)
    body_there = _resampled(body.astype(np.float64), volume.grid, stepped.grid, sitk.sitkNearestNeighbor) > 0.5
    after = cut_out(stepped, there, body_there)
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


def _log_bias(biased: Slice, unbiased: Volume, there: Plane) -> Slice:
    known = biased.body & (biased.values > 0)
    quotient = biased.values / np.where(known, there.take(unbiased.image), 1.0)
    return replace(biased, values=np.where(known, np.log(np.where(known, quotient, 1.0)), np.nan))
