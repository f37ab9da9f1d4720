"""ROIs side by side in one flat array, so that a step to a neighbour is one number for all of their voxels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harmonize.arrays import BoolArray, IntArray

ROOM = 20_000
"""Positions that an ROI may leave empty on the canvas of a wider one."""


@dataclass(frozen=True)
class Canvas:
    """Where the voxels of several ROIs lie in a flat array, with room for a step of any direction around each ROI.

    Parameters
    ----------
    positions : ndarray of int, shape (voxels,)
        Of each voxel in the array; ROI after ROI, within an ROI as boolean indexing gives them.
    roi : ndarray of int, shape (voxels,)
        Number of the ROI of each voxel.
    starts : ndarray of int, shape (ROIs + 1,)
        First voxel of each ROI, and the number of voxels.
    strides : tuple of int
        Steps in the array for a step along z, y, x.
    length : int
        Of the array.
    """

    positions: IntArray
    roi: IntArray
    starts: IntArray
    strides: tuple[int, int, int]
    length: int

    @classmethod
    def of(cls, masks: Sequence[BoolArray], margin: int = 1) -> "Canvas":
        """Place ROIs, each given within its box, for steps of up to `margin` voxels along each axis.

        Examples
        --------
        >>> canvas = Canvas.of([np.ones((1, 2, 2), bool), np.ones((1, 1, 3), bool)])
        >>> canvas.strides, canvas.roi.tolist(), canvas.starts.tolist()
        ((12, 4, 1), [0, 0, 0, 0, 1, 1, 1], [0, 4, 7])
        """
        height = max(mask.shape[1] for mask in masks) + margin
        width = max(mask.shape[2] for mask in masks) + margin
        slices = [mask.shape[0] + margin for mask in masks]
        # One slice more on both sides than the margin: a step back along all three axes goes beyond it.
        filled = np.zeros((sum(slices) + 2 * margin + 2, height, width), bool)
        top = margin + 1
        for mask, size in zip(masks, slices, strict=True):
            z, y, x = mask.shape
            filled[top : top + z, :y, :x] = mask
            top += size
        counts = [int(np.count_nonzero(mask)) for mask in masks]
        return cls(
            np.flatnonzero(filled),
            np.repeat(np.arange(len(masks)), counts),
            np.concatenate([[0], np.cumsum(counts)]),
            (height * width, width, 1),
            filled.size,
        )

    @property
    def n_rois(self) -> int:
        """How many ROIs there are."""
        return len(self.starts) - 1

    def steps(self, directions: IntArray) -> IntArray:
        """Give what steps along z, y, x, shape (directions, 3), are in the array."""
        return np.asarray(directions @ np.array(self.strides))

    def coordinates(self, roi: int) -> IntArray:
        """Give z, y, x of the voxels of an ROI, from anywhere; shape (voxels, 3)."""
        positions = self.positions[self.starts[roi] : self.starts[roi + 1]]
        plane, rest = np.divmod(positions, self.strides[0])
        return np.stack([plane, *np.divmod(rest, self.strides[1])], axis=1)


def together(shapes: Sequence[tuple[int, ...]]) -> list[list[int]]:
    """Say which ROIs share a canvas: those whose boxes do not leave much of it empty.

    Examples
    --------
    >>> together([(3, 15, 15), (60, 200, 180), (3, 14, 15)])
    [[1], [0, 2]]
    """
    order = sorted(range(len(shapes)), key=lambda number: -shapes[number][1] * shapes[number][2])
    groups: list[list[int]] = []
    for number in order:
        z, y, x = shapes[number]
        height, width = shapes[groups[-1][0]][1:] if groups else (0, 0)
        if groups and z * height * width <= 4 * z * y * x + ROOM:
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups
