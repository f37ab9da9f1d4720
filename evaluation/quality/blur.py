"""The blur metric: how much of the detail of an image a further blur leaves."""

import numpy as np
import scipy

from evaluation.quality.measured import Measured, cropped
from harmonize.arrays import BoolArray, FloatArray

WINDOW = 9
"""Voxels of the further blur, as Crete et al. chose."""
NEIGHBOURS = (np.s_[:-1], np.s_[1:]), (np.s_[:, :-1], np.s_[:, 1:])
"""The voxels of a slice that have a next one along its rows' axis and its columns' axis, and these."""
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
    pairs, total, lost = np.zeros(2, int), np.zeros(2), np.zeros(2)
    for plane, inside in zip(*cropped(slices, mask), strict=True):  # each fits into the processor's cache
        for axis, (one, other) in enumerate(NEIGHBOURS):
            both = inside[one] & inside[other]
            detail = np.abs(plane[other] - plane[one])[both]
            further = scipy.ndimage.uniform_filter1d(plane, WINDOW, axis=axis)
            left = np.abs(further[other] - further[one])[both]
            pairs[axis] += detail.size
            total[axis] += detail.sum()
            lost[axis] += np.maximum(detail - left, 0.0).sum()
    if pairs.min() < FEWEST:
        return Measured.none(f"{pairs[pairs < FEWEST][0]} pairs of neighbours, expected at least {FEWEST}")
    found = [1.0 - gone / of for gone, of in zip(lost.tolist(), total.tolist(), strict=True) if of > 0.0]
    return Measured(max(found)) if found else Measured.none("all voxels are equal")
