"""What is odd about an ROI that can be used: it reaches all borders of the image, is scattered, leaves slices out."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from harmonize.arrays import BoolArray
from harmonize.formats.scatter import lone
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Grid
from harmonize.remarks import remark
from harmonize.words import some

MOST_LISTED = 8
MOST_LONE, MOST_LONE_SHARE = 8, 0.5
"""Voxels that touch no other of their ROI, and their share of it, from which on they are told."""


def tell_borders(path: Path, roi: str, mask: BoolArray, grid: Grid) -> None:
    """Tell of an ROI that reaches every border of the image, in the plane of its slices where it has slices.

    No organ does; a mask whose values mean something else does, or one that is 1 where it should be 0.
    """
    if not mask.any():
        return
    slices = infer_slice_axis(grid)
    axes = [axis for axis in range(3) if axis != slices and mask.shape[axis] > 1]
    if axes and all(mask.take(end, axis).any() for axis in axes for end in (0, -1)):
        remark(
            "roi_at_all_borders",
            f"{path}: ROI '{roi}' reaches all borders of the image and holds {mask.mean():.0%} of its voxels",
            "look whether the mask is of an ROI, and not of its background or of the whole image",
        )


def tell_scatter(path: Path, roi: str, mask: BoolArray) -> None:
    """Tell of an ROI that consists of single voxels for the most part."""
    voxels, single = int(mask.sum()), lone(mask)
    if single > MOST_LONE and single > MOST_LONE_SHARE * voxels:
        remark(
            "roi_scattered",
            f"{path}: ROI '{roi}' is scattered: {single} of its {voxels} voxels touch no other of it",
            "look whether the file is a mask and not an image, and whether its value is that of the ROI",
        )


def tell_gaps(path: Path, roi: str, mask: BoolArray, axis: int, *, every: bool = True) -> None:
    """Tell of slices without the ROI between slices with it.

    Parameters
    ----------
    path : Path
        Its file.
    roi : str
        Its name.
    mask : ndarray of bool, shape (z, y, x)
        Its voxels.
    axis : int
        Of the array, across the slices.
    every : bool
        Whether every gap is told, or only where no two slices with the ROI are neighbours.
    """
    drawn = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
    left_out = np.setdiff1d(np.arange(drawn[0], drawn[-1]), drawn) if drawn.size else drawn
    if left_out.size and (every or not (np.diff(drawn) == 1).any()):
        remark(
            "roi_leaves_slices_out",
            f"{path}: ROI '{roi}' has no voxel in {slices_of(left_out.tolist())} (counted from 0), between slices "
            f"{drawn[0]} and {drawn[-1]}",
            "draw it there too where the organ goes on, or interpolate it; else it is measured with gaps",
        )


def slices_of(values: Iterable[int]) -> str:
    """Name slices by their numbers, in a short list.

    Examples
    --------
    >>> slices_of([3]), slices_of([4, 2, 2])
    ('slice 3', 'slices 2, 4')
    """
    different = set(values)
    return f"slice{'s' * (len(different) > 1)} {numbers(different)}"


def numbers(values: Iterable[int]) -> str:
    """Write numbers in a short list.

    Examples
    --------
    >>> numbers([4, 2, 2]), numbers(range(20))
    ('2, 4', '0, 1, 2, 3, 4, 5, 6, 7 and 12 more')
    """
    return some(sorted(set(values)), MOST_LISTED)
