"""Mode: z-score by a stripe of intensities around a peak of the histogram, as WhiteStripe does for white matter."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import scipy

from harmonize.arrays import FloatArray
from harmonize.errors import ScanError
from harmonize.image.regions import FOREGROUND, region_mask
from harmonize.image.volume import Volume
from harmonize.inputs.checks import check_region
from harmonize.inputs.limits import AboveZero, Bounds, check_limits
from harmonize.steps.abilities import Abilities

GRID_POINTS = 1024
CUT_PERCENTILES = (0.1, 99.9)
"""The density is estimated between these percentiles, so that a few very bright voxels do not stretch its grid."""
MARGIN = 3
"""The grid goes this many bandwidths beyond them, so that a peak may lie at either end."""
LEAST_PROMINENCE = 0.05
"""A peak rises at least this share of the highest one above the valleys beside it."""


def density(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Estimate the density of intensities by a Gaussian kernel on a regular grid.

    Every value is shared out between the two grid points beside it (Wand's linear binning), then smoothed. The
    bandwidth is Silverman's rule of thumb, ``0.9 min(s, IQR / 1.349) n^(-1/5)``, but at least the usual distance of
    neighbouring intensities, so that the levels of integer images are no peaks.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        Intensities, not all equal between the cutting percentiles.

    Returns
    -------
    grid, density : ndarray of float, shape (1024,)
        Intensities, and a number proportional to the density there.

    Raises
    ------
    ScanError
        If the values are constant.

    References
    ----------
    B. W. Silverman, "Density estimation for statistics and data analysis", Chapman and Hall (1986), eq. 3.31.
    M. P. Wand, "Fast computation of multivariate kernel estimators", J. Comput. Graph. Stat. 3 (1994) 433-445.

    Examples
    --------
    >>> grid, heights = density(np.random.default_rng(0).normal(50.0, 5.0, 20000))
    >>> bool(abs(grid[heights.argmax()] - 50) < 1)
    True
    """
    low, high = np.percentile(values, CUT_PERCENTILES)
    if not high > low:
        raise ScanError(
            f"the intensities are constant ({low:g}) and have no histogram", "look at this scan, or name another region"
        )
    kept = (values[(values >= low) & (values <= high)] - low) / (high - low)
    lower, upper = np.percentile(kept, (25, 75))
    spread = float(kept.std())
    if upper > lower:
        spread = min(spread, float(upper - lower) / 1.349)
    spacing = float(np.median(np.diff(np.unique(kept))))
    bandwidth = max(0.9 * spread * kept.size**-0.2, spacing, 1 / GRID_POINTS)
    places: FloatArray = np.linspace(-MARGIN * bandwidth, 1 + MARGIN * bandwidth, GRID_POINTS)
    step = places[1] - places[0]
    position = (kept - places[0]) / step
    left = position.astype(np.int64)
    share = position - left
    counts = np.bincount(left, 1 - share, GRID_POINTS) + np.bincount(left + 1, share, GRID_POINTS)
    heights: FloatArray = scipy.ndimage.gaussian_filter1d(counts, bandwidth / step, mode="constant")
    return low + places * (high - low), heights


def find_mode(values: FloatArray, peak: str) -> float:
    """Find the intensity of a peak of the histogram.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        Intensities.
    peak : {"largest", "first", "last"}
        The highest peak, the darkest or the brightest one; a bump that rises less than 5 % of the highest one above
        the valleys beside it is no peak.

    Returns
    -------
    float
        An intensity.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> values = np.concatenate([rng.normal(50, 5, 20000), rng.normal(100, 5, 10000)])
    >>> [round(find_mode(values, peak), -1) for peak in ("largest", "first", "last")]
    [50.0, 50.0, 100.0]
    """
    from scipy import signal  # only here: loading it takes half a second

    grid, heights = density(values)
    places, _ = signal.find_peaks(heights, prominence=LEAST_PROMINENCE * float(heights.max()))
    if peak == "largest":
        return float(grid[heights.argmax()])
    return float(grid[places[0 if peak == "first" else -1]])


@dataclass(frozen=True)
class TissueMode:
    """Z-score by the intensities around a peak of the histogram.

    The stripe holds the voxels of the region whose intensities lie within `width` (in quantiles) of the peak. The
    image gets mean 0 and standard deviation `scale` in the stripe. WhiteStripe is this with the last peak in
    T1-weighted images of the brain and the largest in T2-weighted ones, both white matter; in the abdomen the largest
    peak often is muscle or liver, the last one fat.

    Parameters
    ----------
    peak : {"largest", "first", "last"}
        The highest peak of the smoothed histogram, the darkest one or the brightest one.
    width : float
        Half width of the stripe in quantiles: 0.05 takes a tenth of the region.
    scale : float
        The standard deviation in the stripe afterwards. As the stripe is narrow, the tissue itself varies by several
        times that.
    region : str
        Whose histogram is taken: ``"foreground"``, ``"image"`` or the name of an ROI.

    References
    ----------
    R. T. Shinohara et al., "Statistical normalization techniques for magnetic resonance imaging", NeuroImage Clin. 6
    (2014) 9-19.

    Examples
    --------
    >>> from radharmony import Grid
    >>> image = np.random.default_rng(0).normal(50.0, 5.0, (4, 32, 32))
    >>> result = TissueMode(region="image", scale=1.0)(Volume(image, Grid((32, 32, 4)))).image
    >>> bool(abs(np.median(result)) < 5)
    True
    """

    name: ClassVar[str] = "mode"
    title: ClassVar[str] = "tissue mode"
    abilities: ClassVar[Abilities] = Abilities(one_scale=True, centres=True)

    peak: Literal["largest", "first", "last"] = "largest"
    width: Annotated[float, Bounds(above=0, most=0.5)] = 0.05
    scale: AboveZero = 100.0
    region: str = FOREGROUND

    def __post_init__(self) -> None:
        if self.peak not in ("largest", "first", "last"):
            raise ValueError(f"peak is '{self.peak}', expected 'largest', 'first' or 'last'")
        check_limits(self)
        check_region(self.region)

    def __call__(self, volume: Volume) -> Volume:
        """Give the volume normalized by the stripe; raises `ScanError` for an empty, unknown or constant region."""
        mean, deviation = self.stripe(volume)
        return volume.with_image((volume.image - mean) / deviation * self.scale)

    def stripe(self, volume: Volume) -> tuple[float, float]:
        """Give the mean and the standard deviation of the intensities in the stripe.

        Raises
        ------
        ScanError
            For an empty or unknown region, or a stripe of one intensity.
        """
        values = volume.image[region_mask(volume, self.region)]
        mode = values[np.abs(values - find_mode(values, self.peak)).argmin()]
        quantile = float(np.mean(values < mode) + np.mean(values <= mode)) / 2  # the middle of a gray level
        bounds = np.quantile(values, (max(quantile - self.width, 0.0), min(quantile + self.width, 1.0)))
        inside = values[(values >= bounds[0]) & (values <= bounds[1])]
        low, high = (float(inside.min()), float(inside.max())) if inside.size else (0.0, 0.0)
        if not high > low:
            raise ScanError(
                f"the stripe around the {self.peak} peak of region '{self.region}' holds no two different intensities "
                f"({inside.size} voxels), expected a standard deviation",
                "widen it (width), or look at this scan",
            )
        shares = (inside - low) / (high - low)  # intensities of any size: squares neither vanish nor overflow
        return low + float(shares.mean()) * (high - low), float(shares.std()) * (high - low)
