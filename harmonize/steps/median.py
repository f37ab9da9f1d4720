"""Median filter: every voxel becomes the median of its neighbourhood."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import SimpleITK as sitk

from harmonize.image.slices import SliceAxis, check_planes, slice_axis
from harmonize.image.volume import Volume
from harmonize.inputs.limits import Count, check_limits


@dataclass(frozen=True)
class Median:
    """Denoise by SimpleITK's Median: outliers go, edges stay, fine lines and corners go too.

    Beyond the border of the image its outermost voxels are repeated.

    Parameters
    ----------
    radius : int
        Voxels in each direction; 1 is a neighbourhood of 3 x 3 or 3 x 3 x 3.
    dimension : {2, 3}
        2 treats each slice on its own, right for thick slices and gaps; 3 the whole volume.
    slice_axis : {"auto", "x", "y", "z"}
        Axis of the file that counts the slices; ``"auto"`` infers it (`harmonize.image.slices`).

    Examples
    --------
    >>> import numpy as np
    >>> from radharmony import Grid
    >>> speck = np.zeros((1, 5, 5))
    >>> speck[0, 2, 2] = 100.0
    >>> float(Median()(Volume(speck, Grid((5, 5, 1)))).image.max())
    0.0
    """

    name: ClassVar[str] = "median"
    title: ClassVar[str] = "median filter"

    radius: Count = 1
    dimension: Literal[2, 3] = 2
    slice_axis: SliceAxis = "auto"

    def __post_init__(self) -> None:
        check_limits(self)
        check_planes(self.dimension, self.slice_axis)

    def __call__(self, volume: Volume) -> Volume:
        """Give the denoised volume; raises `ScanError` where the slice axis cannot be inferred."""
        radii = [self.radius] * 3
        if self.dimension == 2:
            radii[2 - slice_axis(volume.grid, self.slice_axis)] = 0
        return volume.with_image(sitk.GetArrayFromImage(sitk.Median(volume.to_itk(), radii)))
