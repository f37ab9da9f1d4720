"""Non-local means as a step."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from harmonize.arrays import FloatArray
from harmonize.denoising.nonlocal_means import PATCH, SEARCH, nonlocal_means
from harmonize.image.slices import SliceAxis, check_planes
from harmonize.image.volume import Volume
from harmonize.inputs.limits import AboveZero, Count, check_limits
from harmonize.steps.noise_units import denoise


@dataclass(frozen=True)
class LikePlaces:
    """How places are averaged that look alike.

    Parameters
    ----------
    strength : float
        How different patches may be and still count, in units of the noise.
    patch : int
        Edge of the patches that are compared, voxels; odd.
    search : int
        How far a voxel looks for others that are like it, voxels in each direction.
    noise : float, optional
        Standard deviation of the noise in units of the image; absent: estimated in the foreground (`tissue_noise`).
    dimension : {2, 3}
        2 treats each slice on its own, right for thick slices and gaps; 3 the whole volume.
    slice_axis : {"auto", "x", "y", "z"}
        Axis of the file that counts the slices; ``"auto"`` infers it (`harmonize.image.slices`).
    """

    strength: AboveZero = 1.0
    patch: Count = PATCH
    search: Count = SEARCH
    noise: AboveZero | None = None
    dimension: Literal[2, 3] = 2
    slice_axis: SliceAxis = "auto"

    def __post_init__(self) -> None:
        check_limits(self)
        if self.patch % 2 == 0:
            raise ValueError(f"patch is {self.patch}, expected an odd number of voxels")
        check_planes(self.dimension, self.slice_axis)

    def averaged(self, volume: Volume) -> Volume:
        """Give the denoised volume; raises `ScanError` where noise or slice axis cannot be inferred."""
        return denoise(volume, self.noise, self.dimension, self.slice_axis, self._average)

    def _average(self, image: FloatArray, axis: int | None) -> FloatArray:
        """Average over an image whose noise is 1, mirrored at its border."""
        margin = self.search + self.patch // 2
        margins = [(0, 0) if index == axis else (margin, margin) for index in range(3)]
        padded = np.pad(image, margins, mode="symmetric")
        smooth = nonlocal_means(
            padded, np.ones(()), self.strength, patch=self.patch, search=self.search, slice_axis=axis
        )
        return smooth[tuple(slice(before, -after or None) for before, after in margins)]


@dataclass(frozen=True)
class NonlocalMeans(LikePlaces):
    """Denoise by averaging over places which look alike.

    Strength follows the noise of the scan, so that a gain or a shift does not change what is smoothed. The noise counts
    as normal and the same everywhere; where the signal is weaker than about three times the noise, magnitudes stay too
    large, as they were.

    References
    ----------
    A. Buades, B. Coll, J.-M. Morel, "Non-local means denoising", Image Processing On Line 1 (2011) 208-212.

    Examples
    --------
    >>> from radharmony import Grid
    >>> image = np.random.default_rng(0).normal(100.0, 5.0, (1, 64, 64))
    >>> smooth = NonlocalMeans()(Volume(image, Grid((64, 64, 1)))).image
    >>> bool(smooth.std() < 0.5 * image.std())
    True
    """

    name: ClassVar[str] = "nonlocal_means"
    title: ClassVar[str] = "non-local means"

    def __call__(self, volume: Volume) -> Volume:
        """Give the denoised volume; raises `ScanError` where noise or slice axis cannot be inferred."""
        return self.averaged(volume)
