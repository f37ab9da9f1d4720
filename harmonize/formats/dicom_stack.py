"""Where the slices of a DICOM series lie: which of them make one volume, and the grid of that volume."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harmonize.errors import ScanError
from harmonize.formats.dicom_contrast import SAME_PLACE, Part, differing, divide, place_of
from harmonize.formats.dicom_frame import CONVERT, Frame
from harmonize.formats.geometry import placed
from harmonize.volume import DIRECTION_TOLERANCE, FloatArray, Grid

GAP_TOLERANCE = 0.01
"""How far, relative to the usual distance of slices, a single distance may be off."""
TILT_TOLERANCE = 0.1
"""How far, in pixels, the slices of a stack may be shifted against each other within their own plane."""


@dataclass(frozen=True)
class Stack(Part):
    """The slices of one volume, in the order of their place along the normal; see `Part`."""

    @property
    def crowded(self) -> bool:
        """Whether slices lie at the same place."""
        return bool((np.diff([place_of(frame) for frame in self.frames]) < SAME_PLACE).any())

    def describe(self) -> str:
        """Say what it is, for a person who has to choose."""
        first = self.frames[0]
        parts = [first.description, *(f"{name} {first.traits[name] or 'absent'}" for name in self.told_by)]
        return ", ".join([*filter(None, parts), f"{len(self.frames)} slices, such as {first.path.name}"])

    def refuse_mixed(self, where: str) -> None:
        """Raise a `ScanError` where slices of another contrast lie between these."""
        if self.mixed:
            raise ScanError(
                f"{where}: {self.mixed}, expected one value in a volume: these are not all slices of any one",
                "export every volume of the series again with all its slices",
            )


def stacks_of(frames: Sequence[Frame]) -> list[Stack]:
    """Sort slices into volumes.

    Slices of one volume share series, size, spacing and orientation, and all that `dicom_contrast.divide` looks at.

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
    parts = [part for group in groups for part in divide(group)]
    return [Stack(tuple(sorted(part.frames, key=place_of)), part.told_by, part.mixed) for part in parts]


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
        If they are of several contrasts, only some have a slope, or they are missing, unevenly spaced, at the same
        place, or shifted against each other (gantry tilt).
    """
    stack.refuse_mixed(where)
    _refuse_unscaled(stack, where)
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


def _refuse_unscaled(stack: Stack, where: str) -> None:
    """Refuse slices without slope and intercept among slices that have them: their values may be in another unit."""
    lacking = [frame for frame in stack.frames if not frame.rescaled]
    scaled = [frame for frame in stack.frames if frame.rescale != (1.0, 0.0)]
    if lacking and scaled:
        slope, intercept = scaled[0].rescale
        raise ScanError(
            f"{where}: {len(lacking)} of {len(stack.frames)} slices have no RescaleSlope, such as {_name(lacking[0])}; "
            f"others have (slope {slope:g}, intercept {intercept:g}, such as {_name(scaled[0])})",
            "export the series again with slope and intercept in every slice",
        )


def _refuse_same_place(stack: Stack, steps: FloatArray, where: str) -> None:
    same = np.flatnonzero(steps < SAME_PLACE)
    if same.size:
        pair = stack.frames[same[0]], stack.frames[same[0] + 1]
        names = differing(*pair)
        raise ScanError(
            f"{where}: {same.size + 1} or more slices lie at the same place, such as {_name(pair[0])} and "
            f"{_name(pair[1])}, and "
            + (f"they differ in {' and '.join(names)} only" if names else "nothing in the headers tells them apart"),
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
