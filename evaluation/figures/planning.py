"""Figure: what a study of so many subjects will tell, and where that is enough."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from evaluation.colours import COLORS, FAINT, INK, QUIET
from evaluation.figures.canvas import new_figure, styled

TICKS = np.array([2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, *np.logspace(3, 6, 7).round(-2)])


@styled
def planning_curve(
    curve: pd.DataFrame,
    y: str,
    label: str,
    *,
    target: float | None = None,
    found: tuple[float, float] | None = None,
    title: str = "",
) -> Figure:
    """Draw a quantity against the number of subjects.

    Parameters
    ----------
    curve : DataFrame
        A row for each number of ``subjects`` and each ``series`` (the name of a line), with the quantity and, where
        there is a range, ``low`` and ``high``.
    y : str
        The column of the quantity.
    label : str
        Of its axis.
    target : float or None
        What is wanted of it.
    found : (float, float) or None
        Subjects and quantity of the answer.
    title : str

    Returns
    -------
    Figure

    Examples
    --------
    >>> curve = pd.DataFrame({"subjects": [10, 20], "series": "2 conditions", "width": [0.5, 0.3]})
    >>> planning_curve(curve, "width", "width of the limits", target=0.4).axes[0].get_ylabel()
    'width of the limits'
    """
    figure = new_figure(5.2, 3.4, title)
    axes = figure.subplots()
    for number, (name, rows) in enumerate(curve.groupby("series", sort=False)):
        color = COLORS[number % len(COLORS)]
        if {"low", "high"} <= set(rows):
            axes.fill_between(rows["subjects"], rows["low"], rows["high"], color=color, alpha=0.15, linewidth=0)
        dashes = ["-", "--", "-.", ":"][number % 4]
        marker = "o" if len(rows) < 15 else ""
        axes.plot(
            rows["subjects"],
            rows[y],
            color=color,
            linewidth=1.4,
            linestyle=dashes,
            marker=marker,
            ms=3,
            label=str(name),
        )
    axes.set_xscale("log")
    least, most = curve["subjects"].min(), curve["subjects"].max()
    axes.set_xticks([tick for tick in TICKS if least <= tick <= most] or [least])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    if target is not None:
        axes.axhline(target, color=QUIET, linewidth=0.8, linestyle=(0, (1, 2)))
    if found is not None:
        rises = curve[y].iloc[0] < found[1]  # the number stands where the line does not
        axes.plot(*found, marker="D", ms=6, color=INK, markerfacecolor="white", linestyle="none", zorder=3)
        axes.annotate(
            f"{found[0]:.0f}", found, xytext=(8, -11 if rises else 6), textcoords="offset points", weight="bold"
        )
    axes.set_ylim(bottom=0)
    axes.grid(color=FAINT, linewidth=0.4)
    axes.set_axisbelow(True)
    axes.set_xlabel("subjects")
    axes.set_ylabel(label)
    axes.legend()
    return figure
