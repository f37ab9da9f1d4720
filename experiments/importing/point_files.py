"""Points as other programs leave them: 3D Slicer, MITK, ITK-SNAP, label maps, tables; each says where it counts from.

References
----------
3D Slicer, Markups: JSON (`coordinateSystem` of each node) and `.fcsv` (`CoordinateSystem`: LPS, RAS, or 1, 0 in files
of Slicer 4), https://slicer.readthedocs.io. MITK, point sets `.mps`: mm in the geometry of the set, LPS as in ITK.
ITK-SNAP, annotations: landmarks in voxels whose first one reaches from 0 to 1, x first.
"""

import csv
import io
import json
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from experiments.study.csv_file import read_rows
from harmonize.errors import ConfigurationError, ScanError
from harmonize.formats.images import read_array
from harmonize.formats.label_names import label_names
from harmonize.inputs.documents import read_text

MOST_BYTES = 10_000_000
MOST_POINTS = 10_000
MAPS = (".nii", ".nii.gz", ".nrrd", ".mha", ".mhd")
SIGNS = {"LPS": (1.0, 1.0), "RAS": (-1.0, -1.0), "1": (1.0, 1.0), "0": (-1.0, -1.0)}
"""Signs of x and y towards the patient's left and back, by what files call their coordinates."""
Unit = Literal["mm", "voxels"]


@dataclass(frozen=True)
class Point:
    """A named point.

    Parameters
    ----------
    name : str
        What the file calls it; empty if it has no name.
    place : tuple of float
        x, y, z: mm to the left, to the back, to the head; or voxels counted along the axes of the file from 0 at the
        centre of the first one.
    unit : {"mm", "voxels"}
        Of `place`.
    subject, sequence : str
        What the file says it belongs to; usually empty.
    """

    name: str
    place: tuple[float, float, float]
    unit: Unit
    subject: str = ""
    sequence: str = ""


@dataclass(frozen=True)
class Counting:
    """How tables of points count, which they do not say themselves.

    Parameters
    ----------
    unit : {"mm", "voxels"}, optional
        Of their numbers.
    first : {0, 1}, optional
        The number of the first voxel.
    """

    unit: Unit | None = None
    first: int | None = None


def read_points(path: Path, counting: Counting) -> list[Point]:
    """Read the points of a file.

    Parameters
    ----------
    path : Path
        Of one of the kinds in `READERS`, by its ending.
    counting : Counting
        For tables.

    Raises
    ------
    ConfigurationError
        If the file is not what its ending says, does not say what its numbers mean, or holds no point.
    """
    reader = next(read for ending, read in READERS.items() if path.name.lower().endswith(ending))
    try:
        points = list(reader(path, counting))
    except ConfigurationError:
        raise
    except (ScanError, ET.ParseError, json.JSONDecodeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path}: cannot be read as points ({error}); save it again, or remove it") from error
    if not points:
        raise ConfigurationError(f"{path}: holds no point that is placed; place one, or remove the file")
    if len(points) > MOST_POINTS or not all(math.isfinite(value) for point in points for value in point.place):
        raise ConfigurationError(f"{path}: expected at most {MOST_POINTS} points with finite places; is it of points?")
    return points


def _patient(path: Path, system: str, place: list[float]) -> tuple[float, float, float]:
    """Give a place in mm to the left, back and head, by what the file calls its coordinates."""
    signs = SIGNS.get(system.strip().upper())
    if signs is None:
        found = f"says '{system}'" if system else "does not say"
        raise ConfigurationError(
            f"{path}: {found} whether its coordinates are LPS or RAS; save it again with a recent 3D Slicer"
        )
    x, y, z = place
    return x * signs[0], y * signs[1], z


def _slicer_json(path: Path, _: Counting) -> Iterator[Point]:
    content = json.loads(read_text(path, MOST_BYTES))
    if not isinstance(content, dict) or "markups" not in content:
        raise ValueError("it does not hold `markups`, as 3D Slicer writes them")
    for markup in content["markups"]:
        system = str(markup.get("coordinateSystem", ""))
        for point in markup.get("controlPoints", []):
            if point.get("positionStatus", "defined") == "defined" and point.get("position") is not None:
                place = _patient(path, system, [float(value) for value in point["position"]])
                yield Point(str(point.get("label", "")), place, "mm")


