"""Axes of the pictures that have a row for each strategy or class: names on the left, an axis below, numbers right."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH = 3.72
"""Of these pictures in inches: two stand side by side, and one fits a phone."""
LABELS = 1.24
"""What the names take of it."""
BOTTOM = 0.28
"""What the axis takes of the height."""


def row_axes(figure: Figure, rows: float, row: float, right: float, low: float, high: float) -> Axes:
    """Add axes for so many rows that count down from the top.

    Parameters
    ----------
    figure : Figure
        `WIDTH` wide.
    rows, row : float
        How many, and the height of one in inches.
    right : float
        Room for numbers, in inches.
    low, high : float
        Ends of the axis.
    """
    height = figure.get_figheight()
    axes = figure.add_axes(
        (LABELS / WIDTH, BOTTOM / height, (WIDTH - LABELS - right) / WIDTH, row * rows / height),
        xlim=(low, high),
        ylim=(rows, 0),
    )
    axes.spines[["top", "left", "right"]].set_visible(False)
    axes.set_yticks([])
    axes.tick_params(axis="x", length=2, pad=2)
    return axes
