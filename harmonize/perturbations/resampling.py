"""Resampling: voxels of another size or phase, as another choice of the analyst."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from harmonize.image.volume import Grid
from harmonize.inputs.limits import AboveZero
from harmonize.perturbations.base import Effect
from harmonize.perturbations.other_grid import OtherGrid, across_planes
from harmonize.perturbations.translation import Fraction, moved
from harmonize.steps.resample import resampled_grid


@dataclass(frozen=True)
class Resampling(OtherGrid):
    """Bring the scan to voxels of another size, over the same field of view; or only to another phase of their grid.

    Parameters
    ----------
    factor : float
        Of the voxel size in the plane of the slices.
    slices : float
        Of the distance between slices; 1 leaves them as they are.
    phase : float
        Part of a new voxel, more than -1 and less than 1, by which the grid is moved along both axes of the plane from
        where the centres of old and new field of view coincide, as IBSI recommends and `resample` does.

    Examples
    --------
    >>> from radharmony import Volume
    >>> volume = Volume(np.ones((2, 4, 4)), Grid((4, 4, 2), (1.0, 1.0, 3.0)))
    >>> Resampling(2.0)(volume, np.random.default_rng(0)).grid.spacing
    (2.0, 2.0, 3.0)
    """

    name: ClassVar[str] = "resampling"
    title: ClassVar[str] = "resampling to other voxels"
    effect: ClassVar[Effect] = Effect(grid=True)

    factor: AboveZero = 1.1
    slices: AboveZero = 1.0
    phase: Fraction = 0.0

    def grid(self, grid: Grid, reference: Grid | None = None) -> Grid:
        """Give the grid that a scan is brought to."""
        across = [axis == across_planes(grid) for axis in range(3)]
        x, y, z = np.array(grid.spacing) * np.where(across, self.slices, self.factor)
        found = resampled_grid(grid, (float(x), float(y), float(z)))
        return moved(found, np.where(across, 0.0, self.phase))
