"""From a reliability table and a rule to a verdict on every feature."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evaluation.reliability.summary import counted
from evaluation.tables import ALL_CONDITIONS
from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from selection.rule import POOLS, Criterion, Rule

PLACE = ["strategy", "sequence", "roi"]


def verdicts(reliability: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Judge every feature of a reliability table that was checked; see `selection.thresholds.Thresholds.passing`."""
    statistics = [one.statistic for one in rule.criteria]
    for name in statistics:
        if not (reliability["statistic"] == name).any():
            found = ", ".join(map(str, reliability["statistic"].unique()))
            raise ConfigurationError(f"thresholds: the reliability table has no statistic '{name}'; it has {found}")
    rows = reliability[reliability["statistic"].isin(statistics)]
    contrasts = _contrasts(reliability, rule.conditions)
    rows = rows[(rows["condition"] == ALL_CONDITIONS) | rows["condition"].isin(contrasts["condition"])]
    rows = rows.assign(score=scores(rows, rule.criteria))
    by_contrast = rule.scope == "contrast"
    if by_contrast:
        rows = _spread(rows, contrasts)
    place = [*PLACE, "condition"] if by_contrast else PLACE
    table = _in_each_place(rows, place, rule)
    pool = ["strategy", *POOLS[rule.scope]] if rule.scope in POOLS else None
    if pool:
        table = _pooled(table, pool, rule.at_least)
    if rule.top is None:
        return table.drop(columns="score")
    table["passes"] &= _among_the_best(table, pool or place, rule.top)
    return table


def scores(rows: pd.DataFrame, criteria: Sequence[Criterion]) -> FloatArray:
    """Give the compared value of each row, negative where less is better, -inf where there is none.

    Raises
    ------
    ConfigurationError
        When a statistic has no confidence limits at all, although one is compared.
    """
    result = np.full(len(rows), -np.inf)
    for one in criteria:
        name, column = one.statistic, one.column
        chosen = (rows["statistic"] == name).to_numpy(dtype=bool)
        values = rows.loc[chosen, column].to_numpy(dtype=np.float64)
        if column != "estimate" and np.isnan(values).all() and rows.loc[chosen, "estimate"].notna().any():
            raise ConfigurationError(
                f"thresholds: {name} has no confidence limits in this table, so that no feature would pass; compare "
                f"its estimate (compared: {{{name}: estimate}}) or leave it out"
            )
        result[chosen] = np.where(np.isnan(values), -np.inf, -values if one.below else values)
    return result


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


def _in_each_place(rows: pd.DataFrame, place: list[str], rule: Rule) -> pd.DataFrame:
    """Judge each feature in each sequence and ROI (and condition), and find its worst score there."""
    keys = [*place, "feature"]
    limits = {one.statistic: -one.limit if one.below else one.limit for one in rule.criteria if one.limit is not None}
    asked = rows["statistic"].isin(list(limits or [rule.ranking])).to_numpy()
    limit = np.full(len(rows), -np.inf)
    for name, value in limits.items():
        limit[(rows["statistic"] == name).to_numpy(dtype=bool)] = value
    rows = rows.assign(passing=rows["score"].to_numpy() > limit)
    found = counted(rows[asked], place)
    found["passed"] = found["n_passing"] == found["n_needed"]
    table = found.groupby(keys, sort=False, observed=True).sum()
    wanted = len(limits) if limits and rule.combine == "all" else 1
    table["passes"] = table.pop("passed") >= wanted
    table["score"] = rows[rows["statistic"] == rule.ranking].groupby(keys, sort=False, observed=True)["score"].min()
    table["score"] = table["score"].fillna(-np.inf)
    return table.reset_index()


def _pooled(table: pd.DataFrame, pool: list[str], at_least: int | None) -> pd.DataFrame:
    """Let a feature pass everywhere in a pool if it does in enough of its combinations of sequence and ROI."""
    places = table[PLACE].drop_duplicates().groupby(pool, sort=False, observed=True).size().rename("n_places")
    if at_least is not None and at_least > places.max():
        raise ConfigurationError(
            f"thresholds: at_least: expected at most {places.max()}, the number of combinations of sequence and ROI, "
            f"found {at_least}"
        )
    table = table.join(places, on=pool)
    keys = [*pool, "feature"]
    groups = table.groupby(keys, sort=False, observed=True)
    table["n_places_passing"] = groups["passes"].transform("sum")
    needed = table["n_places"] if at_least is None else at_least
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
