"""Count robust features: by ROI and condition, by feature class, and shared between strategies."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from evaluation.tables import ALL_CONDITIONS, feature_class
from experiments.report.contents.panels import Overlap, ShareGrid
from experiments.report.contents.quantities import Share
from selection.thresholds import Thresholds

KEYS = ["strategy", "sequence", "roi", "feature"]
EVERY = "every"
"""The column of features that are robust in every condition, which is what the whitelist holds."""

Members = frozenset[tuple[str, str, str]]
"""The robust features of one strategy, as sequence, ROI and feature."""


def members(whitelist: Mapping[str, Any]) -> Members:
    """List what a whitelist holds.

    Examples
    --------
    >>> members({"features": {"T2": {"liver": ["original_glcm_Contrast"]}}})
    frozenset({('T2', 'liver', 'original_glcm_Contrast')})
    """
    return frozenset(
        (sequence, roi, feature)
        for sequence, rois in whitelist["features"].items()
        for roi, features in rois.items()
        for feature in features
    )


def passes(reliability: pd.DataFrame, rule: Thresholds) -> pd.DataFrame:
    """Say of each strategy, sequence, ROI, feature and condition whether it meets the thresholds of the rule.

    Parameters
    ----------
    reliability : DataFrame
        The reliability table.
    rule : Thresholds
        Its limits, what is compared with them, and whether all or any of them must be met; what it asks of
        conditions and places together is not judged here.

    Returns
    -------
    DataFrame
        Columns strategy, sequence, roi, feature, condition, passes. A statistic over all conditions counts in each
        of them. What could not be computed does not pass.
    """
    columns = [*KEYS, "condition", "passes"]
    if not rule.limits:
        return pd.DataFrame(columns=columns)
    single = replace(rule, at_least=None, top=None, by=None, conditions=(), scope="contrast")
    asked = reliability["statistic"].isin(list(rule.limits))
    if (reliability.loc[asked, "condition"] != ALL_CONDITIONS).any():
        return single.passing(reliability)[columns]
    return replace(single, scope="sequence_roi").passing(reliability).assign(condition=ALL_CONDITIONS)[columns]


def share_grids(
    passed: pd.DataFrame,
    robust: Mapping[str, Members],
    candidates: pd.DataFrame,
    sequences: Iterable[str],
    rois: Iterable[str],
    conditions: Iterable[str],
) -> tuple[ShareGrid, ...]:
    """Give, for each strategy, the share of robust features by ROI (rows), sequence and condition (columns).

    Parameters
    ----------
    passed : DataFrame
        What `passes` returns; may be empty.
    robust : dict
        What the whitelist of each strategy holds.
    candidates : DataFrame
        Columns strategy, sequence, roi, feature: everything that could be robust.
    sequences, rois, conditions : iterable of str
        In the order in which they are shown.
    """
    counted = passed.groupby(["strategy", "sequence", "roi", "condition"], sort=False)["passes"].sum().to_dict()
    totals = candidates.groupby(["strategy", "sequence", "roi"], sort=False)["feature"].nunique().to_dict()
    judged = set(passed["condition"])
    conditions = [name for name in conditions if name in judged]
    rois = tuple(rois)
    columns = tuple((sequence, name) for sequence in sequences for name in (*conditions, EVERY))
    grids = []
    for strategy, held in robust.items():
        whole = pd.Series([key[:2] for key in held], dtype=object).value_counts().to_dict()

        cells = []
        for roi in rois:
            row: list[Share | None] = []
            for sequence, name in columns:
                total = totals.get((strategy, sequence, roi), 0)
                at = (strategy, sequence, roi, name)
                found = whole.get((sequence, roi), 0) if name == EVERY else counted.get(at)
                row.append(Share(int(found), int(total)) if total and found is not None else None)
            cells.append(tuple(row))
        grids.append(ShareGrid(strategy, rois, columns, tuple(cells)))
    return tuple(grids)


def class_grid(robust: Mapping[str, Members], candidates: pd.DataFrame) -> ShareGrid:
    """Give the share of robust features by strategy (rows) and feature class (columns)."""
    classes = candidates["feature"].map(feature_class)
    totals = candidates.groupby(["strategy", classes], sort=False).size().to_dict()
    columns = tuple(sorted(set(classes)))
    cells = []
    for strategy, held in robust.items():
        found = pd.Series([feature_class(key[2]) for key in held], dtype=object).value_counts().to_dict()
        shares = (Share(int(found.get(name, 0)), int(totals.get((strategy, name), 0))) for name in columns)
        cells.append(tuple(share if share.total else None for share in shares))
    return ShareGrid("", tuple(robust), tuple(("", name) for name in columns), tuple(cells))


def overlap(robust: Mapping[str, Members]) -> Overlap | None:
    """Compare the whitelists of all pairs of strategies; None for a single strategy.

    Examples
    --------
    >>> both = overlap({"a": frozenset({("s", "r", "f"), ("s", "r", "g")}), "b": frozenset({("s", "r", "g")})})
    >>> both.jaccard
    ((1.0, 0.5), (0.5, 1.0))
    """
    if len(robust) < 2:
        return None
    shared = tuple(tuple(len(one & two) for two in robust.values()) for one in robust.values())
    either = tuple(tuple(len(one | two) for two in robust.values()) for one in robust.values())
    jaccard = tuple(
        tuple(some / all_ if all_ else None for some, all_ in zip(*pair, strict=True))
        for pair in zip(shared, either, strict=True)
    )
    return Overlap(tuple(robust), shared, jaccard)
