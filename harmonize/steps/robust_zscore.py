"""Robust z-score: intensities in robust standard deviations from the median of a region."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ScanError
from harmonize.image.percentile import percentile
from harmonize.image.regions import FOREGROUND, region_mask
from harmonize.image.volume import Volume
from harmonize.inputs.checks import check_region
from harmonize.inputs.limits import AboveZero, check_limits
from harmonize.steps.abilities import Abilities

NORMAL_CONSISTENCY = 1.482602218505602
"""1 / Φ⁻¹(3/4): times the median absolute deviation it estimates the standard deviation of a normal distribution."""


def robust_zscore(image: FloatArray, mask: BoolArray, scale: float = 1.0) -> FloatArray:
    """Shift and scale intensities to median 0 and robust standard deviation `scale` in a mask.

    Parameters
    ----------
    image : ndarray of float
        Intensities.
    mask : ndarray of bool, same shape
        Where the median and the median absolute deviation (MAD) from it are taken; every voxel is transformed.
    scale : float
        1.4826 times the MAD afterwards.

    Returns
    -------
    ndarray of float64, same shape
        ``scale * (image - median) / (1.4826 MAD)``.

    Raises
    ------
    ScanError
        If the mask is empty, or at least half of its intensities are equal, so that the MAD is 0.

    Examples
    --------
    >>> robust_zscore(np.array([1.0, 2.0, 3.0, 4.0, 40.0]), np.ones(5, bool)).round(2)
    array([-1.35, -0.67,  0.  ,  0.67, 24.96])
    """
    values = image[mask]
    if not values.size:
        raise ScanError("the region of the robust z-score is empty", "draw it, or name another region")
    median = percentile(values, 50)
    deviation = percentile(np.abs(values - median), 50)
    if not deviation > 0:
        raise ScanError(
            f"the region of the robust z-score has no median absolute deviation: half of its {values.size} voxels or "
            f"more are {median:g}, it may be constant",
            "look at this scan, name a region without air, or use zscore",
        )
    result: FloatArray = (image - median) / deviation * (scale / NORMAL_CONSISTENCY)
    return result


@dataclass(frozen=True)
class RobustZScore:
    """Give the image median 0 and a robust standard deviation of `scale` in a region.

    Mean and standard deviation follow a few very bright voxels (vessels, fat near a coil); median and median
    absolute deviation do not.

    Parameters
    ----------
    region : str
        Where both are taken: ``"image"``, ``"foreground"`` or the name of an ROI. The whole image is transformed.
    scale : float
        1.4826 times the median absolute deviation afterwards; 100 for the reason given at `ZScore`.

    References
    ----------
    P. J. Rousseeuw, C. Croux, "Alternatives to the median absolute deviation", J. Am. Stat. Assoc. 88 (1993)
    1273-1283 (the MAD and its factor).

    Examples
    --------
    >>> from radharmony import Grid
    >>> volume = Volume(np.array([[[1.0, 2.0, 3.0]]]), Grid((3, 1, 1)))
    >>> RobustZScore(region="image", scale=1.4826022)(volume).image.round(6)
    array([[[-1.,  0.,  1.]]])
    """

    name: ClassVar[str] = "robust_zscore"
    title: ClassVar[str] = "robust z-score"
    abilities: ClassVar[Abilities] = Abilities(quick=True, one_scale=True, centres=True)

    region: str = FOREGROUND
    scale: AboveZero = 100.0

    def __post_init__(self) -> None:
        check_region(self.region)
        check_limits(self)

    def __call__(self, volume: Volume) -> Volume:
        """Give the volume with robust z-scores; raises `ScanError` for a constant, empty or unknown region."""
        return volume.with_image(robust_zscore(volume.image, region_mask(volume, self.region), self.scale))
