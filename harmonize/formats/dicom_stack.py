"""Where the slices of a DICOM series lie: which of them make one volume, and the grid of that volume."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harmonize.arrays import FloatArray
from harmonize.errors import ScanError
from harmonize.formats.dicom_contrast import MOST_SHOWN, SAME_PLACE, Part, differing, divide, is_whole, place_of
from harmonize.formats.dicom_frame import CONVERT, Frame
from harmonize.formats.geometry import placed
from harmonize.image.volume import DIRECTION_TOLERANCE, Grid

GAP_TOLERANCE = 0.01
"""How far, relative to the usual distance of slices, a single distance may be off."""
ROUNDING, MOST_ROUNDING = 0.08, 0.1
"""How far the place of a slice may be off its even one: mm, for positions written with one decimal (0.05, and what they
do to the line between them), and not more than this share of the usual distance."""
HARDLY_TURNED = 0.035
"""Slices whose directions differ by less (2 degrees) may have been meant to be parallel."""
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

    Slices of one volume share series, patient, frame of reference, size, spacing and orientation, and all that
    `dicom_contrast.divide` looks at.

    Parameters
    ----------
    frames : sequence of Frame
        From any number of series.

    Returns
    -------
    list of Stack
        In the order of their first slices.
    """
    if len({frame.space for frame in frames}) == len(frames) > 2:  # made anew for each slice, when names were removed
        frames = [replace(frame, space="") for frame in frames]
    groups: list[list[Frame]] = []
    for frame in frames:
        home = next((group for group in groups if not _unlike(group[0], frame)), None)
        if home is None:
            groups.append([frame])
        else:
            home.append(frame)
    stacks = []
    for group in groups:
        mixed = _among_others(group, groups)
        for part in divide(group):
            ordered = tuple(sorted(part.frames, key=place_of))
            stacks.append(Stack(ordered, part.told_by, mixed or part.mixed, part.doubt))
    return stacks


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
    if not steps.size and distance <= 0:
        raise ScanError(
            f"{where}: {first.thick_by} is {distance:g} mm, expected a number above 0 for a slice that stands alone",
            "name all slices of the volume, or export it again",
        )
    if steps.size:
        _refuse_same_place(stack, steps, where)
        _refuse_gaps(stack, steps, where)
        shift = (positions - positions[0]) @ np.stack([along_x, along_y], axis=1)
        worst = float(np.abs(shift / np.array(first.spacing)).max())
        if worst > TILT_TOLERANCE and not _is_upright(shift, np.array(first.spacing)):
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


def _unlike(one: Frame, other: Frame) -> str:
    """Name the first attribute in which two slices cannot be of one volume; empty where they can."""
    if one.series != other.series:
        return "SeriesInstanceUID"
    if one.patient and other.patient and one.patient != other.patient:
        return "PatientID"
    if one.space and other.space and one.space != other.space:
        return "FrameOfReferenceUID"
    if one.size != other.size:
        return "the number of columns and rows"
    if not np.allclose(one.spacing, other.spacing, rtol=1e-4, atol=0):
        return "PixelSpacing"
    if not np.allclose(one.orientation, other.orientation, rtol=0, atol=DIRECTION_TOLERANCE):
        return "ImageOrientationPatient"
    return ""


def _among_others(group: Sequence[Frame], groups: Sequence[Sequence[Frame]]) -> str:
    """Say what varies where slices are no volume, but lie among others of their series that are hardly turned."""
    near, before = [group], 0
    while before < len(near):  # a stack may drift away from the orientation of its first slice
        before = len(near)
        near += [
            other
            for other in groups
            if not any(other is known for known in near)
            and any(other[0].series == known[0].series and _hardly_turned(other[0], known[0]) for known in near)
        ]
    if len(near) == 1 or is_whole(group, [frame for other in near for frame in other]):
        return ""
    name = _unlike(near[1][0], group[0])
    shown = ", ".join(f"{_said(name, other[0])}{_name(other[0])}" for other in near[:MOST_SHOWN])
    return f"{name} varies from slice to slice ({shown}{', ...' if len(near) > MOST_SHOWN else ''})"


def _hardly_turned(one: Frame, other: Frame) -> bool:
    return bool(np.allclose(one.orientation, other.orientation, rtol=0, atol=HARDLY_TURNED))


def _said(name: str, frame: Frame) -> str:
    """Give what a slice says of an attribute, in front of its name; not who the patient is."""
    values: dict[str, tuple[float, ...]] = {
        "PixelSpacing": frame.spacing[::-1],
        "ImageOrientationPatient": frame.orientation,
        "the number of columns and rows": frame.size,
    }
    return " ".join(f"{value:.6g}" for value in values[name]) + " in " if name in values else ""


def _refuse_unscaled(stack: Stack, where: str) -> None:
    """Refuse slices without slope or intercept among slices that have one: their values may be in another unit."""
    for k, (name, neutral) in enumerate({"RescaleSlope": 1.0, "RescaleIntercept": 0.0}.items()):
        lacking = [frame for frame in stack.frames if not frame.rescaled[k]]
        having = [frame for frame in stack.frames if frame.rescale[k] != neutral]
        if lacking and having:
            raise ScanError(
                f"{where}: {len(lacking)} of {len(stack.frames)} slices have no {name}, such as {_name(lacking[0])}; "
                f"others have ({having[0].rescale[k]:g}, such as {_name(having[0])})",
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
    if not odd.size or _is_even(np.array([0.0, *np.cumsum(steps)]), usual):
        return
    i = int(odd[0])
    names = f"{_name(stack.frames[i])} and {_name(stack.frames[i + 1])}"
    missing = steps / usual - 1
    count, rounding = int(np.rint(missing).sum()), 2 * min(ROUNDING / usual, MOST_ROUNDING)
    if count and np.all(np.abs(missing - np.rint(missing)) <= GAP_TOLERANCE * (missing + 1) + rounding):
        i = int(np.flatnonzero(np.rint(missing))[0])
        names = f"{_name(stack.frames[i])} and {_name(stack.frames[i + 1])}"
        raise ScanError(
            f"{where}: {count} slice{'s are' if count > 1 else ' is'} missing, the first between {names} "
            f"({steps[i]:.4g} mm apart, usually {usual:.4g} mm)",
            "copy or export the series again",
        )
    raise ScanError(
        f"{where}: the slices are unevenly spaced, from {steps.min():.4g} to {steps.max():.4g} mm; such as {names}",
        "export the series again, or resample it to even slices",
    )


def _is_upright(shift: FloatArray, spacing: FloatArray) -> bool:
    """Say whether slices are shifted within their plane (mm along x and y) by no more than the rounding of each."""
    numbers = np.arange(len(shift))
    slope, start = np.polyfit(numbers, shift, 1)
    allowed = np.maximum(TILT_TOLERANCE * spacing, np.minimum(ROUNDING, 2 * TILT_TOLERANCE * spacing))
    drift, off = np.abs(slope) * numbers[-1], np.abs(shift - np.outer(numbers, slope) - start).max(axis=0)
    return bool((drift <= allowed).all() and (off <= allowed).all())


def _is_even(places: FloatArray, usual: float) -> bool:
    """Say whether places lie on even ones up to the rounding of each, which does not add up along the stack."""
    numbers = np.arange(len(places))
    off = places - np.polyval(np.polyfit(numbers, places, 1), numbers)
    return bool(np.abs(off).max() <= min(ROUNDING, MOST_ROUNDING * usual))


def _name(frame: Frame) -> str:
    return frame.path.name if frame.index is None else f"frame {frame.index + 1} of {frame.path.name}"
