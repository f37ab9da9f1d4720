"""Figure: differences of two conditions with limits, over the margin of equivalence."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from evaluation.colours import COLORS, FAINT, INK, QUIET
from evaluation.figures.canvas import new_figure, short, styled

MOST = 100
"""Features that a figure shows, of one place."""
ROW = 0.125
FARTHEST = 4.0
"""Margins, beyond which limits are cut."""
FACES = {"yes": COLORS[0], "no": COLORS[1], "not shown": "white"}


@styled
def equivalence_plot(table: pd.DataFrame, reference: str, other: str) -> Figure:
    """Draw the differences of the features of one place, in margins, from the most positive to the most negative.

    Parameters
    ----------
    table : DataFrame
        From `pooling_table`; the first strategy, sequence and ROI are shown, and their first 100 features.
    reference, other : str
        The conditions.

    Returns
    -------
    Figure
        Limits that lie between both lines show equivalence. What was not computed is left out, and counted below.

    Examples
    --------
    >>> rows = {"strategy": "none", "sequence": "T2", "roi": "liver", "feature": ["Id"], "equivalent": ["yes"]}
    >>> numbers = {"difference": 0.02, "lower": -0.01, "upper": 0.05, "margin_lower": -0.1, "margin_upper": 0.1}
    >>> equivalence_plot(pd.DataFrame({**rows, **numbers}), "REF", "DLR").axes[0].get_xlabel()
    'DLR − REF, in margins'
    """
    first = table.iloc[0]
    place = ["strategy", "sequence", "roi"]
    here = table[(table[place] == first[place]).all(axis=1)].head(MOST)
    shown = here.dropna(subset=["difference"])
    # A margin of ratios is not symmetric: each side is measured by its own.
    drawn = {
        name: np.where(shown[name] < 0, -shown[name] / shown["margin_lower"], shown[name] / shown["margin_upper"])
        for name in ("difference", "lower", "upper")
    }
    order = np.argsort(-drawn["difference"], kind="stable")
    names = [short(str(name), 44) for name in shown["feature"].iloc[order]]
    figure = new_figure(6.6, 1.5 + ROW * max(len(shown), 4), f"May {reference} and {other} be pooled?")
    axes = figure.add_subplot()
    axes.axvspan(-1, 1, color=FAINT, alpha=0.6, linewidth=0, zorder=0)
    for y, index in enumerate(order):
        middle, low, high = (drawn[name][index] for name in ("difference", "lower", "upper"))
        left, right = np.clip([low, high], -FARTHEST, FARTHEST)
        axes.plot([left, right], [y, y], color=INK, linewidth=0.8, solid_capstyle="butt")
        for end, beyond, mark in ((left, low < -FARTHEST, "<"), (right, high > FARTHEST, ">")):
            if beyond:
                axes.plot(end, y, marker=mark, color=INK, markersize=3, clip_on=False)
        if abs(middle) <= FARTHEST:
            face = FACES[shown["equivalent"].iloc[index]]
            axes.plot(middle, y, "s", markersize=3.6, markerfacecolor=face, markeredgecolor=INK, markeredgewidth=0.5)
    for line in (-1, 1):
        axes.axvline(line, color=COLORS[1], linewidth=1.0, linestyle=(0, (4, 2)))
    axes.axvline(0, color=QUIET, linewidth=0.6)
    reach = max([1.3, *np.minimum(np.abs([drawn["lower"], drawn["upper"]]), FARTHEST).ravel() * 1.05])
    axes.set(xlim=(-reach, reach), ylim=(len(shown) - 0.4, -0.6))
    axes.set_xlabel(f"{other} \N{MINUS SIGN} {reference}, in margins")
    axes.set_yticks(range(len(names)), names, size=5.5)
    axes.tick_params(axis="y", length=0)
    lost = len(here) - len(shown)
    where = " / ".join(str(first[name]) for name in place)
    axes.set_title(where + (f"; {lost} not computed" if lost else ""), loc="left", size=7.5, color=QUIET)
    for name, face in FACES.items():
        axes.plot([], [], "s", color=INK, markerfacecolor=face, markersize=4, label=f"equivalent: {name}")
    figure.legend(loc="outside lower left", ncols=3, frameon=False, fontsize=7.5, handletextpad=0.2)
    return figure
