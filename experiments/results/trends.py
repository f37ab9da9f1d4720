"""What ordered levels do to features: slopes and tests, and up to which level each feature passes the rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from evaluation.reliability.levels import summarize_levels
from evaluation.reliability.statistic import Settings
from evaluation.reliability.status import Status
from evaluation.reliability.table import reliability_of
from evaluation.tables import feature_columns
from evaluation.trends.highest import highest_passing
from evaluation.trends.ordered import Ladder, OrderedFactor
from evaluation.trends.trend_table import KEYS, trend_table
from experiments.folder.condition_files import TREND_LEVELS, TREND_SHARES, TREND_SUMMARY, TRENDS
from experiments.folder.run_folder import RunFolder
from selection.thresholds import Thresholds

FALSE_DISCOVERY_RATE = 0.05
"""A feature counts as rising or falling where q of its slope lies below this."""
PLACE = ["strategy", "sequence", "roi", "feature"]
GROUPS = ["factor", "strategy", "at"]


@dataclass(frozen=True)
class Trends:
    """What ordered levels do to features.

    Parameters
    ----------
    trends : DataFrame
        See `trend_table`, and of each feature: `direction` (``rising`` or ``falling`` on average over subjects,
        where `slope_q` is below .05, else empty), `reference` (the level all are compared with), `highest` (the last
        level up to which it passes at all levels; that of the reference where it passes at none), `passing` of `tested`
        levels, `again` (whether it passes again beyond one at which it does not), `highest_status` (why the level after
        `highest` could not be judged, else ``ok``).
    levels : DataFrame
        A row for each feature and level: `number`, `mean` and `n_values`; beyond the reference level `passes`, the
        statistics of the rule between both levels, `n` and `status`.
    summary : DataFrame
        By factor, strategy, `at`, overall and by sequence, ROI and class: `n_total`, `n_computed`, `rising`, `falling`
        (of the computed), `again`, and the median of the magnitude of `percent`.
    shares : DataFrame
        The same levels and each number: `passing` at it alone, and `up_to` it (at it and all before), of `n_total`;
        `n_computed` of them could be judged.
    """

    trends: pd.DataFrame
    levels: pd.DataFrame
    summary: pd.DataFrame
    shares: pd.DataFrame


def trends_of(
    features: pd.DataFrame,
    factors: Sequence[OrderedFactor],
    rule: Thresholds,
    *,
    columns: Sequence[str] | None = None,
    level: float = 0.95,
    unpaired: bool = False,
) -> Trends:
    """Compute the trends over each factor, all others being equal.

    Parameters
    ----------
    features : DataFrame
        A feature table.
    factors : sequence of OrderedFactor
    rule : Thresholds
        What a feature must reach at a level against the reference level: its thresholds, whether all or any of them,
        and what is compared with them, all without coefficients of facets. Where no threshold is left, those of
        `Thresholds` by default.
    columns, level, unpaired
        See `trend_table`. If unpaired, no feature is judged: no subject has two levels.

    Raises
    ------
    ConfigurationError
        As `trend_table`.
    """
    columns = feature_columns(features) if columns is None else list(columns)
    judged = judged_by(rule)
    tables = [trend_table(features, factor, columns=columns, level=level, unpaired=unpaired) for factor in factors]
    trends = pd.concat(tables, ignore_index=True)
    parts = [part for factor in factors for part in _levels(features, factor, judged, columns, level)]
    levels = pd.concat(parts, ignore_index=True)
    trends = _with_direction(_with_highest(trends, levels))
    return Trends(trends, levels, _summary(trends), _shares(levels))


def judged_by(rule: Thresholds) -> Thresholds:
    """Give the part of a rule that judges a level by itself.

    Examples
    --------
    >>> judged_by(Thresholds({"icc[reader]": 0.75, "icc": 0.8}, at_least=2)).describe()
    'icc > 0.8'
    """
    plain = rule.without_facets
    if not plain.limits:
        return Thresholds()
    return replace(plain, at_least=None, top=None, by=None, conditions=(), scope="sequence_roi")


def _levels(
    features: pd.DataFrame, factor: OrderedFactor, rule: Thresholds, columns: Sequence[str], level: float
) -> Iterator[pd.DataFrame]:
    """Give the rows of each level: means, and what the rule says of the reference level and it."""
    for _, here in features.groupby("sequence", sort=False):  # each has levels of its own
        for ladder in factor.ladders(tuple(map(str, pd.unique(here["condition"])))):
            for rung, (condition, number) in enumerate(zip(ladder.conditions, ladder.numbers, strict=True)):
                means = _means(here[here["condition"] == condition], columns)
                known = {"factor": factor.name, "at": ladder.at, "number": number, "rung": rung}
                yield _judged(means, here, ladder, rung, rule, level).assign(**known)


def _means(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    grouped = rows.groupby(PLACE[:3], sort=False)[list(columns)]
    mean = grouped.mean().rename_axis("feature", axis=1).stack(future_stack=True)
    count = grouped.count().rename_axis("feature", axis=1).stack(future_stack=True)
    return pd.DataFrame({"mean": mean, "n_values": count}).reset_index()


def _judged(
    means: pd.DataFrame, features: pd.DataFrame, ladder: Ladder, rung: int, rule: Thresholds, level: float
) -> pd.DataFrame:
    """Say of every feature whether it passes between the reference level and another."""
    if not rung:
        return means.assign(passes=None, status="")
    reference, condition = ladder.conditions[0], ladder.conditions[rung]
    columns = list(pd.unique(means["feature"]))
    pair = features[features["condition"].isin([reference, condition])]
    computed = reliability_of(pair, Settings(reference, level=level), rule.statistics, columns)
    found = rule.passing(computed)[[*PLACE, "passes"]]
    wide = computed.pivot(index=PLACE, columns="statistic", values=["estimate", "lower", "upper"])
    wide.columns = pd.Index([name if kind == "estimate" else f"{name}_{kind}" for kind, name in wide.columns])
    lacking = computed["estimate"].isna()
    told = computed.assign(status=computed["status"].where(lacking, Status.OK.value), lacking=lacking)
    first = told.sort_values("lacking", ascending=False, kind="stable").groupby(PLACE, sort=False)
    states = first.agg(n=("n", "min"), status=("status", "first"))
    every = means.merge(found, on=PLACE, how="left").merge(wide.reset_index(), on=PLACE, how="left")
    every = every.merge(states.reset_index(), on=PLACE, how="left")
    status = every["status"].fillna(Status.TOO_FEW.value)
    return every.assign(passes=every["passes"].eq(True), status=status, n=every["n"].fillna(0).astype(int))


def _with_highest(trends: pd.DataFrame, levels: pd.DataFrame) -> pd.DataFrame:
    """Add up to which level each feature passes."""
    keys = list(KEYS)
    rungs = levels.pivot(index=keys, columns="rung", values=["number", "passes", "status"])
    rungs = rungs.reindex(pd.MultiIndex.from_frame(trends[keys]))
    numbers = rungs["number"].to_numpy(dtype=np.float64)
    there = np.isfinite(numbers[:, 1:])
    passes = rungs["passes"].to_numpy()[:, 1:] == np.True_ if numbers.shape[1] > 1 else np.zeros(there.shape, bool)
    reached = highest_passing(passes.astype(bool))
    rows = np.arange(len(trends))
    after = np.minimum(reached.levels + 1, numbers.shape[1] - 1)
    status = rungs["status"].to_numpy()[rows, after] if numbers.shape[1] > 1 else np.full(len(trends), None)
    ended = (reached.levels >= there.sum(axis=1)) & (reached.levels > 0)
    status = np.where(ended, Status.OK.value, np.where(pd.isna(status), Status.TOO_FEW.value, status))
    unknown = (status != Status.OK) & (reached.levels == 0)
    return trends.assign(
        reference=numbers[:, 0],
        highest=np.where(unknown, np.nan, numbers[rows, reached.levels]),
        passing=reached.levels,
        tested=there.sum(axis=1),
        again=reached.again,
        highest_status=status.astype(object),
    )


def _with_direction(trends: pd.DataFrame) -> pd.DataFrame:
    # Not by q of the rank test, which is small, too, where subjects change in ways of their own that cancel out.
    found = trends["slope_q"] < FALSE_DISCOVERY_RATE
    direction = np.where(
        found & (trends["slope"] > 0), "rising", np.where(found & (trends["slope"] < 0), "falling", "")
    )
    return trends.assign(direction=direction.astype(object))


def _summary(trends: pd.DataFrame) -> pd.DataFrame:
    rows = trends.assign(
        computed=trends["slope_p"].notna(),
        rising=trends["direction"] == "rising",
        falling=trends["direction"] == "falling",
        magnitude=trends["percent"].abs(),
    )

    def counted(groups: Any) -> pd.DataFrame:
        return groups.agg(
            n_total=("feature", "size"),
            n_computed=("computed", "sum"),
            rising=("rising", "sum"),
            falling=("falling", "sum"),
            again=("again", "sum"),
            percent=("magnitude", "median"),
        )

    return _by_first(summarize_levels(rows, GROUPS, counted), 3)


def _shares(levels: pd.DataFrame) -> pd.DataFrame:
    rows = levels[levels["rung"] > 0].sort_values("rung", kind="stable")
    rows = rows.assign(passes=rows["passes"].astype(bool), computed=rows["status"] == Status.OK)
    rows["so_far"] = rows.groupby(list(KEYS), sort=False)["passes"].cumprod().astype(bool)

    def counted(groups: Any) -> pd.DataFrame:
        return groups.agg(
            n_total=("feature", "size"),
            n_computed=("computed", "sum"),
            passing=("passes", "sum"),
            up_to=("so_far", "sum"),
        )

    return _by_first(summarize_levels(rows, [*GROUPS, "rung", "number"], counted), 3)


def _by_first(table: pd.DataFrame, place: int) -> pd.DataFrame:
    table.insert(place, "by", table.pop("by"))
    table.insert(place + 1, "level", table.pop("level"))
    return table


def write_trends(folder: RunFolder, found: Trends | None) -> None:
    """Write the tables, or take away those of a former run."""
    for file, table in (
        (TRENDS, found and found.trends),
        (TREND_LEVELS, found and found.levels),
        (TREND_SUMMARY, found and found.summary),
        (TREND_SHARES, found and found.shares),
    ):
        folder.renew(file, table)
