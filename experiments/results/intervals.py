"""Intervals of the headline shares of a run, which let whole subjects vary."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from evaluation.reliability import DEFAULT_THRESHOLDS, reliability_table, share_intervals
from evaluation.reliability.jackknife import jackknife
from evaluation.tables import feature_columns
from harmonize.errors import ConfigurationError
from selection.thresholds import Thresholds

SHARES = ("icc", "ccc", "cv", "qcd")
"""The statistics whose shares of features beyond the usual thresholds have intervals."""

KEYS = ["strategy", "sequence", "roi", "feature"]


def headline_intervals(
    features: pd.DataFrame,
    reference: str,
    rule: Thresholds,
    passing: pd.DataFrame,
    progress: Callable[[], None] = lambda: None,
) -> pd.DataFrame:
    """Give limits of the shares in strategies.csv: the jackknife over subjects.

    Parameters
    ----------
    features : DataFrame
        The feature table.
    reference : str
        The condition that the others are compared with.
    rule : Thresholds
        What a robust feature must pass.
    passing : DataFrame
        What `rule.passing` says of all subjects.
    progress : callable
        Called after each subject that was left out.

    Returns
    -------
    DataFrame
        Columns strategy, share (``robust_share``, ``icc_share``, ...), lower and upper. Where leaving out any one
        subject changes nothing, or there are fewer than two, the spread is unknown and there are no limits.
    """
    subjects = list(pd.unique(features["subject"]))
    parts = []
    if len(subjects) > 1:
        usual = {name: DEFAULT_THRESHOLDS[name] for name in SHARES}
        found = share_intervals(features, reference, usual)
        found = found[(found["by"] == "overall") & found["statistic"].isin(SHARES)]
        parts = [found.assign(share=found["statistic"] + "_share")[["strategy", "share", "lower", "upper"]]]
        parts.append(_robust(features, reference, rule, passing, subjects, progress))
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["strategy", "share"], dtype=str)
    table = table.reindex(columns=["strategy", "share", "lower", "upper"])
    unknown = ~(table["lower"] < table["upper"])
    return table.assign(**{name: table[name].astype(np.float64).mask(unknown) for name in ("lower", "upper")})


def _robust(
    features: pd.DataFrame,
    reference: str,
    rule: Thresholds,
    passing: pd.DataFrame,
    subjects: list[str],
    progress: Callable[[], None],
) -> pd.DataFrame:
    """Judge every feature by the same rule without each subject in turn."""
    counts = _count(passing)
    totals = passing[KEYS].drop_duplicates().groupby("strategy", sort=False).size()
    names = feature_columns(features)
    without = []
    for subject in subjects:
        # Missing rather than dropped, so that conditions and regions stay the same.
        values = features[names].mask(features["subject"] == subject)
        left = pd.concat([features.drop(columns=names), values], axis=1)
        without.append(_count(_judge(left, reference, rule)).reindex(counts.index, fill_value=0))
        progress()
    result = jackknife(
        (counts / totals).to_numpy(dtype=np.float64),
        np.stack([(part / totals).to_numpy(dtype=np.float64) for part in without]),
    )
    lower, upper = (np.clip(part, 0, 1) for part in (result.lower, result.upper))
    return pd.DataFrame({"strategy": counts.index, "share": "robust_share", "lower": lower, "upper": upper})


def _judge(features: pd.DataFrame, reference: str, rule: Thresholds) -> pd.DataFrame:
    try:
        return rule.passing(reliability_table(features, reference, statistics=rule.statistics))
    except ConfigurationError:
        # Only this subject had anything that the rule asks for: nothing passes without it.
        return pd.DataFrame(columns=[*KEYS, "passes"])


def _count(passing: pd.DataFrame) -> pd.Series:
    """Count the robust combinations of each strategy, as whitelists do."""
    robust = passing.groupby(KEYS, sort=False, observed=True)["passes"].all()
    return robust.groupby(level="strategy", sort=False).sum()
