"""What all pictures of the report share: SVG within its page, in the colours of the page, and text that fits."""

import io
import re
import textwrap
from collections.abc import Callable

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from evaluation.figures.canvas import blues, drawing, style

INK = "#1d2733"
QUIET = "#66717d"
FAINT = "#c9d0d7"
PASSING = "#1f5f99"
FAILING = "#d5dde5"
SCALE = blues("#ffffff")
METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
FALLBACK = "system-ui, 'Segoe UI', Arial, sans-serif"


def to_svg(paint: Callable[[Figure], None], width: float, height: float, name: str) -> str:
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
    with drawing({**style(INK, QUIET, FAINT), "svg.hashsalt": name}):
        figure = Figure(figsize=(width, height))
        FigureCanvasSVG(figure)
        paint(figure)
        figure.savefig(buffer, format="svg", metadata=METADATA, transparent=True)
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
