"""How strong the noise of a magnitude image is, estimated from the image alone."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ScanError
from harmonize.image.memory import Same, remembered
from harmonize.image.percentile import percentile
from harmonize.image.regions import foreground_mask
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Volume

NORMAL_QUARTILE = 0.6744897501960817
"""Median of the absolute value of a standard normal variable."""
FEWEST = 100
"""Fewer places than this give no estimate."""


@dataclass(frozen=True)
class NoiseEstimate:
    """The standard deviation of the noise, or why there is none.

    Parameters
    ----------
    sigma : float, optional
        In units of the image: that of the real and of the imaginary part, and so of a bright magnitude.
    places : int
        How many differences or voxels it rests on.
    reason : str
        Why there is none; empty where there is one.
    """

    sigma: float | None
    places: int
    reason: str = ""


def tissue_noise(image: FloatArray, mask: BoolArray, slice_axis: int = 0) -> NoiseEstimate:
    """Estimate the noise where there is signal, from the finest diagonal detail in plane.

    The diagonal Haar detail (a - b - c + d) / 2 of every square of 2 x 2 voxels in the mask has the standard deviation
    of the noise; smooth anatomy and edges along rows and columns cancel. Its median absolute value over 0.6745 is
    blind to the share of places where they do not. Noise that is not white reads wrong: an image that was
    interpolated to a finer matrix, filtered or denoised has little of the finest detail and reads too low.

    Parameters
    ----------
    image : ndarray of float, shape (z, y, x)
        Magnitudes, ideally at least three times the noise in the mask, where their noise is nearly normal.
    mask : ndarray of bool, same shape
        Where to look, such as the foreground.
    slice_axis : int
        Axis of the array that counts the slices.

    Returns
    -------
    NoiseEstimate
        None below 100 squares, and where more than half of the details are 0.

    References
    ----------
    D. L. Donoho, I. M. Johnstone, "Ideal spatial adaptation by wavelet shrinkage", Biometrika 81 (1994) 425-455.

    Examples
    --------
    >>> image = np.random.default_rng(0).normal(100.0, 5.0, (4, 64, 64))
    >>> round(tissue_noise(image, np.ones(image.shape, bool)).sigma)
    5
    """
    parts = []
    for plane, inside in zip(np.moveaxis(image, slice_axis, 0), np.moveaxis(mask, slice_axis, 0), strict=True):
        whole = inside[:-1, :-1] & inside[:-1, 1:] & inside[1:, :-1] & inside[1:, 1:]
        detail = plane[:-1, :-1] - plane[:-1, 1:]
        detail -= plane[1:, :-1]
        detail += plane[1:, 1:]
        parts.append(np.abs(detail[whole]))
    values = np.concatenate(parts) / 2
    if values.size < FEWEST:
        return NoiseEstimate(None, values.size, f"{values.size} squares of 2 x 2 voxels, expected at least {FEWEST}")
    sigma = percentile(values, 50) / NORMAL_QUARTILE
    if not sigma > 0:
        return NoiseEstimate(None, values.size, "more than half of the finest details are 0: no noise, or few levels")
    return NoiseEstimate(sigma, values.size)


def foreground_noise(volume: Volume, slice_axis: int) -> NoiseEstimate:
    """Estimate the noise in the foreground of a scan (`tissue_noise`), of one and the same image once.

    Examples
    --------
    >>> from harmonize.image.volume import Grid
    >>> foreground_noise(Volume(np.eye(5)[None], Grid((5, 5, 1))), 0).reason
    '0 squares of 2 x 2 voxels, expected at least 100'
    """
    image, outside = volume.image, volume.outside

    def find() -> NoiseEstimate:
        return tissue_noise(image, foreground_mask(image, slice_axis, outside), slice_axis)

    return remembered(image, (foreground_noise, slice_axis, Same(outside)), find)


def signal_to_noise(volume: Volume, sigma: float) -> Mapping[str, float]:
    """Give the mean intensity of every ROI that is not empty over the noise.

    Comparable only between images of one reconstruction and matrix (Dietrich et al. 2007), see `tissue_noise`.

    References
    ----------
    O. Dietrich, J. G. Raya, S. B. Reeder, M. F. Reiser, S. O. Schoenberg, "Measurement of signal-to-noise ratios in MR
    images: influence of multichannel coils, parallel imaging, and reconstruction filters", J Magn Reson Imaging 26
    (2007) 375-385.

    Examples
    --------
    >>> from harmonize.image.volume import Grid
    >>> volume = Volume(np.full((1, 2, 2), 30.0), Grid((2, 2, 1)), {"liver": np.ones((1, 2, 2), bool)})
    >>> signal_to_noise(volume, 2.0)
    {'liver': 15.0}
    """
    return {roi: float(volume.image[mask].mean()) / sigma for roi, mask in volume.masks.items() if mask.any()}


def noise_for_denoising(volume: Volume, given: float | None, slice_axis: int | None) -> float:
    """Give the noise that a denoiser works against: the given one, or that of the foreground.

    Parameters
    ----------
    volume : Volume
        The scan.
    given : float, optional
        What the user says it is.
    slice_axis : int, optional
        Axis of the array that counts the slices; absent: inferred, or else the first.

    Returns
    -------
    float
        0 where the image is constant and there is nothing to denoise.

    Raises
    ------
    ScanError
        If it can not be estimated.
    """
    if volume.image.min() == volume.image.max():
        return 0.0
    if given is not None:
        return given
    axis = infer_slice_axis(volume.grid) or 0 if slice_axis is None else slice_axis
    advice = "give it as `noise`, in units of the image, or use a denoiser that needs none, such as median"
    return noise_of_scan(volume, axis, advice)


def noise_of_scan(volume: Volume, slice_axis: int, advice: str) -> float:
    """Give the standard deviation of the noise in the foreground of a scan.

    Raises
    ------
    ScanError
        With this advice, if it cannot be estimated.

    Examples
    --------
    >>> from harmonize.image.volume import Grid
    >>> image = np.random.default_rng(0).normal(100.0, 5.0, (1, 64, 64))
    >>> round(noise_of_scan(Volume(image, Grid((64, 64, 1))), 0, "give it as `noise`"))
    5
    """
    found = foreground_noise(volume, slice_axis)
    if found.sigma is None:
        raise ScanError(f"the noise of this scan cannot be estimated: {found.reason}", advice)
    return found.sigma
