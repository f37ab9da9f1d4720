"""Bilateral filter: a mean over neighbours that are near in space and in intensity."""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal

import SimpleITK as sitk

from harmonize.arrays import FloatArray
from harmonize.image.slices import SliceAxis, check_planes, each_slice, spacing_of
from harmonize.image.volume import Volume
from harmonize.inputs.limits import AboveZero, check_limits
from harmonize.steps.noise_units import denoise

RANGE_SAMPLES = 1000
"""Entries of the table that ITK looks the Gaussian of intensities up in; its own 100 are visible in the result."""
SPATIAL_IN_VOXELS = 1.5


@dataclass(frozen=True)
class Bilateral:
    """Denoise by SimpleITK's Bilateral, its two Gaussians in mm and in units of the scan's noise.

    Because the Gaussian of intensities follows the noise, a gain or a shift does not change what is smoothed. The
    defaults are those that Zhang and Gunturk found best over a range of images and noise: a spatial Gaussian of 1.5 to
    2.1 voxels, and one of intensities of twice the noise.

    Parameters
    ----------
    spatial_sigma : float, optional
        Standard deviation of the Gaussian of distances in mm; absent: 1.5 times the smallest voxel edge in the
        dimensions that are smoothed.
    range_sigma : float
        Standard deviation of the Gaussian of intensity differences, in units of the noise.
    noise : float, optional
        Standard deviation of the noise in units of the image; absent: estimated in the foreground (`tissue_noise`).
    dimension : {2, 3}
        2 treats each slice on its own, right for thick slices and gaps; 3 the whole volume.
    slice_axis : {"auto", "x", "y", "z"}
        Axis of the file that counts the slices; ``"auto"`` infers it (`harmonize.image.slices`).

    References
    ----------
    C. Tomasi, R. Manduchi, "Bilateral filtering for gray and color images", ICCV 1998, 839-846. M. Zhang, B. K.
    Gunturk, "Multiresolution bilateral filtering for image denoising", IEEE Trans. Image Process. 17 (2008) 2324-2333.

    Examples
    --------
    >>> import numpy as np
    >>> from radharmony import Grid
    >>> image = np.random.default_rng(0).normal(100.0, 5.0, (2, 32, 32)) + 100 * (np.arange(32) > 15)
    >>> smooth = Bilateral(noise=5.0)(Volume(image, Grid((32, 32, 2)))).image
    >>> bool(smooth[..., :12].std() < 0.5 * image[..., :12].std())
    True
    """

    name: ClassVar[str] = "bilateral"
    title: ClassVar[str] = "bilateral filter"

    spatial_sigma: AboveZero | None = None
    range_sigma: AboveZero = 2.0
    noise: AboveZero | None = None
    dimension: Literal[2, 3] = 2
    slice_axis: SliceAxis = "auto"

    def __post_init__(self) -> None:
        check_limits(self)
        check_planes(self.dimension, self.slice_axis)

    def __call__(self, volume: Volume) -> Volume:
        """Give the denoised volume; raises `ScanError` where noise or slice axis cannot be inferred."""

        def smooth(image: FloatArray, axis: int | None) -> FloatArray:
            return each_slice(image, axis, partial(self._filter, edges=spacing_of(volume.grid, axis)))

        return denoise(volume, self.noise, self.dimension, self.slice_axis, smooth)

    def _filter(self, image: FloatArray, edges: list[float]) -> FloatArray:
        if image.min() == image.max():
            return image
        itk = sitk.GetImageFromArray(image)
        itk.SetSpacing(edges[::-1])
        spatial = self.spatial_sigma or SPATIAL_IN_VOXELS * min(edges)
        result: FloatArray = sitk.GetArrayFromImage(sitk.Bilateral(itk, spatial, self.range_sigma, RANGE_SAMPLES))
        return result
