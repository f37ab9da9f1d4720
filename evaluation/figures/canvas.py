"""What all figures for papers share: style, colours, and files that are the same every time."""

import io
import textwrap
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from evaluation.colours import INK, QUIET


def blues(lightest: str) -> LinearSegmentedColormap:
    """Make a scale from a light colour to dark blue: it reads without colour vision and in grey print."""
    return LinearSegmentedColormap.from_list("blues", [lightest, "#c6dbef", "#6baed6", "#2171b5", "#08306b"])


def style(ink: str, quiet: str, edge: str) -> dict[str, Any]:
    """Give the settings of matplotlib that all our pictures have, in the colours of text, ticks and axes."""
    return {
        "font.family": ["DejaVu Sans"],
        "font.size": 8.0,
        "text.color": ink,
        "text.parse_math": False,  # a name with two dollar signs is a name
        "axes.edgecolor": edge,
        "axes.labelcolor": ink,
        "axes.linewidth": 0.6,
        "xtick.color": quiet,
        "ytick.color": quiet,
        "xtick.labelcolor": ink,
        "ytick.labelcolor": ink,
        "svg.fonttype": "none",  # text stays text: it can be searched, edited and read aloud
    }


SCALE = blues("#f7f7f7")
NOTHING = "#e8d9c5"
"""Sand, off the scale: no estimate."""

STYLE = {
    **style(INK, QUIET, QUIET),
    "axes.titlesize": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "svg.hashsalt": "radharmony",
}

DPI = 200
"""Of images."""

Arguments = ParamSpec("Arguments")


def styled(draw: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """Let a function draw in the style of all figures, without touching the settings of matplotlib.

    A function that is given the figure to draw on, as ``figure``, draws in the style that holds.
    """

    @wraps(draw)
    def in_style(*args: Arguments.args, **options: Arguments.kwargs) -> Figure:
        if options.get("figure") is not None:
            return draw(*args, **options)
        with drawing(STYLE):
            return draw(*args, **options)

    return in_style


def new_figure(width: float, height: float, title: str = "") -> Figure:
    """Make a figure of so many inches that no window manages, with a title above if there is one."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    if title:
        figure.suptitle(wrapped(title, width), x=0.01, ha="left", size=9, weight="bold")
    return figure


def to_bytes(figure: Figure, kind: str) -> bytes:
    """Write a figure as ``svg`` or ``png``; the same figure gives the same bytes.

    Examples
    --------
    >>> to_bytes(new_figure(1, 1), "png")[1:4]
    b'PNG'
    """
    buffer = io.BytesIO()
    with drawing(STYLE):
        figure.set_dpi(DPI)
        lay_out(figure)
        canvas: Any = {"svg": FigureCanvasSVG, "png": FigureCanvasAgg}[kind](figure)
        if kind == "svg":
            canvas.print_svg(buffer, metadata={"Date": None, "Creator": None})
        else:
            canvas.print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


def lay_out(figure: Figure) -> None:
    """Place what a layout engine places, once: a figure is drawn for each file, but measured for none."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")


def short(text: str, width: int) -> str:
    """Cut a name in the middle, where names of features differ least.

    Examples
    --------
    >>> short("original_glcm_Contrast", 40), short("log-sigma-2-0-mm-3D_glszm_LargeAreaEmphasis", 24)
    ('original_glcm_Contrast', 'log-sigm…rgeAreaEmphasis')
    """
    if len(text) <= width:
        return text
    head = (width - 1) // 3 + 1
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def wrapped(text: str, width: float) -> str:
    """Break a title into lines that fit a figure of so many inches."""
    return "\n".join(textwrap.wrap(text, max(20, int(width * 11)), break_on_hyphens=False))


@contextmanager
def drawing(settings: Mapping[str, Any]) -> Iterator[None]:
    """Draw with settings of matplotlib that hold for the moment alone."""
    rc: Any = dict(settings)
    with mpl.rc_context(rc), warnings.catch_warnings():
        # A viewer has glyphs, such as Chinese ones, that the font measured with here does not have.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from", category=UserWarning)
        yield
