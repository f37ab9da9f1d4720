"""Parameters of a protocol from DICOM headers, standard attributes first, then those that makers keep for themselves.

References
----------
DICOM PS3.3 C.8.3 (MR Image), C.8.13 (Enhanced MR Image); PS3.6 (attributes). What GE keeps in (0043,xx83), (0043,xxB7)
and (0043,xxCA), Siemens in (0051,xx11), (0021,xx75) and its protocol text, and Philips in (2005,xx10) is documented by
the dcm2niix project and its sample data for compressed sensing and deep learning.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydicom

from harmonize.errors import ScanError
from harmonize.formats.dicom_file import header, is_image, private_value, reading
from harmonize.formats.dicom_traits import numbers_of
from harmonize.formats.kind import is_dicom
from harmonize.inputs.missing_codes import number_of

ATTRIBUTES = {
    "modality": ("Modality",),
    "manufacturer": ("Manufacturer",),
    "model": ("ManufacturerModelName",),
    "software": ("SoftwareVersions",),
    "field_strength": ("MagneticFieldStrength",),
    "coil": ("ReceiveCoilName",),
    "sequence_type": ("ScanningSequence", "PulseSequenceName"),
    "sequence_variant": ("SequenceVariant",),
    "dimension": ("MRAcquisitionType",),
    "repetition_time": ("RepetitionTime",),
    "echo_time": ("EffectiveEchoTime", "EchoTime"),
    "inversion_time": ("InversionTime", "InversionTimes"),
    "flip_angle": ("FlipAngle",),
    "echo_train_length": ("EchoTrainLength",),
    "averages": ("NumberOfAverages",),
    "bandwidth": ("PixelBandwidth",),
    "slice_thickness": ("SliceThickness",),
    "slice_distance": ("SpacingBetweenSlices",),
    "phase_fov": ("PercentPhaseFieldOfView",),
    "sampling": ("PercentSampling",),
    "parallel_factor_in_plane": ("ParallelReductionFactorInPlane",),
    "parallel_factor_through_plane": ("ParallelReductionFactorOutOfPlane",),
    "parallel_technique": ("ParallelAcquisitionTechnique",),
    "partial_fourier": ("PartialFourier",),
}
"""The standard attributes that hold each parameter, in the order they are tried."""
ZERO_IS_ABSENT = ("inversion_time", "slice_distance")
DEEP_RESOLVE = ("DRB", "DRG", "DRS")
"""Deep Resolve Boost, Gain and Sharp in Siemens' type of image."""
Found = dict[str, Any]


def dicom_values(path: Path) -> Found:
    """Give the parameters that the header of an image states.

    Parameters
    ----------
    path : Path
        A DICOM file, or a folder of which the first image speaks for all.

    Raises
    ------
    ScanError
        If there is no DICOM image.
    """
    with reading(path):
        dataset = _first_image(path)
        places = list(_places(dataset))
        found = {name: value for name, names in ATTRIBUTES.items() if (value := _value(places, names)) is not None}
        spacing = numbers_of(places, "PixelSpacing", 2)
        if spacing is not None:
            found |= {"pixel_spacing_y": spacing[0], "pixel_spacing_x": spacing[1]}
        if "partial_fourier" not in found and {"PFP", "PFF"} & set(_texts(dataset.get("ScanOptions"))):
            found["partial_fourier"] = "YES"
        found |= _philips(dataset, found) | _siemens(dataset, places) | _ge(dataset)
        plain = {name: _plain(value) for name, value in found.items()}
    return {name: value for name, value in plain.items() if value != 0 or name not in ZERO_IS_ABSENT}


def stated(path: Path, names: tuple[str, ...]) -> Found:
    """Give attributes as the header of an image states them; raises as `dicom_values`."""
    with reading(path):
        places = list(_places(_first_image(path)))
        return {name: _value(places, (name,)) for name in names}


def _first_image(path: Path) -> pydicom.Dataset:
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    for file in files:
        if file.is_file() and is_dicom(file):
            dataset = header(file)
            if is_image(dataset):
                return dataset
    raise ScanError(f"{path}: there is no DICOM image", "name the folder or a file of the series")


def _places(dataset: pydicom.Dataset) -> Iterator[pydicom.Dataset]:
    """Give the datasets that may hold a parameter, the most general first; of frames the first."""
    yield dataset
    shared, frames = (
        (dataset.get(name) or [])[:1] for name in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
    )
    for group in (*shared, *frames):
        for element in group:
            if element.VR == "SQ" and not element.tag.is_private:
                yield from element.value[:1]
    for holder in (dataset, *frames):  # Philips keeps the attributes of enhanced images in classic ones, and vice versa
        for element in holder:
            if element.VR == "SQ" and element.tag.group == 0x2005 and element.tag.element & 0xFF == 0x0F:
                yield from element.value[:1]


