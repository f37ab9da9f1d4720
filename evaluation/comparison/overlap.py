"""How far two selections of features agree, raw and beyond chance."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evaluation.reliability.sample import StatusArray
from evaluation.reliability.status import Status
from harmonize.arrays import FloatArray, IntArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames


@dataclass(frozen=True)
class OverlapResult:
    """Overlap of two selections; every array has the leading shape of the selections.

    Parameters
    ----------
    jaccard : ndarray
        Features in both over features in either; NaN where neither selects any.
    kuncheva : ndarray
        Overlap beyond chance: 1 for equal selections, 0 expected of random ones.
    n_first, n_second, n_both : ndarray of int
        Features selected.
    status : ndarray of str
        ``undefined`` where a selection is empty or complete, so that chance cannot be told from agreement: no
        `kuncheva`.
    """

    jaccard: FloatArray
    kuncheva: FloatArray
    n_first: IntArray
    n_second: IntArray
    n_both: IntArray
    status: StatusArray


def overlap(first: ArrayLike, second: ArrayLike) -> OverlapResult:
    """Compute Jaccard's and Kuncheva's index of two selections from the same features.

    Parameters
    ----------
    first, second : array_like of bool, shape (..., n_features)
        Which features each selects.

    Returns
    -------
    OverlapResult
        Arrays of the leading shape.

    Raises
    ------
    ConfigurationError
        When the shapes differ.

    Notes
    -----
    Of n features the selections have a and b, and r in common. Kuncheva's consistency index is defined for equal
    sizes, (r n - a²) / (a (n - a)). For different sizes it is generalized as the correlation of the two indicator
    vectors, (r n - a b) / sqrt(a (n - a) b (n - b)), which keeps the expectation of 0 by chance, is 1 for equal
    selections only, and is Kuncheva's index where a = b.

    References
    ----------
    Kuncheva LI. A stability index for feature selection. Proceedings of the 25th IASTED International
    Multi-Conference: Artificial Intelligence and Applications 2007;390-395. Nogueira S, Brown G. Measuring the
    stability of feature selection. Machine Learning and Knowledge Discovery in Databases, LNCS 9852, 2016;442-457.

    Examples
    --------
    >>> result = overlap([True, True, True, False, False, False], [True, True, False, True, False, False])
    >>> f"{result.jaccard:.2f}, {result.kuncheva:.2f}"
    '0.50, 0.33'
    """
    one, two = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    if one.shape != two.shape or one.ndim < 1:
        raise ConfigurationError(
            f"overlap: the selections need the same features on their last axis, found shapes {one.shape} and "
            f"{two.shape}"
        )
    n = one.shape[-1]
    n_first, n_second, n_both = (np.asarray(part.sum(axis=-1)) for part in (one, two, one & two))
    variance = (n_first * (n - n_first)).astype(np.float64) * (n_second * (n - n_second))
    with np.errstate(invalid="ignore", divide="ignore"):
        jaccard = n_both / (n_first + n_second - n_both)
        kuncheva = (n_both * n - n_first * n_second) / np.sqrt(variance)
    return OverlapResult(
        jaccard=np.where(n_first + n_second > 0, jaccard, np.nan),
        kuncheva=np.where(variance > 0, kuncheva, np.nan),
        n_first=n_first,
        n_second=n_second,
        n_both=n_both,
        status=np.where(variance > 0, Status.OK, Status.UNDEFINED).astype(np.str_),
    )


@takes_frames
def whitelist_overlap(joint: pd.DataFrame) -> pd.DataFrame:
    """Compare the reproducible features of every two strategies.

    Parameters
    ----------
    joint : DataFrame
        What `reproducible` returns: one row per strategy, sequence, ROI and feature with the column
        ``reproducible``.

    Returns
    -------
    DataFrame
        One row per pair of strategies and level of overall, sequence and roi: columns first, second, by, level,
        n_total (features x ROIs x sequences that both strategies have), n_first, n_second, n_both, jaccard,
        kuncheva and status, see `overlap`.

    Raises
    ------
    ConfigurationError
        For fewer than two strategies.

    Examples
    --------
    >>> joint = pd.DataFrame({
    ...     "strategy": ["none"] * 4 + ["n4"] * 4, "sequence": "T2", "roi": "liver", "feature": list("abcd") * 2,
    ...     "reproducible": [True, True, False, False, True, True, True, False],
    ... })
    >>> whitelist_overlap(joint)[["first", "second", "by", "n_both", "jaccard", "kuncheva"]].round(2).head(1)
      first second       by  n_both  jaccard  kuncheva
    0  none     n4  overall       2     0.67      0.58
    """
    keys = ["sequence", "roi", "feature"]
    names = list(pd.unique(joint["strategy"]))
    if len(names) < 2:
        raise ConfigurationError(f"overlap: found {len(names)} strategy, expected at least 2 to compare")
    of_strategy = {name: joint[joint["strategy"] == name].set_index(keys)["reproducible"] for name in names}
    rows = []
    for first, second in combinations(names, 2):
        both = pd.concat([of_strategy[first], of_strategy[second]], axis=1, join="inner", keys=["first", "second"])
        for by in ("overall", "sequence", "roi"):
            levels = [("all", both)] if by == "overall" else both.groupby(level=by, sort=False)
            for level, part in levels:
                result = overlap(part["first"].to_numpy(dtype=bool), part["second"].to_numpy(dtype=bool))
                rows.append(
                    {
                        "first": first,
                        "second": second,
                        "by": by,
                        "level": level,
                        "n_total": len(part),
                        "n_first": int(result.n_first),
                        "n_second": int(result.n_second),
                        "n_both": int(result.n_both),
                        "jaccard": float(result.jaccard),
                        "kuncheva": float(result.kuncheva),
                        "status": str(result.status),
                    }
                )
    return pd.DataFrame(rows)
