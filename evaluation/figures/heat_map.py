"""Figure: one number in rows and columns, darker for more."""

import numpy as np
import pandas as pd
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from evaluation.colours import FAINT, INK
from evaluation.figures.canvas import NOTHING, SCALE, new_figure, short, styled

ROW = 0.145
"""Height of a row in inches."""
NUMBERS_UP_TO = 40
"""More columns than this leave no room for numbers."""
LONGEST = 52
CHARACTER = 0.068
"""The usual width of a character in inches."""
WIDEST = 0.62
"""A column name that needs more inches than this stands upright."""


@styled
def heat_map(values: pd.DataFrame, title: str, what: str, threshold: float | None = None) -> Figure:
    """Draw a grid of agreement coefficients or shares.

    Parameters
    ----------
    values : DataFrame
        Between 0 and 1 in general; below 0 has the lightest colour, NaN (no estimate) a colour of its own. Rows and
        columns in the order of the figure; the names of the axes, where they have any, are written beside them.
    title : str
        Stands above.
    what : str
        What the numbers are, beside the scale.
    threshold : float or None
        Numbers beyond it are bold, and it is marked on the scale.

    Returns
    -------
    Figure

    Examples
    --------
    >>> values = pd.DataFrame({"liver": [0.95, 0.4], "spleen": [0.8, float("nan")]}, index=["Contrast", "Id"])
    >>> figure = heat_map(values, "Agreement", "ICC(A,1)", threshold=0.9)
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['.95', '.80', '.40', '–']
    """
    rows = [short(str(name), LONGEST) for name in values.index]
    columns = [_column(name) for name in values.columns]
    numbers = values.to_numpy(dtype=np.float64)
    count_rows, count_columns = numbers.shape
    longest_row, longest_column = max(map(len, rows)), max(map(len, columns))
    field = 0.34 if count_columns <= NUMBERS_UP_TO else 0.12
    upright = longest_column * CHARACTER > WIDEST or count_columns > NUMBERS_UP_TO
    if not upright:
        field = max(field, longest_column * CHARACTER)
    heading = min(longest_column, 26) * CHARACTER if upright else 0.2
    width = max(3.4, longest_row * CHARACTER + count_columns * field + 1.0)
    height = max(1.6, count_rows * ROW + heading + 0.55)
    figure = new_figure(width, height, title)
    axes = figure.add_subplot()
    norm = Normalize(0, 1)
    shown = np.ma.masked_invalid(np.clip(numbers, 0, 1))
    mesh = axes.pcolormesh(shown, cmap=SCALE, norm=norm, edgecolors="white", linewidth=0.4)
    axes.set_facecolor(NOTHING)
    axes.invert_yaxis()
    axes.set_yticks(np.arange(count_rows) + 0.5, rows, size=6.5)
    axes.set_xticks(
        np.arange(count_columns) + 0.5, [short(name, 26) for name in columns], size=7, rotation=90 if upright else 0
    )
    axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False, pad=2)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_ylabel(values.index.name or "")
    if count_columns <= NUMBERS_UP_TO:
        for (y, x), value in np.ndenumerate(numbers):
            passes = threshold is not None and value > threshold
            axes.text(
                x + 0.5,
                y + 0.54,
                _number(value),
                ha="center",
                va="center",
                size=6.0,
                weight="bold" if passes else "normal",
                color="white" if value > 0.6 else INK,
            )
    bar = figure.colorbar(mesh, ax=axes, aspect=30, pad=0.02, fraction=0.04, shrink=min(1.0, 3.0 / height))
    bar.outline.set_edgecolor(FAINT)
    bar.set_label(what)
    if threshold is not None:
        bar.ax.axhline(threshold, color="#d55e00", linewidth=1.6)
    return figure


def _column(name: object) -> str:
    return " · ".join(map(str, name)) if isinstance(name, tuple) else str(name)


def _number(value: float) -> str:
    """Write a coefficient without its leading zero."""
    if np.isnan(value):
        return "–"
    text = f"{value:.2f}"
    if float(text) == 0:
        return "0"
    short_text = text.replace("0.", ".", 1) if abs(float(text)) < 1 else text
    return short_text.replace("-", "\N{MINUS SIGN}")
