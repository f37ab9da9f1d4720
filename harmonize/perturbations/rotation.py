"""Rotation: the voxels are turned in the plane of the slices, as by another position of the patient."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from harmonize.image.slices import SliceAxis
from harmonize.image.volume import Grid
from harmonize.inputs.limits import Bounds
from harmonize.perturbations.base import Effect
from harmonize.perturbations.other_grid import OtherGrid, across_planes

Angle = Annotated[float, Bounds(least=-180, most=180)]


@dataclass(frozen=True)
class Rotation(OtherGrid):
    """Turn the voxels about the centre of the image, in the plane of its slices; their number and size stay.

    What lies in a corner may leave the field of view: an ROI that does so in part has an empty mask.

    Parameters
    ----------
    angle : float
        In degrees, -180 to 180; positive turns the voxels from the first of the two axes of the file towards the
        second, and thereby what they show the other way round.
    slice_axis : {"auto", "x", "y", "z"}
        The axis of the file that counts the slices; `auto` infers it, and takes z where the grid does not tell.

    References
    ----------
    A. Zwanenburg et al., "Assessing robustness of radiomic features by image perturbation", Scientific Reports 9:614,
    2019.

    Examples
    --------
    >>> from radharmony import Volume
    >>> volume = Volume(np.arange(9.0).reshape(1, 3, 3), Grid((3, 3, 1)))
    >>> Rotation(90.0, interpolator="linear")(volume, np.random.default_rng(0)).image[0].round(9)
    array([[2., 5., 8.],
           [1., 4., 7.],
           [0., 3., 6.]])
    """

    name: ClassVar[str] = "rotation"
    title: ClassVar[str] = "rotation in the plane of the slices"
    effect: ClassVar[Effect] = Effect(grid=True)

    angle: Angle = 5.0
    slice_axis: SliceAxis = "auto"

    def grid(self, grid: Grid, reference: Grid | None = None) -> Grid:
        """Give the grid that a scan is brought to."""
        axis = across_planes(grid, self.slice_axis)
        first, second = (other for other in range(3) if other != axis)
        turn, angle = np.eye(3), np.deg2rad(self.angle)
        turn[[first, second], [first, second]] = np.cos(angle)
        turn[second, first], turn[first, second] = np.sin(angle), -np.sin(angle)
        axes = grid.axes @ turn
        half = (np.array(grid.size) - 1) / 2
        x, y, z = grid.points(half) - axes @ (half * np.array(grid.spacing))
        return replace(grid, origin=(float(x), float(y), float(z)), direction=tuple(axes.ravel().tolist()))
