"""One slice of a DICOM series as its header describes it, be it a file of its own or a frame of a multi-frame file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pydicom

from harmonize.errors import ScanError
from harmonize.formats.dicom_file import header, is_image, reading
from harmonize.formats.dicom_traits import (
    Places,
    counts_times,
    first_of,
    is_dynamic,
    number_of,
    numbers_of,
    text,
    traits_of,
)
from harmonize.formats.kind import is_dicom
from harmonize.image.volume import SHEAR_TOLERANCE

CONVERT = "convert the series with dcm2niix and look at what it makes of it, or export it again"
LOSSY = {
    "1.2.840.10008.1.2.4.50": "JPEG baseline",
    "1.2.840.10008.1.2.4.51": "JPEG extended",
    "1.2.840.10008.1.2.4.81": "JPEG-LS near-lossless",
}
"""Transfer syntaxes that always lose something."""
PLACE = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
"""What a slice needs to have a place in the patient."""
LENGTH_TOLERANCE = 0.01
"""How far the length of a direction may be off one: cosines written with two decimals are off by up to 0.9 %."""


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
        Of a slice that stands alone, mm, whatever the header says.
    thick_by : str
        The attribute that says so.
    traits : mapping of str to str
        What may tell several volumes of one series apart, such as the echo time, in the order they are tried.
    description : str
        What people call the series.
    instance : str
        The SOPInstanceUID; two files with the same are copies.
    dynamic : bool
        Whether slices of one volume were acquired together (see `is_dynamic`).
    padding : tuple of int, optional
        The least and the greatest stored value that stand for no data.
    told : mapping of str to str
        What whoever uses the slice should know, by its kind.
    rescaled : tuple of bool
        Whether the header states slope, and intercept.
    counted : bool
        Whether the header counts several time points.
    patient, space : str
        The PatientID, and the FrameOfReferenceUID, in which positions can be compared.
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
    thick_by: str = "SliceThickness"
    traits: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    instance: str = ""
    dynamic: bool = False
    padding: tuple[int, int] | None = None
    told: Mapping[str, str] = field(default_factory=dict)
    rescaled: tuple[bool, bool] = (True, True)
    counted: bool = False
    patient: str = ""
    space: str = ""


def is_copy(one: Frame, other: Frame) -> bool:
    """Say whether two slices agree in all that their headers say of place, values and contrast, whatever the file."""
    return replace(one, path=other.path, traits={**one.traits, "File": other.traits.get("File", "")}) == other


def frames_of(path: Path) -> list[Frame]:
    """Read the slices of a file from its header; none if it is no DICOM image."""
    return frames_in(path, header(path)) if is_dicom(path) else []


def frames_in(path: Path, dataset: pydicom.Dataset) -> list[Frame]:
    """Give the slices that a header describes; none if it is not that of an image.

    Raises
    ------
    ScanError
        If it holds colours, a mosaic, values behind a table, or fewer positions than frames.
    """
    with reading(path):
        if not is_image(dataset):
            return []
        if (number_of([dataset], "SamplesPerPixel") or 1) != 1:
            raise ScanError(f"{path}: holds colours, expected gray values", "name a magnitude image")
        _refuse_no_values(path, dataset)
        if "MOSAIC" in text(dataset.get("ImageType")).upper().split("\\"):
            raise ScanError(
                f"{path}: is a Siemens mosaic (ImageType {text(dataset.ImageType)}): its slices are tiles of a picture",
                "convert the series with dcm2niix, which takes the tiles apart, and name the NIfTI file",
            )
        return placed_frames(path, dataset)


def placed_frames(path: Path, dataset: pydicom.Dataset) -> list[Frame]:
    """Give the frames of a dataset that have a place in the patient."""
    if "PerFrameFunctionalGroupsSequence" not in dataset:
        if (number_of([dataset], "NumberOfFrames") or 1) > 1:
            raise ScanError(f"{path}: holds {dataset.NumberOfFrames} frames without their positions", CONVERT)
        return [frame for frame in [_frame(path, None, [dataset])] if frame]
    groups = _groups(dataset)
    promised = int(number_of([dataset], "NumberOfFrames") or 1)
    if len(groups) != promised:
        raise ScanError(
            f"{path}: NumberOfFrames is {promised}, but the header describes {len(groups)} frames "
            "(PerFrameFunctionalGroupsSequence)",
            "copy or export the file again",
        )
    found = [_frame(path, i, places) for i, places in enumerate(groups)]
    placed = [frame for frame in found if frame]
    if placed and len(placed) < len(found):
        raise ScanError(
            f"{path}: {len(found) - len(placed)} of {len(found)} frames have no position in space, the first is frame "
            f"{found.index(None) + 1}",
            CONVERT,
        )
    return placed


def lacking(path: Path) -> list[str]:
    """Name what the first slice of a file lacks of `PLACE`; nothing where the file is no image."""
    with reading(path):
        dataset = header(path)
        places = next(iter(_groups(dataset)), [dataset])
        return [name for name in PLACE if first_of(places, name) is None] if is_image(dataset) else []


def _refuse_no_values(path: Path, dataset: pydicom.Dataset) -> None:
    """Refuse stored values that mean something else than themselves, or stand where no program agrees on."""
    shown = text(dataset.get("PhotometricInterpretation"))
    if shown and not shown.startswith("MONOCHROME"):
        raise ScanError(
            f"{path}: holds numbers of colours (PhotometricInterpretation {shown}), expected gray values",
            "name a magnitude image",
        )
    if dataset.get("ModalityLUTSequence"):
        raise ScanError(
            f"{path}: its values go through a table (ModalityLUTSequence), expected slope and intercept",
            "export it with the table applied, or name the image that it was made of",
        )
    stored, highest = dataset.get("BitsStored"), dataset.get("HighBit")
    if stored and highest is not None and int(highest) != int(stored) - 1:
        raise ScanError(
            f"{path}: HighBit is {highest} where BitsStored is {stored}, expected {int(stored) - 1}: which bits "
            "hold the values is not clear",
            "export it again, or convert it with a tool that knows the maker's files and look at the values",
        )


def _macros(group: pydicom.Dataset) -> Places:
    """Give the parts of a functional group, without the maker's own."""
    return [item for element in group if element.VR == "SQ" and not element.tag.is_private for item in element.value]


