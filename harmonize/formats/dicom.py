"""DICOM images: a folder with one series, a series by one of its files, or a multi-frame file.

Positions and orientations in the headers make the grid; the order of the files, their names and the nominal slice
distance do not matter. Stored values are rescaled by slope and intercept of each slice (PS3.3 C.11.1).
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import SimpleITK as sitk

from harmonize.errors import ScanError
from harmonize.formats.dicom_file import (
    decode,
    header,
    is_dicom,
    is_image,
    reading,
    refuse_cut_off,
    refuse_too_many,
    whole,
)
from harmonize.formats.dicom_stack import CONVERT, Frame, Stack, grid_of, stacks_of
from harmonize.formats.nifti import pair_of
from harmonize.formats.text_header import text_header
from harmonize.volume import FloatArray, Grid

TRAITS = {
    "ImageType": ("FrameType", "ImageType"),
    "ComplexImageComponent": ("ComplexImageComponent",),
    "EchoTime": ("EffectiveEchoTime", "EchoTime"),
    "InversionTime": ("InversionTime",),
    "FlipAngle": ("FlipAngle",),
    "DiffusionBValue": ("DiffusionBValue",),
    "TemporalPosition": ("TemporalPositionIndex", "TemporalPositionIdentifier"),
    "TriggerTime": ("NominalCardiacTriggerDelayTime", "TriggerTime"),
    "StackID": ("StackID",),
    "AcquisitionNumber": ("AcquisitionNumber", "FrameAcquisitionNumber"),
}
"""What may tell volumes of one series apart, and the attributes that hold it, in the order they are tried."""
MOST_LISTED = 12


def read_dicom(path: Path) -> tuple[FloatArray, Grid]:
    """Read one volume.

    Parameters
    ----------
    path : Path
        A folder that holds one volume; or a file: of a multi-frame image, or any one of the slices of a volume. The
        other slices are looked for in the same folder.

    Returns
    -------
    array : ndarray of float64, shape (z, y, x)
        Rescaled values.
    grid : Grid
        Where they lie; z runs along the cross product of the directions of rows and columns.

    Raises
    ------
    ScanError
        If the folder holds no volume or several (the text lists them), or the slices make no regular grid.
    """
    stack = stack_of(path)
    grid = grid_of(stack, str(path))
    refuse_too_many(path, math.prod(grid.size))
    if stack.frames[0].index is None:
        return _slices(stack, path), grid
    return _multi_frame(stack), grid


def stack_of(path: Path) -> Stack:
    """Give the slices of the volume that a folder or file stands for; see `read_dicom`."""
    frames = [frame for file in files_of(path) for frame in frames_of(file)]
    stacks = stacks_of(frames)
    if path.is_file() and any(frame.index is None for frame in frames):
        stacks = [stack for stack in stacks if any(frame.path == path for frame in stack.frames)]
    if not stacks:
        raise ScanError(
            f"{path}: {'the folder holds' if path.is_dir() else 'is'} no DICOM image with a position in space",
            "name the folder with the DICOM files of one series, or an image file",
        )
    if len(stacks) > 1:
        listed = "; ".join(stack.describe() for stack in stacks[:MOST_LISTED])
        more = f"; and {len(stacks) - MOST_LISTED} more" if len(stacks) > MOST_LISTED else ""
        several_files = len({stack.frames[0].path for stack in stacks}) > 1
        raise ScanError(
            f"{path}: holds {len(stacks)} volumes, expected one ({listed}{more})",
            "name one file of the volume that is meant instead of the folder" if several_files else CONVERT,
        )
    return stacks[0]


def files_of(path: Path) -> tuple[Path, ...]:
    """Give the files that a path of images.csv stands for.

    Parameters
    ----------
    path : Path
        Any file, or a folder.

    Returns
    -------
    tuple of Path
        All files of a folder; of a DICOM image of one slice, the files of its series beside it; of an image in two
        files, header and voxels; else the path itself.
    """
    if path.is_dir():
        return tuple(sorted(file for file in path.iterdir() if file.is_file()))
    if not is_dicom(path):
        return _with_voxels(path)
    try:
        with reading(path):  # values are read when they are asked for, and may be broken
            own = header(path, ["SeriesInstanceUID", "NumberOfFrames", "SOPClassUID", "Rows"])
            alone = not is_image(own) or int(own.get("NumberOfFrames") or 1) > 1
            series = str(own.get("SeriesInstanceUID"))
    except (OSError, ScanError):
        return (path,)
    if alone:
        return (path,)
    files = []
    for file in sorted(path.parent.iterdir()):
        if file == path or (file.is_file() and is_dicom(file) and _series(file) == series):
            files.append(file)
    return tuple(files)


def _with_voxels(path: Path) -> tuple[Path, ...]:
    """Give an image and, where its header and its voxels are two files, the other one."""
    try:
        header = text_header(path)
    except (OSError, ScanError):
        return (path,)
    other = pair_of(path) if header is None else header.data
    return (path,) if other in (None, path) else (path, other)


def frames_of(path: Path) -> list[Frame]:
    """Read the slices of a file from its header; none if it is no DICOM image."""
    return frames_in(path, header(path)) if is_dicom(path) else []


def frames_in(path: Path, dataset: pydicom.Dataset) -> list[Frame]:
    """Give the slices that a header describes; none if it is not that of an image."""
    with reading(path):
        if not is_image(dataset):
            return []
        if int(dataset.get("SamplesPerPixel") or 1) != 1:
            raise ScanError(f"{path}: holds colours, expected gray values", "name a magnitude image")
        return placed_frames(path, dataset)


def placed_frames(path: Path, dataset: pydicom.Dataset) -> list[Frame]:
    """Give the frames of a dataset that have a place in the patient."""
    if "PerFrameFunctionalGroupsSequence" not in dataset:
        if int(dataset.get("NumberOfFrames") or 1) > 1:
            raise ScanError(f"{path}: holds {dataset.NumberOfFrames} frames without their positions", CONVERT)
        return [frame for frame in [_frame(path, None, [dataset])] if frame]
    shared = [macro for group in dataset.get("SharedFunctionalGroupsSequence") or [] for macro in _macros(group)]
    groups = dataset.PerFrameFunctionalGroupsSequence
    found = (_frame(path, i, [*_macros(group), *shared, dataset]) for i, group in enumerate(groups))
    return [frame for frame in found if frame]


def _macros(group: pydicom.Dataset) -> list[pydicom.Dataset]:
    """Give the parts of a functional group, without the maker's own."""
    return [item for element in group if element.VR == "SQ" and not element.tag.is_private for item in element.value]


