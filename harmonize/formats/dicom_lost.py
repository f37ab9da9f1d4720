"""Files beside the slices of a DICOM volume that may be slices of it, and cannot be used: a stack is not read without.

A slice that is missing in the middle makes a gap; at either end nothing but such a file tells of it.
"""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pydicom

from harmonize.errors import ScanError
from harmonize.formats.dicom_file import NOT_IMAGES, header, is_image, reading
from harmonize.formats.dicom_frame import PLACE, lacking
from harmonize.formats.kind import is_dicom
from harmonize.inputs.files import open_file
from harmonize.remarks import remark

WANTED = ("SOPClassUID", "SeriesInstanceUID", "Rows")
FIRST_GROUPS = (0x0002, 0x0008)
"""One of these begins a DICOM file that lost the 132 bytes before them."""
LOST_FILE = "lost_dicom_file"
"""Kind of the remark on such a file."""


@dataclass(frozen=True)
class Lost:
    """A file that may be a slice.

    Parameters
    ----------
    path : Path
        The file.
    series : str
        Its SeriesInstanceUID; empty where that cannot be read.
    problem : str
        Why it cannot be used.
    """

    path: Path
    series: str
    problem: str


def files_within(folder: Path) -> Iterator[Path]:
    """Give all files in a folder and in folders within, in their order."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        yield from (path for name in sorted(names) if (path := Path(root, name)).is_file())


def candidates(path: Path) -> Iterator[Path]:
    """Give all files in a folder and in folders within, or beside a file, without hidden ones."""
    files = files_within(path) if path.is_dir() else (one for one in sorted(path.parent.iterdir()) if one.is_file())
    return (file for file in files if file.name[:1] != ".")


def lost_files(files: Iterable[Path], used: Collection[Path], series: Collection[str]) -> list[Lost]:
    """Find the files that may be slices of a volume and are not among those that were read.

    Parameters
    ----------
    files : iterable of Path
        As `candidates` gives them.
    used : collection of Path
        The files that gave slices, or that were refused for themselves.
    series : collection of str
        The SeriesInstanceUIDs of the volumes.

    Returns
    -------
    list of Lost
        Of one of these series, or of an unknown one.
    """
    patterns = {_pattern(path) for path in used}
    endings = {path.suffix.lower() for path in used} - {""}
    found = []
    for path in files:
        if path in used:
            continue
        alike = _pattern(path) in patterns or path.suffix.lower() in endings
        lost = _unused(path) if is_dicom(path) else _no_dicom(path, alike)
        if lost is not None and lost.series in ("", *series):
            found.append(lost)
    return found


def refuse_lost(lost: Sequence[Lost], series: str, where: str) -> None:
    """Raise a `ScanError` where a file of the series of a volume cannot be used."""
    own = next((file for file in lost if file.series == series), None)
    if own is not None:
        raise ScanError(
            f"{where}: {own.path.name} is of the same series and {own.problem}: the volume may lack a slice",
            "export the series again, or move the file elsewhere if it is no slice",
        )


def tell_lost(lost: Sequence[Lost], where: str) -> None:
    """Tell of files of which it cannot be known whether they are slices."""
    for file in lost:
        remark(
            LOST_FILE,
            f"{where}: {file.path.name} beside the slices {file.problem}; it is not used",
            "look whether it is a slice of the volume; then copy or export it again",
        )


def _unused(path: Path) -> Lost | None:
    """Look at a DICOM file that gave no slice."""
    try:
        dataset = header(path, WANTED)
        with reading(path):
            return _judged(path, dataset)
    except ScanError:
        return Lost(path, "", "cannot be read")


def _judged(path: Path, dataset: pydicom.Dataset) -> Lost | None:
    series = str(dataset.get("SeriesInstanceUID") or "")
    meta = getattr(dataset, "file_meta", {})
    kind = getattr(dataset.get("SOPClassUID") or meta.get("MediaStorageSOPClassUID"), "name", "")
    if is_image(dataset):
        screenshot = "Secondary Capture" in kind
        if screenshot or not series:
            return None
        names = lacking(path)
        part = 0 < len(names) < len(PLACE)
        return Lost(path, series, f"has no {' and no '.join(names)}" if part else "has no position in space")
    picture = "Image Storage" in kind and not any(other in kind for other in NOT_IMAGES)
    return Lost(path, series, "is cut off in its header") if picture or not kind else None


def _no_dicom(path: Path, alike: bool) -> Lost | None:
    """Look at a file that is no DICOM file, but may have been one."""
    try:
        with open_file(path) as file:
            start = file.read(6)
    except (OSError, ScanError):
        return Lost(path, "", "cannot be read") if alike else None
    if not start:
        return Lost(path, "", "is empty (0 bytes)") if alike else None
    group, element = (int.from_bytes(start[at : at + 2], "little") for at in (0, 2))
    if group in FIRST_GROUPS and element < 0x0100:
        try:
            with reading(path):
                dataset = pydicom.dcmread(path, stop_before_pixels=True, force=True, specific_tags=list(WANTED))
                series = str(dataset.get("SeriesInstanceUID") or "")
        except ScanError:
            series = ""
        if series or alike:
            return Lost(path, series, "lacks the beginning of a DICOM file (128 bytes and DICM)")
    return Lost(path, "", "is no DICOM file, though it is named like one") if alike else None


def _pattern(path: Path) -> str:
    """Give a name without its numbers."""
    return re.sub(r"\d+", "#", path.name)
