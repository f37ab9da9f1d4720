"""The test of a harmonized strategy against what its harmonizer does where there is nothing to harmonize."""

import numpy as np
from scipy.special import stdtr

from harmonize.arrays import FloatArray

TIE = 1e-12


def chance_p(found: float, chance: FloatArray, error: float, n_subjects: int) -> float:
    """Test a difference of two strategies of which one at least was harmonized.

    Parameters
    ----------
    found : float
        The difference.
    chance : ndarray, shape (n_draws,)
        What of it the harmonizers make where the conditions of each subject were exchanged and everything was learned
        anew.
    error : float
        Jackknife standard error of what the strategies differ by before they are harmonized, 0 where that is nothing.
    n_subjects : int
        Its number of subjects.

    Returns
    -------
    float
        Twice the probability of so large a difference in the direction found; at most 1, at least 2 / (n_draws + 1)
        where the error is 0.

    Notes
    -----
    By chance a difference is the sum of a draw and of an error that follows Student's t, as in the jackknife's test.
    Held-out harmonization loses a little where there is nothing to harmonize, so that draws do not lie around zero,
    and a small loss is no evidence of harm.

    Examples
    --------
    >>> draws = np.linspace(-0.1, 0.2, 199)
    >>> round(chance_p(-0.3, draws, 0.0, 17), 3), round(chance_p(0.1, draws, 0.0, 17), 3)
    (0.01, 0.68)
    """
    draws = chance[np.isfinite(chance)]
    if not len(draws) or not np.isfinite([found, error]).all():
        return np.nan
    if found == 0:
        return 1.0
    sign = 1.0 if found > 0 else -1.0
    beyond = sign * (found - draws)
    if error > 0:
        probability = float(stdtr(max(n_subjects - 1, 1), -beyond / error).sum())
    else:
        probability = float(np.count_nonzero(beyond <= TIE))
    return min(1.0, 2 * (1 + probability) / (1 + len(draws)))
