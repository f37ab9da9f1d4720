"""DICOM images: a folder with one series, a series by one of its files, or multi-frame files.

Positions and orientations in the headers make the grid; the order of the files, their names and the nominal slice
distance do not matter.
"""

import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ScanError
from harmonize.formats.dicom_contrast import varying
from harmonize.formats.dicom_file import header, is_image, reading
from harmonize.formats.dicom_frame import CONVERT, PLACE, Frame, frames_of, is_copy, lacking
from harmonize.formats.dicom_lost import Lost, candidates, files_within, lost_files, refuse_lost, tell_lost
from harmonize.formats.dicom_pixels import read_slices, same_pixels
from harmonize.formats.dicom_stack import Stack, grid_of, stacks_of
from harmonize.formats.dicom_traits import TOLD
from harmonize.formats.guard import refuse_too_many
from harmonize.formats.kind import is_dicom
from harmonize.image.volume import Grid
from harmonize.inputs.files import once_a_look
from harmonize.remarks import remark
from harmonize.words import some

MOST_LISTED = 12
ADVICE = {
    "times_take_turns": "look whether these are time points; slices of passes, packages or excited at once are fine",
    "lossy_compression": "name the files as they came from the scanner: what was lost was texture, not noise alone",
    "real_world_value_mapping": "apply it to all scans of the study or to none",
    "uneven_protocol": "look at the slices one by one; if they are of several contrasts, export each series again",
}
"""What to do about the things that are told of a volume."""


def read_dicom(path: Path) -> tuple[FloatArray, Grid, BoolArray | None]:
    """Read one volume.

    Parameters
    ----------
    path : Path
        A folder that holds one volume, in itself or in folders within; or any one of the files of a volume. The
        others are looked for in the same folder.

    Returns
    -------
    array : ndarray of float64, shape (z, y, x)
        Rescaled values.
    grid : Grid
        Where they lie; z runs along the cross product of the directions of rows and columns.
    padding : ndarray of bool, same shape, optional
        Where the header says that there is no data; None where there is data everywhere.

    Raises
    ------
    ScanError
        If there is no volume or several (the text lists them), the slices make no regular grid, or a file of their
        series cannot be used.
    """
    stack, lost = stack_of(path)
    try:
        grid = grid_of(stack, str(path))
    except ScanError as error:
        if not lost:
            raise
        beside = "; ".join(f"{file.path.name} beside them {file.problem}" for file in lost[:MOST_LISTED])
        raise ScanError(f"{error.problem}; {beside}", error.advice) from error
    refuse_too_many(path, math.prod(grid.size))
    array, padding = read_slices(stack.frames)
    for kind, problem in told_of(stack).items():
        remark(kind, f"{path.name}: {problem}", ADVICE[kind])
    tell_lost(lost, path.name)
    return array, grid, padding


def read_dicom_grid(path: Path) -> Grid:
    """Give where the voxels of a volume lie, by its headers alone; raises as `read_dicom`."""
    return grid_of(stack_of(path)[0], str(path))


def told_of(stack: Stack) -> dict[str, str]:
    """Give what whoever uses a volume should know, by its kind."""
    told: dict[str, str] = {"times_take_turns": stack.doubt} if stack.doubt else {}
    for kind in dict.fromkeys(kind for frame in stack.frames for kind in frame.told):
        texts = Counter(frame.told[kind] for frame in stack.frames if kind in frame.told)
        text, count = texts.most_common(1)[0]
        told[kind] = text if count == len(stack.frames) else f"{texts.total()} of {len(stack.frames)} slices: {text}"
    uneven = [shown for trait in TOLD if (shown := varying(stack.frames, trait))]
    if uneven:
        told["uneven_protocol"] = "; ".join(uneven)
    return told


@once_a_look
def stack_of(path: Path) -> tuple[Stack, list[Lost]]:
    """Give the slices of the volume that a folder or file stands for, and files beside them that cannot be used."""
    frames = [frame for file in dicom_files(path) for frame in frames_of(file)]
    used = {frame.path for frame in frames}
    frames = once(sorted(frames, key=lambda frame: frame.path != path))  # of copies, the one that is named stays
    stacks = stacks_of(frames)
    if path.is_file():
        stacks = [stack for stack in stacks if any(frame.path == path for frame in stack.frames)]
    if not stacks:
        raise _no_volume(path)
    if len(stacks) > 1:
        if all(stack.mixed for stack in stacks):
            stacks[0].refuse_mixed(str(path))
        listed = some((stack.describe() for stack in stacks), MOST_LISTED, apart="; ")
        several_files = len({stack.frames[0].path for stack in stacks}) > 1
        raise ScanError(
            f"{path}: holds {len(stacks)} volumes, expected one ({listed})",
            "name one file of the volume that is meant instead of the folder" if several_files else CONVERT,
        )
    series = stacks[0].frames[0].series
    lost = lost_files(candidates(path), used, [series])
    refuse_lost(lost, series, str(path))
    return stacks[0], lost


def _no_volume(path: Path) -> ScanError:
    """Say that there is none, and of an image that lacks a part of its place which one."""
    what = f"{path}: {'the folder holds' if path.is_dir() else 'is'} no DICOM image"
    for file in dicom_files(path):
        names = lacking(file)
        if 0 < len(names) < len(PLACE):
            return ScanError(
                f"{what} that can be placed in space: {file.name} has no {' and no '.join(names)}",
                "export the series again, with all that its header said at the scanner",
            )
    return ScanError(
        f"{what} with a position in space", "name the folder with the DICOM files of one series, or an image file"
    )


def once(frames: Iterable[Frame]) -> list[Frame]:
    """Leave out slices of files that are copies of an earlier one: the same instance, header and pixels."""
    kept: dict[tuple[str, int | None], list[Frame]] = {}
    result = []
    for frame in frames:
        before = kept.setdefault((frame.instance, frame.index), []) if frame.instance else []
        copy = any(
            other.path != frame.path and is_copy(other, frame) and same_pixels(other.path, frame.path)
            for other in before
        )
        if not copy:
            before.append(frame)
            result.append(frame)
    return result


@once_a_look
def dicom_files(path: Path) -> tuple[Path, ...]:
    """Give all DICOM files in a folder and in folders within; or those of the series of an image beside it."""
    if path.is_dir():
        return tuple(file for file in files_within(path) if is_dicom(file))
    try:
        with reading(path):  # values are read when they are asked for, and may be broken
            own = header(path, ["SeriesInstanceUID", "SOPClassUID", "Rows"])
            alone = not is_image(own)
            series = str(own.get("SeriesInstanceUID"))
    except (OSError, ScanError):
        return (path,)
    if alone:
        return (path,)
    files = []
    for file in sorted(path.parent.iterdir()):
        if file == path or (file.is_file() and is_dicom(file) and series_of(file) == series):
            files.append(file)
    return tuple(files)


def series_of(path: Path) -> str | None:
    """Give the SeriesInstanceUID of a DICOM file; None where it cannot be read."""
    try:
        with reading(path):
            return str(header(path, ["SeriesInstanceUID"]).get("SeriesInstanceUID"))
    except ScanError:
        return None
