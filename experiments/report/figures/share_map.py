"""Picture: shares in rows and columns, darker for more, with the number in each field."""

from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from evaluation.percent import in_percent
from experiments.report.contents.panels import ShareGrid
from experiments.report.figures.fields import field_axes
from experiments.report.figures.page_svg import FAINT, INK, QUIET, SCALE, fit, ink_on, to_svg

CHARACTER = 0.062
"""The usual width of a character in inches."""
LONGEST = 24
"""Longer names of rows are cut."""
MARGIN = 0.08
HEADING = 20
"""Longer names of columns are cut."""
NOTHING = "#eeeeee"
"""Grey, off the scale: nothing was there to count."""
GAP = 0.35
"""Space between groups of columns, in fields."""


def share_map(grid: ShareGrid, name: str, field: tuple[float, float] = (0.3, 0.2)) -> str:
    """Draw a grid of shares as SVG.

    Parameters
    ----------
    grid : ShareGrid
    name : str
        Names the picture in the page.
    field : (float, float)
        Width and height of one field in inches; the same for all pictures that are compared.
    """
    groups = list(dict.fromkeys(group for group, _ in grid.columns))
    left = [column + GAP * groups.index(group) for column, (group, _) in enumerate(grid.columns)]
    labels = CHARACTER * min(LONGEST, max(len(row) for row in grid.rows)) + 0.12
    heading = CHARACTER * min(HEADING, max(len(column) for _, column in grid.columns))
    # Names of columns slant by 50 degrees: they need room above, and the last one on the right.
    top = 0.77 * heading + 0.12 + (0.22 if any(groups) else 0.0)
    right = max(0.1, 0.64 * heading - 0.1)
    across, down = len(grid.columns) + GAP * (len(groups) - 1), len(grid.rows)
    width = labels + across * field[0] + right
    height = top + down * field[1] + MARGIN

    def paint(figure: Figure) -> None:
        axes = field_axes(figure, across, down, field, labels, MARGIN)
        fields = []
        for y, row in enumerate(grid.rows):
            axes.text(-0.25, y + 0.5, fit(row, LONGEST, 1), ha="right", va="center")
            for x, share in zip(left, grid.cells[y], strict=True):
                fields.append(_field(axes, x, y, None if share is None else share.value))
        axes.add_collection(PatchCollection(fields, match_original=True), autolim=False)
        for x, (_, column) in zip(left, grid.columns, strict=True):
            axes.text(
                x + 0.62, -0.25, fit(column, HEADING, 1), ha="left", va="baseline", rotation=50, rotation_mode="anchor"
            )
        for group in groups:
            mine = [float(x) for x, (other, _) in zip(left, grid.columns, strict=True) if other == group]
            above = -(top - 0.1) / field[1]
            room = round(len(mine) * field[0] / 0.075)
            axes.text(mine[0], above, fit(group, max(4, room), 1), ha="left", va="center", weight="bold", color=INK)

    return to_svg(paint, width, height, name)


def share_scale(name: str) -> str:
    """Draw the scale that all maps of shares have in common."""
    width, height, steps = 2.8, 0.42, 50

    def paint(figure: Figure) -> None:
        axes = figure.add_axes((0.06, 0.5, 0.82, 0.34), xlim=(0, 1), ylim=(0, 1), yticks=[])
        for step in range(steps):
            axes.add_patch(Rectangle((step / steps, 0), 1 / steps, 1, color=SCALE((step + 0.5) / steps), linewidth=0.3))
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
        axes.tick_params(length=2, pad=2)

    return to_svg(paint, width, height, name)


def _field(axes: Axes, x: float, y: float, value: float | None) -> Rectangle:
    if value is None:
        axes.text(x + 0.5, y + 0.52, "–", ha="center", va="center", color=QUIET)
        return Rectangle((x, y), 1, 1, facecolor=NOTHING, edgecolor=FAINT, linewidth=0.5)
    text = in_percent(value)
    color = QUIET if value == 0 else ink_on(value)
    axes.text(x + 0.5, y + 0.52, text, ha="center", va="center", size=7.5, color=color)
    return Rectangle((x, y), 1, 1, facecolor=SCALE(value), edgecolor=FAINT, linewidth=0.5)
