"""ROI masks from files: one ROI a file, or several as labels of one file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harmonize.errors import GridError, ScanError
from harmonize.formats.images import read_array, read_image
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
    """

    path: Path
    label: int | None = None


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
    files: dict[Path, NDArray[Any] | ScanError] = {}
    masks: dict[str, BoolArray] = {}
    failures: dict[str, ScanError] = {}
    for roi, source in sources.items():
        path = Path(source.path)
        if path not in files:
            try:
                files[path] = _read_labels(path, grid)
            except ScanError as error:
                files[path] = error
        labels = files[path]
        if isinstance(labels, ScanError):
            failures[roi] = labels
        else:
            masks[roi] = labels != 0 if source.label is None else labels == source.label
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
