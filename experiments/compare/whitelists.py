"""Which features two whitelists of one strategy do not share."""

from collections.abc import Mapping

import pandas as pd

from selection.whitelist import Whitelist

COLUMNS = ("strategy", "sequence", "roi", "a", "b", "jaccard", "added", "removed")


def compare_whitelists(first: Mapping[str, Whitelist], second: Mapping[str, Whitelist]) -> pd.DataFrame:
    """Compare the whitelists of two runs list by list.

    Parameters
    ----------
    first, second : mapping of str to Whitelist
        By strategy; a strategy that only one of them has is left out, as its rows stand among those of only one run.

    Returns
    -------
    DataFrame
        One row per strategy, sequence and ROI: `a` and `b`, how many features either has, Jaccard's index (1 for two
        empty lists), and the tuples of features that the second has `added` and `removed`.
    """
    rows = []
    for strategy, one in first.items():
        if strategy not in second:
            continue
        other = second[strategy]
        for sequence, roi in dict.fromkeys((*one.places, *other.places)):
            mine, yours = (set(lists.features.get(sequence, {}).get(roi, ())) for lists in (one, other))
            union = mine | yours
            jaccard = len(mine & yours) / len(union) if union else 1.0
            added, removed = tuple(sorted(yours - mine)), tuple(sorted(mine - yours))
            rows.append((strategy, sequence, roi, len(mine), len(yours), jaccard, added, removed))
    return pd.DataFrame(rows, columns=list(COLUMNS))
