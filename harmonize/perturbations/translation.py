"""Translation: the voxels lie a part of a voxel elsewhere, as by another position of the patient."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from harmonize.arrays import FloatArray
from harmonize.image.volume import Grid
from harmonize.inputs.limits import Bounds
from harmonize.perturbations.base import Effect
from harmonize.perturbations.other_grid import OtherGrid

Fraction = Annotated[float, Bounds(above=-1, below=1)]


@dataclass(frozen=True)
class Translation(OtherGrid):
    """Move the voxels by a fraction of their size along each axis of the file; their number stays.

    An axis of one voxel stays as it is.

    Parameters
    ----------
    x, y, z : float
        In voxels, more than -1 and less than 1. Slices are moved only if asked to: those of a two-dimensional
        acquisition are interpolated across their gaps.

    References
    ----------
    A. Zwanenburg et al., "Assessing robustness of radiomic features by image perturbation", Scientific Reports 9:614,
    2019.

    Examples
    --------
    >>> from radharmony import Volume
    >>> volume = Volume(np.arange(4.0).reshape(1, 1, 4), Grid((4, 1, 1)))
    >>> Translation(0.25, interpolator="linear")(volume, np.random.default_rng(0)).image
    array([[[0.25, 1.25, 2.25, 3.  ]]])
    """

    name: ClassVar[str] = "translation"
    title: ClassVar[str] = "translation by a part of a voxel"
    effect: ClassVar[Effect] = Effect(grid=True)

    x: Fraction = 0.5
    y: Fraction = 0.5
    z: Fraction = 0.0

    def grid(self, grid: Grid, reference: Grid | None = None) -> Grid:
        """Give the grid that a scan is brought to."""
        return moved(grid, np.array((self.x, self.y, self.z)))


def moved(grid: Grid, by: FloatArray) -> Grid:
    """Give the grid moved by parts of a voxel along x, y, z; an axis of one voxel stays.

    Examples
    --------
    >>> moved(Grid((4, 4, 1), (2.0, 1.0, 5.0)), np.array((0.5, 0.5, 0.5))).origin
    (1.0, 0.5, 0.0)
    """
    x, y, z = grid.points(np.where(np.array(grid.size) > 1, by, 0.0))
    return replace(grid, origin=(float(x), float(y), float(z)))