def _series(path: Path) -> str | None:
    try:
        with reading(path):
            return str(header(path, ["SeriesInstanceUID"]).get("SeriesInstanceUID"))
    except ScanError:
        return None


def _frame(path: Path, index: int | None, places: list[pydicom.Dataset]) -> Frame | None:
    """Make a frame from the datasets that may hold its attributes, the nearest first; none without a position."""

    def value(*names: str) -> Any:
        for name in names:
            for place in places:
                if place.get(name) not in (None, ""):
                    return place[name].value
        return None

    position, orientation, spacing = (
        value("ImagePositionPatient"),
        value("ImageOrientationPatient"),
        value("PixelSpacing"),
    )
    if position is None or orientation is None or spacing is None:
        return None
    return Frame(
        path=path,
        index=index,
        series=str(value("SeriesInstanceUID")),
        size=(int(value("Columns")), int(value("Rows"))),
        spacing=_edges(spacing),
        position=_point(position),
        orientation=_unit(orientation),
        rescale=(float(value("RescaleSlope") or 1.0), float(value("RescaleIntercept") or 0.0)),
        thickness=float(value("SpacingBetweenSlices", "SliceThickness") or 1.0),
        traits={trait: _text(value(*names)) for trait, names in TRAITS.items()},
        description=_text(value("SeriesDescription")),
    )


def _point(position: Any) -> tuple[float, ...]:
    numbers = tuple(float(number) for number in position)
    if len(numbers) != 3 or not all(map(math.isfinite, numbers)):
        raise ValueError(f"the position is {numbers}, expected three numbers")
    return numbers


def _edges(spacing: Any) -> tuple[float, float]:
    """Give the distances of columns and of rows."""
    down, along = (float(distance) for distance in spacing)
    if not (math.isfinite(down) and math.isfinite(along) and down > 0 and along > 0):
        raise ValueError(f"PixelSpacing is {down:g} x {along:g} mm, expected two numbers above 0")
    return along, down


def _unit(orientation: Any) -> tuple[float, ...]:
    """Give the direction cosines, of length one also where they were written with few digits."""
    cosines = np.array([float(cosine) for cosine in orientation]).reshape(2, 3)
    length = np.linalg.norm(cosines, axis=1, keepdims=True)
    if not (np.isfinite(length).all() and length.all()):
        listed = ", ".join(f"{cosine:g}" for cosine in cosines.ravel())
        raise ValueError(f"ImageOrientationPatient is {listed}, expected two directions of length one")
    return tuple(float(cosine) for cosine in (cosines / length).ravel())


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return "\\".join(map(str, value)) if isinstance(value, pydicom.multival.MultiValue) else str(value)


def _slices(stack: Stack, path: Path) -> FloatArray:
    """Read slices with GDCM, which knows every transfer syntax and rescales each by its own slope and intercept."""
    for frame in stack.frames:
        refuse_cut_off(frame.path)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(frame.path) for frame in stack.frames])
    reader.SetOutputPixelType(sitk.sitkFloat64)
    try:
        image = reader.Execute()
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise ScanError(f"{path}: the pixels cannot be read: {reason}", "copy or export the series again") from error
    array: FloatArray = sitk.GetArrayFromImage(image)
    return array.reshape(len(stack.frames), *array.shape[-2:])


def _multi_frame(stack: Stack) -> FloatArray:
    path = stack.frames[0].path
    with reading(path):
        stored = decode(whole(path), path)
    slopes, intercepts = np.array([frame.rescale for frame in stack.frames]).T[:, :, None, None]
    array: FloatArray = stored[[frame.index or 0 for frame in stack.frames]] * slopes + intercepts
    return array
