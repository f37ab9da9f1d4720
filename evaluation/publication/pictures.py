"""The figures of a paper on reliability, each with its name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from evaluation.figures import bland_altman, concordance, distributions, forest, heat_map, paired
from evaluation.figures.paired import FEWEST
from evaluation.publication.analysis import Analysis
from evaluation.reliability.statistics import about, below, leading
from evaluation.tables import ALL_CONDITIONS, condition_name, feature_class
from harmonize.words import sentence

MOST_ROWS = 120
"""A heat map with more features than this shows those of the original image only, or else the first."""
MOST_ESTIMATES = 40
"""Rows of a forest plot."""
ORIGINAL = "original_"


@dataclass(frozen=True)
class Place:
    """Where the figures of single features are: one level of each key.

    Parameters
    ----------
    strategy, sequence, roi, condition : str
        The levels; the condition is the one compared with the reference, or ``all`` without one.
    """

    strategy: str
    sequence: str
    roi: str
    condition: str

    def rows(self, reliability: pd.DataFrame, statistic: str) -> pd.DataFrame:
        """Choose the rows of one statistic here."""
        chosen = reliability["statistic"] == statistic
        for key in ("strategy", "sequence", "roi", "condition"):
            chosen &= reliability[key] == getattr(self, key)
        return reliability[chosen]

    def typical(self, reliability: pd.DataFrame) -> str | None:
        """Give the feature whose agreement is the median here (the lower of the middle two), of 3 subjects or more."""
        rows = self.rows(reliability, leading()).dropna(subset="estimate").sort_values("estimate", kind="stable")
        rows = rows[rows["n"] >= FEWEST]
        return None if rows.empty else str(rows["feature"].iloc[(len(rows) - 1) // 2])


def paper_figures(
    reliability: pd.DataFrame, table: pd.DataFrame, analysis: Analysis, place: Place, pictured: Sequence[str] = ()
) -> Iterator[tuple[str, Figure]]:
    """Draw the figures of a paper.

    Parameters
    ----------
    reliability : DataFrame
        A reliability table.
    table : DataFrame
        The feature table that it was computed from.
    analysis : Analysis
        How it was computed, with the thresholds.
    place : Place
        Where Bland-Altman, scatter and forest plots are.
    pictured : sequence of str
        The features that they are of.

    Yields
    ------
    name : str
        Of the file.
    figure : Figure
        The distribution of each statistic; heat maps of agreement by feature class and, for each strategy and
        condition, by feature and ROI; the forest plot of the features at the place; and of each pictured feature the
        Bland-Altman plot, the scatter plot (both of pairs, so not without a reference), and the forest plot over all
        places.
    """
    yield from _distributions(reliability, analysis)
    shown = leading()
    coefficients = reliability[reliability["statistic"] == shown]
    yield from _classes(coefficients, analysis, shown)
    yield from _maps(coefficients, analysis, shown)
    what, limit = about(shown).labelled(analysis.settings), analysis.thresholds[shown]
    here = place.rows(reliability, shown)
    ranked = _shown_features(here).sort_values("estimate", ascending=False, kind="stable")
    note = "" if len(ranked) <= MOST_ESTIMATES else f"; {MOST_ESTIMATES} of {len(ranked)} features, evenly by rank"
    chosen = np.unique(np.linspace(0, len(ranked) - 1, min(MOST_ESTIMATES, len(ranked))).round().astype(int))
    named = ranked.iloc[chosen].rename(columns={"feature": "name"})
    if len(named):
        yield "forest_features", forest(named, f"{_words(place)}{note}", what, limit)
    for feature in pictured:
        if analysis.reference is not None:
            pairs = paired(
                *(table, feature, analysis.reference, place.condition),
                strategy=place.strategy,
                sequence=place.sequence,
                roi=place.roi,
            )
            yield f"bland_altman_{feature}", bland_altman(pairs, analysis.how.level)
            yield f"concordance_{feature}", concordance(pairs, analysis.how.level)
        rows = coefficients[coefficients["feature"] == feature]
        names = _varying(rows, ("strategy", "condition", "sequence", "roi"))
        yield f"forest_{feature}", forest(rows.assign(name=names), feature, what, limit)


def _distributions(reliability: pd.DataFrame, analysis: Analysis) -> Iterator[tuple[str, Figure]]:
    for statistic, limit in analysis.thresholds.items():
        rows = reliability[reliability["statistic"] == statistic]
        if rows.empty or about(statistic).twin_of:
            continue
        names = _varying(rows, ("strategy", "condition"))
        groups = {str(name): group for name, group in rows["estimate"].groupby(names, sort=False)}
        label = about(statistic).label
        title = f"{label} of features in all regions"
        yield (
            f"distribution_{statistic}",
            distributions(groups, title, label, limit, lower_is_better=below(statistic)),
        )


def _classes(coefficients: pd.DataFrame, analysis: Analysis, shown: str) -> Iterator[tuple[str, Figure]]:
    rows = coefficients.assign(group=coefficients["feature"].map(feature_class))
    rows = rows[rows["group"] != ""]
    if rows["group"].nunique() < 2:
        return
    columns = _varying(rows, ("strategy", "sequence", "condition"))
    grid = rows.groupby(["group", columns], sort=False)["estimate"].median().unstack()
    grid = grid.reindex(columns=pd.unique(columns)).rename_axis(index=None, columns=None)
    what = f"median {about(shown).label}"
    title = f"{sentence(what)} by feature class, all regions"
    yield "class_condition", heat_map(grid, title, what, analysis.thresholds[shown])


def _maps(coefficients: pd.DataFrame, analysis: Analysis, statistic: str) -> Iterator[tuple[str, Figure]]:
    label, limit = about(statistic).label, analysis.thresholds[statistic]
    for (strategy, condition), rows in coefficients.groupby(["strategy", "condition"], sort=False):
        shown = _shown_features(rows)
        columns = _varying(shown, ("sequence", "roi"))
        grid = shown["estimate"].groupby([shown["feature"], columns], sort=False).first().unstack()
        grid = grid.reindex(index=pd.unique(shown["feature"]), columns=pd.unique(columns))
        total = rows["feature"].nunique()
        note = "" if len(grid) == total else f" ({len(grid)} of {total} features)"
        words = f"{strategy}: " if strategy != "all" else ""
        if analysis.reference is None:
            compared = "all conditions"
        else:
            compared = f"{condition_name(condition)} with {condition_name(analysis.reference)}"
        title = f"{words}{label} of {compared}{note}"
        name = "_".join(["heat_map", *([strategy] if strategy != "all" else []), condition])
        yield name, heat_map(grid.rename_axis(index=None), title, label, limit)


def _shown_features(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep as many features as a figure can show."""
    names = pd.unique(rows["feature"])
    if len(names) <= MOST_ROWS:
        return rows
    original = [name for name in names if str(name).startswith(ORIGINAL)]
    return rows[rows["feature"].isin((original or list(names))[:MOST_ROWS])]


def _varying(rows: pd.DataFrame, keys: Sequence[str]) -> pd.Series:
    """Name rows by those keys that differ among them."""
    parts = [rows[key].map(condition_name) if key == "condition" else rows[key] for key in keys]
    parts = [part for part in parts if part.nunique() > 1] or parts[:1]
    names = parts[0].astype(str)
    for part in parts[1:]:
        names = names + " · " + part.astype(str)
    return names.rename(None)


def _words(place: Place) -> str:
    names = [name for name in (place.strategy, place.sequence, place.roi) if name != "all"]
    condition = "all conditions" if place.condition == ALL_CONDITIONS else condition_name(place.condition)
    return ", ".join([condition, *names])
