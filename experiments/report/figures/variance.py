"""Picture: where the variance of features comes from, as stacked bars."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from experiments.report.contents.panels import DamagePanel
from experiments.report.figures.page_svg import FAINT, INK, QUIET, fit, to_svg
from experiments.report.figures.rows import BOTTOM, WIDTH, row_axes
from experiments.report.wording import percent

RIGHT = 0.55
ROW = 0.19
GAP = 0.9
"""Space above a group, in rows; its name stands there."""
TOP = 0.14
COLORS = ("#1f5f99", "#e69f00", "#9b3d7a", "#c9d0d7", "#eef1f4")
"""Blue, orange and purple differ in lightness too; what is not due to the conditions is grey."""
HATCHES = ("", "", "//////", "", "")
"""Blue and purple are equally dark in grey print: stripes tell them apart."""
CONDITIONS = 3
"""The first sources are what the conditions do; their sum stands on the right."""


def variance(panel: DamagePanel, name: str) -> str:
    """Draw the sources of variance under one strategy: a bar for each feature class and ROI."""
    places, heads, y, group = [], [], 0.0, ""
    for row in panel.rows:
        if row.group != group:
            group, y = row.group, y + GAP
            heads.append((y - 0.12, group))
        places.append(y)
        y += 1
    height = TOP + ROW * y + BOTTOM

    def paint(figure: Figure) -> None:
        axes = row_axes(figure, y, ROW, RIGHT, 0, 1)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
        for at, row in zip(places, panel.rows, strict=True):
            axes.text(-0.02, at + 0.5, fit(row.name, 17, 1), ha="right", va="center")
            _bar(axes, at, row.shares)
        for at, head in heads:
            axes.text(-0.02, at - 0.2, fit(head, 20, 1), ha="right", va="center", color=QUIET, size=7)

    return to_svg(paint, WIDTH, height, name)


def variance_key(sources: tuple[str, ...], name: str) -> str:
    """Draw which colour is which source, one below the other."""
    height = 0.2 * len(sources) + 0.08

    def paint(figure: Figure) -> None:
        patches = [
            Patch(facecolor=color, edgecolor=FAINT, linewidth=0.5, label=fit(source, 40, 1), hatch=hatch)
            for color, hatch, source in zip(COLORS, HATCHES, sources, strict=True)
        ]
        figure.legend(handles=patches, loc="center left", frameon=False, fontsize=8, labelcolor=INK, handlelength=1.6)

    return to_svg(paint, 3.0, height, name)


def _bar(axes: Axes, y: float, shares: tuple[float, ...]) -> None:
    if not shares:
        axes.text(0.5, y + 0.5, "nothing computed", ha="center", va="center", color=QUIET)
        return
    left = 0.0
    for share, color, hatch in zip(shares, COLORS, HATCHES, strict=True):
        axes.barh(y + 0.5, share, left=left, height=0.74, color=color, edgecolor="#ffffff", linewidth=0.3, hatch=hatch)
        left += share
    by_conditions = percent(sum(shares[:CONDITIONS]), 0)
    axes.text(1.03, y + 0.5, by_conditions, ha="left", va="center")
