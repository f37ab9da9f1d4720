"""Regions that steps measure intensities in: the whole image, its foreground, or a named ROI."""

import difflib
import math

import numpy as np

from harmonize.arrays import BLOCK, BoolArray, FloatArray, IntArray
from harmonize.errors import ScanError
from harmonize.image.field_of_view import blank_areas
from harmonize.image.memory import Same, remembered
from harmonize.image.percentile import percentiles
from harmonize.image.runs import RunMask
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Volume

IMAGE = "image"
"""Name of the region that holds every voxel with data."""
FOREGROUND = "foreground"
"""Name of the region that `foreground_mask` finds."""

REGIONS = (IMAGE, FOREGROUND)
"""The regions that every scan has, besides its ROIs."""

HISTOGRAM_BINS = 256
CUT_PERCENTILES = (1.0, 99.0)
"""Intensities outside these percentiles count as these when the threshold is sought: a few very bright voxels
(vessels, fat near a coil) or overshoots below air would otherwise draw it away."""
SMALLEST_SHARE = 0.1
"""Components smaller than this share of the largest one are dropped."""


def otsu_threshold(counts: IntArray, edges: FloatArray) -> float:
    """Find the threshold that separates intensities into two classes of greatest between-class variance.

    Parameters
    ----------
    counts : ndarray of int
        The histogram, of more than one intensity.
    edges : ndarray of float
        Of its bins.

    Returns
    -------
    float
        A bin edge, or the middle of the edges that separate equally well (an empty gap between the classes); the
        upper class are the values above it.

    References
    ----------
    N. Otsu, "A threshold selection method from gray-level histograms", IEEE Trans. Syst. Man Cybern. 9 (1979) 62-66.

    Examples
    --------
    >>> otsu_threshold(*np.histogram([0.0, 0.0, 1.0, 9.0, 10.0], bins=10))
    5.5
    """
    low = edges[0]
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1].astype(np.float64)
    sum_below = np.cumsum(counts * (centres - low))[:-1]
    total, sum_total = float(counts.sum()), float((counts * (centres - low)).sum())
    above = total - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sum_below / below - (sum_total - sum_below) / above) ** 2
    between = np.nan_to_num(between)
    best = np.flatnonzero(between >= between.max() * (1 - 1e-12))
    return float((edges[best[0] + 1] + edges[best[-1] + 1]) / 2)


def foreground_mask(image: FloatArray, slice_axis: int = 0, outside: BoolArray | None = None) -> BoolArray:
    """Separate the body from the air around it.

    Otsu's threshold splits the image, taken on the square root of the intensities above the first percentile (both
    cut at the 99th): on the intensities themselves it would part bright fat from dark muscle as readily as tissue
    from air. Components with less than a tenth of the voxels of the largest one are dropped, so that both breasts or
    both legs stay; holes are filled in every slice on its own, since an organ without signal may be open
    along the slice axis. The result does not change when the image is multiplied by a positive number or shifted. In
    an image without air, such as one of the prostate with a small field of view, it is the brighter part of the
    tissue.

    Parameters
    ----------
    image : ndarray of float, shape (z, y, x)
        Intensities.
    slice_axis : int
        Axis of the array that counts the slices.
    outside : ndarray of bool, same shape, optional
        Where there is no data: neither body nor air.

    Returns
    -------
    ndarray of bool, shape (z, y, x)
        True in the foreground; empty where all intensities are equal.

    Examples
    --------
    >>> image = np.zeros((1, 6, 6))
    >>> image[0, 1:5, 1:5] = 10.0
    >>> image[0, 2, 2] = 0.0
    >>> int(foreground_mask(image).sum())
    16
    """
    if outside is not None and outside.flags.writeable:
        return _foreground(image, slice_axis, outside)
    key = (foreground_mask, slice_axis, Same(outside))
    return remembered(image, key, lambda: _foreground(image, slice_axis, outside))