def _groups(dataset: pydicom.Dataset) -> list[Places]:
    """Give where the attributes of every frame may stand."""
    shared = [macro for group in dataset.get("SharedFunctionalGroupsSequence") or [] for macro in _macros(group)]
    return [[*_macros(group), *shared, dataset] for group in dataset.get("PerFrameFunctionalGroupsSequence") or []]


def _frame(path: Path, index: int | None, places: Places) -> Frame | None:
    """Make a frame from the datasets that may hold its attributes, the nearest first; none without a position."""
    position, orientation, spacing = (
        numbers_of(places, name, count) for name, count in zip(PLACE, (3, 6, 2), strict=True)
    )
    if position is None or orientation is None or spacing is None:
        return None
    slope, intercept = (numbers_of(places, name, 1) for name in ("RescaleSlope", "RescaleIntercept"))
    if slope == (0.0,):
        raise ValueError("RescaleSlope is 0, expected another number: every value would be RescaleIntercept")
    rescale = ((slope or (1.0,))[0], (intercept or (0.0,))[0])
    thickness, thick_by = 1.0, ""
    for name in ("SliceThickness", "SpacingBetweenSlices"):  # the second goes before
        for number in numbers_of(places, name, 1) or ():
            thickness, thick_by = (number, name) if number else (thickness, thick_by)
    return Frame(
        path=path,
        index=index,
        series=str(first_of(places, "SeriesInstanceUID")),
        size=(_count(places, "Columns"), _count(places, "Rows")),
        spacing=_edges(spacing),
        position=position,
        orientation=_unit(orientation),
        rescale=rescale,
        thickness=thickness,
        thick_by=thick_by,
        traits=traits_of(places, "" if index is None else path.name),
        description=text(first_of(places, "SeriesDescription")),
        instance=text(first_of(places, "SOPInstanceUID")),
        dynamic=is_dynamic(places),
        padding=_padding(places),
        told=_told(places, rescale),
        rescaled=(slope is not None, intercept is not None),
        counted=counts_times(places),
        patient=text(first_of(places, "PatientID")),
        space=text(first_of(places, "FrameOfReferenceUID")),
    )


