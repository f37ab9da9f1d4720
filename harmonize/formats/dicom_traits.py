"""What a DICOM header says of the contrast and the time of a slice, standard attributes first, then makers' own.

References
----------
DICOM PS3.3 C.7.6.16.2 (functional groups), C.8.3.1 (MR Image), C.8.13.5 (MR functional groups). Where makers keep the
b-value, (0019,xx0C), (0043,xx39), (2001,xx03), (0065,xx09), and GE the kind of data, (0043,xx2F), is documented by the
dcm2niix project.
"""

import math
import re
from collections.abc import Callable
from typing import Any

import pydicom

from harmonize.formats.dicom_file import private_value

Places = list[pydicom.Dataset]
"""The datasets that may hold an attribute of a slice, the nearest first."""
CONTRASTS = {
    "ImageType": None,
    "ComplexImageComponent": None,
    "ScanningSequence": None,
    "EchoTime": 0.01,
    "EchoNumbers": None,
    "InversionTime": 1.0,
    "FlipAngle": 0.1,
    "DiffusionBValue": 1.0,
    "DiffusionGradientOrientation": None,
    "TemporalPosition": None,
}
"""What may not vary within a volume, in the order it is tried. Numbers are the same up to the difference given here or
1 %, whichever is more; without one, values are compared as they are."""
OFTEN_LEFT_OUT = ("ScanningSequence", "EchoTime", "EchoNumbers", "InversionTime", "FlipAngle")
"""What some programs leave out of single slices of a volume."""
COUNTERS = ("TriggerTime", "StackID", "AcquisitionNumber", "AcquisitionTime", "ContentTime", "File")
"""What may vary from slice to slice, but tells volumes apart whose slices lie at the same places."""
TOLD = ("RepetitionTime", "SequenceName", "ContrastBolusAgent", "SeriesDescription")
"""What may vary in a volume that was triggered by the breath or written carelessly, and else means several contrasts:
told where it does."""
GE_COMPONENTS = ("MAGNITUDE", "PHASE", "REAL", "IMAGINARY")
GE_OFFSET = 1_000_000_000
"""GE adds this to b-values."""
ATTRIBUTES = {
    "ImageType": ("FrameType", "ImageType"),
    "EchoTime": ("EffectiveEchoTime", "EchoTime"),
    "EchoNumbers": ("EchoNumbers",),
    "InversionTime": ("InversionTime", "InversionTimes"),
    "FlipAngle": ("FlipAngle",),
    "ScanningSequence": ("ScanningSequence",),
    "RepetitionTime": ("RepetitionTime",),
    "SequenceName": ("SequenceName", "PulseSequenceName"),
    "ContrastBolusAgent": ("ContrastBolusAgent",),
    "SeriesDescription": ("SeriesDescription",),
    "TemporalPosition": ("TemporalPositionIndex", "TemporalPositionIdentifier"),
    "TriggerTime": ("NominalCardiacTriggerDelayTime", "TriggerTime"),
    "StackID": ("StackID",),
    "AcquisitionNumber": ("AcquisitionNumber", "FrameAcquisitionNumber"),
    "AcquisitionTime": ("FrameAcquisitionDateTime", "AcquisitionTime", "AcquisitionDateTime"),
    "ContentTime": ("FrameReferenceDateTime", "ContentTime"),
}
"""Traits that are one standard attribute, by the names it may have."""


def first_of(places: Places, *names: str) -> Any:
    """Give the first attribute that is there and not empty; None without any."""
    for name in names:
        for place in places:
            if place.get(name) not in (None, ""):
                return place[name].value
    return None


def numbers_of(places: Places, name: str, count: int) -> tuple[float, ...] | None:
    """Give the numbers of an attribute; None where it is absent or empty.

    Raises
    ------
    ValueError
        If they are not as many as expected, or not finite.

    Examples
    --------
    >>> header = pydicom.Dataset()
    >>> header.PixelSpacing = [1.5, 2.0]
    >>> numbers_of([header], "PixelSpacing", 2)
    (1.5, 2.0)
    """
    try:
        value = first_of(places, name)
    except ValueError as error:  # that of a text which is no number
        raise ValueError(f"{name}: {error}") from error
    if value is None:
        return None
    values = _listed(value)
    numbers = tuple(float(number) for number in values if number not in (None, ""))
    if not len(numbers) == len(values) == count or not all(map(math.isfinite, numbers)):
        expected = "a finite number" if count == 1 else f"{count} finite numbers"
        raise ValueError(f"{name} is {', '.join(map(text, values))}, expected {expected}")
    return numbers


