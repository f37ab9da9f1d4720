"""How much of a column differs between groups of rows: an age between batches, a batch between people."""

import numpy as np
import pandas as pd

from harmonize.arrays import FloatArray


def share_between(column: pd.Series, groups: pd.Series, within: pd.Series | None = None) -> float:
    """Give the share of the variation of a column that lies between groups.

    Parameters
    ----------
    column : Series
        Numbers, or names, which are coded by indicators (then this is Goodman and Kruskal's tau).
    groups : Series
        A label for each row.
    within : Series, optional
        Coarser groups that `groups` divide: what lies between these is taken out first, and the share is corrected for
        chance, as adjusted R squared; 0 where nothing lies beyond it.

    References
    ----------
    Goodman & Kruskal 1954, Journal of the American Statistical Association 49(268), 732-764,
    doi:10.1080/01621459.1954.10501231.

    Examples
    --------
    >>> age, site = pd.Series([30, 40, 50, 60]), pd.Series(["A", "A", "B", "B"])
    >>> share_between(age, site), round(share_between(age, site, within=pd.Series([0, 0, 0, 0])), 2)
    (0.8, 0.7)
    """
    numbers = pd.to_numeric(column, errors="coerce")
    coded = numbers.to_frame() if numbers.notna().all() else pd.get_dummies(column).astype(float)
    whole = pd.Series(0, index=column.index) if within is None else within
    deviation = (coded - coded.groupby(whole.to_numpy()).transform("mean")).to_numpy()
    means: FloatArray = pd.DataFrame(deviation).groupby(groups.to_numpy()).transform("mean").to_numpy()
    total = float((deviation**2).sum())
    share = float((means**2).sum()) / total if total else 0.0
    if within is None:
        return share
    left = len(column) - groups.nunique()
    return max(0.0, 1.0 - (1.0 - share) * (len(column) - whole.nunique()) / left) if left > 0 else np.nan
