"""Figure: harmonizers side by side, the best on top."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from evaluation.batch_effects.measures import KEPT, measure_of
from evaluation.batch_effects.scorecard_rows import NONE
from evaluation.colours import COLORS, INK, QUIET
from evaluation.figures.canvas import new_figure, short, styled

ROW, WIDTH = 0.24, 7.6
SURE = 0.05
PANELS = ("score", "icc_a1", "batch_share", "batch_told", KEPT, "auc", "damaged")
"""Measures that have a panel, where they were computed; of what is kept, the first two."""


def height_of(table: pd.DataFrame) -> float:
    """Give the height of the figure in inches."""
    return 1.15 + ROW * len(ordered_methods(table))


def ordered_methods(table: pd.DataFrame) -> list[str]:
    """Give the methods that have a score, the best first."""
    scores = table[(table["measure"] == "score") & (table["status"] == "ok")]
    return [str(name) for name in scores.sort_values("estimate", ascending=False, kind="stable")["method"]]


@styled
def scorecard(table: pd.DataFrame, title: str = "", *, figure: Figure | None = None) -> Figure:
    """Draw what harmonizers did to subjects that they had not seen: a row each, a panel for each measure.

    Parameters
    ----------
    table : DataFrame
        That of `harmonization_scorecard`, of one way of holding out.
    title : str
    figure : Figure, optional
        What to draw on.

    Returns
    -------
    Figure
        Points with limits; a line where doing nothing lies. Filled points are those of methods whose score gains more
        than by chance (p below 0.05).

    Examples
    --------
    >>> rows = [("score", "none", 0.4), ("score", "combat", 0.6), ("icc_a1", "none", 0.7), ("icc_a1", "combat", 0.9)]
    >>> table = pd.DataFrame(rows, columns=["measure", "method", "estimate"]).assign(
    ...     status="ok", lower=np.nan, upper=np.nan, p=np.nan
    ... )
    >>> [axes.get_title() for axes in scorecard(table).axes]
    ['Score', 'ICC(A,1)']
    """
    methods = ordered_methods(table)
    drawn = [name for name in table["measure"].unique() if (KEPT if name.startswith(KEPT) else name) in PANELS]
    kept = [name for name in drawn if name.startswith(KEPT)]
    known = table[(table["status"] == "ok")]["measure"].unique()
    panels = [name for name in drawn if name in known and name not in kept[2:]]
    scores = table[table["measure"] == "score"].set_index("method")
    gaining = set(scores.index[scores["p"] < SURE])
    figure = figure or new_figure(WIDTH, height_of(table), title)
    figure.set_layout_engine("constrained")  # names of harmonizers are long
    every = np.atleast_1d(figure.subplots(1, len(panels), sharey=True, width_ratios=[1.6, *[1.0] * (len(panels) - 1)]))
    for axes, name in zip(every, panels, strict=True):
        of_measure = table[table["measure"] == name].set_index("method").reindex(methods)
        _panel(axes, of_measure, name, gaining)
    every[0].set_yticks(np.arange(len(methods)), [short(name, 30) for name in methods], size=7)
    every[0].set_ylim(len(methods) - 0.4, -0.6)
    figure.supxlabel("dashed: doing nothing; filled: gains more than by chance (p < 0.05)", size=6.5, color=QUIET)
    for label in every[0].get_yticklabels():
        label.set_fontweight("bold" if label.get_text() == NONE else "normal")
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, name: str, gaining: set[str]) -> None:
    one = measure_of(name)
    better = "more" if one.direction == "above" else "less"
    axes.set_title(short(one.label, 16), size=8)
    axes.set_xlabel(f"{better} is better", size=6.5, color=QUIET)
    axes.tick_params(axis="x", labelsize=6.5)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))  # numbers short enough to stand side by side
    axes.spines["left"].set_visible(False)
    if NONE in rows.index and np.isfinite(rows.loc[NONE, "estimate"]):
        axes.axvline(rows.loc[NONE, "estimate"], color=COLORS[1], linewidth=1.0, linestyle=(0, (4, 2)), zorder=1)
    for y, (method, row) in enumerate(rows.iterrows()):
        if not np.isfinite(row["estimate"]):
            axes.text(0.5, y, "–", transform=axes.get_yaxis_transform(), va="center", ha="center", color=QUIET)
            continue
        if np.isfinite(row["lower"]):
            axes.plot([row["lower"], row["upper"]], [y, y], color=INK, linewidth=0.9, solid_capstyle="butt", zorder=2)
        face = COLORS[0] if method in gaining else "white"
        mark: dict[str, Any] = {"marker": "s", "markersize": 4.5, "markerfacecolor": face, "markeredgewidth": 0.7}
        axes.plot(row["estimate"], y, color=INK, zorder=3, **mark)