def number_of(places: Places, name: str) -> float | None:
    """Give the number of an attribute of one value, as `numbers_of` those of several."""
    found = numbers_of(places, name, 1)
    return None if found is None else found[0]


def traits_of(places: Places, file: str) -> dict[str, str]:
    """Give the traits of a slice as texts, empty where the header does not say.

    Parameters
    ----------
    places : list of Dataset
        As `Places`.
    file : str
        Name of the file where it holds many slices; it tells the volumes of several such files apart.
    """
    found = {trait: first_of(places, *names) for trait, names in ATTRIBUTES.items()}
    found |= {trait: read(places) for trait, read in READERS.items()}
    texts = {trait: text(value) for trait, value in found.items()} | {"File": file}
    return {trait: texts[trait] for trait in (*CONTRASTS, *COUNTERS, *TOLD)}


def counts_times(places: Places) -> bool:
    """Say whether the header counts several time points."""
    return (number_of(places, "NumberOfTemporalPositions") or 1) > 1


def is_dynamic(places: Places) -> bool:
    """Say whether slices of one volume were acquired together, so that different times mean different volumes.

    They are where the header counts time points, and in three-dimensional acquisitions.
    """
    return counts_times(places) or str(first_of(places, "MRAcquisitionType")) == "3D"


def contrast_of(trait: str, value: str) -> str:
    r"""Give what counts of a trait.

    The first two values of ImageType (original or derived, primary or secondary) do not: they say how the slice came
    about, and change with lossy compression; nor does the order of the others. An inversion time of 0 is none.

    Examples
    --------
    >>> print(contrast_of("ImageType", r"ORIGINAL\PRIMARY\M\ND"), contrast_of("EchoTime", "80"))
    M\ND 80
    """
    if trait == "ImageType":
        return "\\".join(sorted(value.split("\\")[2:]))
    return "" if trait == "InversionTime" and value.strip("0.") == "" else value


def text(value: Any) -> str:
    """Give the value of an attribute as it is shown and compared."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return "\\".join(map(str, _listed(value)))


def _listed(value: Any) -> list[Any]:
    """Give the values of an attribute, also where there is one."""
    return list(value) if isinstance(value, list | tuple | pydicom.multival.MultiValue) else [value]


def _component(places: Places) -> str | None:
    stated = first_of(places, "ComplexImageComponent")
    if stated is not None:
        return str(stated)
    kind = private_value(places, 0x0043, "GEMS_PARM_01", 0x2F)
    return GE_COMPONENTS[int(kind)] if str(kind) in ("0", "1", "2", "3") else None


def _b_value(places: Places) -> float | None:
    stated = number_of(places, "DiffusionBValue")
    if stated is not None:
        return stated
    for group, creator, element in (
        (0x0019, "SIEMENS MR HEADER", 0x0C),
        (0x2001, "Philips Imaging DD 001", 0x03),
        (0x0065, "Image Private Header", 0x09),
    ):
        number = _number(private_value(places, group, creator, element))
        if number is not None:
            return number
    number = _number(private_value(places, 0x0043, "GEMS_PARM_01", 0x39))
    # In other than echo-planar sequences GE keeps something else there, but for numbers that are marked as b-values.
    if number is not None and (number >= GE_OFFSET or "EP" in str(first_of(places, "ScanningSequence"))):
        return number % GE_OFFSET
    named = re.search(r"_b(\d+)", str(first_of(places, "SequenceName")))
    return float(named[1]) if named else None


def _number(value: Any) -> float | None:
    """Give the first number of a private value, also where it comes as raw bytes of text."""
    if isinstance(value, bytes):
        value = value.decode("latin-1").strip("\0 ").split("\\")
    try:
        return float(_listed(value)[0])
    except (TypeError, ValueError, IndexError):
        return None


def _gradient(places: Places) -> str | None:
    """Give the direction of the diffusion gradient with two digits; where it is an item of its own, from that."""
    item = first_of(places, "DiffusionGradientDirectionSequence")
    direction = first_of([item[0], *places] if item else places, "DiffusionGradientOrientation")
    return None if direction is None else "\\".join(f"{round(float(part), 2) + 0:g}" for part in _listed(direction))


READERS: dict[str, Callable[[Places], Any]] = {
    "ComplexImageComponent": _component,
    "DiffusionBValue": _b_value,
    "DiffusionGradientOrientation": _gradient,
}
"""Traits that take more than one standard attribute."""
