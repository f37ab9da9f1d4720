"""Summaries of a table level by level: overall, by sequence, ROI, class of features and condition."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from evaluation.tables import feature_class

LEVELS = ("overall", "sequence", "roi", "class")
"""What every summary is about; ``overall`` has the one level ``all``."""


def summarize_levels(
    rows: pd.DataFrame, keys: Sequence[str], aggregate: Callable[[Any], pd.DataFrame], levels: Sequence[str] = LEVELS
) -> pd.DataFrame:
    """Aggregate rows for each of the keys and every level.

    Parameters
    ----------
    rows : DataFrame
        With the columns ``feature``, the keys and those that name levels, but ``overall`` and ``class``.
    keys : sequence of str
        What is never taken together, such as the strategy.
    aggregate : callable
        Makes one row of each group of a pandas GroupBy.
    levels : sequence of str
        By what to group, one after the other.

    Returns
    -------
    DataFrame
        The keys, ``level``, what `aggregate` gave, and ``by``.

    Examples
    --------
    >>> rows = pd.DataFrame({"strategy": "none", "feature": ["original_glcm_Id", "original_firstorder_Mean"]})
    >>> summarize_levels(rows, ["strategy"], lambda groups: groups.agg(n=("feature", "size")), ["overall", "class"])
      strategy       level  n       by
    0     none         all  2  overall
    1     none        glcm  1    class
    2     none  firstorder  1    class
    """
    rows = rows.assign(overall="all", **{"class": classes_of(rows["feature"])})
    parts = [
        aggregate(rows.groupby([*keys, by], sort=False)).reset_index().rename(columns={by: "level"}).assign(by=by)
        for by in levels
    ]
    return pd.concat(parts, ignore_index=True)


def classes_of(features: "pd.Series[Any]") -> "pd.Series[Any]":
    """Give the class of each of many features, of which few are different."""
    return features.map({name: feature_class(name) for name in features.unique()})
