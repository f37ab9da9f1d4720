"""Tests of many features against what their statistics are by chance, all features together."""

import numpy as np

from evaluation.reliability.multiplicity import benjamini_hochberg
from harmonize.arrays import BoolArray, FloatArray, IntArray

TIE = 1e-9
"""Statistics that differ by less than this fraction are equal."""


def pooled_test(draws: FloatArray, symmetric: bool) -> tuple[FloatArray, FloatArray]:
    """Give two-sided p of each feature among the draws of all features, and q.

    Parameters
    ----------
    draws : ndarray, shape (n_draws, n_features)
        A statistic: of the data as they are, then by chance. A feature with a missing draw has no p.
    symmetric : bool
        Whether the statistic is symmetric about zero by chance. Otherwise its draws are taken about their mean, and p
        is twice the probability of so much in the direction that the sign shows.

    Returns
    -------
    p, q : ndarray, shape (n_features,)
        NaN for what was not tested. q is at least 1 / n_draws.

    Notes
    -----
    Draws of a feature are divided by their standard deviation, and those of all features pooled. By itself a feature
    of seven subjects has 64 different swaps, and no p below .016, which no adjustment for hundreds of features leaves
    below .05; among the draws of all features p has as many steps as there are draws and features together. The price
    is that features are taken to share the shape of this distribution. On average over the features, p is exact where
    the draws are equally probable, whatever the correlation of the features, as the data are one of the draws.

    q is that of Benjamini and Hochberg, or if that is larger the share of the draws in which some feature has a q as
    small: where no feature differs, some q is below .05 in at most 5 % of the studies, whatever the correlation.

    References
    ----------
    Tusher VG, Tibshirani R, Chu G. Significance analysis of microarrays applied to the ionizing radiation response.
    PNAS 2001;98:5116-5121. Westfall PH, Young SS. Resampling-based multiple testing. Wiley 1993.

    Examples
    --------
    >>> draws = np.array([[3.0, 0.5], [1.0, 1.0], [0.5, -1.0], [1.0, -0.5]])
    >>> [part.tolist() for part in pooled_test(draws, symmetric=True)]
    [[0.125, 0.625], [0.25, 0.625]]
    """
    p = np.full(draws.shape[1], np.nan)
    q = p.copy()
    known: BoolArray = np.asarray(np.isfinite(draws).all(axis=0))
    if not known.any():
        return p, q
    z = draws[:, known]
    sign = np.where(z > 0, 1.0, -1.0)
    centre = 0.0 if symmetric else z.mean(axis=0)
    spread = np.sqrt(((z - centre) ** 2).mean(axis=0))
    varies = spread > TIE * np.abs(z).max(axis=0)
    z = (z - centre) / np.where(varies, spread, 1.0)
    of_draws: FloatArray = np.ones(z.shape)
    of_draws[:, varies] = _tail(np.abs(z) if symmetric else z, None if symmetric else sign, varies)
    p[known] = of_draws[0]
    q[known] = benjamini_hochberg(of_draws[0])
    ranked = np.sort(of_draws, axis=1) * of_draws.shape[1] / np.arange(1, of_draws.shape[1] + 1)
    smallest = np.sort(ranked.min(axis=1))
    q[known] = np.maximum(q[known], np.searchsorted(smallest, q[known] * (1 + TIE), side="right") / len(smallest))
    return p, q


def _tail(z: FloatArray, sign: FloatArray | None, varies: BoolArray) -> FloatArray:
    """Give the p of every draw of features that vary, among all of them."""
    chosen = z[:, varies]
    # Looked up in their order: the next is found beside the last, where random ones have to be fetched from far away.
    order = np.argsort(chosen, axis=None)
    pool = chosen.ravel()[order]
    slack = TIE * np.abs(pool)

    def placed(counts: IntArray) -> IntArray:
        out = np.empty_like(counts)
        out[order] = counts
        return out.reshape(chosen.shape)

    above = placed(pool.size - np.searchsorted(pool, pool - slack, side="left"))
    if sign is None:
        return np.asarray(above / pool.size)
    below = placed(np.searchsorted(pool, pool + slack, side="right"))
    return np.minimum(2 * np.where(sign[:, varies] > 0, above, below) / pool.size, 1.0)
