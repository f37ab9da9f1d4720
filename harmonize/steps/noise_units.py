"""What denoisers share that measure intensities in units of the noise: the scan brought there and back."""

from collections.abc import Callable

from harmonize.arrays import FloatArray
from harmonize.image.noise import noise_for_denoising
from harmonize.image.slices import SliceAxis, slice_axis
from harmonize.image.volume import Volume


def denoise(
    volume: Volume,
    noise: float | None,
    dimension: int,
    named_axis: SliceAxis,
    smooth: Callable[[FloatArray, int | None], FloatArray],
) -> Volume:
    """Smooth an image whose lowest value is 0 and whose noise is 1, so that a gain or a shift changes nothing.

    Parameters
    ----------
    volume : Volume
        The scan.
    noise : float, optional
        Standard deviation of its noise; absent: estimated (`noise_for_denoising`).
    dimension : {2, 3}
        Whether slices are smoothed on their own.
    named_axis : {"auto", "x", "y", "z"}
        Axis of the file that counts the slices.
    smooth : callable
        Smooths such an image, given the axis of the array (z, y, x) that counts the slices, or None in three
        dimensions.

    Returns
    -------
    Volume
        In the units of the scan; as it is where it is constant.

    Raises
    ------
    ScanError
        Where the noise or the slice axis cannot be inferred.

    Examples
    --------
    >>> import numpy as np
    >>> from radharmony import Grid
    >>> scan = Volume(np.array([[[10.0, 14.0]]]), Grid((2, 1, 1)))
    >>> denoise(scan, 4.0, 3, "auto", lambda image, axis: image.clip(0.0, 0.5)).image
    array([[[10., 12.]]])
    """
    axis = slice_axis(volume.grid, named_axis) if dimension == 2 else None
    sigma = noise_for_denoising(volume, noise, axis)
    if sigma == 0:
        return volume
    low = float(volume.image.min())  # single precision then holds the noise, whatever the offset and the unit
    return volume.with_image(smooth((volume.image - low) / sigma, axis) * sigma + low)
