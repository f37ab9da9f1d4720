"""DICOM objects that hold ROIs by name, whichever of the two kinds it is."""

from collections.abc import Callable
from pathlib import Path

from harmonize.errors import ScanError
from harmonize.formats.dicom_file import header, reading
from harmonize.formats.named_rois import SegmentFile
from harmonize.formats.rtstruct import StructureSet
from harmonize.formats.seg import Segmentation

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
