"""How the values of a statistic are spread under each strategy, with the threshold."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from evaluation.figures.distribution import FLOOR, HIGHEST, paint_box, paint_histogram
from evaluation.reliability.statistics import passes
from experiments.page import Content, Context, Picture, Pictures, Section
from experiments.page.quantities import counted, table
from experiments.page.svg import BOTTOM, FAILING, FAINT, INK, PASSING, QUIET, WIDTH, fit, row_axes, to_svg
from experiments.page.wording import label, number, percent, share, threshold

BINS = 60
REACH = 1.0
"""The threshold is part of an axis that it makes no longer than this many times what the data take of it."""
ROOM = 0.05
"""Of the data, left free beside them."""
QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95]
RIGHT, ROW, TOP = 0.48, 0.5, 0.3


def summarize(context: Context) -> Content:
    """Give one panel for each statistic of the summary that has any value."""
    panels = []
    asked = context.summary.drop_duplicates("statistic")
    for statistic, direction, limit in asked[["statistic", "direction", "threshold"]].itertuples(index=False):
        rows = context.rows[context.rows["statistic"] == statistic]
        if rows["estimate"].notna().any():
            panels.append(panel_of(rows, statistic, direction, float(limit), list(context.robust)))
    return {"panels": panels}


def panel_of(rows: pd.DataFrame, statistic: str, direction: str, limit: float, strategies: Sequence[str]) -> Content:
    """Count the values of one statistic in bins, by strategy; those beyond the edges in the outer bins."""
    found = {name: rows.loc[rows["strategy"] == name, "estimate"].to_numpy(dtype=float) for name in strategies}
    edges = _edges([values[~np.isnan(values)] for values in found.values()], direction, limit)
    drawn = []
    for strategy, estimates in found.items():
        known = estimates[~np.isnan(estimates)]
        passing = passes(known, limit, direction == "<")
        drawn.append(
            {
                "strategy": strategy,
                "counts": np.histogram(np.clip(known, edges[0], edges[-1]), bins=edges)[0].tolist(),
                "quantiles": np.quantile(known, QUANTILES).tolist() if known.size else [],
                "below": int((known < edges[0]).sum()),
                "above": int((known > edges[-1]).sum()),
                "share": counted(passing.sum(), estimates.size),
            }
        )
    return {
        "statistic": statistic,
        "label": label(statistic),
        "edges": edges.tolist(),
        "threshold": limit,
        "direction": direction,
        "rows": drawn,
    }


def _edges(values: Sequence[np.ndarray], direction: str, limit: float) -> np.ndarray:
    """Bin the range from 5 to 95 % of every strategy, and the threshold if it is near, which is then an edge of a bin.

    The strategies are looked at one by one, so that one that is far better or worse than the others is seen.
    """
    ends = [np.quantile(known, (QUANTILES[0], QUANTILES[-1])) for known in values if known.size]
    low, high = float(min(end[0] for end in ends)), float(max(end[1] for end in ends))
    span = (high - low) or abs(high) or 1.0
    if low - REACH * span <= limit <= high + REACH * span:
        low, high = min(low, limit), max(high, limit)
    low, high = low - ROOM * span, high + ROOM * span
    if direction == ">":
        high = min(high, 1.0) if max(end[1] for end in ends) <= 1 else high
    else:
        low = max(low, 0.0)
    if not low < limit < high:
        return np.linspace(low, high, BINS + 1)
    left = min(BINS - 1, max(1, round(BINS * (limit - low) / (high - low))))
    return np.concatenate([np.linspace(low, limit, left + 1), np.linspace(limit, high, BINS - left + 1)[1:]])


def plot(_context: Context, content: Content) -> Pictures:
    """Draw each statistic."""
    return {"distributions": [_picture(panel) for panel in content["panels"]]}


def _picture(panel: Content) -> Picture:
    name = re.sub(r"[^\w-]+", "-", f"distribution-{panel['statistic']}")  # icc[reader] would be no identifier
    words = threshold(panel["statistic"], panel["direction"], panel["threshold"])
    alt = f"Histograms of {panel['label']} under each strategy; the part {words} is dark."
    rows = (
        (
            row["strategy"],
            *(f"{value:.3g}" for value in row["quantiles"] or [float("nan")] * 5),
            *(share(row["share"]), number(row["below"]), number(row["above"])),
        )
        for row in panel["rows"]
    )
    low, high = (f"{panel['edges'][at]:.2g}" for at in (0, -1))
    columns = ("Strategy", "5 %", "Q1", "Median", "Q3", "95 %", words, f"Below {low}", f"Above {high}")
    return Picture(name, panel["label"], distribution(panel, name), alt, table(columns, rows, 1))


def distribution(panel: Content, name: str) -> str:
    """Draw one statistic: a row for each strategy with its histogram and its box.

    The part of a histogram that passes is dark. The box spans the quartiles, its line 5 to 95 %, the white mark is
    the median.
    """
    count = len(panel["rows"])
    height = TOP + ROW * count + BOTTOM

    def paint(figure: Figure) -> None:
        axes = row_axes(figure, count, ROW, RIGHT, panel["edges"][0], panel["edges"][-1])
        axes.locator_params(axis="x", nbins=5)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(panel, value)))
        peak = max(_density(panel, row).max(initial=0.0) for row in panel["rows"]) or 1.0
        for y, row in enumerate(panel["rows"]):
            _row(axes, panel, row, y, peak)
        axes.axvline(panel["threshold"], color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
        words = threshold(panel["statistic"], panel["direction"], panel["threshold"])
        edge = 1 - 0.06 / height
        figure.text(0.012, edge, panel["label"], weight="bold", va="top")
        figure.text(1 - 0.03 / WIDTH, edge, words, va="top", ha="right", color=PASSING)

    return to_svg(paint, WIDTH, height, name)


def _tick(panel: Content, value: float) -> str:
    return f"{100 * value:g} %" if panel["direction"] == "<" else f"{value:.2g}".replace("-", "\N{MINUS SIGN}")


def _density(panel: Content, row: Content) -> np.ndarray:
    counts = np.asarray(row["counts"], dtype=float)
    return np.asarray(counts / np.diff(panel["edges"]) / max(1.0, counts.sum()))


def _row(axes: Axes, panel: Content, row: Content, y: int, peak: float) -> None:
    edges = np.asarray(panel["edges"])
    low, high = edges[[0, -1]]
    span = high - low
    axes.axhline(y + FLOOR, color=FAINT, linewidth=0.5, zorder=0)
    axes.text(low - 0.03 * span, y + 0.5, fit(row["strategy"]), ha="right", va="center", linespacing=1.05)
    passing = percent(row["share"]["value"])
    axes.text(high + 0.04 * span, y + 0.5, passing, ha="left", va="center", color=PASSING)
    if not row["quantiles"]:
        axes.text(low + 0.5 * span, y + 0.45, "nothing computed", ha="center", va="center", color=QUIET)
        return
    heights = HIGHEST * _density(panel, row) / peak
    middles = (edges[:-1] + edges[1:]) / 2
    good = middles > panel["threshold"] if panel["direction"] == ">" else middles < panel["threshold"]
    paint_histogram(axes, y, edges, heights, ((~good, FAILING), (good, PASSING)), edgecolor=INK, linewidth=0.3)
    paint_box(axes, y, np.clip(row["quantiles"], low, high), INK)


SECTION = Section(__name__, "spread", "Distribution of the statistics", summarize, plot)
