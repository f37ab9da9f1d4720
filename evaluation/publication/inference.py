"""Intervals, comparison of strategies, effects and rank tests, as a paper tells them: wording and tables."""

import math
from collections.abc import Iterable

import pandas as pd

from evaluation.comparison import Comparison
from evaluation.comparison.learned import RELABELLINGS
from evaluation.publication.analysis import Analysis, InferenceSettings
from evaluation.publication.markup import PaperTable
from evaluation.publication.references import Cite
from evaluation.reliability.by_facet import of_facets
from evaluation.reliability.effect_summary import FALSE_DISCOVERY_RATE, summarize_effects
from evaluation.reliability.effects import COMPONENTS
from evaluation.reliability.statistics import about, compared
from evaluation.reliability.terms import NOT_COMPUTED, p_value
from evaluation.written import rounded


def inference_text(analysis: Analysis, percent: str, cite: Cite) -> list[str]:
    """Write what was tested, in paragraphs; none without `Analysis.inference`."""
    inference = analysis.inference
    if inference is None:
        return []
    thresholded = [name for name in analysis.thresholds if not about(name).twin_of and of_facets(name) is None]
    whole = ""
    if any(map(of_facets, analysis.rule)):
        whole = (
            " Coefficients of facets were estimated anew without each subject, at the same levels of the facets."
            if inference.whole
            else " The share that passes the rule has none."
        )
    paragraphs = [
        f"{percent} intervals of shares of features are of the share to be expected in as many other subjects. All "
        "measurements of a subject were left out together, since features and regions of one subject are not "
        f"independent; the logarithms of the errors ({_errors(thresholded)}) were then moved as the jackknife over "
        f"subjects tells, by draws of Student's t, and the features that pass counted anew {cite('shares')}, with the "
        f"bias of moving them taken away by extrapolation {cite('extrapolation')}.{whole}"
    ]
    if inference.baseline is not None:
        paragraphs.append(
            f"Preprocessing strategies were compared with “{inference.baseline}”, paired by feature, region, sequence "
            f"and condition on the same subjects, by the ratio of their errors ({_errors(compared())}; geometric "
            "mean over features) and by the difference of the shares of features that pass, with limits and t tests "
            f"of the jackknife over subjects {cite('jackknife')}.{_learned_text(inference)} Single features were "
            f"tested by swapping the two strategies' values of whole subjects, all features together {cite('swaps')}. "
            "Ranks of strategies "
            "have percentile limits of "
            f"{inference.resamples} bootstrap resamples of subjects {cite('ranking')}. Agreement of the selections is "
            f"given as Jaccard's and Kuncheva's index {cite('overlap')}."
        )
    if inference.factors is not None:
        first, second = inference.factors
        paragraphs.append(
            f"The effects of {first} and {second} on each feature were estimated with a linear mixed model (both "
            "factors and their interaction fixed, a random intercept for each subject; restricted maximum likelihood; "
            "subjects with all four conditions) and tested by paired t tests of each effect, which hold whatever the "
            f"covariance of the conditions is; the variance was divided among subjects, {first}, {second}, their "
            f"interaction and the residual {cite('components')}."
        )
    if inference.ranked:
        several = len(analysis.conditions) > 2
        friedman = (
            f"Conditions were tested by Friedman's test {cite('friedman')}, and each" if several else "The condition"
        )
        paragraphs.append(
            f"{friedman} was tested against the reference by Wilcoxon's signed-rank test {cite('wilcoxon')}."
        )
    if inference.ranked or inference.factors is not None or inference.baseline is not None:
        paragraphs.append(
            f"P values were adjusted by the method of Benjamini and Hochberg {cite('fdr')}: for each strategy and "
            "effect or test over all features, regions, sequences and conditions, and for comparisons of strategies "
            f"over all strategies; q < {FALSE_DISCOVERY_RATE:g} was called found."
        )
    return paragraphs


def _errors(statistics: Iterable[str]) -> str:
    return ", ".join(about(name).error for name in statistics)


def _learned_text(inference: InferenceSettings) -> str:
    """Say how strategies were tested whose values were learned from the other subjects."""
    anew = [f"“{name}”" for name, done in inference.learned.items() if done]
    never = [f"“{name}”" for name, done in inference.learned.items() if not done]
    text = ""
    if anew:
        text += (
            f" For {', '.join(anew)}, which is harmonized by a model of the other subjects, everything was harmonized "
            "anew without each subject for the limits, and p is the probability of so much in that direction where "
            f"conditions do not differ: exchanged at random within subjects ({RELABELLINGS} times) and harmonized anew."
        )
    if never:
        too = " as well" if anew else ""
        text += f" {', '.join(never)}, learned from the other subjects{too}, could not be tested in this way."
    return text