def _slicer_table(path: Path, _: Counting) -> Iterator[Point]:
    text = read_text(path, MOST_BYTES)
    found = re.search(r"^#\s*CoordinateSystem\s*=\s*(\w+)", text, re.MULTILINE)
    columns = re.search(r"^#\s*columns\s*=\s*(.+)$", text, re.MULTILINE)
    names = [name.strip() for name in columns[1].split(",")] if columns else []
    if not {"x", "y", "z", "label"} <= set(names):
        raise ValueError("it does not name the columns x, y, z and label")
    for cells in csv.reader(io.StringIO("\n".join(line for line in text.splitlines() if line[:1] not in ("#", "")))):
        row = dict(zip(names, cells, strict=False))
        place = _patient(path, found[1] if found else "", [float(row[axis]) for axis in "xyz"])
        yield Point(row["label"].strip(), place, "mm")


def _xml(path: Path) -> ET.Element:
    """Parse a file that declares no entities, which could grow without bounds."""
    text = read_text(path, MOST_BYTES)
    if "<!ENTITY" in text.upper():
        raise ValueError("it declares entities")
    return ET.fromstring(text)  # noqa: S314 - without entities


def _mitk(path: Path, _: Counting) -> Iterator[Point]:
    root = _xml(path)
    for geometry in root.iter("Geometry3D"):
        numbers = [
            (float(value), 1.0 if name in ("m_0_0", "m_1_1", "m_2_2") else 0.0)
            for tag in ("Matrix3x3", "Offset")
            for part in geometry.iter(tag)
            for name, value in part.attrib.items()
            if name.startswith("m_") or name in ("x", "y", "z")
        ]
        if any(abs(found - wanted) > 1e-6 for found, wanted in numbers):
            raise ConfigurationError(f"{path}: its points lie in a moved geometry, which is not read; save them anew")
    for point in root.iter("point"):
        x, y, z = (float(point.findtext(axis, "nan")) for axis in "xyz")
        yield Point("", (x, y, z), "mm")


def _itk_snap(path: Path, _: Counting) -> Iterator[Point]:
    for folder in _xml(path).iter("folder"):
        entries = {entry.get("key", ""): entry.get("value", "") for entry in folder.findall("entry")}
        if entries.get("Type") == "LandmarkAnnotation":
            x, y, z = (float(number) - 0.5 for number in re.findall(r"[-+\d.eE]+", entries["Pos"]))
            yield Point(entries.get("Text", "").strip(), (x, y, z), "voxels")


def _label_map(path: Path, _: Counting) -> Iterator[Point]:
    array, grid = read_array(path)
    known = label_names(path)
    names = {number: name for name, number in known.labels.items()} if known else {}
    values = [int(value) for value in np.unique(array) if value]
    if len(values) > MOST_POINTS or not np.array_equal(array, np.rint(array)):
        raise ValueError("its values are no labels")
    for value in values:
        z, y, x = (float(index.mean()) for index in np.nonzero(array == value))
        left, back, up = grid.points((x, y, z))
        yield Point(names.get(value, f"label_{value}"), (float(left), float(back), float(up)), "mm")


def _table(path: Path, counting: Counting) -> Iterator[Point]:
    for line, row in read_rows(path):
        if counting.unit is None:
            raise ConfigurationError(f"{path}: a table does not say its unit; give `centres_in`, mm or voxels")
        if counting.unit == "voxels" and counting.first is None:
            raise ConfigurationError(f"{path}: voxels are counted from 0 or from 1; give `counted_from`")
        missing = [column for column in ("roi", "x", "y", "z") if not row.get(column)]
        if missing:
            raise ConfigurationError(f"{path}, line {line}: '{missing[0]}' is missing or empty; fill it in")
        shift = float(counting.first or 0) if counting.unit == "voxels" else 0.0
        x, y, z = (float(row[axis].replace(",", ".")) - shift for axis in "xyz")
        yield Point(row["roi"], (x, y, z), counting.unit, row.get("subject", ""), row.get("sequence", ""))


READERS: dict[str, Callable[[Path, Counting], Iterator[Point]]] = {
    ".mrk.json": _slicer_json,
    ".fcsv": _slicer_table,
    ".mps": _mitk,
    ".annot": _itk_snap,
    **dict.fromkeys(MAPS, _label_map),
    ".csv": _table,
}
"""By the ending of the file's name."""
