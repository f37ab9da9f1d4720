"""Non-local means: denoising that averages over places which look alike."""

from itertools import product

import numpy as np
import scipy
from numpy.typing import NDArray

from harmonize.arrays import FloatArray

PATCH = 3
"""Edge of the square or cubic patches that are compared, voxels."""
SEARCH = 3
"""How far a voxel looks for others that are like it, voxels in each direction."""


def nonlocal_means(
    image: FloatArray,
    sigma: FloatArray,
    strength: float = 1.0,
    *,
    patch: int = PATCH,
    search: int = SEARCH,
    slice_axis: int | None = 0,
) -> FloatArray:
    """Denoise an image whose noise is known, each slice on its own or the whole volume.

    A voxel becomes the average of those around it, each with the weight exp(-max(d² - 2 sigma², 0) / h²), where d² is
    the mean squared difference of the two patches and h = `strength` * sigma. Edges stay, since patches on the two
    sides of an edge differ by more than the noise. The image counts as periodic, as it does in a discrete Fourier
    transform; pad one that is not. It is computed in single precision.

    Parameters
    ----------
    image : ndarray of float, shape (z, y, x)
        Magnitude image.
    sigma : ndarray of float
        Standard deviation of the noise at each voxel, in a shape that broadcasts to the image's, such as (y, x);
        where it is 0 the image stays as it is.
    strength : float
        How different patches may be and still count, in units of the noise; 0 returns the image.
    patch : int
        Edge of the patches, voxels; odd.
    search : int
        How far a voxel looks for others that are like it, voxels in each direction.
    slice_axis : int, optional
        Axis of the array that counts the slices; None looks along all three axes.

    References
    ----------
    Buades A, Coll B, Morel J-M. Non-local means denoising. Image Processing On Line 2011;1:208-212.

    Examples
    --------
    >>> import numpy as np
    >>> noise = np.random.default_rng(0).normal(0.0, 1.0, (1, 64, 64))
    >>> step = np.where(np.arange(64) < 32, 10.0, 30.0) + noise
    >>> smooth = nonlocal_means(step, np.ones((64, 64)))
    >>> bool(smooth[..., 4:28].std() < 0.5 * step[..., 4:28].std())
    True
    >>> round(float(smooth[..., 33].mean() - smooth[..., 30].mean()))
    20
    """
    if strength == 0.0 or not np.any(sigma > 0.0):
        return image
    values = image.astype(np.float32)
    variance = np.maximum(sigma.astype(np.float32) ** 2, np.float32(1e-30) * max(float(values.max()) ** 2, 1.0))
    edges = [1 if axis == slice_axis else patch for axis in range(3)]
    total, weights = values.copy(), np.ones_like(values)
    for offset in _half_window([0 if axis == slice_axis else search for axis in range(3)]):
        back = tuple(-step for step in offset)
        other = _shift(values, back)
        distance = scipy.ndimage.uniform_filter((values - other) ** 2, edges, mode="wrap")
        excess = np.maximum(distance / variance - 2.0, 0.0)
        weight = np.exp(-excess / np.float32(strength**2))
        # The same weight joins the voxel to the one at the offset and that one back to it.
        total += weight * other + _shift(weight * values, offset)
        weights += weight + _shift(weight, offset)
    return np.where(sigma > 0.0, (total / weights).astype(np.float64), image)


def _half_window(reaches: list[int]) -> list[tuple[int, ...]]:
    window = product(*(range(-reach, reach + 1) for reach in reaches))
    return [offset for offset in window if offset > (0, 0, 0)]


def _shift(image: NDArray[np.float32], offset: tuple[int, ...]) -> NDArray[np.float32]:
    return np.roll(image, offset, (0, 1, 2))