def comparison_table(comparison: Comparison, analysis: Analysis) -> PaperTable:
    """Write the comparison of strategies with the baseline.

    Parameters
    ----------
    comparison : Comparison
        From `evaluation.reliability.compare_strategies`.
    analysis : Analysis
        How it was computed.

    Returns
    -------
    PaperTable
        A row for each strategy: share of robust features, its difference to the baseline's, the ratio of errors for
        each statistic, and the rank.
    """
    shares = comparison.shares.query("by == 'overall' and statistic == 'reproducible'").set_index("strategy")
    summary = comparison.summary.query("by == 'overall'").set_index(["statistic", "strategy"])
    ranks = comparison.ranks.query("statistic == 'reproducible'").set_index("strategy")
    statistics = list(dict.fromkeys(summary.index.get_level_values(0)))
    rows = []
    for strategy, rank in ranks.iterrows():
        cells = [str(strategy), f"{100 * rank['share']:.1f}"]
        if strategy == comparison.baseline:
            cells += ["baseline", *["–"] * (2 + 3 * len(statistics))]
        else:
            share = shares.loc[strategy]
            cells += [_interval(share, "difference", 100, 1), p_value(share["p"]), p_value(share["q"])]
            for name in statistics:
                row = summary.loc[(name, strategy)].rename({"ratio_lower": "lower", "ratio_upper": "upper"})
                row = row[~row.index.duplicated(keep="last")]
                cells += [_interval(row, "ratio", 1, 2), p_value(row["p"]), p_value(row["q"])]
        rows.append((*cells, f"{rank['rank']:.3g} ({rank['lower']:.3g} to {rank['upper']:.3g})"))
    percent = analysis.how.percent
    columns = ["Strategy", "Robust, %", f"Difference ({percent} CI), points", "p", "q"]
    for name in statistics:
        columns += [f"Ratio of {about(name).error} ({percent} CI)", "p", "q"]
    caption = (
        f"Strategies compared with {comparison.baseline} on the same subjects: share of robust features and its "
        "difference, geometric mean ratio of the errors (below 1 is better than the baseline), and rank by the share. "
        f"{percent} limits and p of the jackknife over subjects (of strategies with a harmonizer as said in the "
        "methods), q over all strategies; ranks have bootstrap limits."
    )
    return PaperTable("comparison", caption, (*columns, f"Rank ({percent} CI)"), tuple(rows), 1)


def effects_tables(effects: pd.DataFrame, analysis: Analysis) -> tuple[PaperTable, ...]:
    """Write what two factors do to features, overall and by feature class and by ROI.

    Parameters
    ----------
    effects : DataFrame
        From `evaluation.reliability.effects_table`.
    analysis : Analysis
        With `InferenceSettings.factors`.

    Returns
    -------
    tuple of PaperTable
        ``effects_by_class`` and ``effects_by_roi``.
    """
    first, second = analysis.inference.factors if analysis.inference and analysis.inference.factors else ("", "")
    names = {"acquisition": first, "reconstruction": second, "interaction": "interaction", "residual": "residual"}
    summary = summarize_effects(effects)
    tables = []
    for by, heading in (("class", "Feature class"), ("roi", "ROI")):
        rows = []
        part = summary[summary["by"].isin(["overall", by])]
        for _, row in (pair for _, group in part.groupby("strategy", sort=False) for pair in group.iterrows()):
            level = "All" if row["by"] == "overall" else row["level"] or "other"
            variance = [_percent(row[f"share_{name}"]) for name in COMPONENTS]
            found = [str(row[f"found_{name}"]) for name in ("acquisition", "reconstruction", "interaction", "combined")]
            cells = [f"{row['n_computed']}/{row['n_total']}", *variance, *found, f"{row['smaller']}"]
            remaining = "–" if math.isnan(row["remaining"]) else f"{row['remaining']:.2f}"
            rows.append((row["strategy"], level, *cells, remaining))
        variances = [f"Variance: {names.get(name, name)}, %" for name in COMPONENTS]
        effect_columns = [f"Effect of {names[name]}" for name in ("acquisition", "reconstruction", "interaction")]
        columns = (
            "Strategy",
            heading,
            "Computed",
            *variances,
            *effect_columns,
            "Effect of both",
            "Offset",
            "Remaining",
        )
        caption = (
            f"Where the variance of features comes from, and what {first} and {second} do to them: mean share of the "
            f"variance; number of combinations (feature, ROI, sequence) with an effect (q < {FALSE_DISCOVERY_RATE:g}); "
            f"of those with an effect of {first}, how many are nearer to the baseline when {second} changes as well "
            "(offset), and the median size of the effect of both over that of the first alone (remaining; below 1 is "
            "less)."
        )
        tables.append(PaperTable(f"effects_by_{by}", caption, columns, tuple(rows), 2))
    return tuple(tables)


def _percent(value: float) -> str:
    return NOT_COMPUTED if math.isnan(value) else f"{100 * value:.1f}"


def _interval(row: pd.Series, name: str, scale: float, digits: int) -> str:
    """Write an estimate with its limits, where it has any."""
    value, lower, upper = (float(row[key]) for key in (name, "lower", "upper"))
    return rounded(value, lower, upper, digits, scale, NOT_COMPUTED)