def _foreground(image: FloatArray, slice_axis: int, outside: BoolArray | None) -> BoolArray:
    values = image.ravel() if outside is None else image[~outside]
    lower, upper = percentiles(values, CUT_PERCENTILES) if values.size else (0.0, 0.0)
    if not upper > lower and values.size:
        lower, upper = float(values.min()), float(values.max())  # the object is smaller than a hundredth of the image
    if not upper > lower:
        return np.zeros(image.shape, dtype=np.bool_)
    there = np.moveaxis(image, slice_axis, 0)
    mask = RunMask(there.shape)
    np.greater(there, _darkest(values, lower, upper), out=mask.voxels)
    data = None if outside is None else ~np.moveaxis(outside, slice_axis, 0)
    if data is not None:
        mask.voxels &= data
    mask.drop_small_parts(SMALLEST_SHARE)
    mask.fill_holes()
    if data is not None:
        mask.voxels &= data
    return np.ascontiguousarray(np.moveaxis(mask.voxels, 0, slice_axis))


def _darkest(values: FloatArray, lower: float, upper: float) -> float:
    """Give the intensity above which the square root of what lies between two others is above Otsu's threshold."""
    counts = np.zeros(HISTOGRAM_BINS, dtype=np.intp)
    part = np.empty(BLOCK)
    for start in range(0, values.size, BLOCK):
        here = values[start : start + BLOCK]
        shares = np.subtract(here, lower, out=part[: here.size])
        shares /= upper - lower
        shares.clip(0, 1, out=shares)
        np.sqrt(shares, out=shares)
        shares *= HISTOGRAM_BINS  # a power of two: nothing is rounded
        np.minimum(shares, HISTOGRAM_BINS - 1, out=shares)
        counts += np.bincount(shares.astype(np.intp), minlength=HISTOGRAM_BINS)
    threshold = otsu_threshold(counts, np.linspace(0, 1, HISTOGRAM_BINS + 1))
    dark, bright = lower, upper
    while dark < (middle := dark + (bright - dark) / 2) < bright:  # no operation above makes the order another one
        if math.sqrt((middle - lower) / (upper - lower)) > threshold:
            bright = middle
        else:
            dark = middle
    return dark


def region_mask(volume: Volume, region: str) -> BoolArray:
    """Give the voxels of a region of a volume.

    Parameters
    ----------
    volume : Volume
        The scan.
    region : str
        ``"image"`` (every voxel that holds data, see `harmonize.image.field_of_view`), ``"foreground"`` (see
        `foreground_mask`) or the name of an ROI. The first two names win over ROIs that are called the same.

    Returns
    -------
    ndarray of bool, shape (z, y, x)
        True in the region; never empty.

    Raises
    ------
    ScanError
        If the scan has no such ROI, or the region holds no voxel.

    Examples
    --------
    >>> from harmonize.image.volume import Grid
    >>> volume = Volume(np.ones((1, 2, 2)), Grid((2, 2, 1)))
    >>> int(region_mask(volume, "image").sum())
    4
    >>> region_mask(volume, "liver")
    Traceback (most recent call last):
    harmonize.errors.ScanError: region 'liver' is not in this scan, known are: image, foreground; ...
    """
    axis = infer_slice_axis(volume.grid) or 0
    if region == IMAGE:
        blank = blank_areas(volume.image, axis)
        there = ~blank if volume.outside is None else ~(blank | volume.outside)
        return there if there.any() else np.ones(volume.image.shape, dtype=np.bool_)
    if region == FOREGROUND:
        mask = foreground_mask(volume.image, axis, volume.outside)
        if not mask.any():
            raise ScanError(
                f"the image is constant ({volume.image.flat[0]:g}) and has no foreground",
                "look at this scan; it holds no picture",
            )
        return mask
    if region not in volume.masks:
        known = [*REGIONS, *volume.masks]
        near = difflib.get_close_matches(region, known, n=1)
        raise ScanError(
            f"region '{region}' is not in this scan, known are: {', '.join(known)}",
            f"did you mean '{near[0]}'?" if near else "name one of these or add the mask of this ROI",
        )
    mask = volume.masks[region]
    if not mask.any():
        raise ScanError(f"region '{region}' is empty in this scan", "draw it, or name another region")
    return mask
