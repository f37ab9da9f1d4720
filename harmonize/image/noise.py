"""How strong the noise of a magnitude image is, estimated from the image alone."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ScanError
from harmonize.image.field_of_view import blank_areas
from harmonize.image.regions import foreground_mask
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Volume

NORMAL_QUARTILE = 0.6744897501960817
"""Median of the absolute value of a standard normal variable."""
RAYLEIGH_MEDIAN = math.sqrt(2 * math.log(2))
"""Median of a Rayleigh variable of scale 1."""
RAYLEIGH_QUARTILES = math.sqrt(math.log(4) / math.log(4 / 3))
"""Upper over lower quartile of a Rayleigh variable, 2.195, whatever its scale."""
QUARTILES_TOLERANCE = 0.1
"""Relative difference of that ratio above which air is not taken as Rayleigh distributed."""
FEWEST = 100
"""Fewer places than this give no estimate."""
AIR_MARGIN = 3
"""Voxels in plane between the body and what counts as air: ringing and partial volume reach that far."""
AIR_ABOVE_ZERO = 0.95
"""Where less of the air than this is above 0, the scanner has masked it."""


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
    blind to the share of places where they do not. Noise that is not white reads wrong: an image interpolated to a
    finer matrix has no finest detail and reads too low.

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
    planes, inside = np.moveaxis(image, slice_axis, 0), np.moveaxis(mask, slice_axis, 0)
    whole = inside[:, :-1, :-1] & inside[:, :-1, 1:] & inside[:, 1:, :-1] & inside[:, 1:, 1:]
    detail = planes[:, :-1, :-1] - planes[:, :-1, 1:] - planes[:, 1:, :-1] + planes[:, 1:, 1:]
    values = np.abs(detail[whole]) / 2
    if values.size < FEWEST:
        return NoiseEstimate(None, values.size, f"{values.size} squares of 2 x 2 voxels, expected at least {FEWEST}")
    sigma = float(np.median(values)) / NORMAL_QUARTILE
    if not sigma > 0:
        return NoiseEstimate(None, values.size, "more than half of the finest details are 0: no noise, or few levels")
    return NoiseEstimate(sigma, values.size)


def air_noise(
    image: FloatArray, foreground: BoolArray, slice_axis: int = 0, outside: BoolArray | None = None
) -> NoiseEstimate:
    """Estimate the noise from air, where the magnitude of a single coil's noise is Rayleigh distributed.

    The scale of the Rayleigh distribution, the standard deviation of the noise, is the median over 1.1774. The air
    starts three voxels from the foreground, from padding and from areas that hold one value up to the border
    (`blank_areas`), which are no air. Whether it is Rayleigh distributed is checked by the ratio of its quartiles,
    2.195: several combined coils, ghosts and filtered or masked air differ and give no estimate.

    Parameters
    ----------
    image : ndarray of float, shape (z, y, x)
        Magnitudes.
    foreground : ndarray of bool, same shape
        The body.
    slice_axis : int
        Axis of the array that counts the slices.
    outside : ndarray of bool, same shape, optional
        Padding.

    References
    ----------
    H. Gudbjartsson, S. Patz, "The Rician distribution of noisy MRI data", Magn. Reson. Med. 34 (1995) 910-914.

    Examples
    --------
    >>> real, imaginary = np.random.default_rng(0).normal(0.0, 5.0, (2, 4, 64, 64))
    >>> round(air_noise(np.hypot(real, imaginary), np.zeros((4, 64, 64), bool)).sigma, 1)
    5.0
    """
    around = np.ones([1 if axis == slice_axis else 2 * AIR_MARGIN + 1 for axis in range(3)], dtype=np.bool_)
    blank = blank_areas(image, slice_axis)
    if outside is not None:
        blank |= outside
    air = image[~ndimage.binary_dilation(foreground | blank, around)]
    if air.size < FEWEST:
        more = f", beside {blank.mean():.0%} of the image without data or masked" if blank.any() else ""
        return NoiseEstimate(None, air.size, f"{air.size} voxels of air, expected at least {FEWEST}{more}")
    above = float((air > 0).mean())
    if above < AIR_ABOVE_ZERO:
        return NoiseEstimate(None, air.size, f"{above:.0%} of the air is above 0: the air is masked or shifted")
    lower, median, upper = np.percentile(air, (25, 50, 75))
    ratio = float(upper / lower)
    if abs(ratio / RAYLEIGH_QUARTILES - 1) > QUARTILES_TOLERANCE:
        return NoiseEstimate(
            None,
            air.size,
            f"quartiles of the air are as 1 to {ratio:.3g}, expected {RAYLEIGH_QUARTILES:.3g} (Rayleigh)",
        )
    return NoiseEstimate(float(median) / RAYLEIGH_MEDIAN, air.size)


def signal_to_noise(volume: Volume, sigma: float) -> Mapping[str, float]:
    """Give the mean intensity of every ROI that is not empty over the noise.

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
    found = tissue_noise(volume.image, foreground_mask(volume.image, axis, volume.outside), axis)
    if found.sigma is None:
        raise ScanError(
            f"the noise of this scan cannot be estimated: {found.reason}",
            "give it as `noise`, in units of the image, or use a denoiser that needs none, such as median",
        )
    return found.sigma
