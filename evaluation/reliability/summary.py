"""Summaries of a reliability table as papers print them: median (Q1, Q3) and shares, with their denominators."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evaluation.reliability.criteria import Combine, Compared, Criterion, criteria_of, jointly
from evaluation.reliability.levels import LEVELS, summarize_levels
from evaluation.reliability.statistics import REPRODUCIBLE, below, usual_thresholds
from evaluation.tables import check_reliability_table
from harmonize.arrays import BoolArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames


@takes_frames
def beyond(reliability: pd.DataFrame, thresholds: Mapping[str, float], on: Compared = "estimate") -> BoolArray:
    """Tell which rows of a reliability table lie beyond the threshold of their statistic.

    Parameters
    ----------
    reliability : DataFrame
        Rows of a reliability table.
    thresholds : mapping of str to float
        By statistic. Agreement must lie above, dispersion below; equality does not pass.
    on : {"estimate", "limit"}
        Compare the estimate, or the confidence limit on its unfavourable side (lower for agreement, upper for
        dispersion), which asks that the threshold is exceeded with confidence.

    Returns
    -------
    ndarray of bool
        One per row; false where the value is missing or the statistic has no threshold.

    Raises
    ------
    ConfigurationError
        For another value of `on`.

    Examples
    --------
    >>> rows = pd.DataFrame({"statistic": ["icc", "icc", "cv"], "estimate": [0.95, np.nan, 0.05], "lower": 0.85})
    >>> beyond(rows, {"icc": 0.9, "cv": 0.1})
    array([ True, False,  True])
    """
    return _met(reliability, criteria_of(thresholds, on))


def _met(rows: pd.DataFrame, criteria: Sequence[Criterion]) -> BoolArray:
    passing = np.zeros(len(rows), dtype=bool)
    for one in criteria:
        chosen = (rows["statistic"] == one.statistic).to_numpy(dtype=bool)
        passing[chosen] = one.met(rows.loc[chosen, one.column].to_numpy(dtype=np.float64))
    return passing


@takes_frames
def summarize(
    reliability: pd.DataFrame, thresholds: Mapping[str, float] | None = None, on: Compared = "estimate"
) -> pd.DataFrame:
    """Summarize a reliability table per strategy and statistic.

    Parameters
    ----------
    reliability : DataFrame
        A reliability table (see `evaluation.tables`).
    thresholds : mapping of str to float, optional
        By statistic, the usual ones unless others are given; statistics that are not named are left out.
    on : {"estimate", "limit"}
        What is compared with the threshold, see `beyond`.

    Returns
    -------
    DataFrame
        One row per strategy, statistic and level of overall, sequence, roi, class (of features) and condition:

        - ``by``, ``level``: what the row is about; ``overall`` has the level ``all``.
        - ``n_total``: rows of the reliability table, that is, features x ROIs x sequences x contrasts.
        - ``n_computed``: those with an estimate; ``median``, ``q1``, ``q3`` (linear rule) are of these.
        - ``threshold``, ``direction`` (``above`` or ``below``): what passes.
        - ``passing``: how many pass; ``share_of_computed`` and ``share_of_all`` are over the two counts above.
        - ``text``: ``median (q1, q3)``, or ``not computed``.

    Raises
    ------
    ConfigurationError
        When the table breaks its schema or none of its statistics has a threshold.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "strategy": "none", "sequence": "T2", "roi": "liver", "condition": "ACC+STD", "statistic": "icc",
    ...     "feature": ["original_glcm_Contrast", "original_glcm_Id", "original_firstorder_Mean"],
    ...     "estimate": [0.96, 0.84, np.nan], "lower": np.nan, "upper": np.nan, "n": 17,
    ...     "status": ["ok", "ok", "constant"],
    ... })
    >>> summarize(table)[["by", "level", "n_total", "n_computed", "passing", "text"]].head(1)
            by level  n_total  n_computed  passing               text
    0  overall   all        3           2        1  0.90 (0.87, 0.93)
    """
    check_reliability_table(reliability)
    thresholds = usual_thresholds() if thresholds is None else thresholds
    rows = reliability[reliability["statistic"].isin(list(thresholds))]
    if rows.empty:
        found = ", ".join(map(str, reliability["statistic"].unique()))
        raise ConfigurationError(
            f"summary: no threshold for any statistic of the table ({found}); thresholds name {', '.join(thresholds)}"
        )
    rows = rows.assign(passing=beyond(rows, thresholds, on))
    summary = summarize_levels(rows, ["strategy", "statistic"], _counts_and_quartiles, [*LEVELS, "condition"])
    summary["threshold"] = summary["statistic"].map(dict(thresholds)).astype(np.float64)
    summary["direction"] = np.where(summary["statistic"].map(below), "below", "above")
    summary = _with_shares(summary)
    summary["text"] = [
        "not computed" if np.isnan(median) else f"{median:.2f} ({q1:.2f}, {q3:.2f})"
        for median, q1, q3 in summary[["median", "q1", "q3"]].itertuples(index=False)
    ]
    order = ["strategy", "statistic", "by", "level", "n_total", "n_computed", "median", "q1", "q3", "threshold"]
    return summary[[*order, "direction", "passing", "share_of_computed", "share_of_all", "text"]]


@takes_frames
def reproducible(
    reliability: pd.DataFrame, thresholds: Mapping[str, float] = REPRODUCIBLE, on: Compared = "estimate"
) -> pd.DataFrame:
    """Find the features that pass jointly: every statistic that has a threshold, under every condition.

    Parameters
    ----------
    reliability : DataFrame
        A reliability table.
    thresholds : mapping of str to float
        The statistics that must pass under every condition that the table has for the sequence and ROI.
    on : {"estimate", "limit"}
        What is compared with the threshold, see `beyond`.

    Returns
    -------
    DataFrame
        One row per strategy, sequence, ROI and feature: ``n_needed`` estimates, ``n_computed`` of them,
        ``n_passing``, and ``reproducible``, which is true when all that are needed pass. An estimate that could
        not be computed does not pass, nor does a feature where one of the statistics is absent.

    Raises
    ------
    ConfigurationError
        When the table breaks its schema or lacks a statistic that has a threshold.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "strategy": "none", "sequence": "T2", "roi": "liver", "feature": "original_glcm_Id",
    ...     "condition": ["ACC+STD", "ACC+STD", "ACC+DLR", "ACC+DLR"], "statistic": ["icc", "ccc"] * 2,
    ...     "estimate": [0.95, 0.94, 0.92, 0.89], "lower": np.nan, "upper": np.nan, "n": 17, "status": "ok",
    ... })
    >>> reproducible(table)[["n_needed", "n_passing", "reproducible"]]
       n_needed  n_passing  reproducible
    0         4          3         False
    """
    check_reliability_table(reliability)
    check_statistics(reliability, thresholds, "summary")
    joint = judged(reliability, criteria_of(thresholds, on), ["strategy", "sequence", "roi"])
    return joint.rename(columns={"passes": "reproducible"})


def check_statistics(reliability: pd.DataFrame, names: Iterable[str], where: str) -> None:
    """Refuse a reliability table without a statistic that is asked for."""
    for name in names:
        if not (reliability["statistic"] == name).any():
            found = ", ".join(map(str, reliability["statistic"].unique()))
            raise ConfigurationError(f"{where}: the reliability table has no statistic '{name}'; it has {found}")


def judged(
    reliability: pd.DataFrame, criteria: Sequence[Criterion], place: list[str], combine: Combine = "all"
) -> pd.DataFrame:
    """Judge every feature in each place, by the rows that a reliability table has of the criteria.

    What is needed are all conditions of the place, or, where `place` names the condition, that one. A row that is
    absent although other features of the place have it is a value that was not computed.

    Returns
    -------
    DataFrame
        `place`, feature, ``n_needed`` estimates, ``n_computed`` of them, ``n_passing``, and ``passes``, see `jointly`.
    """
    rows = reliability[reliability["statistic"].isin([one.statistic for one in criteria])]
    keys = [*place, "feature"]
    cells = rows.groupby(keys, sort=False, observed=True).ngroup().to_numpy()
    table = rows[keys].drop_duplicates().reset_index(drop=True)
    places = table.groupby(place, sort=False, observed=True).ngroup().to_numpy()
    conditions = np.zeros(len(rows), int) if "condition" in place else pd.factorize(rows["condition"])[0]
    shape, met = (conditions.max(initial=-1) + 1, len(table)), _met(rows, criteria)
    passing, needed = [], []
    for one in criteria:
        own = (rows["statistic"] == one.statistic).to_numpy(dtype=bool)
        passing.append(np.zeros(shape, dtype=bool))
        passing[-1][conditions[own], cells[own]] = met[own]
        asked = np.zeros((shape[0], places.max(initial=-1) + 1), dtype=bool)
        asked[conditions[own], places[cells[own]]] = True
        needed.append(asked[:, places])
    return table.assign(
        n_needed=np.sum(needed, axis=(0, 1)),
        n_computed=np.bincount(cells[rows["estimate"].notna()], minlength=len(table)),
        n_passing=np.sum(passing, axis=(0, 1)),
        passes=jointly(passing, combine, needed),
    )


@takes_frames
def summarize_reproducible(joint: pd.DataFrame) -> pd.DataFrame:
    """Give the share of jointly reproducible features.

    Parameters
    ----------
    joint : DataFrame
        What `reproducible` returns.

    Returns
    -------
    DataFrame
        One row per strategy and level of overall, sequence, roi and class: ``n_total`` features (x ROIs x
        sequences), ``n_computed`` of them with every estimate that is needed, ``passing``,
        ``share_of_computed`` and ``share_of_all``.

    Examples
    --------
    >>> joint = pd.DataFrame({
    ...     "strategy": "none", "sequence": "T2", "roi": "liver", "feature": ["original_glcm_Id", "original_glcm_Idm"],
    ...     "n_needed": 6, "n_computed": 6, "n_passing": [6, 2], "reproducible": [True, False],
    ... })
    >>> summarize_reproducible(joint)[["by", "level", "n_total", "passing", "share_of_all"]].head(1)
            by level  n_total  passing  share_of_all
    0  overall   all        2        1           0.5
    """

    def counts(groups: Any) -> pd.DataFrame:
        return groups.agg(
            n_total=("reproducible", "size"), n_computed=("computed", "sum"), passing=("reproducible", "sum")
        )

    rows = joint.assign(computed=joint["n_computed"] == joint["n_needed"])
    summary = _with_shares(summarize_levels(rows, ["strategy"], counts))
    return summary[["strategy", "by", "level", "n_total", "n_computed", "passing", "share_of_computed", "share_of_all"]]


def _counts_and_quartiles(groups: Any) -> pd.DataFrame:
    part = groups.agg(n_total=("estimate", "size"), n_computed=("estimate", "count"), passing=("passing", "sum"))
    quartiles = groups["estimate"].quantile([0.25, 0.5, 0.75]).unstack()
    part[["q1", "median", "q3"]] = quartiles.reindex(part.index).to_numpy()
    return part


def _with_shares(summary: pd.DataFrame) -> pd.DataFrame:
    computed = summary["n_computed"].where(summary["n_computed"] > 0)
    return summary.assign(
        share_of_computed=summary["passing"] / computed, share_of_all=summary["passing"] / summary["n_total"]
    )
