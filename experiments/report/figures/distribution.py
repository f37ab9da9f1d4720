"""Picture: the spread of one statistic under each strategy, with the threshold."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from experiments.report.figures.canvas import FAILING, FAINT, INK, PASSING, QUIET, fit, to_svg
from experiments.report.panels import Distribution, DistributionPanel
from experiments.report.wording import percent, threshold

WIDTH = 3.72
LABELS = 1.24
RIGHT = 0.48
ROW = 0.5
TOP = 0.3
BOTTOM = 0.28
HIGHEST = 0.62
"""The tallest bin, in rows; the rest is for the box below it."""


def distribution(panel: DistributionPanel, name: str) -> str:
    """Draw one statistic: a row for each strategy with its histogram and its box.

    The part of a histogram that passes is dark. The box spans the quartiles, its line 5 to 95 %, the white mark is
    the median.
    """
    count = len(panel.rows)
    height = TOP + ROW * count + BOTTOM
    low, high = panel.edges[0], panel.edges[-1]

    def paint(figure: Figure) -> None:
        axes = figure.add_axes(
            (LABELS / WIDTH, BOTTOM / height, (WIDTH - LABELS - RIGHT) / WIDTH, ROW * count / height),
            xlim=(low, high),
            ylim=(count, 0),
        )
        axes.spines[["top", "left", "right"]].set_visible(False)
        axes.set_yticks([])
        axes.tick_params(axis="x", length=2, pad=2)
        axes.locator_params(axis="x", nbins=5)
        if panel.direction == "<":
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
        else:
            axes.xaxis.set_major_formatter(
                FuncFormatter(lambda value, _: f"{value:.2g}".replace("-", "\N{MINUS SIGN}"))
            )
        peak = max(_density(panel, row).max(initial=0.0) for row in panel.rows) or 1.0
        for y, row in enumerate(panel.rows):
            _row(axes, panel, row, y, peak)
        axes.axvline(panel.threshold, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
        words = threshold(panel.statistic, panel.direction, panel.threshold)
        edge = 1 - 0.06 / height
        figure.text(0.012, edge, panel.label, weight="bold", va="top")
        figure.text(1 - 0.03 / WIDTH, edge, words, va="top", ha="right", color=PASSING)

    return to_svg(paint, WIDTH, height, name)


def _density(panel: DistributionPanel, row: Distribution) -> np.ndarray:
    counts = np.asarray(row.counts, dtype=float)
    return np.asarray(counts / np.diff(panel.edges) / max(1.0, counts.sum()))


def _row(axes: Axes, panel: DistributionPanel, row: Distribution, y: int, peak: float) -> None:
    low, high = panel.edges[0], panel.edges[-1]
    span = high - low
    axes.axhline(y + 0.7, color=FAINT, linewidth=0.5, zorder=0)
    axes.text(low - 0.03 * span, y + 0.5, fit(row.strategy), ha="right", va="center", linespacing=1.05)
    axes.text(high + 0.04 * span, y + 0.5, percent(row.share.value), ha="left", va="center", color=PASSING)
    if not row.quantiles:
        axes.text(low + 0.5 * span, y + 0.45, "nothing computed", ha="center", va="center", color=QUIET)
        return
    # One outline for each side of the threshold: fewer shapes than a bar for each bin.
    edges, heights = np.asarray(panel.edges), HIGHEST * _density(panel, row) / peak
    middles = (edges[:-1] + edges[1:]) / 2
    good = middles > panel.threshold if panel.direction == ">" else middles < panel.threshold
    for chosen, color in ((~good, FAILING), (good, PASSING)):
        if chosen.any():
            first, last = np.flatnonzero(chosen)[[0, -1]]
            axes.stairs(
                y + 0.7 - heights[first : last + 1],
                edges[first : last + 2],
                baseline=y + 0.7,
                fill=True,
                facecolor=color,
                edgecolor=INK,
                linewidth=0.3,
            )
    p05, q1, median, q3, p95 = np.clip(row.quantiles, low, high)
    axes.plot([p05, p95], [y + 0.82] * 2, color=INK, linewidth=0.8, solid_capstyle="butt")
    axes.plot([q1, q3], [y + 0.82] * 2, color=INK, linewidth=5, solid_capstyle="butt")
    axes.plot([median] * 2, [y + 0.75, y + 0.89], color="#ffffff", linewidth=1.6, solid_capstyle="butt")
