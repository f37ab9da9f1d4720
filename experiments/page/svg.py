"""What the pictures of a page share: SVG in the colours of the page, text that fits, axes of rows and of fields."""

import io
import re
import textwrap
from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from evaluation.figures.canvas import blues, drawing, lay_out, style

INK = "#1d2733"
QUIET = "#66717d"
FAINT = "#c9d0d7"
PASSING = "#1f5f99"
FAILING = "#d5dde5"
SCALE = blues("#ffffff")
METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
FALLBACK = "system-ui, 'Segoe UI', Arial, sans-serif"
WIDTH = 3.72
"""Of pictures with rows, in inches: two stand side by side, and one fits a phone."""
LABELS = 1.24
"""What the names of rows take of it."""
BOTTOM = 0.28
"""What the axis below rows takes of the height."""


def to_svg(paint: Callable[[Figure], object], width: float, height: float, name: str) -> str:
    """Draw a picture and return it as one `svg` element.

    Parameters
    ----------
    paint : callable
        Draws on the empty figure that it is given.
    width, height : float
        Inches.
    name : str
        Salts the ids in the picture, so that pictures of different names can stand in one page.
    """
    buffer = io.StringIO()
    bare = {"figure.facecolor": "none", "figure.edgecolor": "none", "axes.facecolor": "none"}
    with drawing({**style(INK, QUIET, FAINT), **bare, "svg.hashsalt": name}):
        figure = Figure(figsize=(width, height))
        canvas: Any = FigureCanvasSVG(figure)
        paint(figure)
        lay_out(figure)
        canvas.print_svg(buffer, metadata=METADATA)
    text = buffer.getvalue()
    text = text[text.index("<svg") :].rstrip()
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, count=1, flags=re.DOTALL)
    text = re.sub(r"<style[^>]*>.*?</style>", "", text, count=1, flags=re.DOTALL)
    text = re.sub(r'<g id="[^"]*"', "<g", text)
    return text.replace("'DejaVu Sans'", f"'DejaVu Sans', {FALLBACK}")


def fit(text: str, width: int = 17, lines: int = 2) -> str:
    r"""Break a name into at most so many lines; what does not fit ends in an ellipsis.

    Examples
    --------
    >>> fit("liver"), fit("right kidney, upper pole, drawn by the second reader", 17, 2)
    ('liver', 'right kidney,\nupper pole, drawn…')
    """
    wrapped = textwrap.wrap(text, width, break_on_hyphens=False) or [""]
    if len(wrapped) > lines:
        last = " ".join(wrapped[lines - 1 :])
        wrapped = [*wrapped[: lines - 1], last[:width].rstrip() + "…"]
    return "\n".join(wrapped)


def ink_on(value: float) -> str:
    """Choose the colour of a number written on a field of the scale."""
    return "#ffffff" if value > 0.55 else INK


def shade(value: float) -> str:
    """Write the colours of a field of the scale as CSS.

    Examples
    --------
    >>> shade(0.0), shade(1.0)
    ('background:#ffffff;color:#1d2733', 'background:#08306b;color:#ffffff')
    """
    return f"background:{to_hex(SCALE(value))};color:{ink_on(value)}"


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
