"""The tables of a paper on reliability: median (Q1, Q3) and share of good features, by what differs."""

from collections.abc import Mapping

import pandas as pd

from evaluation.publication.analysis import Analysis
from evaluation.publication.markup import PaperTable
from evaluation.reliability.statistics import about, headline, twins
from evaluation.reliability.summary import reproducible, summarize, summarize_reproducible
from evaluation.reliability.terms import NO_LIMITS, NOT_COMPUTED, number, share, threshold, unit
from evaluation.tables import condition_name, feature_class
from harmonize.words import listed, plural

HEADINGS = {"sequence": "Sequence", "roi": "ROI", "class": "Feature class", "condition": "Condition"}
NO_CLASS = "other"
"""The class of a feature whose name does not tell it."""


def paper_tables(
    reliability: pd.DataFrame, analysis: Analysis, judged: pd.DataFrame | None = None
) -> tuple[PaperTable, ...]:
    """Write the tables of a paper.

    Parameters
    ----------
    reliability : DataFrame
        A reliability table (see `evaluation.tables`).
    analysis : Analysis
        How it was computed, with the thresholds.
    judged : DataFrame or None
        Which features are reproducible, with the columns of `evaluation.reliability.reproducible`, where the rule
        asks for more than that; see `Analysis.rule_words`.

    Returns
    -------
    tuple of PaperTable
        ``overall``; ``by_sequence``, ``by_roi``, ``by_class`` and ``by_condition`` where there is more than one
        level; ``reproducible``, the features that pass jointly; ``dispersion``, where CV and QCD of features
        that change sign stand in both modes; and ``further``, medians of the statistics that have no other table.

    Raises
    ------
    ConfigurationError
        When the table breaks its schema or lacks a statistic of the rule.
    """
    summary = summarize(reliability, analysis.thresholds, analysis.on)
    strategies = list(dict.fromkeys(summary["strategy"]))
    present = set(summary["statistic"])
    statistics = [name for one in headline() for name in (one, about(one).over_all) if name in present]
    tables = [_table("overall", "overall", reliability, summary, statistics, analysis)]
    for by in HEADINGS:
        levels = summary.loc[summary["by"] == by, "level"].unique()
        if len([level for level in levels if by != "condition" or level != "all"]) > 1:
            tables.append(_table(f"by_{by}", by, reliability, summary, statistics, analysis))
    joint = reproducible(reliability, analysis.rule, analysis.on) if judged is None else judged
    tables.append(_reproducible(joint, strategies, analysis))
    with_twins = [name for pair in twins().items() for name in pair]
    both = [name for name in with_twins if name in present]
    if any(about(name).twin_of for name in both):
        tables.append(_table("dispersion", "overall", reliability, summary, both, analysis))
    shown = {*statistics, *with_twins}
    further = [name for name in pd.unique(reliability["statistic"]) if name not in shown]
    if further:
        tables.append(_further(reliability, strategies, further, analysis))
    return tuple(tables)


def _table(
    name: str, by: str, reliability: pd.DataFrame, summary: pd.DataFrame, statistics: list[str], analysis: Analysis
) -> PaperTable:
    strategies = list(dict.fromkeys(summary["strategy"]))
    chosen = summary[summary["by"] == by]
    cells: dict[tuple[str, str, str], Mapping[str, float]] = {
        (row["level"], row["strategy"], row["statistic"]): row for row in chosen.to_dict("records")
    }
    if by == "condition":
        # ICC and CCC have a row for each condition; the dispersion over all of them is in the other tables.
        statistics = [name for name in statistics if about(name).of != "all" or analysis.reference is None]
    levels = [level for level in chosen["level"].unique() if by != "condition" or level != "all"]
    show_strategy = len(strategies) > 1 or by == "overall"
    keys = ([] if by == "overall" else [HEADINGS[by]]) + (["Strategy"] if show_strategy else [])
    headings = ["Subjects", *(heading for name in statistics for heading in _headings(name, analysis))]
    used = _subjects(reliability, by, statistics)
    rows = []
    for level in levels:
        for strategy in strategies:
            names = ([] if by == "overall" else [level or NO_CLASS]) + ([strategy] if show_strategy else [])
            texts = [text for name in statistics for text in _cell(cells.get((level, strategy, name)), name, analysis)]
            rows.append((*names, used.get((level, strategy), "–"), *texts))
    return PaperTable(name, _caption(by, statistics, analysis), (*keys, *headings), tuple(rows), len(keys))


