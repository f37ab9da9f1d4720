"""Sources of variance: conditions against subjects, the effects of two factors, and what rank tests find."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from evaluation.reliability.effect_summary import FALSE_DISCOVERY_RATE, summarize_effects
from evaluation.reliability.effects import COMPONENTS
from evaluation.reliability.variance import PARTS, summarize_variance
from evaluation.tables import ALL_CONDITIONS
from experiments.folder.files import EFFECTS, TESTS, VARIANCE
from experiments.page import Content, Context, Picture, Pictures, Section, wording
from experiments.page.quantities import Table, table
from experiments.page.svg import BOTTOM, FAINT, INK, QUIET, WIDTH, fit, row_axes, to_svg

SOURCES = ("acquisition", "reconstruction", "interaction", "residual", "subject")
"""In the order in which they are drawn: what the conditions do first."""
FOUND = ("acquisition", "reconstruction", "interaction", "combined")
NOTICEABLE = 0.1
"""A change by both that differs less than this from the change by one is called hardly changed."""
GROUPS = {"overall": "", "class": "Feature classes", "roi": "ROIs"}

RIGHT, ROW, TOP = 0.55, 0.19, 0.14
GAP = 0.9
"""Space above a group, in rows; its name stands there."""
COLORS = ("#1f5f99", "#e69f00", "#9b3d7a", "#c9d0d7", "#eef1f4")
"""Blue, orange and purple differ in lightness too; what is not due to the conditions is grey."""
HATCHES = ("", "", "//////", "", "")
"""Blue and purple are equally dark in grey print: stripes tell them apart."""
WITHIN = 2
"""The last sources are not due to the conditions; the sum of the others stands on the right."""
Cells = Callable[[Mapping[Any, Any]], tuple[str, ...]]
"""Writes what stands of a row beside its sources."""
PLAIN = {"condition": "conditions", "residual": "residual within subjects", "subject": "subjects"}


def summarize(context: Context) -> Content:
    """Condense the effects, where there are any, and the rank tests."""
    run, record = context.run, context.inference
    found = run[EFFECTS] if record["factors"] else None
    tests = None if "tests" in record["reasons"] else run[TESTS]
    compared = [name for name in context.record["conditions"] if name != context.record["reference"]]
    return {
        "effects": None if found is None else effects(found, *record["factors"]),
        "no_effects": str(record["reasons"].get("effects", "")),
        "variance": sources(run.get(VARIANCE)) if found is None else None,
        "tests": rank_tests(tests, compared),
        "note": rank_note(tests),
    }


def effects(found: pd.DataFrame, first: str, second: str) -> Content:
    """Say what two factors do: sentences, counts of effects that were found, and a panel for each strategy."""
    names = {"acquisition": first, "reconstruction": second, "combined": "both", "subject": "subjects"}
    summary = summarize_effects(found)
    overall = summary[summary["by"] == "overall"].to_dict("records")
    return {
        "factors": [first, second],
        "sentences": _sentences(overall[0], first, second, len(overall)),
        "found": table(("Strategy", *_columns(names)), ((row["strategy"], *_found(row)) for row in overall), 1),
        "panels": _panels(summary, {name: names.get(name, name) for name in SOURCES}, _columns(names), _found),
    }


def sources(found: pd.DataFrame | None) -> Content | None:
    """Say of a design without two factors of two levels how much of the variance lies between and within subjects."""
    if found is None:
        return None
    summary = summarize_variance(found)
    overall = summary[summary["by"] == "overall"].to_dict("records")
    sentences = []
    for row in overall[:1]:
        if math.isnan(row["share_subject"]):
            sentences.append(f"Under “{row['strategy']}” no variance could be computed.")
            continue
        share = {name: wording.percent(row[f"share_{name}"], 1) for name in PARTS}
        sentences.append(
            f"Under “{row['strategy']}”{', the first strategy,' if len(overall) > 1 else ''} the average feature owes "
            f"{share['subject']} of its variance to differences between subjects and {share['condition']} to what the "
            f"conditions change alike in all of them; {share['residual']} remains within subjects."
        )
    panels = _panels(summary, PLAIN, ("Computed",), _computed)
    return {"sentences": sentences, "panels": panels}


def rank_tests(tested: pd.DataFrame | None, conditions: Sequence[str]) -> Table:
    """Count what Friedman's and Wilcoxon's tests find, by strategy."""
    if tested is None:
        return table((), ())
    compared = [ALL_CONDITIONS, *conditions]
    groups = tested.assign(found=tested["q"] < FALSE_DISCOVERY_RATE, given=tested["p"].notna())
    counts = groups.groupby(["strategy", "condition"], sort=False)[["found", "given"]].sum()
    found = set(tested["condition"].unique())
    shown = [name for name in compared if name in found]
    rows = []
    for strategy in tested["strategy"].unique():
        cells = []
        for name in shown:
            at = (strategy, name)
            cells.append(f"{counts.loc[at, 'found']} of {counts.loc[at, 'given']}" if at in counts.index else "–")
        rows.append((str(strategy), *cells))
    heads = ("any differs (Friedman)" if name == ALL_CONDITIONS else f"{name} (Wilcoxon)" for name in shown)
    return table(("Strategy", *heads), rows, 1)


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


def _panels(summary: pd.DataFrame, names: Mapping[str, str], columns: Iterable[str], further: Cells) -> list[Content]:
    """Give for each strategy the sources of variance, by their names, and the columns beside them."""
    heads = ("Level", "Of", *(f"Variance: {name}" for name in names.values()), *columns)
    return [
        _panel(str(strategy), rows, names, heads, further) for strategy, rows in summary.groupby("strategy", sort=False)
    ]


def _panel(
    strategy: str, rows: pd.DataFrame, names: Mapping[str, str], heads: Sequence[str], further: Cells
) -> Content:
    """Give the sources of variance under one strategy by feature class and ROI; no shares where none were computed."""
    found, texts = [], []
    for by, group in GROUPS.items():
        for row in rows[rows["by"] == by].to_dict("records"):
            name = "all" if by == "overall" else row["level"] or "other"
            shares = [float(row[f"share_{source}"]) for source in names]
            known = not any(map(math.isnan, shares))
            found.append({"name": name, "group": group, "shares": shares if known else []})
            variance = (wording.percent(share, 1) if known else "–" for share in shares)
            texts.append((name, group or "everything", *variance, *further(row)))
    return {"strategy": strategy, "sources": list(names.values()), "rows": found, "numbers": table(heads, texts, 2)}


def _computed(row: Mapping[Any, Any]) -> tuple[str, ...]:
    return (f"{row['n_computed']} of {row['n_total']}",)


def _columns(names: Mapping[str, str]) -> tuple[str, ...]:
    effects = (f"Effect of {names.get(name, name)}" for name in FOUND)
    return ("Computed", *effects, f"Offset by {names['reconstruction']}", "Remaining")


def _found(row: Mapping[Any, Any]) -> tuple[str, ...]:
    remaining = "–" if math.isnan(row["remaining"]) else f"{row['remaining']:.2f}"
    offset = f"{row['smaller']} of {row['found_acquisition']}"
    return (
        *_computed(row),
        *(str(row[f"found_{name}"]) for name in FOUND),
        offset,
        remaining,
    )


def _sentences(row: Mapping[Any, Any], first: str, second: str, strategies: int) -> list[str]:
    """Tell of the first strategy, which is the baseline."""
    if any(math.isnan(row[f"share_{name}"]) for name in COMPONENTS):
        return [f"Under “{row['strategy']}” no effect could be computed."]
    share = {name: wording.percent(row[f"share_{name}"], 1) for name in COMPONENTS}
    whose = f"Under “{row['strategy']}”" + (", the first strategy," if strategies > 1 else "")
    variance = (
        f"{whose} the average feature owes {share['acquisition']} of its variance to {first}, "
        f"{share['reconstruction']} to {second} and {share['interaction']} to their interaction; "
        f"{share['subject']} are differences between subjects, and {share['residual']} is what remains within them."
    )
    count = int(row["found_acquisition"])
    counts = (
        f"An effect (q < {FALSE_DISCOVERY_RATE:g}) of {first} is found in {wording.number(count)} of "
        f"{wording.number(row['n_computed'])} combinations, of {second} in "
        f"{wording.number(row['found_reconstruction'])}, of their interaction in "
        f"{wording.number(row['found_interaction'])}. What is not found may still be there."
    )
    if not count:
        return [variance, counts]
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
    return [variance, counts, offset]


def plot(_context: Context, content: Content) -> Pictures:
    """Draw the sources of variance under each strategy, and the key to their colours."""
    panels = (content["effects"] or content["variance"] or {"panels": []})["panels"]
    if not panels:
        return {}
    sources = panels[0]["sources"]
    told = f"Colours, from left to right: {', '.join(sources)}."
    return {
        "key": [Picture("variance-key", "", variance_key(sources), told)],
        "variance": [_picture(panel, f"variance-{number}") for number, panel in enumerate(panels)],
    }


def _picture(panel: Content, name: str) -> Picture:
    strategy = panel["strategy"]
    alt = f"Sources of variance under {strategy}: stacked bars by feature class and ROI."
    return Picture(name, strategy, variance(panel, name), alt, panel["numbers"], strategy)


def variance(panel: Content, name: str) -> str:
    """Draw the sources of variance under one strategy: a bar for each feature class and ROI."""
    places, heads, y, group = [], [], 0.0, ""
    for row in panel["rows"]:
        if row["group"] != group:
            group, y = row["group"], y + GAP
            heads.append((y - 0.12, group))
        places.append(y)
        y += 1
    height = TOP + ROW * y + BOTTOM

    def paint(figure: Figure) -> None:
        axes = row_axes(figure, y, ROW, RIGHT, 0, 1)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
        for at, row in zip(places, panel["rows"], strict=True):
            axes.text(-0.02, at + 0.5, fit(row["name"], 17, 1), ha="right", va="center")
            _bar(axes, at, row["shares"])
        for at, head in heads:
            axes.text(-0.02, at - 0.2, fit(head, 20, 1), ha="right", va="center", color=QUIET, size=7)

    return to_svg(paint, WIDTH, height, name)


def variance_key(sources: Sequence[str]) -> str:
    """Draw which colour is which source, one below the other."""
    height = 0.2 * len(sources) + 0.08

    def paint(figure: Figure) -> None:
        patches = [
            Patch(facecolor=color, edgecolor=FAINT, linewidth=0.5, label=fit(source, 40, 1), hatch=hatch)
            for (color, hatch), source in zip(_looks(len(sources)), sources, strict=True)
        ]
        figure.legend(handles=patches, loc="center left", frameon=False, fontsize=8, labelcolor=INK, handlelength=1.6)

    return to_svg(paint, 3.0, height, "variance-key")


def _looks(sources: int) -> Sequence[tuple[str, str]]:
    """Give colour and hatch of each source: what is due to conditions from the first, and the last two alike."""
    looks = list(zip(COLORS, HATCHES, strict=True))
    return [*looks[: sources - WITHIN], *looks[-WITHIN:]]


def _bar(axes: Axes, y: float, shares: Sequence[float]) -> None:
    if not shares:
        axes.text(0.5, y + 0.5, "nothing computed", ha="center", va="center", color=QUIET)
        return
    left = 0.0
    for share, (color, hatch) in zip(shares, _looks(len(shares)), strict=True):
        axes.barh(y + 0.5, share, left=left, height=0.74, color=color, edgecolor="#ffffff", linewidth=0.3, hatch=hatch)
        left += share
    by_conditions = wording.percent(sum(shares[:-WITHIN]), 0)
    axes.text(1.03, y + 0.5, by_conditions, ha="left", va="center")


SECTION = Section(__name__, "damage", "Sources of variance", summarize, plot)
