"""strategies.csv: the compared strategies side by side, one row each."""

import math
from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from experiments.folder.failures import ALL
from selection.thresholds import Thresholds
from selection.whitelist import Whitelist


def strategy_table(
    names: Sequence[str],
    features: pd.DataFrame,
    summary: pd.DataFrame,
    whitelists: Mapping[str, Whitelist],
    failures: pd.DataFrame,
    intervals: pd.DataFrame,
    judged: Collection[str],
    within: Mapping[str, Mapping[str, float]] | None = None,
) -> pd.DataFrame:
    """Put the headline figures of every strategy side by side.

    Parameters
    ----------
    names : sequence of str
        The strategies, in the order of the study.
    features : DataFrame
        The feature table.
    summary : DataFrame
        From `evaluation.reliability.summarize`.
    whitelists : mapping of str to Whitelist
        By strategy; one without a single feature has none, and its row no figures.
    failures : DataFrame
        The failure table; failures of a scan itself count for every strategy.
    intervals : DataFrame
        Limits of shares, from `selection.share_intervals`.
    judged : collection of str
        The strategies of which the rule could judge anything, see `judged_strategies`.
    within : mapping of str to mapping, optional
        Figures within scanners by strategy, see `within_strategies`, where subjects were on different ones.

    Returns
    -------
    DataFrame
        For each strategy: rows of features, failures, and for each statistic the median and the share of all
        features beyond its threshold (`icc_median`, `icc_share`, ...); then `robust_share`, the share of
        all combinations of sequence, ROI and feature that pass the study's rule, and `whitelist_size`, their
        number, `considered`, and `everywhere`, the number of features that pass in every sequence and ROI. The limits
        of a share follow it (`icc_share_lower`, `icc_share_upper`), where there are any. A share of which nothing could
        be computed is missing: it is not 0.
    """
    limits = {
        (row.strategy, row.share): {f"{row.share}_lower": row.lower, f"{row.share}_upper": row.upper}
        for row in intervals.itertuples(index=False)
    }
    overall = summary[summary["by"] == "overall"].set_index(["strategy", "statistic"])
    rows = []
    for name in names:
        row = {
            "strategy": name,
            "rows": int((features["strategy"] == name).sum()),
            "failures": int(failures["strategy"].isin([name, ALL]).sum()),
        }
        if name in whitelists:
            for key, figure in _figures(overall.loc[name], whitelists[name], name in judged).items():
                row |= {key: figure, **limits.get((name, key), {})}
            row |= (within or {}).get(name, {})
        rows.append(row)
    return pd.DataFrame(rows)


def judged_strategies(reliability: pd.DataFrame, rule: Thresholds) -> frozenset[str]:
    """Name the strategies that have what a rule compares, of each of its statistics or, if any is enough, of one."""
    found = []
    for name in rule.limits:
        rows = reliability[reliability["statistic"] == name]
        found.append(frozenset(rows.loc[rows[rule.column(name)].notna(), "strategy"].astype(str)))
    if not found:
        return frozenset(reliability["strategy"].astype(str))
    return frozenset.intersection(*found) if rule.combine == "all" else frozenset.union(*found)


def _figures(overall: pd.DataFrame, whitelist: Whitelist, judged: bool) -> dict[str, float]:
    row: dict[str, float] = {}
    for statistic, figures in overall.iterrows():
        share = figures["share_of_all"] if figures["n_computed"] else math.nan
        row |= {f"{statistic}_median": figures["median"], f"{statistic}_share": share}
    considered = sum(count for rois in whitelist.considered.values() for count in rois.values())
    return row | {
        "robust_share": whitelist.size / considered if judged else math.nan,
        "whitelist_size": whitelist.size,
        "considered": considered,
        "everywhere": len(whitelist.everywhere),
    }
