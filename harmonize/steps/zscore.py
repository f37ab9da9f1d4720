"""Z-score: intensities in standard deviations from the mean of a region."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ScanError
from harmonize.image.regions import FOREGROUND, region_mask
from harmonize.image.volume import Volume
from harmonize.inputs.checks import check_above_zero, check_region


def zscore(image: FloatArray, mask: BoolArray, scale: float = 1.0, outliers: float | None = None) -> FloatArray:
    """Shift and scale intensities to mean 0 and standard deviation `scale` in a mask.

    Parameters
    ----------
    image : ndarray of float
        Intensities.
    mask : ndarray of bool, same shape
        Where mean and sample standard deviation (n - 1) are taken; every voxel is transformed.
    scale : float
        The standard deviation afterwards.
    outliers : float, optional
        Voxels further than this many standard deviations from the mean are set to that distance.

    Returns
    -------
    ndarray of float64, same shape
        The z-scores times `scale`.

    Raises
    ------
    ScanError
        If the intensities in the mask are all equal, or the mask is empty.

    Examples
    --------
    >>> zscore(np.array([1.0, 2.0, 3.0]), np.ones(3, bool), scale=100.0)
    array([-100.,    0.,  100.])
    """
    values = image[mask]
    if not values.size:
        raise ScanError("the region of the z-score is empty", "draw it, or name another region")
    low, high = float(values.min()), float(values.max())
    if not high > low:
        raise ScanError(
            f"the region of the z-score is constant ({low:g} in {values.size} voxels) and has no standard deviation",
            "look at this scan, or name a larger region",
        )
    span = high - low  # intensities of any size: squares neither vanish nor overflow
    shifted = (values - low) / span
    mean, deviation = float(shifted.mean()), float(shifted.std(ddof=1))
    result: FloatArray = ((image - low) / span - mean) / deviation
    if outliers is not None:
        np.clip(result, -outliers, outliers, out=result)
    result *= scale
    return result


@dataclass(frozen=True)
class ZScore:
    """Give the image mean 0 and standard deviation `scale` in a region.

    With ``region: image``, and data everywhere, this equals the normalization of PyRadiomics (``normalize: true``),
    which, as SimpleITK's Normalize, divides by the sample standard deviation (n - 1).

    Parameters
    ----------
    region : str
        Where mean and standard deviation are taken: ``"image"``, ``"foreground"`` or the name of an ROI. The whole
        image is transformed.
    scale : float
        The standard deviation afterwards. The default, 100, makes fixed bin widths such as 5 give a useful number of
        bins, as the MR example settings of PyRadiomics do (``normalizeScale: 100``, ``binWidth: 5``).
    outliers : float, optional
        Limit intensities to this many standard deviations from the mean, as ``removeOutliers`` of PyRadiomics.

    Examples
    --------
    >>> from radharmony import Grid
    >>> volume = Volume(np.array([[[1.0, 2.0, 3.0]]]), Grid((3, 1, 1)))
    >>> ZScore(region="image", scale=1.0)(volume).image
    array([[[-1.,  0.,  1.]]])
    """

    name: ClassVar[str] = "zscore"
    title: ClassVar[str] = "z-score"

    region: str = FOREGROUND
    scale: float = 100.0
    outliers: float | None = None

    def __post_init__(self) -> None:
        check_region(self.region)
        check_above_zero(self, "scale")
        if self.outliers is not None and not self.outliers > 0:
            raise ValueError(f"outliers is {self.outliers:g}, expected a number of standard deviations above 0")

    def __call__(self, volume: Volume) -> Volume:
        """Give the volume with z-scores; raises `ScanError` for a constant, empty or unknown region."""
        return volume.with_image(zscore(volume.image, region_mask(volume, self.region), self.scale, self.outliers))
