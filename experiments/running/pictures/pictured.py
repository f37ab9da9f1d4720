"""Whose scans are pictured: the first subjects, and the one whose features change most."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from evaluation.tables import feature_columns

FIRST = "first"
WORST = "largest change"


def pictured_subjects(
    features: pd.DataFrame, subjects: Sequence[str], reference: str, count: int
) -> dict[str, dict[str, str]]:
    """Choose subjects for the pictures of one strategy.

    Parameters
    ----------
    features : DataFrame
        The rows of the strategy in the feature table.
    subjects : sequence of str
        All subjects, in the order of the study.
    reference : str
        The reference condition.
    count : int
        How many of the first are taken.

    Returns
    -------
    dict of str to dict of str to str
        For each sequence the subjects, and of each whether it is one of the first or that of the largest change.

    Examples
    --------
    >>> rows = [("S1", "REF", 1.0), ("S1", "ACC", 1.1), ("S2", "REF", 2.0), ("S2", "ACC", 4.0)]
    >>> table = pd.DataFrame(rows, columns=["subject", "condition", "original_firstorder_Mean"])
    >>> pictured_subjects(table.assign(strategy="raw", sequence="T2", roi="liver"), ["S1", "S2"], "REF", 1)
    {'T2': {'S1': 'first', 'S2': 'largest change'}}
    """
    chosen: dict[str, dict[str, str]] = {}
    for sequence, rows in features.groupby("sequence", sort=True):
        present = set(rows["subject"])
        here = dict.fromkeys([subject for subject in subjects if subject in present][:count], FIRST)
        changes = largest_changes(rows, reference)
        if changes:
            worst = max(changes, key=lambda subject: changes[subject])
            here[worst] = (here.get(worst, "") and f"{FIRST}, {WORST}") or WORST
        chosen[str(sequence)] = here
    return chosen


def largest_changes(rows: pd.DataFrame, reference: str) -> Mapping[str, float]:
    """Measure how much the features of each subject change from the reference to another condition.

    The change of a feature in an ROI is its absolute difference from the reference, over the standard deviation
    between the subjects under the reference; of a subject it is the median over features and ROIs, under the condition
    where that is largest.

    Parameters
    ----------
    rows : DataFrame
        The rows of one strategy and sequence in the feature table.
    reference : str
        The reference condition.

    Returns
    -------
    mapping of str to float
        By subject; those without a change that can be computed are absent.
    """
    names = feature_columns(rows)
    keyed = rows.set_index(["subject", "condition", "roi"])[names].sort_index()
    conditions = keyed.index.get_level_values("condition")
    base = keyed[conditions == reference].droplevel("condition")
    spread = base.groupby("roi").std(ddof=1)
    found: dict[str, float] = {}
    for condition in dict.fromkeys(conditions[conditions != reference]):
        other = keyed.xs(condition, level="condition")
        both = base.index.intersection(other.index)
        scale = spread.reindex(both.get_level_values("roi")).to_numpy()
        difference = (other.loc[both].to_numpy() - base.loc[both].to_numpy()) / np.where(scale > 0, scale, np.nan)
        sizes = pd.DataFrame(np.abs(difference), index=both)
        for subject, mine in sizes.groupby("subject"):
            values = mine.to_numpy()
            values = values[np.isfinite(values)]
            if values.size:
                found[str(subject)] = max(found.get(str(subject), 0.0), float(np.median(values)))
    return found
