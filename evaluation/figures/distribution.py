"""Figure: how a statistic is distributed over features, group by group, with the threshold."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.colours import COLORS, INK, QUIET
from evaluation.figures.canvas import new_figure, short, styled
from evaluation.reliability.statistics import passes
from evaluation.written import in_percent
from harmonize.arrays import BoolArray, FloatArray

ROW = 0.42
BINS = 60
FLOOR = 0.7
"""Where histograms stand, in rows."""
HIGHEST = 0.62
"""The tallest bin, in rows; the rest is for the box below it."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@styled
def distributions(
    groups: dict[str, pd.Series], title: str, what: str, threshold: float, *, lower_is_better: bool = False
) -> Figure:
    """Draw a histogram and a box for each group, below one another.

    Parameters
    ----------
    groups : dict of str to Series
        By the name of the group its estimates; NaN are counted, not drawn.
    title, what : str
        What stands above, and the name of the axis.
    threshold : float
        The dashed line; the share of all estimates (missing ones included) beyond it is written on the right.
    lower_is_better : bool
        Whether beyond is below.

    Returns
    -------
    Figure
        The box spans the quartiles, its line 5 to 95 %. Estimates outside the axis are in the outermost bins.

    Examples
    --------
    >>> groups = {"ACC+STD": pd.Series([0.95, 0.92, 0.4, np.nan]), "ACC+DLR": pd.Series([0.5, 0.97, 0.2, 0.1])}
    >>> figure = distributions(groups, "Agreement", "ICC(A,1)", 0.9)
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['50 % of 4', '25 % of 4']
    """
    finite = {name: values.dropna().to_numpy(dtype=np.float64) for name, values in groups.items()}
    low, high = _range(np.concatenate(list(finite.values())), lower_is_better)
    count = len(groups)
    names = [short(name, 34) for name in groups]
    width = 4.6 + 0.06 * max(map(len, names))
    figure = new_figure(width, 0.85 + ROW * count, title)
    axes = figure.add_subplot()
    # The threshold is an edge, so that no bin lies on both sides; heights are densities, as widths differ there.
    edges = np.unique([*np.linspace(low, high, BINS + 1), np.clip(threshold, low, high)])
    for y, (name, values) in enumerate(finite.items()):
        inside = np.clip(values, low, high)
        counts = np.histogram(inside, edges)[0]
        heights = counts / np.diff(edges)
        heights = HIGHEST * heights / (heights.max() or 1.0)
        middles = (edges[:-1] + edges[1:]) / 2
        good = passes(middles, threshold, lower_is_better)
        paint_histogram(axes, y, edges, heights, ((~good, "#b9c7d6"), (good, COLORS[0])))
        if values.size:
            paint_box(axes, y, np.clip(np.quantile(values, QUANTILES), low, high), INK)
        passing = np.count_nonzero(passes(values, threshold, lower_is_better))
        total = len(groups[name])
        axes.text(
            1.02,
            y + 0.5,
            f"{in_percent(passing / max(1, total))} % of {total}",
            va="center",
            transform=axes.get_yaxis_transform(),
        )
    axes.axvline(threshold, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.set(xlim=(low, high), ylim=(count, 0), xlabel=what)
    axes.set_yticks(np.arange(count) + 0.5, names)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    sign = "<" if lower_is_better else ">"
    axes.set_title(f"{sign} {threshold:g}", loc="right", size=7.5, color=QUIET, x=1.16)
    return figure


def paint_histogram(
    axes: Axes,
    y: float,
    edges: FloatArray,
    heights: FloatArray,
    parts: Iterable[tuple[BoolArray, str]],
    **outline: Any,
) -> None:
    """Draw a histogram on the row from `y` to `y` + 1 of an axis that runs down.

    Parameters
    ----------
    axes : Axes
    y : float
        Top of the row.
    edges, heights : ndarray, shapes (n + 1,) and (n,)
        Of the bins; heights in rows, up to `HIGHEST`.
    parts : iterable of (ndarray of bool, str)
        Runs of adjacent bins and their colours; one outline for each, as fewer shapes than a bar for each bin.
    **outline
        Of matplotlib, such as ``edgecolor``; by default there is none.
    """
    for chosen, color in parts:
        if chosen.any():
            first, last = np.flatnonzero(chosen)[[0, -1]]
            axes.stairs(
                y + FLOOR - heights[first : last + 1],
                edges[first : last + 2],
                baseline=y + FLOOR,
                fill=True,
                facecolor=color,
                **({"linewidth": 0} | outline),
            )


def paint_box(axes: Axes, y: float, quantiles: FloatArray, ink: str) -> None:
    """Draw `QUANTILES` below a histogram: the box spans the quartiles, its line 5 to 95 %, a white mark the median."""
    p05, q1, median, q3, p95 = quantiles
    axes.plot([p05, p95], [y + 0.82] * 2, color=ink, linewidth=0.8, solid_capstyle="butt")
    axes.plot([q1, q3], [y + 0.82] * 2, color=ink, linewidth=5, solid_capstyle="butt")
    axes.plot([median] * 2, [y + 0.75, y + 0.89], color="white", linewidth=1.6, solid_capstyle="butt")


def _range(values: np.ndarray, lower_is_better: bool) -> tuple[float, float]:
    if not values.size:
        return 0.0, 1.0
    if lower_is_better:
        return 0.0, float(max(0.2, np.quantile(values, 0.98)))
    return float(np.clip(np.floor(10 * np.quantile(values, 0.005)) / 10, -1.0, 0.0)), 1.0
