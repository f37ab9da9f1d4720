"""Random textures with a known amplitude and correlation length."""

import numpy as np
from scipy import ndimage

from harmonize.arrays import FloatArray


def random_texture(
    shape: tuple[int, int, int], correlation_length: float, spacing: float, rng: np.random.Generator
) -> FloatArray:
    """Give a Gaussian random field, slice by slice, with mean 0 and standard deviation 1.

    White noise is smoothed in the plane by a Gaussian of standard deviation L / 2, which gives the autocorrelation
    exp(-d² / L²) at distance d. Slices are independent: they lie further apart than L.

    Parameters
    ----------
    shape : tuple of int
        z, y, x.
    correlation_length : float
        L, mm.
    spacing : float
        Distance of voxels in the plane, mm.
    rng : numpy.random.Generator
        Source of randomness.

    Examples
    --------
    >>> import numpy as np
    >>> field = random_texture((1, 200, 200), 4.0, 1.0, np.random.default_rng(0))
    >>> round(float(np.mean(field[:, 4:] * field[:, :-4])), 1)  # exp(-1) = 0.37
    0.4
    """
    width = correlation_length / 2 / spacing
    noise = rng.standard_normal(shape, dtype=np.float32)
    field = ndimage.gaussian_filter(noise, (0.0, width, width), mode="wrap", truncate=3.0).astype(np.float64)
    return np.asarray((field - field.mean()) / field.std())
