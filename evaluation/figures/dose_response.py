"""Figure: which share of features passes up to each of some ordered levels, by class."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from evaluation.colours import COLORS, FAINT, INK
from evaluation.figures.canvas import new_figure, styled

WIDTH, HEIGHT = 5.2, 3.0
MARKERS = "osD^vP*X"


@styled
def dose_response(
    shares: pd.DataFrame, factor: str, rule: str, title: str = "", figure: Figure | None = None
) -> Figure:
    """Draw the share of features that pass at a level and at all before it.

    Parameters
    ----------
    shares : DataFrame
        Rows of one strategy and one level of the other factors: `by` (``overall`` and ``class``), `level` (of what `by`
        names), `number` (of the ordered level), `up_to` of `n_total` features pass; `n_computed` could be judged.
        Where nothing could be, no point is drawn.
    factor : str
        What the levels are of, for the axis.
    rule : str
        What passing is.
    title : str
        What stands above.
    figure : Figure or None
        What to draw on; a new one without.

    Examples
    --------
    >>> rows = pd.DataFrame({"by": "overall", "level": "all", "number": [4, 6], "up_to": [90, 30], "n_total": 93,
    ...                      "n_computed": 93})
    >>> dose_response(rows, "acceleration", "icc > 0.9").axes[0].get_xlabel()
    'acceleration'
    """
    figure = figure or new_figure(WIDTH, HEIGHT, title)
    figure.set_layout_engine("constrained")
    axes = figure.subplots()
    numbers = np.sort(shares["number"].unique())
    drawn: list[tuple[str, str, str, Any]] = [
        ("overall", "all", "all features", {"color": INK, "linewidth": 2.0, "marker": "o", "markersize": 5})
    ]
    classes = list(dict.fromkeys(shares.loc[shares["by"] == "class", "level"]))
    for place, name in enumerate(classes):
        how: dict[str, Any] = {"color": COLORS[place % len(COLORS)], "marker": MARKERS[place % len(MARKERS)]}
        drawn.append(("class", name, name or "no class", {**how, "linewidth": 1.0, "markersize": 3.5}))
    for by, level, label, how in drawn:
        rows = shares[(shares["by"] == by) & (shares["level"] == level)].sort_values("number")
        value = (rows["up_to"] / rows["n_total"]).where(rows["n_computed"] > 0)
        if value.notna().any() and (by == "overall" or len(classes) > 1):
            axes.plot(rows["number"], value, label=label, **how)
    axes.set_xticks(numbers, [f"{number:g}" for number in numbers])
    axes.set_ylim(-0.03, 1.03)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.grid(axis="y", color=FAINT, linewidth=0.4)
    axes.set_axisbelow(True)
    axes.set_xlabel(factor)
    axes.set_ylabel(f"pass up to this level\n({rule})")
    if axes.get_legend_handles_labels()[1]:
        figure.legend(loc="outside right center")
    else:
        axes.text(0.5, 0.5, "nothing could be judged", transform=axes.transAxes, ha="center")
    return figure
