"""What NRRD and MetaImage headers say of size, place and values, in numbers that ITK would not read as others.

ITK takes a spacing of NaN for 1 mm and one below 0 for a flip, a space direction of `none`, or one whose square is more
than a float holds, for 1 mm, text in place of a number for 0, passes over units, slopes and offsets, and takes 1 mm
where no spacing is stated, all without a word.
"""

import math
import re
from collections.abc import Mapping
from pathlib import Path

from harmonize.errors import ScanError
from harmonize.image.volume import LARGEST, SMALLEST

AGAIN = "copy or export it again"
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
LENGTHS = {
    *("m", "cm", "um", "\u00b5m", "\u03bcm", "nm", "dm", "km", "in", "inch", "inches", "micron", "microns"),
    *("meter", "meters", "metre", "metres", "micrometer", "micrometers", "micrometre", "micrometres"),
    *("centimeter", "centimeters"),
}
"""Units of length that are not mm; what is none of them is passed over, as ITK does."""
SYNONYMS = {
    "spacing": ("ElementSpacing", "ElementSize"),
    "origin": ("Offset", "Position", "Origin"),
    "direction": ("TransformMatrix", "Rotation", "Orientation"),
}
"""Fields of MetaImage that mean the same, the first goes before the others."""
META_TYPE = re.compile("MET_(U?(CHAR|SHORT|INT|LONG|LONG_LONG)|FLOAT|DOUBLE)(_ARRAY)?")
META_GEOMETRY = (
    *("ElementType", "DimSize", *SYNONYMS["spacing"], *SYNONYMS["origin"], *SYNONYMS["direction"], "DistanceUnits"),
    *("ElementToIntensityFunctionSlope", "ElementToIntensityFunctionOffset"),
)
NRRD_GEOMETRY = {
    **{name: name.encode() for name in ("dimension", "sizes", "spacings", "units", "kinds", "space")},
    **{name: name.replace(" ", " ?").encode() for name in ("space directions", "space origin", "space units")},
}
SIZE = (*SYNONYMS["spacing"], "space directions", "spacings")
"""Fields of both formats that state the size of voxels."""
Fields = Mapping[str, str | None]


def check_meta(path: Path, dimensions: int, fields: Fields) -> None:
    """Refuse a MetaImage header with numbers that are none, or that ITK passes over.

    Parameters
    ----------
    path : Path
        The file.
    dimensions : int
        NDims.
    fields : mapping of str to str or None
        Every field of `META_GEOMETRY`.
    """
    kind = fields["ElementType"] or ""
    if not META_TYPE.fullmatch(kind):
        raise ScanError(f"{path}: 'ElementType' is '{kind:.80}', expected a type of numbers such as MET_SHORT", AGAIN)
    _sizes(path, "DimSize", fields["DimSize"], dimensions)
    units = fields["DistanceUnits"]
    _refuse_units(path, "DistanceUnits", [] if units is None else [units])
    for what, names in SYNONYMS.items():
        count = dimensions**2 if what == "direction" else dimensions
        stated = {name: _numbers(path, name, text, count) for name in names if (text := fields[name]) is not None}
        if what == "spacing":
            for name, edges in stated.items():
                _refuse_edges(path, name, edges)
        elif len({tuple(values) for values in stated.values()}) > 1:
            raise ScanError(f"{path}: {' and '.join(stated)} differ, and mean the same", AGAIN)
    slope = _numbers(path, "ElementToIntensityFunctionSlope", fields["ElementToIntensityFunctionSlope"] or "1", 1)[0]
    offset = _numbers(path, "ElementToIntensityFunctionOffset", fields["ElementToIntensityFunctionOffset"] or "0", 1)[0]
    if (slope, offset) != (1.0, 0.0):
        raise ScanError(
            f"{path}: the header scales the voxels by {slope:g} and adds {offset:g} (ElementToIntensityFunction), "
            "which most programs pass over",
            "save the values as they are meant, without slope and offset",
        )


