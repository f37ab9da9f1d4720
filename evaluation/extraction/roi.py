"""An ROI on an image: its box, whether it can carry features, and its gray levels."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.errors import ScanError
from harmonize.image.boxes import Box, bounding_box

SUGGESTED_BINS = 32
_COUNTABLE = 1e6


def check_size(mask: BoolArray, setting: Mapping[str, Any], stage: str = "") -> Box:
    """Give the bounding box of an ROI, or say why it is too small for features.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
    setting : mapping
        PyRadiomics' `minimumROIDimensions` and `minimumROISize`; as in PyRadiomics, an ROI of exactly the latter many
        voxels is too small, and a single voxel always is.
    stage : str
        After what the mask became so, for the message, such as `after resampling`.

    Raises
    ------
    ScanError
        If the ROI is empty or too small.

    Examples
    --------
    >>> check_size(np.ones((1, 2, 1), bool), {"minimumROIDimensions": 2})
    Traceback (most recent call last):
    harmonize.errors.ScanError: the ROI has 2 voxels in 1 x 2 x 1 (x, y, z): a line, expected 2 dimensions or more; ...
    """
    box = bounding_box(mask)
    after = f" {stage}" if stage else ""
    if box is None:
        raise ScanError(f"the ROI is empty{after}", "draw it again, or remove it from the study")
    sizes = [side.stop - side.start for side in box]
    voxels = int(mask[box].sum())
    dimensions = sum(size > 1 for size in sizes)
    least = setting.get("minimumROIDimensions", 2)
    what = f"the ROI has {voxels} voxel{'s' * (voxels > 1)} in {sizes[2]} x {sizes[1]} x {sizes[0]} (x, y, z){after}"
    if dimensions == 0:
        raise ScanError(what, "draw it larger; a single voxel has no texture")
    if dimensions < least:
        form = {1: "a line", 2: "a surface"}[dimensions]
        raise ScanError(
            f"{what}: {form}, expected {least} dimensions or more", "draw it larger, or lower minimumROIDimensions"
        )
    fewest = setting.get("minimumROISize")
    if fewest is not None and voxels <= fewest:
        raise ScanError(f"{what}, expected more than {fewest}", "draw it larger, or lower minimumROISize")
    return box


def bins_in_roi(values: FloatArray, setting: Mapping[str, Any]) -> int:
    r"""Count the gray levels from the lowest to the highest of an ROI, as PyRadiomics discretizes it.

    With `binWidth` :math:`w` the bins have their edges at multiples of :math:`w`, so that the count is
    :math:`\lfloor\max/w\rfloor - \lfloor\min/w\rfloor + 1` up to rounding; with `binCount` it is that. A constant
    ROI has one. With `binLowerBound` :math:`b` bins are counted from there: :math:`\lfloor(\max-b)/w\rfloor + 1`.

    Parameters
    ----------
    values : ndarray of float
        The intensities of the ROI, in any shape; at least one.
    setting : mapping
        PyRadiomics' `binWidth` or `binCount`, and `binLowerBound`.

    Returns
    -------
    int
        Empty bins in between are counted.

    Raises
    ------
    ScanError
        If the intensities have no gray levels.

    Examples
    --------
    >>> bins_in_roi(np.array([54.0, 166.0, 80.0]), {"binWidth": 25})
    5
    >>> bins_in_roi(np.array([54.0, 166.0, 80.0]), {"binCount": 32})
    32
    """
    extremes = np.array([values.min(), values.max()], dtype=np.float64)
    width = float(setting.get("binWidth", 25))
    bound = setting.get("binLowerBound")
    if bound is not None:
        return int(levels_from(extremes[1:], bound, width)[0])
    estimate = float(extremes[1] - extremes[0]) / width
    if setting.get("binCount") is None and estimate > _COUNTABLE:  # the edges alone would fill the memory
        if math.isinf(estimate):
            raise no_levels(extremes, "their range is no number")
        return math.ceil(estimate)
    edges = bin_edges(extremes, setting)
    lowest, highest = np.digitize(extremes, edges)
    return int(highest - lowest + 1)


def bin_edges(extremes: FloatArray, setting: Mapping[str, Any]) -> FloatArray:
    """Give the edges of the bins of an ROI, each of which holds its lower edge and not its upper one.

    Parameters
    ----------
    extremes : ndarray of float
        The lowest and the highest intensity of the ROI; of its type, in which edges are rounded.
    setting : mapping
        PyRadiomics' `binWidth` or `binCount`.

    Raises
    ------
    ScanError
        If there are so many that the edges alone would fill the memory, or if numbers between the two intensities are
        too few for them.

    References
    ----------
    PyRadiomics documentation, `radiomics.imageoperations.getBinEdges`.

    Examples
    --------
    >>> bin_edges(np.array([54.0, 166.0]), {"binWidth": 25}).tolist()
    [50.0, 75.0, 100.0, 125.0, 150.0, 175.0, 200.0]
    """
    low, high = extremes
    if setting.get("binCount") is not None:
        try:
            edges = np.histogram_bin_edges(extremes, setting["binCount"])
        except (ValueError, MemoryError) as error:
            raise no_levels(extremes, str(error)) from error
        edges[-1] += 1
        return edges
    width = setting.get("binWidth", 25)
    if (high - low) / width > _COUNTABLE:
        raise no_levels(extremes, f"{(high - low) / width:.3g} bins of width {width:g}")
    edges = np.arange(low - low % width, high + 2 * width, width)
    return edges if len(edges) > 1 else edges + np.array([-0.5, 0.5])


def no_levels(values: FloatArray, why: str) -> ScanError:
    """Say that intensities have no gray levels, with all digits of their range."""
    return ScanError(
        f"intensities from {float(values.min())} to {float(values.max())} have no gray levels: {why}",
        "look at image and mask, or change binWidth or binCount",
    )


def check_finite(values: FloatArray) -> None:
    """Refuse an ROI with intensities that are no numbers, as a ScanError."""
    finite = int(np.count_nonzero(np.isfinite(values)))
    if finite < values.size:
        raise ScanError(
            f"{values.size - finite} of {values.size} voxels of the ROI are NaN or infinite",
            "look at image and mask, or remove what made them so: this image type, or normalize",
        )


def check_varied(values: FloatArray, stage: str = "") -> None:
    """Refuse an ROI whose intensities are no numbers or all equal.

    Parameters
    ----------
    values : ndarray of float
        The intensities of the ROI.
    stage : str
        After what or before what they are so, for the message.

    Raises
    ------
    ScanError

    Examples
    --------
    >>> check_varied(np.full(9, 777.7), "before resampling")
    Traceback (most recent call last):
    harmonize.errors.ScanError: every voxel of the ROI has the intensity 777.7 before resampling; look at image and ...
    """
    check_finite(values)
    if values.min() == values.max():
        raise ScanError(
            f"every voxel of the ROI has the intensity {values.min():g}{' ' * bool(stage)}{stage}",
            "look at image and mask; there is no texture to measure",
        )


def levels_from(values: FloatArray, bound: float, width: float) -> IntArray:
    r"""Give the gray levels of intensities, counted from a lower bound: :math:`\lfloor(x-b)/w\rfloor + 1`.

    References
    ----------
    Zwanenburg A et al. Image biomarker standardisation initiative, reference manual, section 2.7, fixed bin size
    (Q3RU). arXiv:1612.07003.

    Examples
    --------
    >>> levels_from(np.array([-1000.0, -976.0, -975.0, 400.0]), -1000, 25).tolist()
    [1, 1, 2, 57]
    """
    return np.asarray(np.floor((values - bound) / width).astype(np.int64) + 1)


def check_intensities(values: FloatArray, setting: Mapping[str, Any], limits: tuple[int, int] | None) -> int:
    """Give the number of gray levels of an ROI, or say why its texture would mean nothing.

    Parameters
    ----------
    values : ndarray of float
        The intensities of the ROI.
    setting : mapping
        PyRadiomics' `binWidth` or `binCount`.
    limits : tuple of int, optional
        Fewest and most gray levels.

    Raises
    ------
    ScanError
        If some intensities are no numbers, all are equal, they have no gray levels, some lie below `binLowerBound`, or
        the number of gray levels lies outside the limits.

    Examples
    --------
    >>> check_intensities(np.linspace(0.0, 1.0, 50), {"binWidth": 25}, (8, 256))
    Traceback (most recent call last):
    harmonize.errors.ScanError: 1 gray level at binWidth 25 for intensities from 0 to 1, expected 8 to 256; set binWidth
    to about 0.031, which gives 32, normalize the intensities if no step does, or change bin_limits
    """
    check_varied(values)
    low, high = float(values.min()), float(values.max())
    bound = setting.get("binLowerBound")
    if bound is not None and low < bound:
        raise ScanError(
            f"{int((values < bound).sum())} voxels of the ROI lie below binLowerBound {bound:g}, the lowest at {low:g}",
            "give resegmentRange the same lower limit, or lower binLowerBound",
        )
    bins = bins_in_roi(values, setting)
    if limits is not None and not limits[0] <= bins <= limits[1]:
        wanted = min(max(SUGGESTED_BINS, limits[0]), limits[1])
        raise ScanError(
            f"{bins} gray level{'s' * (bins > 1)} at binWidth {setting.get('binWidth', 25):g} for intensities from "
            f"{low:g} to {high:g}, expected {limits[0]} to {limits[1]}",
            f"set binWidth to about {(high - low) / wanted:.2g}, which gives {wanted}, normalize the "
            "intensities if no step does, or change bin_limits",
        )
    return bins
