"""All texture matrices of all ROIs of a canvas, in one walk over the directions.

Definitions and conventions are PyRadiomics' (directions of the infinity norm, matrices per direction, 26 or 8
neighbours); entries that are 0 are never held.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from evaluation.extraction.engine.canvas import Canvas
from evaluation.extraction.engine.counted import Entries, counted
from evaluation.extraction.engine.directions import half_directions
from evaluation.extraction.engine.gray_levels import GrayLevels
from harmonize.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class LevelPairs:
    """Co-occurrence matrices, by direction and ROI (number of the direction times ROIs plus number of the ROI).

    Parameters
    ----------
    entries : Entries
        How often levels i and j are neighbours. Where matrices are symmetrical, each pair of levels stands once,
        i <= j, and counts for both orders.
    symmetrical : bool
    directions : ndarray of int, shape (directions, 3)
    """

    entries: Entries
    symmetrical: bool
    directions: IntArray


@dataclass(frozen=True)
class Neighbours:
    """What voxels have around them.

    Parameters
    ----------
    alike : ndarray of int, shape (voxels,)
        Neighbours of about the same gray level.
    inside : ndarray of int, shape (voxels,)
        Neighbours within the ROI.
    codes : ndarray of int, shape (voxels,)
        Sum of their codes.
    """

    alike: IntArray
    inside: IntArray
    codes: IntArray


@dataclass(frozen=True)
class Matrices:
    """What was asked for: GLCM, GLDM, GLRLM, GLSZM as entries, NGTDM as sums of differences by code.

    `near` are the directions of the runs.
    """

    pairs: LevelPairs | None
    dependences: Entries | None
    runs: Entries | None
    near: IntArray
    zones: Entries | None
    differences: FloatArray | None


def matrices(canvas: Canvas, levels: GrayLevels, classes: Collection[str], setting: Mapping[str, Any]) -> Matrices:
    """Count the matrices of the classes `glcm`, `gldm`, `glrlm`, `glszm`, `ngtdm` that are asked for.

    Parameters
    ----------
    canvas : Canvas
        With a margin of the largest distance.
    levels : GrayLevels
        With a gap of `gldm_a` before the first code.
    classes : collection of str
    setting : mapping
        PyRadiomics' `distances`, `force2D`, `force2Ddimension`, `symmetricalGLCM`, `gldm_a`.
    """
    flat_axis = setting["force2Ddimension"] if setting["force2D"] else None
    walk = _Walk(canvas, levels)
    near, far = half_directions([1], flat_axis), half_directions(setting["distances"], flat_axis)
    pairs = walk.pairs(far, setting["symmetricalGLCM"]) if "glcm" in classes else None
    dependences = differences = None
    if "gldm" in classes or "ngtdm" in classes:
        around = walk.neighbours(far, setting["gldm_a"])
        dependences = walk.dependences(around.alike + 1, 2 * len(far) + 2) if "gldm" in classes else None
        differences = walk.differences(around) if "ngtdm" in classes else None
    runs = walk.runs(near) if "glrlm" in classes else None
    zones = walk.zones(near) if "glszm" in classes else None
    return Matrices(pairs, dependences, runs, near, zones, differences)


class _Walk:
    """The canvas with its codes, seen from every voxel along a direction; 0 stands for what is outside."""

    def __init__(self, canvas: Canvas, levels: GrayLevels) -> None:
        self.canvas, self.levels = canvas, levels
        self.flat = np.zeros(canvas.length, np.intp)
        self.flat[canvas.positions] = levels.codes
        self.reach = int(canvas.positions[0])
        self.places = canvas.positions - self.reach

    def _there(self, step: int) -> IntArray:
        """Give the codes of the neighbours of all voxels."""
        return self.flat[self.reach + step :].take(self.places)

    def _entries(self, keys: IntArray, n: IntArray, width: int, directions: int = 1) -> Entries:
        """Read keys that hold direction, code and a number below the width."""
        rest, j = np.divmod(keys, width)
        direction, code = np.divmod(rest, self.levels.n_codes)
        roi = self.levels.roi_of(code)
        n_rois = self.canvas.n_rois
        i = code - self.levels.base[roi]
        return Entries.of(direction * n_rois + roi, i, j, n, directions * n_rois)

    def pairs(self, directions: IntArray, symmetrical: bool) -> LevelPairs:
        levels, n_rois = self.levels, self.canvas.n_rois
        ends = np.cumsum(levels.most**2) + levels.n_codes
        starts = ends - levels.most**2
        # The key of a pair is row[one code] + the other code. The row of what is outside is 0, so that these keys are
        # below n_codes, where no ROI has any.
        row = np.zeros(levels.n_codes, np.intp)
        for start, most, base in zip(starts, levels.most, levels.base, strict=True):
            row[base + 1 : base + most + 1] = start + np.arange(most) * most - base - 1
        found = []
        for number, step in enumerate(self.canvas.steps(directions)):
            back = self._there(-step)
            if symmetrical:
                keys = row.take(np.minimum(back, levels.codes)) + np.maximum(back, levels.codes)
            else:
                keys = row.take(back) + levels.codes
            key, n = counted(keys, int(ends[-1]))
            outside = np.searchsorted(key, levels.n_codes)
            found.append((np.full(len(key) - outside, number), key[outside:], n[outside:]))
        direction, key, n = (np.concatenate(parts) for parts in zip(*found, strict=True))
        roi = np.searchsorted(ends, key, side="right")
        i, j = np.divmod(key - starts[roi], levels.most[roi])
        entries = Entries.of(direction * n_rois + roi, i + 1, j + 1, n, len(directions) * n_rois)
        return LevelPairs(entries, symmetrical, directions)

    def neighbours(self, directions: IntArray, tolerance: int) -> Neighbours:
        codes = self.levels.codes
        alike, inside = (np.zeros(codes.size, np.int16) for _ in range(2))
        total = np.zeros(codes.size, np.intp)
        steps = self.canvas.steps(directions)
        for step in (*steps, *-steps):
            there = self._there(step)
            alike += there == codes if tolerance == 0 else np.abs(there - codes) <= tolerance
            inside += there > 0
            total += there
        return Neighbours(alike.astype(np.intp), inside.astype(np.intp), total)

    def dependences(self, alike: IntArray, width: int) -> Entries:
        key, n = counted(self.levels.codes * width + alike, self.levels.n_codes * width)
        return self._entries(key, n, width)

    def differences(self, around: Neighbours) -> FloatArray:
        """Sum, for each code, how far voxels are from the mean of their neighbours; 0 for those that have none."""
        off = np.abs(self.levels.codes * around.inside - around.codes) / np.maximum(around.inside, 1)
        return np.asarray(np.bincount(self.levels.codes, off, self.levels.n_codes))

    def runs(self, directions: IntArray) -> Entries:
        """Count runs of two voxels or more by their ends; all other voxels are runs by themselves."""
        codes, n_codes, first = self.levels.codes, self.levels.n_codes, self.canvas.starts[:-1]
        lines, rows, sizes = [], [], []
        for direction, step in enumerate(self.canvas.steps(directions)):
            ahead, back = self._there(step), self._there(-step)
            on, off = ahead == codes, back == codes
            lines.append(np.logical_or.reduceat(ahead, first))
            # Starts and ends take turns on each line of the array, so that in order they belong together: by the
            # line, then along it.
            along = self.canvas.length // step + 1
            starts, ends = (self._in_order(mask, step, along) for mask in (on > off, off > on))
            line, place = np.divmod(starts, along)
            rows.append(direction * n_codes + self.flat.take(place * step + line))
            sizes.append(ends - starts + 1)
        row, size = np.concatenate(rows), np.concatenate(sizes)
        width = int(size.max(initial=1)) + 1
        key, n = counted(row * width + size, len(directions) * n_codes * width)
        longer = self._entries(key, n, width, len(directions))
        within = np.bincount(row, size, len(directions) * n_codes).reshape(-1, n_codes)
        alone = np.bincount(codes, minlength=n_codes) - within.astype(np.intp)
        single = np.flatnonzero(alone)
        entries = self._entries(single * 2 + 1, alone.ravel()[single], 2, len(directions)).with_(longer)
        with_lines = np.array(lines)
        return entries if with_lines.all() else entries.only(self._on_lines(with_lines, directions)[entries.group])

    def _in_order(self, mask: BoolArray, step: int, along: int) -> IntArray:
        """Give the voxels of a mask by line and place on the line, as one number."""
        place, line = np.divmod(self.canvas.positions[np.flatnonzero(mask)], step)
        return np.sort(line * along + place)

    def _on_lines(self, lines: BoolArray, directions: IntArray) -> BoolArray:
        """Tell for which groups two voxels are on one line, be it with a gap; others have no runs in PyRadiomics."""
        lines = lines.copy()
        for which, roi in np.argwhere(~lines):
            places = self.canvas.coordinates(roi)
            moving = int(np.flatnonzero(directions[which])[0])
            feet = places - (places[:, moving] // directions[which, moving])[:, None] * directions[which]
            lines[which, roi] = len(np.unique(feet, axis=0)) < len(feet)
        return lines.ravel()

    def zones(self, directions: IntArray) -> Entries:
        """Count connected voxels of one level, by the components of the graph of equal neighbours."""
        codes, positions = self.levels.codes, self.canvas.positions
        number = np.empty(self.canvas.length, np.int32)
        number[positions] = np.arange(positions.size, dtype=np.int32)
        ones, others = [], []
        for step in self.canvas.steps(directions):
            voxels = np.flatnonzero(self._there(step) == codes)
            ones.append(voxels.astype(np.int32))
            others.append(number[positions[voxels] + step])
        one, other = np.concatenate(ones), np.concatenate(others)
        edges = coo_array((np.ones(one.size, np.int8), (one, other)), shape=(positions.size,) * 2)
        edges.has_canonical_format = True  # no pair comes twice
        n_zones, zone = connected_components(edges, directed=False)
        code = np.empty(n_zones, np.intp)
        code[zone] = codes
        size = np.bincount(zone)
        width = int(size.max()) + 1
        key, n = counted(code * width + size, self.levels.n_codes * width)
        return self._entries(key, n, width)
