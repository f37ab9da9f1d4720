"""Picture: the strategies by their share of robust features, with intervals."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.report.contents.strategies import RankedStrategy
from experiments.report.figures.page_svg import FAINT, INK, PASSING, QUIET, fit, to_svg
from experiments.report.figures.rows import BOTTOM, WIDTH, row_axes
from experiments.report.wording import limits, percent

RIGHT = 0.95
ROW = 0.36
TOP = 0.08


def ranking(rows: tuple[RankedStrategy, ...], name: str) -> str:
    """Draw a row for each strategy: its share (square), the interval (line), and in how many draws it comes first."""
    height = TOP + ROW * len(rows) + BOTTOM
    low, high = _span(rows)

    def paint(figure: Figure) -> None:
        axes = row_axes(figure, len(rows), ROW, RIGHT, low, high)
        axes.locator_params(axis="x", nbins=4, steps=[1, 2, 5, 10])
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
        first = rows[0].robust.value
        if first is not None:
            axes.axvline(first, color=FAINT, linewidth=0.8, linestyle=(0, (4, 2)), zorder=0)
        for y, row in enumerate(rows):
            _row(axes, row, y + 0.5, low, high)

    return to_svg(paint, WIDTH, height, name)


def _row(axes: Axes, row: RankedStrategy, y: float, low: float, high: float) -> None:
    span = high - low
    axes.text(low - 0.05 * span, y, fit(row.name), ha="right", va="center", linespacing=1.05)
    value = row.robust.value
    beside: Any = {"ha": "left", "va": "center"}
    if value is None:
        axes.text(high + 0.05 * span, y, "nothing computed", color=QUIET, **beside)
        return
    if row.interval is not None and row.interval.lower is not None and row.interval.upper is not None:
        axes.plot([row.interval.lower, row.interval.upper], [y, y], color=INK, linewidth=1.3, solid_capstyle="butt")
        for limit in (row.interval.lower, row.interval.upper):
            axes.plot([limit, limit], [y - 0.12, y + 0.12], color=INK, linewidth=1.0)
    axes.plot(value, y, marker="s", markersize=5.5, color=PASSING, clip_on=False, zorder=3)
    told = limits(row.interval)
    above = f"{percent(value)} ({told})" if told else percent(value)
    axes.text(high + 0.05 * span, y - 0.16, above.replace("\u00a0% (", " ("), size=7.5, **beside)
    if row.first is not None:
        axes.text(high + 0.05 * span, y + 0.22, f"first in {percent(row.first)}", size=7.5, color=QUIET, **beside)


def _span(rows: tuple[RankedStrategy, ...]) -> tuple[float, float]:
    ends = [row.robust.value for row in rows if row.robust.value is not None]
    for row in rows:
        if row.interval is not None:
            ends += [end for end in (row.interval.lower, row.interval.upper) if end is not None]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    room = max(0.02, 0.06 * (high - low))
    return max(0.0, low - room), min(1.0, high + room)
