"""DICOM objects that hold ROIs by name, whichever of the two kinds it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from harmonize.arrays import BoolArray
from harmonize.errors import ScanError
from harmonize.formats.dicom_file import header, reading
from harmonize.formats.rtstruct import StructureSet
from harmonize.formats.seg import Segmentation
from harmonize.image.volume import Grid
from harmonize.inputs.configuration import suggest


class SegmentFile(Protocol):
    """A file with ROIs that have names."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def names(self) -> tuple[str, ...]:
        """The ROIs in it."""

    def mask(self, name: str, grid: Grid) -> BoolArray:
        """Give one of them on the grid of an image."""


READERS: dict[str, Callable[[Path], SegmentFile]] = {"SEG": Segmentation.read, "RTSTRUCT": StructureSet.read}
"""The readers of objects with named ROIs, by their modality. A new one is one file and one entry here."""


def open_segments(path: Path) -> SegmentFile:
    """Open a DICOM SEG or RTSTRUCT.

    Raises
    ------
    ScanError
        If it is neither, or broken.
    """
    kind = kind_of(path)
    reader = READERS.get(kind)
    if reader is None:
        known = " or ".join(READERS)
        raise ScanError(f"{path}: is DICOM of modality {kind or 'unknown'}, expected {known}", "name the mask")
    return reader(path)


def kind_of(path: Path) -> str:
    """Give the modality of a DICOM file, such as `MR`, `SEG` or `RTSTRUCT`."""
    with reading(path):  # a value is converted when it is asked for, and may be of no known kind
        return str(header(path, ["Modality"]).get("Modality") or "")


def segment_mask(file: SegmentFile, name: str | None, grid: Grid) -> BoolArray:
    """Give an ROI by its name, or the only one.

    Raises
    ------
    ScanError
        If there is no ROI of this name, or several are; or the file holds several and none was named.
    """
    if name is None and len(file.names) != 1:
        raise ScanError(
            f"{file.path}: holds {len(file.names)} ROIs ({', '.join(file.names)}), and the study names none of them",
            "use `rois: segments`",
        )
    wanted = file.names[0] if name is None else name.strip()
    unnamed = file.names.count("")
    if wanted not in file.names and unnamed:
        raise ScanError(
            f"{file.path}: holds no ROI '{wanted}', and {unnamed} of its {len(file.names)} ROIs without a name",
            "name them in the program that drew them (SegmentLabel of a SEG, ROIName of an RTSTRUCT), and export again",
        )
    if wanted not in file.names:
        raise ScanError(f"{file.path}: holds no ROI '{wanted}'", suggest(wanted, file.names))
    if file.names.count(wanted) > 1:
        raise ScanError(f"{file.path}: {file.names.count(wanted)} ROIs are called '{wanted}'", "rename them apart")
    return file.mask(wanted, grid)
