"""Regions that steps measure intensities in: the whole image, its foreground, or a named ROI."""

import difflib

import numpy as np
import scipy
import SimpleITK as sitk

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ScanError
from harmonize.image.field_of_view import blank_areas
from harmonize.image.memory import remembered
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
BLOCK = 1 << 16
"""Intensities that are counted at a time, few enough for the processor's cache."""
SAMPLE = 4096
"""Values that say where about a percentile is."""
SMALLEST_SHARE = 0.1
"""Components smaller than this share of the largest one are dropped."""


def otsu_threshold(values: FloatArray, bins: int = HISTOGRAM_BINS) -> float:
    """Find the threshold that separates intensities into two classes of greatest between-class variance.

    Parameters
    ----------
    values : ndarray of float
        Intensities; not all equal.
    bins : int
        Bins of the histogram between the smallest and the largest value.

    Returns
    -------
    float
        A bin edge, or the middle of the edges that separate equally well (an empty gap between the classes); the
        upper class are the values above it.

    Raises
    ------
    ValueError
        If all values are equal.

    References
    ----------
    N. Otsu, "A threshold selection method from gray-level histograms", IEEE Trans. Syst. Man Cybern. 9 (1979) 62-66.

    Examples
    --------
    >>> otsu_threshold(np.array([0.0, 0.0, 1.0, 9.0, 10.0]), bins=10)
    5.5
    """
    values = np.asarray(values, dtype=np.float64).ravel()
    low, high = float(values.min()), float(values.max())
    if not high > low:
        raise ValueError(f"all values are {low:g}; expected at least two different ones")
    edges = np.linspace(low, high, bins + 1)
    if (low, high, bins) == (0.0, 1.0, HISTOGRAM_BINS):  # multiplied by a power of two nothing is rounded
        counts = np.zeros(bins, dtype=np.intp)
        for start in range(0, values.size, BLOCK):
            part = np.minimum(values[start : start + BLOCK] * bins, bins - 1)
            counts += np.bincount(part.astype(np.intp), minlength=bins)
    else:
        counts, _ = np.histogram(values, bins=bins, range=(low, high))
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
    found: BoolArray = remembered(
        image, (foreground_mask, slice_axis, _Same(outside)), lambda: _foreground(image, slice_axis, outside)
    )
    return found


def _foreground(image: FloatArray, slice_axis: int, outside: BoolArray | None) -> BoolArray:
    def there(array: FloatArray) -> FloatArray:
        return array.ravel() if outside is None else array[~outside]

    values = there(image)
    lower, upper = _percentiles(values) if values.size else (0.0, 0.0)
    if not upper > lower and values.size:
        lower, upper = float(values.min()), float(values.max())  # the object is smaller than a hundredth of the image
    if not upper > lower:
        return np.zeros(image.shape, dtype=np.bool_)
    compressed = image - lower
    compressed /= upper - lower
    np.sqrt(compressed.clip(0, 1, out=compressed), out=compressed)
    bright = compressed > otsu_threshold(there(compressed))
    if outside is not None:
        bright &= ~outside
    found = sitk.ConnectedComponent(sitk.GetImageFromArray(bright.astype(np.uint8)), True)
    labels = sitk.GetArrayViewFromImage(found)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    mask: BoolArray = (sizes >= max(SMALLEST_SHARE * sizes.max(), 1))[labels]
    mask |= _holes(mask, slice_axis)
    return mask if outside is None else mask & ~outside


def _percentiles(values: FloatArray) -> tuple[float, float]:
    """Give the percentiles at which intensities are cut, as `numpy.percentile` does, by sorting the tails alone."""
    sample = np.sort(values[:: max(1, values.size // SAMPLE)])
    bounds = []
    for percent, sign in zip(CUT_PERCENTILES, (1, -1), strict=True):
        share = percent / 100 if sign > 0 else 1 - percent / 100
        place = percent / 100 * (values.size - 1)
        before = int(np.floor(place))
        middle = sample[round(percent / 100 * (sample.size - 1))]
        if np.count_nonzero(values < middle) <= before and before + 1 < np.count_nonzero(values <= middle):
            bounds.append(float(middle))  # a value that many voxels have, such as 0 in air that the scanner masked
            continue
        pivot = sample[::sign][min(round(2 * share * sample.size) + 1, sample.size - 1)]
        tail = values[values <= pivot] if sign > 0 else values[values >= pivot]
        place -= 0 if sign > 0 else values.size - tail.size
        before = int(np.floor(place))
        if not 0 <= before < tail.size - 1:
            return float(np.percentile(values, CUT_PERCENTILES[0])), float(np.percentile(values, CUT_PERCENTILES[1]))
        low, high = map(float, np.partition(tail, (before, before + 1))[before : before + 2])
        share = place - before
        bounds.append(low + (high - low) * share if share < 0.5 else high - (high - low) * (1 - share))
    return bounds[0], bounds[1]


def _holes(mask: BoolArray, slice_axis: int) -> BoolArray:
    """Find what is enclosed within its slice: gaps that reach no border of it."""
    in_plane = scipy.ndimage.generate_binary_structure(3, 1)
    for end in (0, 2):
        np.moveaxis(in_plane, slice_axis, 0)[end] = False
    gaps, count = scipy.ndimage.label(~mask, in_plane)
    enclosed = np.ones(count + 1, dtype=np.bool_)
    enclosed[0] = False
    for axis in {0, 1, 2} - {slice_axis}:
        for end in (0, -1):
            enclosed[gaps.take(end, axis)] = False
    holes: BoolArray = enclosed[gaps]
    return holes


class _Same:
    """An array (or none) that is the same as another only where it is the very same."""

    def __init__(self, array: object) -> None:
        self.array = array

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.array is other.array

    def __hash__(self) -> int:
        return id(self.array)


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
