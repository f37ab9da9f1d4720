"""Intervals of the headline shares, which let whole subjects vary."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from evaluation.reliability import DEFAULT_THRESHOLDS, beyond, reliability_table
from evaluation.reliability.jackknife import jackknife
from evaluation.reliability.summary import Compared
from evaluation.tables import feature_columns
from harmonize.errors import ConfigurationError
from selection.thresholds import Thresholds

SHARES = ("icc", "ccc", "cv", "qcd")
"""The statistics whose shares of features beyond the usual thresholds have intervals."""

KEYS = ["strategy", "sequence", "roi", "feature"]

MOST_GROUPS = 30
"""More subjects than this are left out in so many groups, since every group costs the whole analysis once more."""

Compute = Callable[[pd.DataFrame], pd.DataFrame]
"""Gives the reliability table of a feature table."""


def headline_intervals(
    features: pd.DataFrame, reference: str, rule: Thresholds, progress: Callable[[], None] = lambda: None
) -> pd.DataFrame:
    """Give limits of the shares in strategies.csv.

    Parameters
    ----------
    features : DataFrame
        The feature table.
    reference : str
        The condition that the others are compared with.
    rule : Thresholds
        What a robust feature must pass.
    progress : callable
        Called after each group of subjects that was left out.

    Returns
    -------
    DataFrame
        As `share_limits`.
    """
    statistics = tuple(dict.fromkeys((*SHARES, *rule.statistics)))
    compute = partial(reliability_table, reference=reference, statistics=statistics)
    thresholds = {name: DEFAULT_THRESHOLDS[name] for name in SHARES}
    return share_limits(features, feature_columns(features), compute, rule, thresholds, progress=progress)


def share_limits(
    features: pd.DataFrame,
    columns: Sequence[str],
    compute: Compute,
    rule: Thresholds,
    thresholds: Mapping[str, float],
    *,
    on: Compared = "estimate",
    level: float = 0.95,
    progress: Callable[[], None] = lambda: None,
) -> pd.DataFrame:
    """Give limits of shares of features: the jackknife over subjects.

    Parameters
    ----------
    features : DataFrame
        The feature table.
    columns : sequence of str
        Its features.
    compute : callable
        How its reliability is computed.
    rule : Thresholds
        What a robust feature must pass.
    thresholds : mapping of str to float
        By statistic: whose shares beyond a threshold have limits as well.
    on : {"estimate", "limit"}
        What is compared with these thresholds, see `beyond`.
    level : float
        Confidence level.
    progress : callable
        Called after each group of subjects that was left out, `count_groups` times.

    Returns
    -------
    DataFrame
        Columns strategy, share (``robust_share``, ``icc_share``, ...), estimate, lower and upper. Where leaving out any
        subjects changes nothing, or there are fewer than two, the spread is unknown and there are no limits.

    Notes
    -----
    Up to `MOST_GROUPS` subjects are left out one by one; more of them in as many groups, the first subject in the
    first group, the second in the second and so on, with as many degrees of freedom less one.

    References
    ----------
    Kott PS. The delete-a-group jackknife. Journal of Official Statistics 2001;17:521-526.
    """
    n_groups = count_groups(features)
    if not n_groups:
        return pd.DataFrame(columns=["strategy", "share", "estimate", "lower", "upper"])
    groups = pd.Series(pd.factorize(features["subject"])[0] % n_groups, index=features.index)
    counts, totals = _counts(compute(features), rule, thresholds, on)
    without = []
    for group in range(n_groups):
        # Missing rather than dropped, so that conditions and regions stay the same.
        values = features[list(columns)].mask(groups == group)
        left = pd.concat([features.drop(columns=list(columns)), values], axis=1)
        try:
            part, _ = _counts(compute(left), rule, thresholds, on)
        except ConfigurationError:
            # Only these subjects had anything that the rule asks for: nothing passes without them.
            part = pd.Series(dtype=np.float64)
        without.append((part.reindex(counts.index, fill_value=0) / totals).to_numpy(dtype=np.float64))
        progress()
    estimate = (counts / totals).to_numpy(dtype=np.float64)
    result = jackknife(estimate, np.stack(without), level)
    lower, upper = (np.clip(part, 0, 1) for part in (result.lower, result.upper))
    unknown = ~(lower < upper)
    limits = {"lower": np.where(unknown, np.nan, lower), "upper": np.where(unknown, np.nan, upper)}
    return counts.index.to_frame(index=False).assign(estimate=estimate, **limits)


def count_groups(features: pd.DataFrame) -> int:
    """Count the groups of subjects that are left out in turn; none where there are fewer than two subjects."""
    n_subjects = features["subject"].nunique()
    return min(n_subjects, MOST_GROUPS) if n_subjects > 1 else 0


def _counts(
    reliability: pd.DataFrame, rule: Thresholds, thresholds: Mapping[str, float], on: Compared
) -> tuple[pd.Series, pd.Series]:
    """Count what passes and what there is, by strategy and share; robust combinations as whitelists do."""
    passes = rule.passing(reliability).groupby(KEYS, sort=False, observed=True)["passes"].all()
    robust = passes.groupby(level="strategy", sort=False).agg(["sum", "size"])
    robust.index = pd.MultiIndex.from_product([robust.index, ["robust_share"]])
    rows = reliability[reliability["statistic"].isin(list(thresholds))]
    rows = rows.assign(passes=beyond(rows, thresholds, on), share=rows["statistic"] + "_share")
    found = pd.concat([robust, rows.groupby(["strategy", "share"], sort=False)["passes"].agg(["sum", "size"])])
    found.index = found.index.set_names(["strategy", "share"])
    return found["sum"], found["size"]
