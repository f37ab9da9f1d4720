"""ROI masks from DICOM SEG (PS3.3 A.51): one ROI a segment, voxel by voxel onto the grid of the image."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pydicom
from numpy.typing import NDArray

from harmonize.arrays import BoolArray, IntArray
from harmonize.errors import GridError, ScanError
from harmonize.formats.dicom_file import decode, reading, whole
from harmonize.formats.dicom_frame import Frame, placed_frames
from harmonize.formats.dicom_traits import number_of
from harmonize.image.volume import Grid

KINDS = ("BINARY", "LABELMAP")
STEP_TOLERANCE = 0.1
"""How far, in voxels of the image, a voxel of the segmentation may be off."""


@dataclass(frozen=True)
class Segmentation:
    """A DICOM SEG object, its pixels decoded once.

    Parameters
    ----------
    path : Path
        The file.
    numbers : tuple of (str, int)
        Label and number of each segment.
    frames : tuple of Frame
        Where each stored slice lies.
    owners : tuple of int
        For binary segmentations the number of the segment that each slice belongs to; empty for label maps.
    pixels : ndarray of unsigned int, shape (frames, rows, columns)
        0 and 1, or in label maps the number of the segment.
    distance : float
        Of its slices, mm, without its sign; 0 where the file does not say.
    """

    tells_gaps: ClassVar[bool] = False

    path: Path
    numbers: tuple[tuple[str, int], ...]
    frames: tuple[Frame, ...]
    owners: tuple[int, ...]
    pixels: NDArray[np.unsignedinteger]
    distance: float = 0.0

    @classmethod
    def read(cls, path: Path) -> "Segmentation":
        """Read a file.

        Raises
        ------
        ScanError
            If it holds probabilities instead of a yes or no for each voxel, or its pixels cannot be decoded.
        """
        with reading(path):
            dataset = whole(path)
            kind = dataset.get("SegmentationType")
            if kind not in KINDS:
                raise ScanError(
                    f"{path}: the segmentation is {kind}, expected {' or '.join(KINDS)}",
                    "export it as a binary segmentation; threshold probabilities first",
                )
            count = int(number_of([dataset], "NumberOfFrames") or 1)
            frames = tuple(placed_frames(path, dataset))
            if len(frames) != count:
                raise ScanError(f"{path}: {count - len(frames)} of {count} frames have no position", "export it again")
            return cls(
                path=path,
                numbers=tuple(
                    (str(item.get("SegmentLabel") or "").strip(), int(item.SegmentNumber))
                    for item in dataset.SegmentSequence
                    if int(item.SegmentNumber) > 0  # 0 is the background of label maps
                ),
                frames=frames,
                owners=() if kind == "LABELMAP" else tuple(_owner(dataset, i) for i in range(count)),
                pixels=decode(dataset, path),
                distance=_distance(dataset),
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Labels of the segments."""
        return tuple(name for name, _ in self.numbers)

    def mask(self, name: str, grid: Grid) -> BoolArray:
        """Give a segment as a mask on the grid of an image.

        Slices that the file leaves out are empty. The segmentation may cover a part of the image, and count its
        axes another way round, but each of its voxels that belongs to the segment must be a voxel of the image.

        Raises
        ------
        GridError
            If its voxels are not those of the image.
        """
        number = dict(self.numbers)[name]
        mask = np.zeros(grid.shape, dtype=np.bool_)
        for i, frame in enumerate(self.frames):
            if self.owners and self.owners[i] != number:
                continue
            rows, columns = np.nonzero(self.pixels[i] == (1 if self.owners else number))
            if rows.size:
                x, y, z = self._voxels(frame, columns, rows, grid)
                mask[z, y, x] = True
        return mask

    def _voxels(self, frame: Frame, columns: IntArray, rows: IntArray, grid: Grid) -> IntArray:
        """Give the voxels of the image at these pixels; shape (3, pixels)."""
        along = np.array(frame.orientation).reshape(2, 3) * np.array(frame.spacing)[:, None]
        corner, right, below = grid.indices(np.array(frame.position) + np.array([[0, 0, 0], *along]))
        steps = np.stack([right - corner, below - corner])
        normal = np.abs(np.cross(*np.rint(steps)))
        distance = self.distance / float(normal @ np.array(grid.spacing)) if self.distance and normal.any() else 1.0
        wrong = max(float(np.abs(steps - np.rint(steps)).max()) * max(grid.size), abs(distance - 1.0))
        if wrong > STEP_TOLERANCE or np.abs(np.rint(steps)).sum() != 2:
            raise self._elsewhere("its voxels have another size or direction")
        indices = corner + columns[:, None] * steps[0] + rows[:, None] * steps[1]
        whole: IntArray = np.rint(indices).astype(np.intp)
        off = float(np.abs(indices - whole).max())
        if off > STEP_TOLERANCE:
            raise self._elsewhere(f"its voxels are off by {off:.2g} of a voxel")
        if (whole < 0).any() or (whole >= np.array(grid.size)).any():
            raise self._elsewhere("it reaches beyond the image")
        return whole.T

    def _elsewhere(self, how: str) -> GridError:
        return GridError(
            f"{self.path}: the segmentation does not lie on the voxels of its image: {how}",
            "name the image that it was drawn on, or export it on the grid of this one",
        )


def _owner(dataset: pydicom.Dataset, i: int) -> int:
    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    for group in (dataset.PerFrameFunctionalGroupsSequence[i], *shared):
        for item in group.get("SegmentIdentificationSequence") or []:
            return int(item.ReferencedSegmentNumber)
    return int(dataset.SegmentSequence[0].SegmentNumber)


def _distance(dataset: pydicom.Dataset) -> float:
    for group in dataset.get("SharedFunctionalGroupsSequence") or []:
        for item in group.get("PixelMeasuresSequence") or []:
            return abs(number_of([item], "SpacingBetweenSlices") or 0.0)
    return 0.0
