"""Picture: how far the whitelists of the strategies agree."""

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments.report.contents.panels import Overlap
from experiments.report.figures.fields import field_axes
from experiments.report.figures.page_svg import FAINT, QUIET, SCALE, fit, ink_on, to_svg
from experiments.report.wording import number

LABELS = 1.28
BOTTOM = 0.28
FIELD = (0.55, 0.4)
MARGIN = 0.06


def overlap_map(overlap: Overlap, name: str) -> str:
    """Draw the lower triangle: the Jaccard index of each pair and, below it, how many combinations both hold."""
    count = len(overlap.strategies)
    width = LABELS + count * FIELD[0] + 0.35
    height = MARGIN + count * FIELD[1] + BOTTOM

    def paint(figure: Figure) -> None:
        axes = field_axes(figure, count, count, FIELD, LABELS, BOTTOM)
        for y, one in enumerate(overlap.strategies):
            axes.text(-0.12, y + 0.5, f"{fit(one)}", ha="right", va="center", linespacing=1.05)
            axes.text(y + 0.5, count + 0.12, f"{chr(65 + y % 26)}", ha="center", va="top", weight="bold")
            axes.text(y + 1.12, y + 0.5, f"{chr(65 + y % 26)}", ha="left", va="center", weight="bold")
            for x in range(y + 1):
                value, shared = overlap.jaccard[y][x], overlap.shared[y][x]
                face = "#ffffff" if x == y or value is None else SCALE(value)
                color = ink_on(0.0 if x == y or value is None else value)
                axes.add_patch(Rectangle((x, y), 1, 1, facecolor=face, edgecolor=FAINT, linewidth=0.6))
                if x != y:
                    text = "–" if value is None else f"{value:.2f}"
                    axes.text(x + 0.5, y + 0.36, text, ha="center", va="center", color=color)
                small = color if x != y else QUIET
                lower = y + (0.74 if x != y else 0.52)
                axes.text(x + 0.5, lower, number(shared), ha="center", va="center", size=6.5, color=small)

    return to_svg(paint, width, height, name)
