"""Figure: estimates with confidence limits, one row each."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from evaluation.colours import COLORS, INK, QUIET
from evaluation.figures.canvas import new_figure, short, styled

ROW = 0.17
LOWEST = -0.5
"""Limits below this are cut, with an arrow."""


@styled
def forest(rows: pd.DataFrame, title: str, what: str, threshold: float) -> Figure:
    """Draw agreement coefficients with their limits.

    Parameters
    ----------
    rows : DataFrame
        Columns ``name``, ``estimate``, ``lower``, ``upper`` and ``n``, from top to bottom.
    title, what : str
        What stands above, and the name of the axis.
    threshold : float
        The dashed line. A row whose lower limit lies beyond it is filled dark, one whose estimate does is half
        as dark, others are open.

    Returns
    -------
    Figure

    Examples
    --------
    >>> rows = pd.DataFrame({"name": ["Id"], "estimate": [0.95], "lower": [0.91], "upper": [0.98], "n": [17]})
    >>> forest(rows, "Agreement", "ICC(A,1)", 0.9).axes[0].texts[0].get_text()
    '0.95 (0.91 to 0.98)'
    """
    count = len(rows)
    names = [short(str(name), 52) for name in rows["name"]]
    width = 3.6 + 0.062 * max(map(len, names)) + 1.2
    figure = new_figure(width, 0.95 + ROW * count, title)
    axes = figure.add_subplot()
    lows = rows["lower"].fillna(rows["estimate"])
    low = float(np.clip(np.floor(10 * np.nanmin([*lows, threshold])) / 10, LOWEST, 0.9))
    for y, row in enumerate(rows.itertuples(index=False)):
        if np.isnan(row.estimate):
            axes.text(1.02, y, "not computed", transform=axes.get_yaxis_transform(), va="center", size=6.5, color=QUIET)
            continue
        left, right = np.clip([row.lower, row.upper], low, 1)
        axes.plot([left, right], [y, y], color=INK, linewidth=0.9, solid_capstyle="butt")
        if row.lower < low:
            axes.plot(low, y, marker="<", color=INK, markersize=3.5, clip_on=False)
        face = COLORS[0] if row.lower > threshold else COLORS[5] if row.estimate > threshold else "white"
        mark: dict[str, Any] = {"marker": "s", "markersize": 4.5, "markerfacecolor": face, "markeredgewidth": 0.7}
        axes.plot(max(row.estimate, low), y, color=INK, clip_on=False, zorder=3, **mark)
        words = f"{row.estimate:.2f} ({row.lower:.2f} to {row.upper:.2f})".replace("-", "\N{MINUS SIGN}")
        axes.text(1.02, y, words, transform=axes.get_yaxis_transform(), va="center", size=6.5)
    axes.axvline(threshold, color=COLORS[1], linewidth=1.0, linestyle=(0, (4, 2)))
    axes.set(
        xlim=(low, 1),
        ylim=(count - 0.4, -0.6),
        xlabel=f"{what}\ndark: lower limit beyond {threshold:g}; light: only the estimate",
    )
    axes.set_yticks(np.arange(count), names, size=6.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    return figure
