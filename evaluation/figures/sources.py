"""Figure: what the variance of features comes from, a bar for each group of features."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from evaluation.colours import COLORS, INK
from evaluation.figures.canvas import NOTHING, new_figure, short, styled
from evaluation.generalizability.facets import RESIDUAL, SUBJECT
from evaluation.generalizability.mean_shares import REST
from evaluation.written import in_percent

ROW, WIDTH = 0.2, 3.72
KEY = 0.16
"""Height of a line of the legend in inches."""
MOST = 4
"""More sources beside subject and residual than this share a colour: the smaller ones."""
WRITTEN = 0.1
"""Smaller parts have no number."""
OTHERS = "other sources"
DAGGER = "\N{DAGGER}"
_COLORS = {SUBJECT: COLORS[0], RESIDUAL: "#c8c8c8", OTHERS: "#5a5a5a", REST: NOTHING}


@styled
def sources_of_variance(shares: pd.DataFrame, title: str = "", figure: Figure | None = None) -> Figure:
    """Draw shares of variance as stacked bars.

    Parameters
    ----------
    shares : DataFrame
        As of `mean_shares`: a row for each bar, a column for each source.
    title : str
        What stands above.
    figure : Figure or None
        What to draw on; by default a new one.

    Returns
    -------
    Figure
        Parts of a tenth and more have their number in per cent; what is not told apart is hatched. A dagger marks bars
        of which a source has no estimate.

    Examples
    --------
    >>> shares = pd.DataFrame({"subject": [0.7, 0.5], "reader": [0.1, 0.3], "residual": 0.2}, index=["liver", "spleen"])
    >>> figure = sources_of_variance(shares, "Sources of variance")
    >>> [text.get_text() for text in figure.axes[0].texts][:3]
    ['70', '50', '10']
    """
    shown = shown_sources(shares)
    figure = figure or new_figure(WIDTH, height_of(shares) + (0.3 if title else 0.0), title)
    figure.set_layout_engine("constrained")
    axes = figure.add_subplot()
    left = np.zeros(len(shown))
    rows = np.arange(len(shown))
    spare = iter(COLORS[1 : MOST + 2])
    for name, column in shown.items():
        color = _COLORS.get(str(name)) or next(spare)
        values = column.fillna(0.0).to_numpy(dtype=np.float64)
        hatch = "////" if name == REST else None
        looks: dict[str, Any] = {"color": color, "edgecolor": "white", "linewidth": 0.5, "hatch": hatch}
        axes.barh(rows, values, 0.82, left, label=short(str(name), 30), **looks)
        red, green, blue = to_rgb(color)
        ink = "white" if 0.3 * red + 0.59 * green + 0.11 * blue < 0.5 else INK
        for row, value in zip(rows[values >= WRITTEN], values[values >= WRITTEN], strict=True):
            axes.text(left[row] + value / 2, row, in_percent(value), ha="center", va="center", size=6.5, color=ink)
        left += values
    lacking = shares.isna().any(axis=1)
    below = f"\n{DAGGER} a source has no estimate" if lacking.any() else ""
    axes.set(xlim=(0, 1), ylim=(len(shown) - 0.5, -0.5), xlabel=f"share of variance in %, mean over features{below}")
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
    names = [short(_row(name), 24) + DAGGER * absent for name, absent in zip(shown.index, lacking, strict=True)]
    axes.set_yticks(rows, names)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "left", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=2, fontsize=7.5, frameon=False, handlelength=1.2, columnspacing=1.2)
    return figure


def height_of(shares: pd.DataFrame) -> float:
    """Give the height in inches that the bars and their legend need."""
    lines = (len(shown_sources(shares).columns) + 1) // 2
    return 0.55 + 0.14 * bool(shares.isna().any(axis=None)) + ROW * len(shares) + KEY * lines


def shown_sources(shares: pd.DataFrame) -> pd.DataFrame:
    """Give the columns that are drawn: those without any share are left out, and of many the small ones summed."""
    present = shares.loc[:, (shares > 0).any() | (shares.columns == SUBJECT)]
    between = [name for name in present.columns if name not in (SUBJECT, RESIDUAL, REST)]
    small = present[between].mean().sort_values(kind="stable").index[: max(0, len(between) - MOST)]
    if len(small) > 1:
        rest = present[list(small)].sum(axis=1)
        present = present.drop(columns=small)
        present.insert(present.shape[1] - sum(name in present for name in (RESIDUAL, REST)), OTHERS, rest)
    return present


def _row(name: object) -> str:
    return " / ".join(map(str, name)) if isinstance(name, tuple) else str(name)
