"""What does the damage: the effects of both factors on the features, and what rank tests find."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from evaluation.reliability import summarize_effects
from evaluation.reliability.effect_summary import FALSE_DISCOVERY_RATE
from evaluation.reliability.effects import COMPONENTS
from evaluation.tables import ALL_CONDITIONS
from experiments.report import wording
from experiments.report.contents.panels import Damage, DamagePanel, VarianceRow
from experiments.report.contents.quantities import Table
from experiments.report.files.run import RunFiles

SOURCES = ("acquisition", "reconstruction", "interaction", "residual", "subject")
"""In the order in which they are drawn: what the conditions do first."""
EFFECTS = ("acquisition", "reconstruction", "interaction", "combined")
NOTICEABLE = 0.1
"""A change by both that differs less than this from the change by one is called hardly changed."""
GROUPS = {"overall": "", "class": "Feature classes", "roi": "ROIs"}


def damage(files: RunFiles) -> Damage | None:
    """Condense the effects; None where there are none."""
    if files.effects is None:
        return None
    first, second = files.run["inference"]["factors"]
    names = {"acquisition": first, "reconstruction": second, "combined": "both", "subject": "subjects"}
    summary = summarize_effects(files.effects)
    panels = tuple(_panel(str(strategy), rows, names) for strategy, rows in summary.groupby("strategy", sort=False))
    overall = summary[summary["by"] == "overall"].to_dict("records")
    columns = ("Strategy", *_columns(names))
    found = Table(columns, tuple((row["strategy"], *_found(row)) for row in overall), frozenset(range(1, len(columns))))
    return Damage((first, second), _sentences(overall[0], first, second, len(overall)), found, panels)


def rank_tests(tested: pd.DataFrame | None, conditions: Sequence[str]) -> Table:
    """Count what Friedman's and Wilcoxon's tests find, by strategy."""
    if tested is None:
        return Table((), ())
    compared = [ALL_CONDITIONS, *conditions]
    groups = tested.assign(found=tested["q"] < FALSE_DISCOVERY_RATE, given=tested["p"].notna())
    counts = groups.groupby(["strategy", "condition"], sort=False)[["found", "given"]].sum()
    shown = [name for name in compared if name in set(tested["condition"])]
    rows = []
    for strategy in tested["strategy"].unique():
        cells = []
        for name in shown:
            at = (strategy, name)
            cells.append(f"{counts.loc[at, 'found']} of {counts.loc[at, 'given']}" if at in counts.index else "–")
        rows.append((str(strategy), *cells))
    heads = ("any differs (Friedman)" if name == ALL_CONDITIONS else f"{name} (Wilcoxon)" for name in shown)
    return Table(("Strategy", *heads), tuple(rows), frozenset(range(1, len(shown) + 1)))


def rank_note(tested: pd.DataFrame | None) -> str:
    """Say what the number of subjects lets the signed-rank test find at all."""
    if tested is None:
        return ""
    most = int(tested["n"].max())
    least = 2.0 ** (1 - most)
    if least < 0.001:
        return ""
    return f"With {wording.plural(most, 'subject')} the p of Wilcoxon's test cannot be below {least:.3g}" + (
        ", so that it can find nothing." if least >= FALSE_DISCOVERY_RATE else " before it is adjusted."
    )


def _panel(strategy: str, rows: pd.DataFrame, names: Mapping[str, str]) -> DamagePanel:
    found, texts = [], []
    sources = tuple(names.get(name, name) for name in SOURCES)
    for by, group in GROUPS.items():
        for row in rows[rows["by"] == by].to_dict("records"):
            name = "all" if by == "overall" else row["level"] or "other"
            shares = tuple(float(row[f"share_{source}"]) for source in SOURCES)
            known = not any(math.isnan(share) for share in shares)
            found.append(VarianceRow(name, group, shares if known else ()))
            variance = (wording.percent(share, 1) if known else "–" for share in shares)
            texts.append((name, group or "everything", *variance, *_found(row)))
    columns = ("Level", "Of", *(f"Variance: {name}" for name in sources), *_columns(names))
    return DamagePanel(strategy, sources, tuple(found), Table(columns, tuple(texts), frozenset(range(2, len(columns)))))


def _columns(names: Mapping[str, str]) -> tuple[str, ...]:
    effects = (f"Effect of {names.get(name, name)}" for name in EFFECTS)
    return ("Computed", *effects, f"Offset by {names['reconstruction']}", "Remaining")


def _found(row: Mapping[Any, Any]) -> tuple[str, ...]:
    remaining = "–" if math.isnan(row["remaining"]) else f"{row['remaining']:.2f}"
    offset = f"{row['smaller']} of {row['found_acquisition']}"
    return (
        f"{row['n_computed']} of {row['n_total']}",
        *(str(row[f"found_{name}"]) for name in EFFECTS),
        offset,
        remaining,
    )


def _sentences(row: Mapping[Any, Any], first: str, second: str, strategies: int) -> tuple[str, ...]:
    """Tell of the first strategy, which is the baseline."""
    if any(math.isnan(row[f"share_{name}"]) for name in COMPONENTS):
        return (f"Under “{row['strategy']}” no effect could be computed.",)
    share = {name: wording.percent(row[f"share_{name}"], 1) for name in COMPONENTS}
    whose = f"Under “{row['strategy']}”" + (", the first strategy," if strategies > 1 else "")
    variance = (
        f"{whose} the average feature owes {share['acquisition']} of its variance to {first}, "
        f"{share['reconstruction']} to {second} and {share['interaction']} to their interaction; "
        f"{share['subject']} are differences between subjects, and {share['residual']} is what remains within them."
    )
    count = int(row["found_acquisition"])
    effects = (
        f"An effect (q < {FALSE_DISCOVERY_RATE:g}) of {first} is found in {wording.number(count)} of "
        f"{wording.number(row['n_computed'])} combinations, of {second} in "
        f"{wording.number(row['found_reconstruction'])}, of their interaction in "
        f"{wording.number(row['found_interaction'])}. What is not found may still be there."
    )
    if not count:
        return variance, effects
    remaining = float(row["remaining"])
    judged = "adds to it" if remaining > 1 + NOTICEABLE else "hardly changes it"
    if remaining < 1 - NOTICEABLE:
        judged = "offsets part of it"
    offset = (
        f"Where {first} has an effect, changing {second} as well brings {wording.number(row['smaller'])} of "
        f"{wording.number(count)} nearer to the reference; the median change that remains is "
        f"{100 * remaining:.0f}\u00a0% of the change by {first} alone, so that {second} {judged}. These were chosen "
        "for a found effect, and found effects are easily overestimated: a little below 100\u00a0% means nothing."
    )
    return variance, effects, offset
