"""Picture: the spread of one statistic under each strategy, with the threshold."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from evaluation.figures.distribution import FLOOR, HIGHEST, paint_box, paint_histogram
from experiments.report.contents.panels import Distribution, DistributionPanel
from experiments.report.figures.page_svg import FAILING, FAINT, INK, PASSING, QUIET, fit, to_svg
from experiments.report.figures.rows import BOTTOM, WIDTH, row_axes
from experiments.report.wording import percent, threshold

RIGHT = 0.48
ROW = 0.5
TOP = 0.3


def distribution(panel: DistributionPanel, name: str) -> str:
    """Draw one statistic: a row for each strategy with its histogram and its box.

    The part of a histogram that passes is dark. The box spans the quartiles, its line 5 to 95 %, the white mark is
    the median.
    """
    count = len(panel.rows)
    height = TOP + ROW * count + BOTTOM
    low, high = panel.edges[0], panel.edges[-1]

    def paint(figure: Figure) -> None:
        axes = row_axes(figure, count, ROW, RIGHT, low, high)
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
    axes.axhline(y + FLOOR, color=FAINT, linewidth=0.5, zorder=0)
    axes.text(low - 0.03 * span, y + 0.5, fit(row.strategy), ha="right", va="center", linespacing=1.05)
    axes.text(high + 0.04 * span, y + 0.5, percent(row.share.value), ha="left", va="center", color=PASSING)
    if not row.quantiles:
        axes.text(low + 0.5 * span, y + 0.45, "nothing computed", ha="center", va="center", color=QUIET)
        return
    edges, heights = np.asarray(panel.edges), HIGHEST * _density(panel, row) / peak
    middles = (edges[:-1] + edges[1:]) / 2
    good = middles > panel.threshold if panel.direction == ">" else middles < panel.threshold
    paint_histogram(axes, y, edges, heights, ((~good, FAILING), (good, PASSING)), edgecolor=INK, linewidth=0.3)
    paint_box(axes, y, np.clip(row.quantiles, low, high), INK)
