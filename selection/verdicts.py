"""From a reliability table and a rule to a verdict on every feature."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evaluation.reliability.criteria import Criterion
from evaluation.reliability.summary import check_statistics, judged
from evaluation.tables import ALL_CONDITIONS
from harmonize.arrays import BoolArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from selection.rule import POOLS, Rule

PLACE = ["strategy", "sequence", "roi"]


def verdicts(reliability: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Judge every feature of a reliability table that was checked; see `selection.thresholds.Thresholds.passing`."""
    statistics = [one.statistic for one in rule.criteria]
    check_statistics(reliability, statistics, "thresholds")
    rows = reliability[reliability["statistic"].isin(statistics)]
    contrasts = _contrasts(reliability, rule.conditions)
    rows = rows[(rows["condition"] == ALL_CONDITIONS) | rows["condition"].isin(contrasts["condition"])]
    for one in rule.criteria:
        check_limits(rows, one)
    by_contrast = rule.scope == "contrast"
    if by_contrast:
        rows = _spread(rows, contrasts)
    place = [*PLACE, "condition"] if by_contrast else PLACE
    table = judged(rows, rule.thresholds or [rule.ranks_by], place, rule.combine)
    if rule.top is not None:
        table = _with_scores(table, rows, rule.ranks_by, place)
    pool = ["strategy", *POOLS[rule.scope]] if rule.scope in POOLS else None
    if pool:
        table = _pooled(table, pool, rule)
    if rule.top is not None:
        table["passes"] &= _among_the_best(table, pool or place, rule.top)
    return table


def check_limits(rows: pd.DataFrame, one: Criterion) -> None:
    """Refuse a statistic that has no confidence limits at all, although one is compared."""
    own = rows[rows["statistic"] == one.statistic]
    if one.column != "estimate" and own[one.column].isna().all() and own["estimate"].notna().any():
        raise ConfigurationError(
            f"thresholds: {one.statistic} has no confidence limits in this table, so that no feature would pass; "
            f"compare its estimate (compared: {{{one.statistic}: estimate}}) or leave it out"
        )


def _contrasts(reliability: pd.DataFrame, wanted: Sequence[str]) -> pd.DataFrame:
    """List the compared conditions of each sequence."""
    found = reliability.loc[reliability["condition"] != ALL_CONDITIONS, ["sequence", "condition"]].drop_duplicates()
    known = [str(name) for name in found["condition"].unique()]
    refuse_unknown(wanted, known, "thresholds: conditions", "nothing compares")
    return found[found["condition"].isin(wanted)] if wanted else found


def _spread(rows: pd.DataFrame, contrasts: pd.DataFrame) -> pd.DataFrame:
    """Let a statistic over all conditions count in each of them."""
    if contrasts.empty:
        raise ConfigurationError(
            "thresholds: scope: 'contrast' needs a statistic that compares conditions, such as icc; the table has none"
        )
    over_all = rows["condition"] == ALL_CONDITIONS
    spread = rows[over_all].drop(columns="condition").merge(contrasts, on="sequence")
    return pd.concat([rows[~over_all], spread], ignore_index=True)


def _with_scores(table: pd.DataFrame, rows: pd.DataFrame, ranking: Criterion, place: list[str]) -> pd.DataFrame:
    """Add the worst score of each feature in its place."""
    own = rows[rows["statistic"] == ranking.statistic]
    own = own.assign(score=ranking.score(own[ranking.column].to_numpy(dtype=np.float64)))
    worst = own.groupby([*place, "feature"], sort=False, observed=True)["score"]
    return table.join(worst.min(), on=[*place, "feature"]).fillna({"score": -np.inf})


def _pooled(table: pd.DataFrame, pool: list[str], rule: Rule) -> pd.DataFrame:
    """Let a feature pass everywhere in a pool if it does in enough of its combinations of sequence and ROI."""
    places = table[PLACE].drop_duplicates().groupby(pool, sort=False, observed=True).size().rename("n_places")
    if rule.at_least is not None and rule.at_least > places.max():
        raise ConfigurationError(
            f"thresholds: at_least: expected at most {places.max()}, the number of combinations of sequence and ROI, "
            f"found {rule.at_least}"
        )
    table = table.join(places, on=pool)
    keys = [*pool, "feature"]
    groups = table.groupby(keys, sort=False, observed=True)
    table["n_places_passing"] = groups["passes"].transform("sum")
    needed = rule.enough(table["n_places"])
    if rule.top is not None:
        worst_that_counts = table[groups["score"].rank(method="first", ascending=False) == needed]
        by_feature = worst_that_counts.set_index(keys)["score"].rename("pooled")
        table = table.join(by_feature, on=keys)
        table["score"] = table.pop("pooled").fillna(-np.inf)
    table["passes"] = table["n_places_passing"] >= needed
    return table


def _among_the_best(table: pd.DataFrame, one_list: list[str], top: int) -> BoolArray:
    """Find the passing features with the best scores of each list; equal ones in the order of their names."""
    keys = [*one_list, "feature"]
    candidates = table.loc[table["passes"] & (table["score"] > -np.inf), [*keys, "score"]].drop_duplicates(keys)
    candidates = candidates.sort_values(["score", "feature"], ascending=[False, True], kind="stable")
    rank = candidates.groupby(one_list, sort=False, observed=True).cumcount()
    best = pd.MultiIndex.from_frame(candidates.loc[rank < top, keys])
    return np.asarray(pd.MultiIndex.from_frame(table[keys]).isin(best), dtype=bool)
