"""How a scan was made, from its DICOM header or the JSON sidecar beside it (BIDS, dcm2niix).

Only the parameters of `harmonize.protocol.parameters` are ever copied. Names, dates, identifiers, places and free texts
of people are not among them.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harmonize.errors import ScanError
from harmonize.formats.guard import guarded
from harmonize.formats.kind import is_series
from harmonize.formats.opened import peek
from harmonize.formats.registry import ending_of
from harmonize.inputs.documents import read_text
from harmonize.inputs.files import once_a_look
from harmonize.protocol.parameters import BY_NAME, PARAMETERS

MAX_BYTES = 10_000_000
"""A sidecar beyond this size is none."""
LONGEST_TEXT = 80


MAKERS = {
    "siemens": "Siemens",
    "philips": "Philips",
    "ge": "GE",
    "general": "GE",
    "canon": "Canon",
    "toshiba": "Canon",
    "uih": "United Imaging",
    "united": "United Imaging",
    "hitachi": "Hitachi",
    "fujifilm": "Fujifilm",
}
"""Makers by the first word of their names, which they write in many ways."""

Value = float | str


@dataclass(frozen=True)
class Protocol:
    """How one scan was made.

    Parameters
    ----------
    source : {"DICOM", "sidecar", ""}
        Where the values come from; empty if there is neither header nor sidecar.
    values : mapping of str to float or str
        By the name of the parameter; what is not stated is absent.
    implausible : mapping of str to str
        What the source states but cannot be true, by the name of the parameter.
    """

    source: str
    values: Mapping[str, Value]
    implausible: Mapping[str, str] = field(default_factory=dict)


@once_a_look
def read_protocol(image: Path) -> Protocol:
    """Read how a scan was made.

    Parameters
    ----------
    image : Path
        A DICOM file or folder, or an image with or without a JSON sidecar of its name.

    Raises
    ------
    ScanError
        If header or sidecar are broken.

    Examples
    --------
    >>> read_protocol(Path("nowhere.nii.gz")).source
    ''
    """
    with guarded(image):
        if is_series(image):
            from harmonize.protocol.dicom_header import dicom_values  # only here: loading pydicom takes long

            return _protocol("DICOM", dicom_values(image))
        sidecar = sidecar_of(image)
        if sidecar is None:
            return Protocol("", {})
        return _protocol("sidecar", {**_sidecar_values(sidecar), **_spacing(image)})


def sidecar_of(image: Path) -> Path | None:
    """Give the JSON file of the same name as an image, if there is one."""
    ending = ending_of(image)
    if ending is None:
        return None
    sidecar = image.with_name(image.name[: -len(ending)] + ".json")
    try:
        return sidecar if sidecar.exists() else None
    except OSError:  # a name longer than the file system allows
        return None


def read_sidecar(path: Path) -> dict[str, Any]:
    """Read a JSON sidecar.

    Raises
    ------
    ScanError
        If it is not a JSON object of moderate size.
    """
    try:
        content = json.loads(read_text(path, MAX_BYTES))  # NaN may stand there for a parameter
        if not isinstance(content, dict):
            raise ValueError(f"holds {type(content).__name__}, expected an object")
    except (ValueError, RecursionError) as error:
        why = str(error).removeprefix(f"{path}: ").removeprefix("cannot be read: ")
        raise ScanError(f"{path}: the sidecar cannot be read: {why}", "convert again, or remove it") from error
    return content


def _sidecar_values(path: Path) -> dict[str, Any]:
    content = read_sidecar(path)
    found: dict[str, Any] = {}
    for parameter in PARAMETERS:
        for key, factor in parameter.keys.items():
            value = content.get(key)
            if value is not None and parameter.name not in found:
                number = isinstance(value, int | float) and not isinstance(value, bool)
                found[parameter.name] = _number(value) * factor if number else value
    if isinstance(content.get("DeepLearning"), bool) and not content["DeepLearning"]:
        found.pop("deep_learning", None)
    return found


def _spacing(image: Path) -> dict[str, float]:
    """Read the size of the pixels from the image: sidecars do not state it."""
    opened = peek(image)
    return {} if opened is None else dict(zip(("pixel_spacing_x", "pixel_spacing_y"), opened.spacing, strict=False))


def _protocol(source: str, found: Mapping[str, Any]) -> Protocol:
    values: dict[str, Value] = {}
    implausible = {}
    for name, parameter in BY_NAME.items():
        plain = _plain(found.get(name))
        if name == "partial_fourier":
            plain = _partial_fourier(plain)
        elif name == "manufacturer" and plain is not None:
            plain = _maker(str(plain))
        if plain is None:
            continue
        if parameter.limits is None or _within(plain, parameter.limits):
            values[name] = plain
        else:
            implausible[name] = str(plain)
    return Protocol(source, values, implausible)


def _within(value: Value, limits: tuple[float, float]) -> bool:
    return value in ("yes", "no") if isinstance(value, str) else limits[0] <= value <= limits[1]


def _partial_fourier(value: Value | None) -> Value | None:
    """Give `no`, the fraction acquired, or `yes` where no more is known."""
    return {"YES": "yes", "NO": "no", 1.0: "no"}.get(value, value) if value is not None else None


def _plain(value: Any) -> Value | None:
    """Give a number of six digits, or a short text; nothing for what is neither."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        number = _number(value)
        return float(f"{number:.6g}") if math.isfinite(number) else None
    if isinstance(value, str):
        return " ".join(value.split())[:LONGEST_TEXT] or None
    if isinstance(value, list | tuple) and all(isinstance(item, str | int | float) for item in value):
        return _plain("\\".join(map(str, value)))
    return None


def _number(value: float) -> float:
    """Give a number as float; infinity for a whole one that is too large for that."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _maker(name: str) -> str:
    words = re.split(r"[^a-z]+", name.casefold().strip())
    return MAKERS.get(words[0], name)
