"""Intervals of the headline shares, which let whole subjects vary."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from evaluation.comparison.margins import DOUBLED, DRAWS, Threshold, left_out, margins, moves
from evaluation.comparison.shares import share_limits
from evaluation.reliability.contrasts import groups_by_strategy
from evaluation.reliability.statistic import Settings
from evaluation.reliability.statistics import about, below, compared_column, headline
from evaluation.reliability.summary import Compared
from harmonize.arrays import FloatArray
from selection.drawn_verdicts import count_robust, thresholds_of
from selection.thresholds import Thresholds

COLUMNS = ["strategy", "share", "estimate", "lower", "upper"]


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
        Called after each strategy, sequence and ROI.

    Returns
    -------
    DataFrame
        As `rule_intervals`.
    """
    limits = {name: about(name).threshold for name in headline()}
    thresholds = {name: limit for name, limit in limits.items() if limit is not None}
    return rule_intervals(features, rule, thresholds, Settings(reference), progress=progress)


def rule_intervals(
    features: pd.DataFrame,
    rule: Thresholds,
    thresholds: Mapping[str, float],
    settings: Settings,
    *,
    columns: Sequence[str] | None = None,
    on: Compared = "estimate",
    seed: int = 0,
    progress: Callable[[], None] = lambda: None,
) -> pd.DataFrame:
    """Give limits of the share of robust features, and of features beyond single thresholds.

    Parameters
    ----------
    features : DataFrame
        The feature table.
    rule : Thresholds
        What a robust feature must pass.
    thresholds : mapping of str to float
        By statistic: whose shares beyond a threshold have limits as well.
    settings : Settings
        How reliability is computed; its level is that of the limits.
    columns : sequence of str or None
        The feature columns, see `reliability_table`.
    on : {"estimate", "limit"}
        What is compared with `thresholds`, see `evaluation.reliability.beyond`.
    seed : int
        Makes the draws repeatable.
    progress : callable
        Called after each strategy, sequence and ROI, `count_groups` times.

    Returns
    -------
    DataFrame
        Columns strategy, share (``robust_share``, ``icc_share``, ...), estimate, lower and upper, see `share_limits`.
        Without an estimate where nothing could be computed; no rows with fewer than two subjects.
    """
    if features["subject"].nunique() < 2:
        return pd.DataFrame(columns=COLUMNS)
    resolved = rule.resolved
    asked = thresholds_of(resolved)
    single = [
        Threshold(name, float(limit), below(name), compared_column(name, on)) for name, limit in thresholds.items()
    ]
    wanted = tuple(dict.fromkeys((*asked, *single)))
    rows = []
    for strategy, members in groups_by_strategy(features, columns).items():
        drawn = moves(len(left_out(members[0].values.shape[1])), seed)
        none: FloatArray = np.zeros(1 + DRAWS + DOUBLED)
        places, counts, totals = [], dict.fromkeys(single, none), dict.fromkeys(single, 0)
        told: dict[Threshold, FloatArray] = dict.fromkeys(wanted, np.zeros(2))
        for group in members:
            found = dict(zip(wanted, margins(group, wanted, settings), strict=True))
            passing = {one: (found[one].conditions, found[one].drawn(drawn)) for one in wanted}
            places.append((group, [passing[one] for one in asked]))
            told = {one: rows + found[one].told.sum(axis=(1, 2)) for one, rows in told.items()}
            for one in single:
                passes = passing[one][1]
                counts[one] = counts[one] + passes.reshape(len(passes), -1).sum(axis=1)
                totals[one] += passes[0].size
            progress()
        robust, total = count_robust(resolved, places) if asked else (none, 0)
        shares = [("robust_share", robust, total, _jointly([told[one] for one in asked], resolved.combine))]
        shares += [(f"{one.statistic}_share", counts[one], totals[one], told[one]) for one in single]
        for name, count, of, known in shares:
            if of:
                lower, upper = share_limits(count[:, None] / of, settings.level, known[:, None])
                estimate = count[0] / of if known[1] else np.nan
                rows.append((strategy, name, estimate, float(lower[0]), float(upper[0])))
    return pd.DataFrame(rows, columns=COLUMNS)


def _jointly(told: Sequence[FloatArray], combine: str) -> FloatArray:
    """Give how far several thresholds together are told: as far as the worst of those that are needed."""
    computed = [rows for rows in told if rows[1]]
    if not computed or (combine == "all" and len(computed) < len(told)):
        return np.zeros(2)
    return max(computed, key=lambda rows: float(rows[0] / rows[1]))


def count_groups(features: pd.DataFrame) -> int:
    """Count the strategies, sequences and ROIs that are judged; none where there are fewer than two subjects."""
    places = len(features[["sequence", "roi"]].drop_duplicates())
    return features["strategy"].nunique() * places if features["subject"].nunique() > 1 else 0
