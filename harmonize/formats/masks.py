"""ROI masks from files: one ROI a file, several as labels of one file, or by name from DICOM SEG and RTSTRUCT."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harmonize.errors import GridError, ScanError
from harmonize.formats.dicom_file import is_dicom
from harmonize.formats.guard import guarded
from harmonize.formats.images import read_array, read_image
from harmonize.formats.segments import SegmentFile, open_segments, segment_mask
from harmonize.volume import BoolArray, Grid, Volume

LABEL_TOLERANCE = 1e-3
"""How far a label may be from a whole number: headers with a scale factor do not give whole numbers exactly."""


@dataclass(frozen=True)
class MaskSource:
    """Where the mask of one ROI comes from.

    Parameters
    ----------
    path : Path
        The file.
    label : int, optional
        The value of the ROI's voxels in a label map. None: every voxel that is not 0.
    segment : str, optional
        The name of the ROI in a DICOM SEG (its segment label) or RTSTRUCT (its ROI name). May be left out for a file
        with one ROI.
    """

    path: Path
    label: int | None = None
    segment: str | None = None

    @property
    def chosen(self) -> int | str | None:
        """What of the file is meant: a label, a name, or all of it."""
        return self.label if self.segment is None else self.segment


def read_masks(sources: Mapping[str, MaskSource], grid: Grid) -> tuple[dict[str, BoolArray], dict[str, ScanError]]:
    """Read the masks of several ROIs; every file is read once.

    Parameters
    ----------
    sources : mapping of str to MaskSource
        By the name of the ROI.
    grid : Grid
        The grid of the image that the masks belong to.

    Returns
    -------
    masks : dict of str to ndarray of bool, shape (z, y, x)
        The ROIs that could be read, in the order of `sources`. An ROI whose label does not occur is an empty mask.
    failures : dict of str to ScanError
        Why each other ROI could not be read; a `GridError` where its file lies on another grid.

    Examples
    --------
    >>> masks, failures = read_masks({"liver": MaskSource(Path("nowhere.nii"))}, Grid((2, 2, 1)))
    >>> str(failures["liver"])
    'nowhere.nii: there is no such file; mend the path or remove the row'
    """
    files: dict[Path, NDArray[Any] | SegmentFile | ScanError] = {}
    masks: dict[str, BoolArray] = {}
    failures: dict[str, ScanError] = {}
    for roi, source in sources.items():
        path = Path(source.path)
        if path not in files:
            try:
                with guarded(path):
                    files[path] = open_segments(path) if is_dicom(path) else _read_labels(path, grid)
            except ScanError as error:
                files[path] = error
        try:
            with guarded(path):
                masks[roi] = _mask(files[path], source, grid)
        except ScanError as error:
            failures[roi] = error
    return masks, failures


def read_volume(image: Path, sources: Mapping[str, MaskSource]) -> tuple[Volume, dict[str, ScanError]]:
    """Read an image and the masks of its ROIs.

    Parameters
    ----------
    image : Path
        The image file.
    sources : mapping of str to MaskSource
        By the name of the ROI.

    Returns
    -------
    volume : Volume
        With the ROIs that could be read.
    failures : dict of str to ScanError
        Why each other ROI could not be read.

    Raises
    ------
    ScanError
        If the image itself cannot be used.
    """
    array, grid = read_image(image)
    masks, failures = read_masks(sources, grid)
    return Volume(array, grid, masks), failures


def _mask(file: NDArray[Any] | SegmentFile | ScanError, source: MaskSource, grid: Grid) -> BoolArray:
    if isinstance(file, ScanError):
        raise file
    if not isinstance(file, np.ndarray):
        if source.label is not None:
            raise ScanError(
                f"{source.path}: the ROIs of DICOM files have names, found the label {source.label}",
                f"use `rois: segments`; the file holds {', '.join(file.names)}",
            )
        return segment_mask(file, source.segment, grid)
    if source.segment is not None:
        raise ScanError(
            f"{source.path}: expected a DICOM SEG or RTSTRUCT with an ROI '{source.segment}'",
            "use `rois: labels` or `rois: files` for label maps and masks",
        )
    mask: BoolArray = file != 0 if source.label is None else file == source.label
    return mask


def _read_labels(path: Path, grid: Grid) -> NDArray[Any]:
    labels, own_grid = read_array(path)
    differences = grid.differences(own_grid)
    if differences:
        raise GridError(
            f"{path}: the mask does not lie on the grid of its image ({'; '.join(differences)})",
            "export it on the grid of the image, or resample it to that",
        )
    if not np.issubdtype(labels.dtype, np.floating):
        return labels
    with np.errstate(invalid="ignore"):  # infinite minus infinite
        odd = ~(np.abs(labels - np.rint(labels)) <= LABEL_TOLERANCE)  # true for NaN too
    if odd.any():
        raise ScanError(
            f"{path}: the mask holds {labels[odd].flat[0]:g} ({int(odd.sum())} voxels are not whole numbers)",
            "give a binary mask or a label map; threshold a probability map first",
        )
    whole: NDArray[Any] = np.rint(labels)
    return whole
