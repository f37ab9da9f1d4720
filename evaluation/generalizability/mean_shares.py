"""Shares of variance of many features together, with what is not told apart."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

REST = "not told apart"
"""The share of sources that have no estimate."""


def mean_shares(components: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Give the mean share of each source of variance over the features of each group.

    Parameters
    ----------
    components : DataFrame
        See `FacetTables`; of one strategy, or with the strategy in `by`.
    by : sequence of str
        Columns that make a group.

    Returns
    -------
    DataFrame
        A row for each group, a column for each source in the order of the table, and `REST`: what the estimated
        sources of a feature leave of 1, all of it where none is estimated. Rows sum to 1; a source that is estimated
        for no feature of a group is NaN there.

    Examples
    --------
    >>> table = pd.DataFrame({"roi": "liver", "feature": ["a", "a", "b", "b"], "share": [0.75, 0.25, np.nan, np.nan]})
    >>> mean_shares(table.assign(component=["subject", "residual"] * 2), ["roi"]).round(3).to_dict("list")
    {'subject': [0.375], 'residual': [0.125], 'not told apart': [0.5]}
    """
    names = components["component"].drop_duplicates().tolist()
    places = list(dict.fromkeys([*by, *components.columns.intersection(["strategy", "sequence", "roi", "feature"])]))
    order = pd.MultiIndex.from_frame(components[places].drop_duplicates())
    wide = components.pivot(index=places, columns="component", values="share")
    known = wide.loc[order, names]
    shares = known.fillna(0.0)
    shares[REST] = np.maximum(1 - shares.sum(axis=1), 0.0)
    shares.loc[shares[REST] < 1e-9, REST] = 0.0
    means = shares.groupby(level=list(by), sort=False).mean()
    means[names] = means[names].where(known.groupby(level=list(by), sort=False).count() > 0)
    means.columns.name = None
    return means