def _value(places: list[pydicom.Dataset], names: tuple[str, ...]) -> Any:
    for name in names:
        for place in places:
            value = place.get(name)
            if value not in (None, ""):
                return value
    return None


def _philips(dataset: pydicom.Dataset, found: Found) -> Found:
    """Compressed SENSE is named as the technique, its factor as that of SENSE; deep learning has its own attribute."""
    result: Found = {}
    if found.get("parallel_technique") == "CSENSE":
        result = {"compressed_sensing_factor": found.get("parallel_factor_in_plane"), "parallel_factor_in_plane": None}
    details = private_value(dataset, 0x2005, "Philips MR Imaging DD", 0x10)
    if "Philips" in str(dataset.get("Manufacturer")) and details and "AI" in str(details):
        result["deep_learning"] = str(details)
    return result


def _siemens(dataset: pydicom.Dataset, places: list[pydicom.Dataset]) -> Found:
    if not str(dataset.get("Manufacturer")).upper().startswith("SIEMENS"):
        return {}
    result: Found = {}
    text = private_value(dataset, 0x0051, "SIEMENS MR HEADER", 0x11) or private_value(
        dataset, 0x0021, "SIEMENS MR SDS", 0x09
    )
    factors = re.search(r"\bp(\d+)(?:\s*s(\d+))?", str(text or ""))
    if factors:
        result["parallel_factor_in_plane"] = float(factors[1])
        if factors[2]:
            result["parallel_factor_through_plane"] = float(factors[2])
    types = [*_texts(dataset.get("ImageType")), *_texts(private_value(places, 0x0021, "SIEMENS MR SDI", 0x75))]
    deep = [kind for kind in DEEP_RESOLVE if kind in types]
    if deep:
        result["deep_learning"] = " ".join(deep)
    protocol = private_value(dataset, 0x0021, "SIEMENS MR SDS", 0x19) or private_value(
        dataset, 0x0029, "SIEMENS CSA HEADER", 0x20
    )
    if isinstance(protocol, bytes):
        result |= _siemens_protocol(protocol.decode("latin-1"))
    return result


def _siemens_protocol(text: str) -> Found:
    """Read the acceleration out of the protocol text; more in total than both directions give is compressed sensing."""
    numbers = {
        name: float(match[1])
        for name in ("lAccelFactPE", "lAccelFact3D", "dTotalAccelFact")
        if (match := re.search(rf"sPat\.{name}\s*=\s*([\d.]+)", text))
    }
    result: Found = {}
    in_plane, through = numbers.get("lAccelFactPE"), numbers.get("lAccelFact3D", 1.0)
    if in_plane:
        result["parallel_factor_in_plane"] = in_plane
        if through > 1:
            result["parallel_factor_through_plane"] = through
        if numbers.get("dTotalAccelFact", 0.0) > in_plane * through * 1.01:
            result["compressed_sensing_factor"] = numbers["dTotalAccelFact"]
    return result


def _ge(dataset: pydicom.Dataset) -> Found:
    if not str(dataset.get("Manufacturer")).upper().startswith("GE"):
        return {}
    result: Found = {}
    reciprocal = private_value(dataset, 0x0043, "GEMS_PARM_01", 0x83)
    names = ("parallel_factor_in_plane", "parallel_factor_through_plane")
    for name, value in zip(names, _texts(reciprocal), strict=False):
        if number := number_of(value):
            result[name] = 1 / number
    sensing = _texts(private_value(dataset, 0x0043, "GEMS_PARM_01", 0xB7))
    if sensing and (number := number_of(sensing[0]) or 0.0) > 1:
        result["compressed_sensing_factor"] = number
    deep = _texts(private_value(dataset, 0x0043, "GEMS_PARM_01", 0xCA))
    if deep:
        result["deep_learning"] = "\\".join(deep)
    return result


def _texts(value: Any) -> list[str]:
    """Give the parts of a value as texts, also where it comes as raw bytes."""
    if value is None:
        return []
    if isinstance(value, bytes):
        value = value.decode("latin-1").strip("\0 ")
    if isinstance(value, str):
        return [part.strip() for part in value.split("\\") if part.strip()]
    if isinstance(value, int | float):
        return [str(value)]
    return [str(part) for part in value]


def _plain(value: Any) -> Any:
    """Give plain numbers and texts for pydicom's types."""
    if isinstance(value, pydicom.multival.MultiValue):
        return [_plain(part) for part in value]
    if value is None or isinstance(value, int | float):
        return None if value is None else float(value)
    return str(value)
