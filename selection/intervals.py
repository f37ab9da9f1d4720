"""Intervals of the headline shares, which let whole subjects vary."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evaluation.comparison.margins import DOUBLED, DRAWS, count_passing, left_out, margins_of, moves
from evaluation.comparison.shares import share_limits
from evaluation.reliability.contrasts import GroupsByStrategy, check_reference
from evaluation.reliability.criteria import Compared, Criterion, criteria_of
from evaluation.reliability.statistic import Settings
from evaluation.reliability.statistics import about, headline
from evaluation.tables import check_feature_table
from harmonize.arrays import FloatArray
from harmonize.inputs.frames import takes_frames
from selection.drawn_verdicts import count_robust
from selection.thresholds import Thresholds

if TYPE_CHECKING:
    from evaluation.generalizability.left_out import OverFacets

COLUMNS = ["strategy", "share", "estimate", "lower", "upper"]


@takes_frames
def share_intervals(
    features: pd.DataFrame,
    reference: str | None,
    rule: Thresholds | None = None,
    thresholds: Mapping[str, float] | None = None,
    *,
    settings: Settings = Settings(),
    columns: Sequence[str] | None = None,
    on: Compared = "estimate",
    over: "OverFacets | None" = None,
    seed: int = 0,
    progress: Callable[[], None] = lambda: None,
) -> pd.DataFrame:
    """Give limits of the share of robust features, and of features beyond single thresholds.

    Parameters
    ----------
    features : DataFrame
        The feature table.
    reference : str or None
        As for `reliability_table`.
    rule : Thresholds, optional
        What a robust feature must pass; ICC and CCC above .90 under every condition unless another is given. The share
        of robust features of one that names facets has no row without `over`, nor where it asks for their limits.
    thresholds : mapping of str to float, optional
        By statistic: whose shares beyond a threshold have limits as well; the usual ones unless others are given.
    settings : Settings
        How reliability is computed; its level is that of the limits.
    columns : sequence of str or None
        The feature columns, see `reliability_table`.
    on : {"estimate", "limit"}
        What is compared with `thresholds`, see `evaluation.reliability.beyond`.
    over : OverFacets, optional
        Measurements over the facets that the rule names.
    seed : int
        Makes the draws repeatable.
    progress : callable
        Called after each strategy, sequence and ROI, `count_groups` times.

    Returns
    -------
    DataFrame
        Columns strategy, share (``robust_share``, ``icc_share``, ...), estimate, lower and upper, see `share_limits`.
        Without an estimate where nothing could be computed; no rows with fewer than two subjects.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(10, 1, (17, 20))
    >>> table = pd.concat([
    ...     pd.DataFrame(truth + rng.normal(0, 0.3, truth.shape)).add_prefix("original_glcm_F").assign(
    ...         strategy="none", subject=range(17), sequence="T2", condition=name, roi="liver"
    ...     )
    ...     for name in ("REF+STD", "ACC+STD")
    ... ])
    >>> share_intervals(table, "REF+STD", Thresholds({"icc": 0.9})).round(2).head(1)
      strategy         share  estimate  lower  upper
    0     none  robust_share      0.65    0.4   0.83
    """
    features = check_feature_table(features, columns)
    settings = settings._replace(reference=reference)
    if reference is not None:
        check_reference(features, reference)
    rule = Thresholds() if rule is None else rule
    if thresholds is None:
        limits = {name: about(name).threshold for name in headline()}
        thresholds = {name: limit for name, limit in limits.items() if limit is not None}
    if features["subject"].nunique() < 2:
        return pd.DataFrame(columns=COLUMNS)
    resolved = rule.resolved
    over = over if all(one.column == "estimate" for one in rule.of_facets) else None
    asked = resolved.thresholds if over is not None or not rule.of_facets else ()
    of_design = tuple(one for one in rule.of_facets if one in asked)
    beside = over.beside(features, columns) if over is not None and of_design else None
    single = criteria_of(thresholds, on)
    plain = tuple(dict.fromkeys((*(one for one in asked if one not in of_design), *single)))
    wanted = (*plain, *of_design)
    rows = []
    for strategy, members in GroupsByStrategy(features, columns).items():
        drawn = moves(len(left_out(members[0].values.shape[1])), seed)
        none: FloatArray = np.zeros(1 + DRAWS + DOUBLED)
        places, counts, totals = [], dict.fromkeys(single, none), dict.fromkeys(single, 0)
        told: dict[Criterion, FloatArray] = dict.fromkeys(wanted, np.zeros(2))
        for group, judged in margins_of(members, plain, settings):
            facets = beside.margins(group, of_design) if beside else ()
            found = dict(zip(wanted, (*judged, *facets), strict=True))
            passing = {one: (found[one].conditions, found[one].drawn(drawn)) for one in wanted}
            places.append((group, [passing[one] for one in asked]))
            told = {one: rows + found[one].told.sum(axis=(1, 2)) for one, rows in told.items()}
            for one in single:
                passes = passing[one][1]
                counts[one] = counts[one] + count_passing(passes)
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
