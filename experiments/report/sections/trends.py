"""Ordered levels: how many features rise or fall with them, and up to which level features pass."""

import pandas as pd
from matplotlib.figure import Figure

from evaluation.figures import dose_response
from experiments.folder.condition_files import TREND_SHARES, TREND_SUMMARY
from experiments.page import Content, Context, Picture, Pictures, Section
from experiments.page.quantities import Table, counted, table
from experiments.page.rule import rule_in_words
from experiments.page.svg import to_svg
from experiments.page.wording import number, percent, share
from experiments.results.trends import judged_by

GROUPS = ["factor", "strategy", "at"]
WIDTH, HEIGHT = 3.72, 2.3


def summarize(context: Context) -> Content | None:
    """Count trends and what passes, by strategy and levels of the other factors; None without ordered levels."""
    summary, shares = context.run.get(TREND_SUMMARY), context.run.get(TREND_SHARES)
    if summary is None or shares is None:
        return None
    shown = shares[shares["by"].isin(["overall", "class"])]
    panels = [_panel(rows) for _, rows in shown.groupby(GROUPS, sort=False)]
    return {
        "factors": {name: _numbers(shares, name) for name in context.record["levels"]},
        "numbers": {name: dict(levels) for name, levels in context.record["levels"].items()},
        "found": _found(summary[summary["by"] == "overall"]),
        "classes": _found(summary[summary["by"] == "class"], "level"),
        "panels": panels,
        "rule": rule_in_words(judged_by(context.rule), context.record["reference"]).what,
        "sentences": [_sentence(panel) for panel in panels],
    }


def _numbers(shares: pd.DataFrame, factor: str) -> list[float]:
    return sorted(shares.loc[shares["factor"] == factor, "number"].unique().tolist())


def _found(summary: pd.DataFrame, *more: str) -> Table:
    """Write how many features have a trend."""
    rows = [
        (
            *(str(row[name]) for name in ("strategy", "factor", "at", *more)),
            share(counted(row["rising"], row["n_computed"])),
            share(counted(row["falling"], row["n_computed"])),
            "–" if pd.isna(row["percent"]) else f"{row['percent']:.1f}\u00a0%",
            number(row["again"]),
        )
        for row in summary.to_dict("records")
    ]
    names = ("Strategy", "Factor", "At", *("Class" for _ in more))
    return table((*names, "Rise", "Fall", "Median change per unit", "Pass again"), rows, len(names))


def _panel(rows: pd.DataFrame) -> Content:
    factor, strategy, at = (str(rows[name].iloc[0]) for name in GROUPS)
    title = strategy if at == "all" else f"{strategy}, {at}"
    kept = ["by", "level", "number", "up_to", "passing", "n_total", "n_computed"]
    return {"factor": factor, "strategy": strategy, "at": at, "title": title, "rows": rows[kept].to_dict("records")}


def _sentence(panel: Content) -> str:
    """Say what passes up to each level."""
    told = [
        f"{share(counted(row['up_to'], row['n_total'], row['n_computed'] > 0))} to {panel['factor']} {row['number']:g}"
        for row in panel["rows"]
        if row["by"] == "overall"
    ]
    return f"Under “{panel['title']}” pass {', '.join(told)}."


def plot(_context: Context, content: Content) -> Pictures:
    """Draw the share that passes against the level."""
    return {"passing": [_picture(place, panel, content["rule"]) for place, panel in enumerate(content["panels"])]}


def _picture(place: int, panel: Content, rule: str) -> Picture:
    rows = pd.DataFrame(panel["rows"])
    name = f"trend-{place}-{panel['factor']}"

    def paint(figure: Figure) -> None:
        dose_response(rows, panel["factor"], rule, figure=figure)

    alt = f"Share of features that pass up to each level of {panel['factor']} under {panel['title']}, by class."
    written = (
        (
            "all features" if row["by"] == "overall" else str(row["level"]),
            f"{row['number']:g}",
            share(counted(row["passing"], row["n_total"], row["n_computed"] > 0)),
            percent(row["up_to"] / row["n_total"]) if row["n_computed"] else "–",
        )
        for row in panel["rows"]
    )
    columns = ("Features", panel["factor"], "Pass at this level", "Up to it")
    title = f"{panel['factor']}: {panel['title']}"
    return Picture(name, title, to_svg(paint, WIDTH, HEIGHT, name), alt, table(columns, written, 1))


SECTION = Section(__name__, "trends", "Ordered levels", summarize, plot)
