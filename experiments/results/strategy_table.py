"""strategies.csv: the compared strategies side by side, one row each."""

from collections.abc import Mapping, Sequence

import pandas as pd

from experiments.failures import ALL
from selection.whitelist import Whitelist


def strategy_table(
    names: Sequence[str],
    features: pd.DataFrame,
    summary: pd.DataFrame,
    whitelists: Mapping[str, Whitelist],
    failures: pd.DataFrame,
    intervals: pd.DataFrame,
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
        Limits of shares, from `experiments.results.intervals.headline_intervals`.

    Returns
    -------
    DataFrame
        For each strategy: rows of features, failures, and for each statistic the median and the share of all
        features beyond its usual threshold (`icc_median`, `icc_share`, ...); then `robust_share`, the share of
        all combinations of sequence, ROI and feature that pass the study's rule, and `whitelist_size`, their
        number, `considered`, and `everywhere`, the number of features that pass in every sequence and ROI. The limits
        of a share follow it (`icc_share_lower`, `icc_share_upper`), where there are any.
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
            for key, figure in _figures(overall.loc[name], whitelists[name]).items():
                row |= {key: figure, **limits.get((name, key), {})}
        rows.append(row)
    return pd.DataFrame(rows)


def _figures(overall: pd.DataFrame, whitelist: Whitelist) -> dict[str, float]:
    row: dict[str, float] = {}
    for statistic, figures in overall.iterrows():
        row |= {f"{statistic}_median": figures["median"], f"{statistic}_share": figures["share_of_all"]}
    considered = sum(count for rois in whitelist.considered.values() for count in rois.values())
    return row | {
        "robust_share": whitelist.size / considered,
        "whitelist_size": whitelist.size,
        "considered": considered,
        "everywhere": len(whitelist.everywhere),
    }
