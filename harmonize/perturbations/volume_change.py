"""Volume: the ROI grown or shrunk on all sides, as another reader would have drawn it."""

import math
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from harmonize.arrays import BoolArray, FloatArray
from harmonize.image.volume import Volume
from harmonize.inputs.limits import Bounds, check_limits
from harmonize.perturbations.base import Effect
from harmonize.perturbations.surface import Layers, depths, heights

Change = Annotated[float, Bounds(least=-1, most=10)]
ROUNDING = 1e-9


@dataclass(frozen=True)
class VolumeChange:
    """Grow or shrink every ROI until it has a changed number of voxels, layer by layer; of the last layer by chance.

    An ROI grows into what lies nearest, within the image and where there is data, and shrinks from its surface inwards;
    where the image cuts it off it does not shrink. One of which no voxel is left has an empty mask.

    Parameters
    ----------
    change : float
        Of the volume, -1 to 10: .15 gives 1.15 times as many voxels, rounded down.
    by : {"distance", "voxels"}
        What lies in a layer: voxels whose centres are as far in mm from those of the ROI, so that thick slices are
        reached late; or the next voxels along each axis, however far, as in MIRP.

    References
    ----------
    A. Zwanenburg et al., "Assessing robustness of radiomic features by image perturbation", Scientific Reports 9:614,
    2019; `perturbation_roi_adapt_size` of MIRP 2.7, by fractions.

    Examples
    --------
    >>> from radharmony import Grid
    >>> mask = np.zeros((1, 5, 5), bool)
    >>> mask[0, 1:4, 1:4] = True
    >>> volume = Volume(mask * 1.0, Grid((5, 5, 1)), {"roi": mask})
    >>> VolumeChange(1.4)(volume, np.random.default_rng(0)).masks["roi"].sum()
    np.int64(21)
    """

    name: ClassVar[str] = "volume"
    title: ClassVar[str] = "growth or shrinkage of the ROI by volume"
    effect: ClassVar[Effect] = Effect(masks=True, random=True)

    change: Change = 0.15
    by: Layers = "distance"

    def __post_init__(self) -> None:
        check_limits(self)
        if self.by not in ("distance", "voxels"):
            raise ValueError(f"by is '{self.by}', expected 'distance' or 'voxels'")

    def __call__(self, volume: Volume, random: np.random.Generator) -> Volume:
        """Give the volume with its changed ROIs."""
        masks = {name: self._changed(mask, volume, random) for name, mask in volume.masks.items()}
        return replace(volume, masks=masks)

    def reach(self, volume: Volume) -> float:
        """Give how many mm around ROIs it looks at: twice what a ball would grow, and a voxel."""
        edge = 1.0 if self.by == "voxels" else float(np.prod(volume.grid.spacing)) ** (1 / 3)
        most = max((int(mask.sum()) for mask in volume.masks.values()), default=0)
        radius = edge * math.pow(3 * most / (4 * math.pi), 1 / 3)
        grown = 2 * radius * max(math.pow(1 + self.change, 1 / 3) - 1, 0.0)
        longest = max(volume.grid.spacing)
        return (grown + 1) * longest if self.by == "voxels" else grown + longest

    def _changed(self, mask: BoolArray, volume: Volume, random: np.random.Generator) -> BoolArray:
        size = int(mask.sum())
        change = math.floor(size * (1 + self.change) + ROUNDING) - size
        found = mask.copy()
        if change < 0:
            box, depth = depths(mask, volume.grid, self.by)
            found[box] &= ~_nearest(np.where(mask[box], depth, np.nan), -change, random)
        elif change > 0:
            found |= self._grown(mask, volume, change, random)
        return found

    def _grown(self, mask: BoolArray, volume: Volume, more: int, random: np.random.Generator) -> BoolArray:
        reach = 2.0 * (max(volume.grid.spacing) if self.by == "distance" else 1.0)
        added = np.zeros(mask.shape, bool)
        while True:  # farther until there is enough
            box, height = heights(mask, volume.grid, self.by, reach)
            free = ~mask[box] if volume.outside is None else ~(mask | volume.outside)[box]
            whole = height.shape == mask.shape
            if whole or int((free & (height <= reach)).sum()) >= more:
                added[box] = _nearest(np.where(free, height, np.nan), more, random)
                return added
            reach *= 2


def _nearest(distance: FloatArray, number: int, random: np.random.Generator) -> BoolArray:
    """Give the voxels with the smallest distances, among equal ones by chance; those that are NaN never."""
    places = np.flatnonzero(~np.isnan(distance))
    taken = np.zeros(distance.size, bool)
    if len(places) <= number:
        taken[places] = True
    elif number > 0:
        values = distance.reshape(-1)[places]
        last = np.partition(values, number - 1)[number - 1]
        taken[places[values < last]] = True
        ties = places[values == last]
        taken[random.choice(ties, number - int((values < last).sum()), replace=False)] = True
    return taken.reshape(distance.shape)
