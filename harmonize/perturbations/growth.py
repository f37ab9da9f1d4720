"""Growth: the ROI grown or shrunk on all sides by a distance."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from harmonize.arrays import BoolArray
from harmonize.image.volume import Volume
from harmonize.inputs.limits import Bounds, check_limits
from harmonize.perturbations.base import Effect
from harmonize.perturbations.surface import depths, heights

Distance = Annotated[float, Bounds(least=-100, most=100)]
ROUNDING = 1e-9


@dataclass(frozen=True)
class GrowthByDistance:
    """Take in what lies within a distance of every ROI, or leave out of it what lies within one of its outside.

    It grows within the image and where there is data; where the image cuts it off it does not shrink. One of which no
    voxel is left has an empty mask.

    Parameters
    ----------
    distance : float
        In mm, -100 to 100, between centres of voxels; below 0 shrinks. Less than the smallest edge of a voxel changes
        nothing.

    References
    ----------
    `perturbation_roi_adapt_size` of MIRP 2.7, by distance, which grows alike and shrinks voxel by voxel.

    Examples
    --------
    >>> from radharmony import Grid
    >>> line = np.array([[[False, False, True, False, False]]])
    >>> volume = Volume(line * 1.0, Grid((5, 1, 1)), {"roi": line})
    >>> GrowthByDistance(1.0)(volume, np.random.default_rng(0)).masks["roi"]
    array([[[False,  True,  True,  True, False]]])
    """

    name: ClassVar[str] = "growth"
    title: ClassVar[str] = "growth or shrinkage of the ROI by a distance"
    effect: ClassVar[Effect] = Effect(masks=True)

    distance: Distance = 2.0

    def __post_init__(self) -> None:
        check_limits(self)

    def __call__(self, volume: Volume, random: np.random.Generator) -> Volume:
        """Give the volume with its changed ROIs."""
        return replace(volume, masks={name: self._changed(mask, volume) for name, mask in volume.masks.items()})

    def reach(self, volume: Volume) -> float:
        """Give how many mm around ROIs it looks at."""
        return max(self.distance, 0.0) + max(volume.grid.spacing)

    def _changed(self, mask: BoolArray, volume: Volume) -> BoolArray:
        found, reach = mask.copy(), abs(self.distance) + ROUNDING
        if self.distance < 0:
            box, depth = depths(mask, volume.grid, "distance")
            found[box] &= depth > reach
        elif self.distance > 0:
            box, height = heights(mask, volume.grid, "distance", reach)
            found[box] |= height <= reach
            if volume.outside is not None:
                found &= mask | ~volume.outside
        return found
