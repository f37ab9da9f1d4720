"""The blur metric: how much of the detail of an image a further blur leaves."""

import numpy as np
import scipy

from evaluation.quality.measured import Measured, cropped
from harmonize.arrays import BoolArray, FloatArray

WINDOW = 9
"""Voxels of the further blur, as Crete et al. chose."""
FEWEST = 16
"""Fewer neighbours than this give no value."""


def blur_metric(slices: FloatArray, mask: BoolArray) -> Measured:
    """Compare the differences of neighbours with those after a mean over nine voxels, along rows and columns.

    Of an image that is blurred already, a further blur takes little: the share of the differences that it leaves is
    large. The larger of the shares along rows and along columns is given. Noise is detail, so that it reads as
    sharpness.

    Parameters
    ----------
    slices : ndarray of float, shape (slice, row, column)
        Intensities.
    mask : ndarray of bool, same shape
        Where to look: pairs of neighbours that both lie in it. What is blurred is all of the slice.

    Returns
    -------
    Measured
        From 0, sharp, to 1.

    References
    ----------
    Crete F, Dolmiere T, Ladret P, Nicolas M. The blur effect: perception and estimation with a new no-reference
    perceptual blur metric. Proc SPIE 2007;6492:64920I.

    Examples
    --------
    >>> ramp = np.tile(np.arange(32.0), (1, 32, 1))
    >>> inside = np.zeros(ramp.shape, bool)
    >>> inside[:, 8:24, 8:24] = True
    >>> blur_metric(ramp, inside).value
    1.0
    """
    image, inside = cropped(slices, mask)
    found = []
    for axis in (1, 2):
        both = inside.take(range(1, inside.shape[axis]), axis) & inside.take(range(inside.shape[axis] - 1), axis)
        if np.count_nonzero(both) < FEWEST:
            return Measured.none(f"{np.count_nonzero(both)} pairs of neighbours, expected at least {FEWEST}")
        detail = np.abs(np.diff(image, axis=axis))[both]
        left = np.abs(np.diff(scipy.ndimage.uniform_filter1d(image, WINDOW, axis=axis), axis=axis))[both]
        total = float(detail.sum())
        if total > 0.0:
            found.append(1.0 - float(np.maximum(detail - left, 0.0).sum()) / total)
    return Measured(max(found)) if found else Measured.none("all voxels are equal")
