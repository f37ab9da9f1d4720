"""Figure: how a model does within its condition, across and natively, and how many predictions flip, by variant."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.classification.transfer_scores import TESTED
from evaluation.colours import COLORS, FAINT, INK, QUIET
from evaluation.figures.canvas import new_figure, short, styled

WIDTH = 6.6
ROW = 0.62
MARKS: Any = {
    "within": {"marker": "o", "markerfacecolor": "white"},
    "across": {"marker": "s", "markerfacecolor": COLORS[0]},
    "native": {"marker": "D", "markerfacecolor": COLORS[1]},
}
FIRST = {"auc": ("AUC", 0.5), "r2": ("R\N{SUPERSCRIPT TWO}", 0.0), "c_index": ("C-index", 0.5)}
"""The score that is drawn: its title, and chance."""
APART = 0.22
"""Distance of the ways of testing, in rows."""


@styled
def transfer_figure(
    scores: pd.DataFrame, train: str, test: str, title: str = "", figure: Figure | None = None
) -> Figure:
    """Draw the first score within, across and native, and how predictions differ, with limits.

    Parameters
    ----------
    scores : DataFrame
        From `transfer_table`.
    train, test : str
        The conditions.
    title : str
        What stands above.
    figure : Figure or None
        What to draw on; by default a new one.

    Returns
    -------
    Figure
        A row for each variant; what could not be computed is left out.

    Examples
    --------
    >>> rows = [("raw", "auc", tested, 0.8, 0.7, 0.9) for tested in TESTED]
    >>> rows += [("raw", "flips_at_half", "both", 0.1, 0.0, 0.2)]
    >>> scores = pd.DataFrame(rows, columns=["variant", "score", "tested", "estimate", "lower", "upper"])
    >>> [axes.get_xlabel() for axes in transfer_figure(scores, "REF", "ACC", "Transfer").axes]
    ['held-out AUC', 'predictions that flip, %']
    """
    figure = figure or new_figure(WIDTH, height_of(scores) + 0.3, title)
    figure.set_layout_engine("constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(2, 1))
    variants = list(dict.fromkeys(scores["variant"]))
    score = next(name for name in FIRST if name in set(scores["score"]))
    flips = "flips_at_half" in set(scores["score"])
    known = scores.set_index(["variant", "score", "tested"])[["estimate", "lower", "upper"]]
    for row, variant in enumerate(variants):
        for place, tested in enumerate(TESTED):
            _mark(left, row + (place - 1) * APART, known.loc[(variant, score, tested)], 1.0, MARKS[tested])
        _mark(
            right,
            row,
            known.loc[(variant, "flips_at_half" if flips else "moved", "both")],
            100.0 if flips else 1.0,
            MARKS["across"],
        )
    left.axvline(FIRST[score][1], color=QUIET, linewidth=0.8, linestyle=(0, (1, 2)), zorder=0)
    left.set_xlabel(f"held-out {FIRST[score][0]}")
    right.set_xlabel("predictions that flip, %" if flips else "how far predictions move")
    right.set_xlim(left=min(0.0, right.get_xlim()[0]))
    left.set_yticks(range(len(variants)), [short(name, 26) for name in variants])
    left.set_ylim(len(variants) - 0.5, -0.5)
    right.tick_params(left=False)
    for axes in (left, right):
        axes.grid(axis="x", color=FAINT, linewidth=0.4)
        axes.set_axisbelow(True)
    words = {"within": f"{train} to {train}", "across": f"{train} to {test}", "native": f"{test} to {test}"}
    for tested in TESTED:
        left.plot([], [], linestyle="", color=INK, markersize=5, label=f"{tested}: {words[tested]}", **MARKS[tested])
    figure.legend(
        loc="outside lower left",
        ncols=1 if max(map(len, words.values())) > 26 else 3,
        fontsize=7.5,
        frameon=False,
        handletextpad=0.2,
    )
    return figure


def height_of(scores: pd.DataFrame) -> float:
    """Give the height in inches that the variants need."""
    return 1.25 + ROW * int(scores["variant"].nunique())


def _mark(axes: Axes, y: float, row: "pd.Series[float]", factor: float, style: Any) -> None:
    """Draw an estimate with its limits, as far as there are any."""
    value, lower, upper = (factor * float(one) for one in row)
    if np.isnan(value):
        return
    if not (np.isnan(lower) or np.isnan(upper)):
        axes.plot([lower, upper], [y, y], color=INK, linewidth=0.9, solid_capstyle="butt", zorder=2)
    axes.plot(value, y, markersize=5, color=INK, markeredgewidth=0.8, zorder=3, **style)