def check_nrrd(path: Path, fields: Fields) -> None:
    """Refuse a NRRD header with numbers that are none, or that ITK passes over.

    Parameters
    ----------
    path : Path
        The file.
    fields : mapping of str to str or None
        Every field of `NRRD_GEOMETRY`.
    """
    dimensions = _sizes(path, "dimension", fields["dimension"], 1)[0]
    _sizes(path, "sizes", fields["sizes"], dimensions)
    kinds = (fields["kinds"] or "").lower().split()
    spatial = [
        axis for axis in range(dimensions) if axis >= len(kinds) or kinds[axis] in ("domain", "space", "???", "none")
    ]
    for name in ("units", "space units"):
        _refuse_units(path, name, re.findall(r'"([^"]*)"', fields[name] or ""))
    if fields["space origin"] is not None:
        _vectors(path, "space origin", fields["space origin"])
    if fields["space directions"] is not None:
        directions = _vectors(path, "space directions", fields["space directions"])
        across = len(directions[0]) if directions else 0
        if len(directions) != across:
            raise ScanError(
                f"{path}: 'space directions' has {len(directions)} directions in a space of {across} dimensions", AGAIN
            )
        _refuse_edges(path, "space directions", [math.hypot(*direction) for direction in directions])
    elif fields["spacings"] is not None:
        texts = fields["spacings"].split()
        if len(texts) != dimensions:
            raise ScanError(f"{path}: 'spacings' has {len(texts)} values, expected {dimensions}", AGAIN)
        named = " ".join(texts[axis] for axis in spatial)
        _refuse_edges(path, "spacings", _numbers(path, "spacings", named, len(spatial)))


def _sizes(path: Path, name: str, text: str | None, count: int) -> list[int]:
    sizes = (text or "").split()
    if len(sizes) != count or not all(re.fullmatch("[0-9]{1,18}", size) and int(size) > 0 for size in sizes):
        raise ScanError(
            f"{path}: '{name}' is '{text or '':.80}', expected {count} whole number{'s' * (count > 1)} above 0",
            AGAIN,
        )
    return [int(size) for size in sizes]


def _numbers(path: Path, name: str, text: str, count: int) -> list[float]:
    texts = text.split()
    if len(texts) != count or not all(map(NUMBER.fullmatch, texts)) or not all(map(math.isfinite, map(float, texts))):
        expected = "a finite number" if count == 1 else f"{count} finite numbers"
        raise ScanError(f"{path}: '{name}' is '{text:.80}', expected {expected}", AGAIN)
    return [float(number) for number in texts]


def _vectors(path: Path, name: str, text: str) -> list[list[float]]:
    """Give vectors as in `none (1,0,0) (0,1,0)`, without those that are none."""
    if not re.fullmatch(r"(none|\([^()]*\))(\s+(none|\([^()]*\)))*", text.strip()):
        raise ScanError(f"{path}: '{name}' is '{text:.80}', expected vectors such as (1,0,0)", AGAIN)
    vectors = [
        _numbers(path, name, inner.replace(",", " "), inner.count(",") + 1)
        for inner in re.findall(r"\(([^()]*)\)", text)
    ]
    if len({len(vector) for vector in vectors}) > 1:
        raise ScanError(f"{path}: '{name}' is '{text:.80}', expected vectors of one length", AGAIN)
    return vectors


def _refuse_edges(path: Path, name: str, edges: list[float]) -> None:
    """Refuse edges of voxels that nothing has, of the axes in space: others may go in steps of anything."""
    space = edges[:3]
    if not all(SMALLEST <= edge <= LARGEST for edge in space):
        raise ScanError(
            f"{path}: '{name}' gives voxels of {' x '.join(f'{edge:g}' for edge in space)} mm, expected edges between "
            f"{SMALLEST:g} and {LARGEST:g} mm",
            f"look whether the header is in another unit than mm; {AGAIN}",
        )


def _refuse_units(path: Path, name: str, units: list[str]) -> None:
    wrong = [unit for unit in units if unit.strip().lower() in LENGTHS]
    if wrong:
        raise ScanError(
            f"{path}: '{name}' says that lengths are in {wrong[0].strip()}, expected mm",
            "save it with lengths in mm, which is what most programs take them for",
        )
