"""Axes of the pictures that are maps: rows and columns of fields of one size."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure


def field_axes(
    figure: Figure, across: float, down: float, field: tuple[float, float], left: float, bottom: float
) -> Axes:
    """Add bare axes that count fields to the right and down.

    Parameters
    ----------
    figure : Figure
        Of the wanted size.
    across, down : float
        How many fields.
    field : (float, float)
        Width and height of one, in inches.
    left, bottom : float
        Room beside them, in inches.
    """
    width, height = figure.get_figwidth(), figure.get_figheight()
    axes = figure.add_axes(
        (left / width, bottom / height, across * field[0] / width, down * field[1] / height),
        xlim=(0, across),
        ylim=(down, 0),
    )
    axes.set_axis_off()
    return axes
