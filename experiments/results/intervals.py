"""Intervals of the headline shares, which let whole subjects vary."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from evaluation.reliability import DEFAULT_THRESHOLDS, LOWER_IS_BETTER
from evaluation.reliability.contrasts import groups_by_strategy
from evaluation.reliability.margins import DOUBLED, DRAWS, Settings, Threshold, left_out, margins, moves
from evaluation.reliability.sample import FloatArray
from evaluation.reliability.shares import share_limits
from evaluation.reliability.summary import Compared
from selection.drawn_verdicts import count_robust, thresholds_of
from selection.thresholds import Thresholds

SHARES = ("icc", "ccc", "cv", "qcd")
"""The statistics whose shares of features beyond the usual thresholds have intervals."""

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
    thresholds = {name: DEFAULT_THRESHOLDS[name] for name in SHARES}
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
        No limits where nothing could be computed, no rows with fewer than two subjects.
    """
    if features["subject"].nunique() < 2:
        return pd.DataFrame(columns=COLUMNS)
    resolved = rule.resolved
    asked = thresholds_of(resolved)
    single = [
        Threshold(name, float(limit), name in LOWER_IS_BETTER, _column(name, on)) for name, limit in thresholds.items()
    ]
    wanted = tuple(dict.fromkeys((*asked, *single)))
    rows = []
    for strategy, members in groups_by_strategy(features, columns).items():
        drawn = moves(len(left_out(members[0].values.shape[1])), seed)
        none: FloatArray = np.zeros(1 + DRAWS + DOUBLED)
        places, counts, totals = [], dict.fromkeys(single, none), dict.fromkeys(single, 0)
        computed: set[Threshold] = set()
        for group in members:
            found = dict(zip(wanted, margins(group, wanted, settings), strict=True))
            passing = {one: (found[one].conditions, found[one].drawn(drawn)) for one in wanted}
            places.append((group, [passing[one] for one in asked]))
            computed |= {one for one in wanted if (found[one].margin > -np.inf).any()}
            for one in single:
                passes = passing[one][1]
                counts[one] = counts[one] + passes.reshape(len(passes), -1).sum(axis=1)
                totals[one] += passes[0].size
            progress()
        robust, total = count_robust(resolved, places) if asked else (none, 0)
        enough = all if resolved.combine == "all" else any
        shares = [("robust_share", robust, total, enough(one in computed for one in asked))]
        shares += [(f"{one.statistic}_share", counts[one], totals[one], one in computed) for one in single]
        for name, count, of, known in shares:
            if of:
                lower, upper = share_limits(count[:, None] / of, settings.level)
                limits = (float(lower[0]), float(upper[0])) if known else (np.nan, np.nan)
                rows.append((strategy, name, count[0] / of, *limits))
    return pd.DataFrame(rows, columns=COLUMNS)


def count_groups(features: pd.DataFrame) -> int:
    """Count the strategies, sequences and ROIs that are judged; none where there are fewer than two subjects."""
    places = len(features[["sequence", "roi"]].drop_duplicates())
    return features["strategy"].nunique() * places if features["subject"].nunique() > 1 else 0


def _column(statistic: str, on: Compared) -> str:
    return on if on == "estimate" else "upper" if statistic in LOWER_IS_BETTER else "lower"
