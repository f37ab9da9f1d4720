"""P values of many features from what their statistics are by chance, all features together."""

import numpy as np

from evaluation.reliability.sample import FloatArray

TIE = 1e-9
"""Statistics that differ by less than this fraction are equal."""


def pooled_p(draws: FloatArray, symmetric: bool) -> FloatArray:
    """Give two-sided p of each feature among the draws of all features.

    Parameters
    ----------
    draws : ndarray, shape (n_draws, n_features)
        A statistic: of the data as they are, then by chance. A feature with a missing draw has no p.
    symmetric : bool
        Whether the statistic is symmetric about zero by chance. Otherwise its draws are taken about their mean, and p
        is twice the probability of so much in the direction that the sign of the data shows.

    Returns
    -------
    ndarray, shape (n_features,)

    Notes
    -----
    Draws of a feature are divided by their standard deviation, and those of all features pooled. By itself a feature
    of seven subjects has 64 different swaps, and no p below .016, which no adjustment for hundreds of features leaves
    below .05; among the draws of all features p has as many steps as there are draws and features together. The price
    is that features are taken to share the shape of this distribution. On average over the features, p is exact where
    the draws are equally probable, whatever the correlation of the features, as the data are one of the draws.

    References
    ----------
    Tusher VG, Tibshirani R, Chu G. Significance analysis of microarrays applied to the ionizing radiation response.
    PNAS 2001;98:5116-5121. Westfall PH, Young SS. Resampling-based multiple testing. Wiley 1993.

    Examples
    --------
    >>> pooled_p(np.array([[3.0, 0.5], [1.0, 1.0], [0.5, -1.0], [1.0, -0.5]]), symmetric=True).tolist()
    [0.125, 1.0]
    """
    found = np.full(draws.shape[1], np.nan)
    known = np.isfinite(draws).all(axis=0)
    if not known.any():
        return found
    of_known = draws[:, known]
    centre = 0.0 if symmetric else of_known.mean(axis=0)
    spread = np.sqrt(((of_known - centre) ** 2).mean(axis=0))
    varies = spread > TIE * np.abs(of_known).max(axis=0)
    of_known = (of_known - centre) / np.where(varies, spread, 1.0)
    found[known] = np.where(varies, np.nan, 1.0)
    if varies.any():
        whole = of_known[:, varies]
        sign = np.ones(whole.shape[1]) if symmetric else np.where(draws[0, known][varies] > 0, 1.0, -1.0)
        pool = np.sort(np.abs(whole).ravel() if symmetric else whole.ravel())
        z = np.abs(whole[0]) if symmetric else whole[0]
        slack = TIE * np.abs(z)
        above = pool.size - np.searchsorted(pool, z - slack, side="left")
        below = np.searchsorted(pool, z + slack, side="right")
        p = above / pool.size if symmetric else 2 * np.where(sign > 0, above, below) / pool.size
        places = np.flatnonzero(known)[varies]
        found[places] = np.minimum(p, 1.0)
    return found
