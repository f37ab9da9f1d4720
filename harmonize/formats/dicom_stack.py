"""Where the slices of a DICOM series lie: which of them make one volume, and the grid of that volume."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from harmonize.errors import ScanError
from harmonize.formats.geometry import placed
from harmonize.volume import DIRECTION_TOLERANCE, FloatArray, Grid

GAP_TOLERANCE = 0.01
"""How far, relative to the usual distance of slices, a single distance may be off."""
TILT_TOLERANCE = 0.1
"""How far, in pixels, the slices of a stack may be shifted against each other within their own plane."""
SAME_PLACE = 1e-3
"""Slices closer than this (mm) along their normal are at the same place."""
CONVERT = "convert the series with dcm2niix and look at what it makes of it, or export it again"


@dataclass(frozen=True)
class Frame:
    """One slice as its header describes it.

    Parameters
    ----------
    path : Path
        The file.
    index : int, optional
        Number of the frame in a multi-frame file; None for a file of one slice.
    series : str
        What slices of one series share (the SeriesInstanceUID).
    size : tuple of int
        Columns and rows.
    spacing : tuple of float
        Distance of columns (along x) and of rows (along y), mm.
    position : tuple of float
        Centre of the first pixel, mm, in the patient's coordinates.
    orientation : tuple of float
        Direction cosines along a row (x), then along a column (y).
    rescale : tuple of float
        Slope and intercept from stored to real values.
    thickness : float
        Of a slice that stands alone, mm.
    traits : mapping of str to str
        What may tell several volumes of one series apart, such as the echo time, in the order they are tried.
    description : str
        What people call the series.
    """

    path: Path
    index: int | None
    series: str
    size: tuple[int, int]
    spacing: tuple[float, float]
    position: tuple[float, ...]
    orientation: tuple[float, ...]
    rescale: tuple[float, float] = (1.0, 0.0)
    thickness: float = 1.0
    traits: Mapping[str, str] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True)
class Stack:
    """The slices of one volume, in the order of their place along the normal.

    Parameters
    ----------
    frames : tuple of Frame
        At least one.
    told_by : tuple of str
        The traits that tell it from other volumes of its series.
    """

    frames: tuple[Frame, ...]
    told_by: tuple[str, ...] = ()

    def describe(self) -> str:
        """Say what it is, for a person who has to choose."""
        first = self.frames[0]
        parts = [first.description, *(f"{name} {first.traits[name] or 'absent'}" for name in self.told_by)]
        return ", ".join([*filter(None, parts), f"{len(self.frames)} slices, such as {first.path.name}"])


def stacks_of(frames: Sequence[Frame]) -> list[Stack]:
    """Sort slices into volumes.

    Slices of one volume share series, size, spacing and orientation. Where several of them then lie at one place,
    they are told apart by the first of their traits that differ (type of image, echo time, time point, ...), as far
    as that helps.

    Parameters
    ----------
    frames : sequence of Frame
        From any number of series.

    Returns
    -------
    list of Stack
        In the order of their first slices.
    """
    groups: list[list[Frame]] = []
    for frame in frames:
        home = next((group for group in groups if _alike(group[0], frame)), None)
        if home is None:
            groups.append([frame])
        else:
            home.append(frame)
    return [Stack(tuple(sorted(part, key=_place)), told_by) for group in groups for part, told_by in _told_apart(group)]


def grid_of(stack: Stack, where: str) -> Grid:
    """Give the grid of a volume, refusing slices that do not make one.

    Parameters
    ----------
    stack : Stack
        The slices.
    where : str
        How a message calls the volume.

    Raises
    ------
    ScanError
        If slices are missing, unevenly spaced, at the same place, or shifted against each other (gantry tilt).
    """
    first = stack.frames[0]
    along_x, along_y = np.array(first.orientation[:3]), np.array(first.orientation[3:])
    normal = np.cross(along_x, along_y)
    positions = np.array([frame.position for frame in stack.frames])
    steps = np.diff(positions @ normal)
    distance = first.thickness
    if steps.size:
        _refuse_same_place(stack, steps, where)
        _refuse_gaps(stack, steps, where)
        shift = (positions - positions[0]) @ np.stack([along_x, along_y], axis=1)
        worst = float(np.abs(shift / np.array(first.spacing)).max())
        if worst > TILT_TOLERANCE:
            raise ScanError(
                f"{where}: the slices are shifted within their plane by up to {worst:.2g} pixels "
                "(a tilted gantry, or a stack that was not cut at right angles)",
                "resample the series to a right-angled grid with a tool that undoes the tilt, such as dcm2niix",
            )
        distance = float((positions[-1] - positions[0]) @ normal / steps.size)
    direction = np.stack([along_x, along_y, normal], axis=1)
    x, y, z = (float(value) for value in first.position)
    return placed(
        where,
        size=(*first.size, len(stack.frames)),
        spacing=(*first.spacing, distance),
        origin=(x, y, z),
        direction=direction.ravel(),
    )


def voxel_indices(points: FloatArray, grid: Grid) -> FloatArray:
    """Give points of the patient's space as indices of voxels, which are whole numbers at the voxels' centres.

    Parameters
    ----------
    points : ndarray of float64, shape (n, 3)
        x, y, z in mm.
    grid : Grid
        The grid.

    Returns
    -------
    ndarray of float64, shape (n, 3)
        Along x, y, z of the grid.

    Examples
    --------
    >>> voxel_indices(np.array([[1.0, 4.0, 9.0]]), Grid((4, 4, 2), spacing=(1.0, 2.0, 3.0))).tolist()
    [[1.0, 2.0, 3.0]]
    """
    axes = np.array(grid.direction).reshape(3, 3) * np.array(grid.spacing)
    indices: FloatArray = np.linalg.solve(axes, (np.asarray(points) - np.array(grid.origin)).T).T
    return indices


def _alike(one: Frame, other: Frame) -> bool:
    return (
        one.series == other.series
        and one.size == other.size
        and np.allclose(one.spacing, other.spacing, rtol=1e-4, atol=0)
        and np.allclose(one.orientation, other.orientation, rtol=0, atol=DIRECTION_TOLERANCE)
    )


def _place(frame: Frame) -> float:
    normal = np.cross(frame.orientation[:3], frame.orientation[3:])
    return float(np.dot(frame.position, normal))


def _told_apart(frames: list[Frame]) -> list[tuple[list[Frame], tuple[str, ...]]]:
    """Divide slices by their traits until no two of a part lie at one place, or no trait is left.

    A trait with more values than there are slices at one place differs from slice to slice, not between volumes.
    """
    most = _most_at_one_place(frames)
    if most > 1:
        for trait in frames[0].traits:
            parts: dict[str, list[Frame]] = {}
            for frame in frames:
                parts.setdefault(frame.traits.get(trait, ""), []).append(frame)
            if 1 < len(parts) <= most:
                return [(deeper, (trait, *told_by)) for part in parts.values() for deeper, told_by in _told_apart(part)]
    return [(frames, ())]


def _most_at_one_place(frames: Sequence[Frame]) -> int:
    places = np.sort([_place(frame) for frame in frames])
    starts = np.flatnonzero(np.diff(places, prepend=-np.inf) >= SAME_PLACE)
    return int(np.diff([*starts, len(places)]).max())


def _refuse_same_place(stack: Stack, steps: FloatArray, where: str) -> None:
    same = np.flatnonzero(steps < SAME_PLACE)
    if same.size:
        pair = [_name(stack.frames[same[0] + i]) for i in (0, 1)]
        raise ScanError(
            f"{where}: {same.size + 1} or more slices lie at the same place, such as {pair[0]} and {pair[1]}, "
            "and nothing in the headers tells them apart",
            CONVERT,
        )


def _refuse_gaps(stack: Stack, steps: FloatArray, where: str) -> None:
    usual = float(np.median(steps))
    odd = np.flatnonzero(np.abs(steps - usual) > GAP_TOLERANCE * usual)
    if not odd.size:
        return
    i = int(odd[0])
    names = f"{_name(stack.frames[i])} and {_name(stack.frames[i + 1])}"
    missing = steps / usual - 1
    if np.all(np.abs(missing - np.rint(missing)) <= GAP_TOLERANCE * (missing + 1)):
        count = int(np.rint(missing).sum())
        raise ScanError(
            f"{where}: {count} slice{'s are' if count > 1 else ' is'} missing, the first between {names} "
            f"({steps[i]:.4g} mm apart, usually {usual:.4g} mm)",
            "copy or export the series again",
        )
    raise ScanError(
        f"{where}: the slices are unevenly spaced, from {steps.min():.4g} to {steps.max():.4g} mm; such as {names}",
        "export the series again, or resample it to even slices",
    )


def _name(frame: Frame) -> str:
    return frame.path.name if frame.index is None else f"frame {frame.index + 1} of {frame.path.name}"
