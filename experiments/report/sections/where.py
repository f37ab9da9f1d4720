"""Where features are robust: shares by ROI and condition, and by feature class, with the values behind each field."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from evaluation.reliability.statistics import about
from evaluation.tables import feature_class
from evaluation.written import in_percent
from experiments.page import Content, Context, Picture, Pictures, Section
from experiments.page.context import Members
from experiments.page.quantities import Share, Table, counted, table
from experiments.page.svg import FAINT, QUIET, SCALE, field_axes, fit, ink_on, to_svg
from experiments.report.cells import EVERY, pack_cells

CHARACTER = 0.062
"""The usual width of a character in inches."""
LONGEST, HEADING = 24, 20
"""Longer names of rows and of columns are cut."""
MARGIN = 0.08
FIELD = (0.38, 0.24)
"""Width and height of a field in inches."""
NOTHING = "#eeeeee"
"""Grey, off the scale: nothing was there to count."""


def summarize(context: Context) -> Content:
    """Count robust features by ROI and condition, as the whitelists hold them, and by feature class."""
    run, rows = context.record, context.rows
    limits = context.rule.limits
    shown = [name for name in context["strategies"]["statistics"] if not about(name).twin_of or name in limits]
    directions = dict(zip(context.summary["statistic"], context.summary["direction"], strict=True))
    compared = [name for name in run["conditions"] if name != run["reference"]]
    return {
        "grids": share_grids(
            context.passed, context.robust, context.candidates, run["sequences"], run["rois"], compared
        ),
        "classes": class_grid(context.robust, context.candidates),
        "cells": pack_cells(rows, context.passed, context.robust, run, shown, directions),
    }


def share_grids(
    passed: pd.DataFrame,
    robust: Mapping[str, Members],
    candidates: pd.DataFrame,
    sequences: Iterable[str],
    rois: Iterable[str],
    conditions: Iterable[str],
) -> list[Content]:
    """Give, for each strategy, the share of robust features by ROI (rows), sequence and condition (columns).

    Parameters
    ----------
    passed : DataFrame
        What `passes` returns; may be empty.
    robust : dict
        What the whitelist of each strategy holds.
    candidates : DataFrame
        Columns strategy, sequence, roi, feature: everything that could be robust.
    sequences, rois, conditions : iterable of str
        In the order in which they are shown.
    """
    counts = passed.groupby(["strategy", "sequence", "roi", "condition"], sort=False)["passes"].sum().to_dict()
    totals = candidates.groupby(["strategy", "sequence", "roi"], sort=False)["feature"].nunique().to_dict()
    every = {name: Counter(key[:2] for key in held) for name, held in robust.items()}
    judged = set(passed["condition"])
    conditions, rois = [name for name in conditions if name in judged], list(rois)
    columns = [(sequence, name) for sequence in sequences for name in (*conditions, EVERY)]

    def field(strategy: str, sequence: str, roi: str, name: str) -> Share | None:
        total = totals.get((strategy, sequence, roi), 0)
        held = every[strategy][sequence, roi]
        found = held if name == EVERY else counts.get((strategy, sequence, roi, name))
        return None if not total or found is None else counted(found, total)

    return [
        {
            "title": strategy,
            "rows": rois,
            "columns": columns,
            "cells": [[field(strategy, sequence, roi, name) for sequence, name in columns] for roi in rois],
        }
        for strategy in robust
    ]


def class_grid(robust: Mapping[str, Members], candidates: pd.DataFrame) -> Content:
    """Give the share of robust features by strategy (rows) and feature class (columns)."""
    classes = candidates["feature"].map(feature_class)
    totals = candidates.groupby(["strategy", classes], sort=False).size().to_dict()
    columns = sorted(set(classes))
    cells = []
    for strategy, held in robust.items():
        found = pd.Series([feature_class(key[2]) for key in held], dtype=object).value_counts().to_dict()
        shares = (counted(found.get(name, 0), totals.get((strategy, name), 0)) for name in columns)
        cells.append([share if share["total"] else None for share in shares])
    return {"rows": list(robust), "columns": columns, "cells": cells}


def plot(_context: Context, content: Content) -> Pictures:
    """Draw the scale of all maps, and the map of feature classes; the other maps are tables."""
    grid = content["classes"]
    alt = "Share of robust features, strategies in rows, feature classes in columns."
    return {
        "scale": [Picture("scale", "", share_scale(), "Scale: white is 0 %, dark blue is 100 %.")],
        "classes": [Picture("classes", "", share_map(grid), alt, _numbers(grid))],
    }


def _numbers(grid: Content) -> Table:
    rows = (
        (row, *("–" if share is None else f"{share['passing']} of {share['total']}" for share in cells))
        for row, cells in zip(grid["rows"], grid["cells"], strict=True)
    )
    return table(("Strategy", *grid["columns"]), rows, 1)


def share_map(grid: Content) -> str:
    """Draw shares in rows and columns, darker for more, with the number in each field."""
    names, columns = grid["rows"], grid["columns"]
    labels = CHARACTER * min(LONGEST, max(map(len, names))) + 0.12
    heading = CHARACTER * min(HEADING, max(map(len, columns)))
    # Names of columns slant by 50 degrees: they need room above, and the last one on the right.
    width = labels + len(columns) * FIELD[0] + max(0.1, 0.64 * heading - 0.1)
    height = 0.77 * heading + 0.12 + len(names) * FIELD[1] + MARGIN

    def paint(figure: Figure) -> None:
        axes = field_axes(figure, len(columns), len(names), FIELD, labels, MARGIN)
        fields = []
        for y, row in enumerate(names):
            axes.text(-0.25, y + 0.5, fit(row, LONGEST, 1), ha="right", va="center")
            for x, share in enumerate(grid["cells"][y]):
                fields.append(_field(axes, x, y, None if share is None else share["value"]))
        axes.add_collection(PatchCollection(fields, match_original=True), autolim=False)
        slanted: dict[str, Any] = {"ha": "left", "va": "baseline", "rotation": 50, "rotation_mode": "anchor"}
        for x, column in enumerate(columns):
            axes.text(x + 0.62, -0.25, fit(column, HEADING, 1), **slanted)

    return to_svg(paint, width, height, "classes")


def share_scale() -> str:
    """Draw the scale that all maps of shares have in common."""
    steps = 50

    def paint(figure: Figure) -> None:
        axes = figure.add_axes((0.06, 0.5, 0.82, 0.34), xlim=(0, 1), ylim=(0, 1), yticks=[])
        for step in range(steps):
            axes.add_patch(Rectangle((step / steps, 0), 1 / steps, 1, color=SCALE((step + 0.5) / steps), linewidth=0.3))
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
        axes.tick_params(length=2, pad=2)

    return to_svg(paint, 2.8, 0.42, "scale")


def _field(axes: Axes, x: float, y: float, value: float | None) -> Rectangle:
    if value is None:
        axes.text(x + 0.5, y + 0.52, "–", ha="center", va="center", color=QUIET)
        return Rectangle((x, y), 1, 1, facecolor=NOTHING, edgecolor=FAINT, linewidth=0.5)
    color = QUIET if value == 0 else ink_on(value)
    axes.text(x + 0.5, y + 0.52, in_percent(value), ha="center", va="center", size=7.5, color=color)
    return Rectangle((x, y), 1, 1, facecolor=SCALE(value), edgecolor=FAINT, linewidth=0.5)


SECTION = Section(__name__, "where", "Robust features by region", summarize, plot)
