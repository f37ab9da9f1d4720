"""Contour: the ROI drawn anew along borders that the image shows, as another reader would have drawn it."""

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import scipy

from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.image.boxes import Box, bounding_box, widened
from harmonize.image.memory import Same, remembered
from harmonize.image.volume import Volume
from harmonize.inputs.limits import AboveZero, Share, check_limits
from harmonize.perturbations.base import Effect
from harmonize.perturbations.supervoxels import supervoxels

MARGIN = 1.5
"""Edges of a supervoxel around the ROI in which they are sought."""
COMPACTNESS = 0.05
WINDOW = 0.1
"""Share of the range of intensities in the ROI by which the window is wider on each side."""
NEVER, ALWAYS = 0.2, 0.9
"""Overlaps below and from which there is no chance about it."""


@dataclass(frozen=True)
class RandomContour:
    """Draw every ROI anew from supervoxels: each is taken in with the probability of its overlap with the ROI.

    Supervoxels with less than a fifth of themselves in the ROI never are, and those with nine tenths always; what is
    taken in is closed by one voxel along each axis. Supervoxels are found around the ROI, between its lowest and
    highest intensity and a tenth of its range beyond. An ROI of which no voxel is left has an empty mask.

    Parameters
    ----------
    size : float
        Of a supervoxel, in cubic mm.
    share : float
        The most that a supervoxel may be of its ROI, so that small ROIs lose or gain parts of their rim only; MIRP has
        no such limit.

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

    def __post_init__(self) -> None:
        check_limits(self)

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
        size = min(self.size, self.share * int(mask.sum()) * float(np.prod(volume.grid.spacing)))
        z, y, x = (MARGIN * size ** (1 / 3) / step + 1 for step in volume.grid.spacing[::-1])
        box = widened(box, (z, y, x), volume.grid)
        labels = remembered(
            volume.image, ("supervoxels", Same(mask), size), lambda: self._supervoxels(mask, volume, box, size)
        )
        voxels = np.bincount(labels.ravel())
        overlap = np.bincount(labels.ravel(), mask[box].ravel()) / np.maximum(voxels, 1)
        taken = (overlap >= ALWAYS) | ((overlap >= NEVER) & (random.random(len(overlap)) < overlap))
        around = np.pad(taken[labels], 1)  # as closing takes what lies beyond for empty
        found = np.zeros(mask.shape, bool)
        found[box] = scipy.ndimage.binary_closing(around)[1:-1, 1:-1, 1:-1]
        return found if volume.outside is None else found & ~volume.outside

    @staticmethod
    def _supervoxels(mask: BoolArray, volume: Volume, box: Box, size: float) -> IntArray:
        image, spacing = volume.image[box], np.array(volume.grid.spacing[::-1])
        inside = volume.image[mask]
        low, wide = float(inside.min()), float(np.ptp(inside)) or 1.0
        scaled: FloatArray = np.clip((image - low + WINDOW * wide) / ((1 + 2 * WINDOW) * wide), 0.0, 1.0)
        smooth = scipy.ndimage.gaussian_filter(scaled, spacing.min() / spacing)
        return supervoxels(smooth, spacing.tolist(), size, COMPACTNESS)
