"""How the map of a feature changes between scans of one person on one grid, voxel by voxel."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.reliability.icc import icc
from harmonize.arrays import BoolArray, FloatArray

STEADY = 0.1
"""Coefficient of variation below which a voxel counts as steady; the usual threshold of the CV."""


@dataclass(frozen=True)
class BetweenMaps:
    """What changed between maps.

    Parameters
    ----------
    cv : ndarray of float, shape (z, y, x)
        Of each voxel the within-subject coefficient of variation; NaN outside, and where there is none.
    voxels, computed : int
        Of the ROI, and how many of them have a coefficient.
    median, q1, q3, steady : float
        Over voxels that have one: median, quartiles, and the part below 0.1.
    icc : float
        Agreement of the maps, ICC(A,1) over the voxels that have a value in all.
    status : str
        ``ok``, or why there are no numbers.
    """

    cv: FloatArray
    voxels: int
    computed: int
    median: float
    q1: float
    q3: float
    steady: float
    icc: float
    status: str


def between_maps(maps: Sequence[FloatArray], mask: BoolArray) -> BetweenMaps:
    r"""Compare the maps of one feature from two or more scans of one person, on one grid.

    With :math:`x_k(v)` the value at voxel v in scan k of K, the coefficient of variation is :math:`s(v)/|\bar x(v)|`,
    where :math:`s(v)` is the standard deviation over k with :math:`K-1` [1]_. There is none where a scan has no value,
    where the mean is 0, or where values differ in sign: such a scale has no zero to relate to.

    The ICC(A,1) takes voxels for subjects: it says whether the maps show the same pattern. Kernels of neighbours
    overlap, so that voxels are no independent sample: there are no limits and no test [2]_.

    Parameters
    ----------
    maps : sequence of ndarray of float, shape (z, y, x)
    mask : ndarray of bool
        The ROI that all have.

    References
    ----------
    .. [1] Quan H, Shih WJ. Assessing reproducibility by the within-subject coefficient of variation with random effects
       models. Biometrics 1996;52(4):1195-1203. doi:10.2307/2532835
    .. [2] Chirra P et al. Multisite evaluation of radiomic feature reproducibility and discriminability for identifying
       peripheral zone prostate tumors on MRI. Journal of Medical Imaging 2019;6(2):024502. (Voxel-wise features.)

    Examples
    --------
    >>> first = np.array([[[1.0, 2.0, -1.0]]])
    >>> found = between_maps([first, np.array([[[1.0, 4.0, 1.0]]])], np.ones((1, 1, 3), bool))
    >>> found.cv.round(4).tolist(), found.computed, round(found.steady, 2)
    ([[[0.0, 0.4714, nan]]], 2, 0.5)
    """
    values = np.stack([one[mask] for one in maps], axis=-1)
    cv = np.full(mask.shape, np.nan)
    mean, deviation = values.mean(axis=-1), values.std(axis=-1, ddof=1)
    usable = np.isfinite(values).all(axis=-1) & (np.abs(np.sign(values).sum(axis=-1)) == values.shape[-1])
    of_voxels = np.full(len(values), np.nan)
    of_voxels[usable] = deviation[usable] / np.abs(mean[usable])
    cv[mask] = of_voxels
    there, complete = of_voxels[usable], values[np.isfinite(values).all(axis=-1)]
    agreement = icc(complete, level=None).estimate.item() if len(complete) > 1 else np.nan
    if not there.size:
        status = "no voxel has values above or below 0 in all scans"
        return BetweenMaps(cv, len(values), 0, *(np.nan,) * 4, agreement, status)
    q1, median, q3 = np.quantile(there, [0.25, 0.5, 0.75])
    steady = float((there < STEADY).mean())
    return BetweenMaps(cv, len(values), there.size, float(median), float(q1), float(q3), steady, agreement, "ok")