def _count(places: Places, name: str) -> int:
    numbers = numbers_of(places, name, 1)
    if numbers is None:
        raise ValueError(f"there is no {name}, expected a whole number above 0")
    return int(numbers[0])


def _edges(spacing: tuple[float, ...]) -> tuple[float, float]:
    """Give the distances of columns and of rows."""
    down, along = spacing
    if not (down > 0 and along > 0):
        raise ValueError(f"PixelSpacing is {down:g} x {along:g} mm, expected two numbers above 0")
    return along, down


def _unit(orientation: tuple[float, ...]) -> tuple[float, ...]:
    """Give the direction cosines, of length one also where they were written with few digits."""
    cosines = np.array(orientation).reshape(2, 3)
    length = np.linalg.norm(cosines, axis=1, keepdims=True)
    listed = ", ".join(f"{cosine:g}" for cosine in orientation)
    if not (np.abs(length - 1) <= LENGTH_TOLERANCE).all():
        raise ValueError(f"ImageOrientationPatient is {listed}, expected two directions of length one")
    along, down = unit = cosines / length
    if abs(float(along @ down)) > SHEAR_TOLERANCE:
        raise ValueError(f"ImageOrientationPatient is {listed}, expected two directions at right angles")
    return tuple(float(cosine) for cosine in unit.ravel())


def _padding(places: Places) -> tuple[int, int] | None:
    """Give the range of stored values that mean no data (PS3.3 C.7.5.1.1.2)."""
    value = number_of(places, "PixelPaddingValue")
    if value is None:
        return None
    ends = [int(value), int(number_of(places, "PixelPaddingRangeLimit") or value)]
    if first_of(places, "PixelRepresentation") == 1:  # often written as if it were unsigned
        half = 1 << (_count(places, "BitsAllocated") - 1)
        ends = [end - 2 * half if end >= half else end for end in ends]
    return min(ends), max(ends)


def _told(places: Places, rescale: tuple[float, float]) -> dict[str, str]:
    found = {}
    syntax = getattr(getattr(places[-1], "file_meta", None), "TransferSyntaxUID", "")
    if first_of(places, "LossyImageCompression") == "01" or syntax in LOSSY:
        how = text(first_of(places, "LossyImageCompressionMethod")) or LOSSY.get(syntax, "")
        ratio = text(first_of(places, "LossyImageCompressionRatio"))
        more = ", ".join(filter(None, [how, f"ratio {ratio}" if ratio else ""]))
        found["lossy_compression"] = "was compressed with loss" + (f" ({more})" if more else "")
    # In functional groups the sequence is a macro, of which `places` has the items.
    maps = first_of(places, "RealWorldValueMappingSequence") or [
        place for place in places if "RealWorldValueSlope" in place or "RealWorldValueLUTData" in place
    ]
    for item in maps:
        if "RealWorldValueLUTData" in item:
            found["real_world_value_mapping"] = "has a real-world value mapping (a table), which is not applied"
            continue
        mapping = tuple(number_of([item], f"RealWorldValue{name}") or 0.0 for name in ("Slope", "Intercept"))
        if not np.allclose(mapping, rescale, rtol=1e-4, atol=0):  # Philips repeats slope and intercept here
            units = item.get("MeasurementUnitsCodeSequence") or [pydicom.Dataset()]
            unit = text(units[0].get("CodeValue"))
            found["real_world_value_mapping"] = (
                f"has a real-world value mapping (slope {mapping[0]:g}, intercept {mapping[1]:g}"
                f"{f', unit {unit}' if unit else ''}), which is not applied"
            )
    return found
