"""Files whose ROIs have names, and an ROI of one by its name."""

from pathlib import Path
from typing import ClassVar, Protocol

from harmonize.arrays import BoolArray
from harmonize.errors import ScanError
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

    tells_gaps: ClassVar[bool]
    """Whether it tells itself of slices that an ROI leaves out."""

    def mask(self, name: str, grid: Grid) -> BoolArray:
        """Give one of them on the grid of an image."""


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