def _subjects(reliability: pd.DataFrame, by: str, statistics: list[str]) -> dict[tuple[str, str], str]:
    """Give fewest and most subjects of the estimates behind each row of a table."""
    rows = reliability[reliability["statistic"].isin(statistics) & reliability["estimate"].notna()]
    levels = rows["feature"].map(feature_class) if by == "class" else "all" if by == "overall" else rows[by]
    counts = rows.assign(level=levels).groupby(["level", "strategy"], sort=False)["n"].agg(["min", "max"])
    return {
        key: f"{low}" if low == high else f"{low}–{high}"
        for key, (low, high) in zip(counts.index, counts.to_numpy(), strict=True)
    }


def _headings(statistic: str, analysis: Analysis) -> tuple[str, str]:
    return _heading(statistic), threshold(statistic, analysis.thresholds[statistic])


def _heading(statistic: str) -> str:
    label = about(statistic).label
    return f"{label}, %" if unit(statistic) and not label.startswith("%") else label


def _cell(row: Mapping[str, float] | None, statistic: str, analysis: Analysis) -> tuple[str, str]:
    if row is None:
        return "–", "–"
    compared = analysis.on == "estimate" or about(statistic).limits
    passing = share(int(row["passing"]), int(row["n_total"]), int(row["n_computed"])) if compared else NO_LIMITS
    if not row["n_computed"]:
        return NOT_COMPUTED, passing
    median, q1, q3 = (number(row[name], statistic) for name in ("median", "q1", "q3"))
    return f"{median} ({q1}, {q3})", passing


def _caption(by: str, statistics: list[str], analysis: Analysis) -> str:
    what = listed([about(name).label for name in statistics])
    where = "" if by == "overall" else f" by {HEADINGS[by] if by == 'roi' else HEADINGS[by].lower()}"
    compared = "estimate" if analysis.on == "estimate" else f"unfavourable {analysis.how.percent} confidence limit"
    return (
        f"Reliability of {plural(analysis.features, 'feature')} in "
        f"{plural(analysis.subjects, 'subject')}{where}: median (Q1, Q3) of {what}, and number of "
        "combinations (feature, ROI, sequence and, for agreement, compared condition) whose "
        f"{compared} passes the threshold, of all of them. Combinations that could not be computed do not pass and "
        "are not part of the medians."
    )


def _further(reliability: pd.DataFrame, strategies: list[str], statistics: list[str], analysis: Analysis) -> PaperTable:
    """Give medians of further statistics; those in units of the feature have none that means anything."""
    rows = []
    for statistic in statistics:
        for strategy in strategies:
            chosen = (reliability["statistic"] == statistic) & (reliability["strategy"] == strategy)
            values = reliability.loc[chosen, "estimate"]
            if about(statistic).unit == "feature":
                text = "in units of the feature"
            elif values.notna().any():
                q1, median, q3 = (number(value, statistic) for value in values.quantile([0.25, 0.5, 0.75]))
                text = f"{median} ({q1}, {q3})"
            else:
                text = NOT_COMPUTED
            rows.append((_heading(statistic), strategy, text, f"{values.notna().sum()}/{len(values)}"))
    caption = (
        f"Further statistics of {plural(analysis.features, 'feature')} in "
        f"{plural(analysis.subjects, 'subject')}: median (Q1, Q3) of what "
        "could be computed. Those in units of the feature stand feature by feature in the reliability table."
    )
    return PaperTable("further", caption, ("Statistic", "Strategy", "Median (Q1, Q3)", "Computed"), tuple(rows), 2)


def _reproducible(judged: pd.DataFrame, strategies: list[str], analysis: Analysis) -> PaperTable:
    joint = summarize_reproducible(judged)
    rows = []
    several = len(strategies) > 1
    for by in ("overall", "sequence", "roi", "class"):
        part = joint[joint["by"] == by]
        if by != "overall" and part["level"].nunique() < 2:
            continue
        for level in part["level"].unique():
            for row in part[part["level"] == level].to_dict("records"):
                name = "All" if by == "overall" else f"{HEADINGS[by]}: {level or NO_CLASS}"
                names = (name, row["strategy"]) if several else (name,)
                passing, total, computed = (int(row[key]) for key in ("passing", "n_total", "n_computed"))
                rows.append((*names, share(passing, total, computed), str(computed)))
    keys = ("", "Strategy") if several else ("",)
    rule = " and ".join(threshold(name, value) for name, value in analysis.rule.items())
    compared = "" if analysis.on == "estimate" else f" (of the unfavourable {analysis.how.percent} limit)"
    if analysis.rule_words:
        held = analysis.rule_words
    elif analysis.reference is None:
        held = f"{rule}{compared}, all conditions compared at once"
    else:
        held = f"{rule}{compared} under every condition compared with {condition_name(analysis.reference)}"
    caption = (
        f"Reproducible features: {held}. A feature counts once for each ROI and sequence; one that lacks an estimate "
        "does not pass."
    )
    return PaperTable("reproducible", caption, (*keys, "Reproducible", "Complete"), tuple(rows), len(keys))
