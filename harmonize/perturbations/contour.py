"""Contour: the ROI drawn anew along borders that the image shows, as another reader would have drawn it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import scipy

from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.image.boxes import Box, bounding_box, widened
from harmonize.image.memory import Same, remembered
from harmonize.image.slices import spacing_of
from harmonize.image.volume import Grid, Volume
from harmonize.inputs.limits import AboveZero, Share
from harmonize.perturbations.base import Effect
from harmonize.perturbations.in_planes import InPlanes
from harmonize.perturbations.other_grid import across_planes
from harmonize.perturbations.supervoxels import supervoxels

MARGIN = 1.5
"""Edges of a supervoxel around the ROI in which they are sought."""
COMPACTNESS = 0.05
WINDOW = 0.1
"""Share of the range of intensities in the ROI by which the window is wider on each side."""
NEVER, ALWAYS = 0.2, 0.9
"""Overlaps below and from which there is no chance about it."""


@dataclass(frozen=True)
class RandomContour(InPlanes):
    """Draw every ROI anew from supervoxels: each is taken in with the probability of its overlap with the ROI.

    Supervoxels with less than a fifth of themselves in the ROI never are, and those with nine tenths always; what is
    taken in is closed by one voxel along each axis. Supervoxels are found around the ROI, between its lowest and
    highest intensity and a tenth of its range beyond. An ROI of which no voxel is left has an empty mask.

    Parameters
    ----------
    size : float
        Of a supervoxel, in cubic mm; in a slice it has the area of a face of such a cube.
    share : float
        The most that a supervoxel may be of its ROI, in a slice of what the ROI has there, so that small ROIs lose or
        gain parts of their rim only; MIRP has no such limit.
    dimension : {2, 3}
        2 draws each slice that holds the ROI on its own, as readers do, and leaves others without; 3 draws across
        slices, as MIRP does by default.
    slice_axis : {"auto", "x", "y", "z"}
        Axis of the file that counts the slices; `auto` takes that of one voxel, or along which voxels are longest,
        and z where they are nearly cubes.

    References
    ----------
    A. Zwanenburg et al., "Assessing robustness of radiomic features by image perturbation", Scientific Reports 9:614,
    2019; `perturbation_randomise_roi_repetitions` of MIRP 2.7.

    Examples
    --------
    >>> from radharmony import Grid
    >>> z, y, x = np.mgrid[:8, :30, :30]
    >>> mask = (x - 15) ** 2 + (y - 15) ** 2 < 80
    >>> image = mask + np.random.default_rng(0).normal(size=mask.shape)
    >>> found = RandomContour()(Volume(image, Grid((30, 30, 8)), {"roi": mask}), np.random.default_rng(0))
    >>> bool((found.masks["roi"] != mask).any())
    True
    """

    name: ClassVar[str] = "contour"
    title: ClassVar[str] = "contour drawn anew from supervoxels"
    effect: ClassVar[Effect] = Effect(masks=True, random=True)

    size: AboveZero = 500.0
    share: Share = 0.05

    def __call__(self, volume: Volume, random: np.random.Generator) -> Volume:
        """Give the volume with its ROIs drawn anew."""
        masks = {name: self._drawn(mask, volume, random) for name, mask in volume.masks.items()}
        return replace(volume, masks=masks)

    def reach(self, volume: Volume) -> float:
        """Give how many mm around ROIs it looks at."""
        return MARGIN * math.pow(self.size, 1 / 3) + max(volume.grid.spacing)

    def _drawn(self, mask: BoolArray, volume: Volume, random: np.random.Generator) -> BoolArray:
        box = bounding_box(mask)
        if box is None:
            return mask
        axis = self._axis(volume.grid) if self.dimension == 2 else None
        others = None if axis is None else tuple(at for at in range(3) if at != axis)
        reach = MARGIN * self._edge(int(mask.sum(axis=others).max()), spacing_of(volume.grid, axis))
        z, y, x = (0.0 if at == axis else reach / step + 1 for at, step in enumerate(volume.grid.spacing[::-1]))
        box = widened(box, (z, y, x), volume.grid)
        labels = remembered(
            volume.image, ("supervoxels", Same(mask), self, axis), lambda: self._supervoxels(mask, volume, box, axis)
        )
        held = np.bincount(labels.ravel())
        overlap = np.bincount(labels.ravel(), mask[box].ravel()) / np.maximum(held, 1)
        taken = (overlap >= ALWAYS) | ((overlap >= NEVER) & (random.random(len(overlap)) < overlap))
        around = np.pad(taken[labels], 1)  # as closing takes what lies beyond for empty
        cross = scipy.ndimage.generate_binary_structure(3, 1)
        closed = scipy.ndimage.binary_closing(around, cross if axis is None else cross.take([1], axis))
        found = np.zeros(mask.shape, bool)
        found[box] = closed[1:-1, 1:-1, 1:-1]
        return found if volume.outside is None else found & ~volume.outside

    def _axis(self, grid: Grid) -> int:
        x, y, z = (min(count, 2) for count in grid.size)  # a part of a scan tells the same as the whole
        return 2 - across_planes(replace(grid, size=(x, y, z)), self.slice_axis)

    def _edge(self, voxels: int, steps: Sequence[float]) -> float:
        """Give the edge in mm of a supervoxel of an ROI of so many voxels, with two edges in a slice, or three."""
        return float(min(self.size ** (1 / 3), (self.share * voxels * math.prod(steps)) ** (1 / len(steps))))

    def _supervoxels(self, mask: BoolArray, volume: Volume, box: Box, axis: int | None) -> IntArray:
        """Give the number of each voxel's supervoxel; of slices, 0 is all that do not hold the ROI."""
        image, steps = volume.image[box], spacing_of(volume.grid, axis)
        inside = volume.image[mask]
        low, wide = float(inside.min()), float(np.ptp(inside)) or 1.0
        scaled: FloatArray = np.clip((image - low + WINDOW * wide) / ((1 + 2 * WINDOW) * wide), 0.0, 1.0)

        def found(part: FloatArray, voxels: int) -> IntArray:
            smooth = scipy.ndimage.gaussian_filter(part, min(steps) / np.array(steps))
            edge, space = self._edge(voxels, steps), smooth.reshape(-1, *smooth.shape[-2:])  # a slice is one edge thick
            return supervoxels(space, [edge, *steps][-3:], edge**3, COMPACTNESS).reshape(part.shape)

        if axis is None:
            return found(scaled, len(inside))
        labels = np.zeros(image.shape, dtype=np.intp)
        planes = (np.moveaxis(one, axis, 0) for one in (scaled, mask[box], labels))
        for part, drawn, numbers in zip(*planes, strict=True):
            if drawn.any():
                numbers[...] = labels.max() + 1 + found(part, int(drawn.sum()))
        return labels
