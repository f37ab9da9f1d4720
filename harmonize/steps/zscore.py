"""Z-score: intensities in standard deviations from the mean of a region."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from harmonize.arrays import BoolArray, FloatArray, blocks
from harmonize.errors import ScanError
from harmonize.image.regions import FOREGROUND, region_mask
from harmonize.image.volume import Volume
from harmonize.inputs.checks import check_region
from harmonize.inputs.limits import AboveZero, check_limits
from harmonize.steps.abilities import Abilities
from harmonize.words import plural

MOST = 1000
"""Power of two that intensities are multiplied by at most, which rounds none."""


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
    values = image.ravel() if mask.all() else image[mask]
    if not values.size:
        raise ScanError("the region of the z-score is empty", "draw it, or name another region")
    low, high = float(values.min()), float(values.max())
    if not high > low:
        raise ScanError(
            f"the region of the z-score is constant ({low:g} in {plural(values.size, 'voxel')}) and has no "
            "standard deviation",
            "look at this scan, or name a larger region",
        )
    size = 2.0 ** -max(-MOST, min(MOST, math.frexp(high - low)[1]))  # squares neither vanish nor overflow

    def shifted(of: FloatArray, mean: float, out: FloatArray) -> FloatArray:
        np.subtract(of, low, out=out)
        out *= size
        out -= mean
        return out

    parts = [values[part] for part in blocks(values.shape)]
    memory = np.empty(parts[0].size)
    mean = sum(float(shifted(part, 0.0, memory[: part.size]).sum()) for part in parts) / values.size
    squares = 0.0
    for part in parts:
        here = shifted(part, mean, memory[: part.size])
        squares += float(np.square(here, out=here).sum())
    deviation = math.sqrt(squares / (values.size - 1))
    result = np.empty(image.shape)
    for index in blocks(image.shape):
        here = shifted(image[index], mean, result[index])
        here *= scale / deviation
        if outliers is not None:
            np.clip(here, -outliers * scale, outliers * scale, out=here)
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
    abilities: ClassVar[Abilities] = Abilities(quick=True, one_scale=True, centres=True)

    region: str = FOREGROUND
    scale: AboveZero = 100.0
    outliers: AboveZero | None = None

    def __post_init__(self) -> None:
        check_region(self.region)
        check_limits(self)

    def __call__(self, volume: Volume) -> Volume:
        """Give the volume with z-scores; raises `ScanError` for a constant, empty or unknown region."""
        return volume.with_image(zscore(volume.image, region_mask(volume, self.region), self.scale, self.outliers))
