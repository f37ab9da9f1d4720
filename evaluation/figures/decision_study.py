"""Figure: how reliable means over more levels of a facet are, such as over more readers."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from evaluation.colours import COLORS, FAINT
from evaluation.figures.canvas import new_figure, short, styled
from evaluation.reliability.by_facet import PHI, G
from evaluation.reliability.statistics import about

WIDTH, HEIGHT = 3.72, 2.6
LOOKS = {G: (COLORS[0], "-", "o"), PHI: (COLORS[1], "--", "s")}


@styled
def decision_study(planned: pd.DataFrame, facet: str, title: str = "", figure: Figure | None = None) -> Figure:
    """Draw the coefficients of means over levels of one facet against how many there are.

    Parameters
    ----------
    planned : DataFrame
        See `FacetTables`: rows of this and other facets, of any features.
    facet : str
        Of which levels are added, the others not averaged over.
    title : str
        What stands above.
    figure : Figure or None
        What to draw on; by default a new one.

    Returns
    -------
    Figure
        Medians over features of the estimates, with bars between the medians of their limits.

    Examples
    --------
    >>> table = pd.DataFrame({"facet": "reader", "levels": [1, 2], "g": [0.5, 0.67], "phi": [0.4, 0.57]})
    >>> for name in ("g", "phi"):
    ...     table[f"{name}_lower"], table[f"{name}_upper"] = table[name] - 0.2, table[name] + 0.2
    >>> [line.get_ydata().tolist() for line in decision_study(table, "reader").axes[0].lines]
    [[0.5, 0.67], [0.4, 0.57]]
    """
    medians = typical(planned, facet)
    figure = figure or new_figure(WIDTH, HEIGHT, title)
    figure.set_layout_engine("constrained")
    axes = figure.add_subplot()
    for place, (name, (color, line, mark)) in enumerate(LOOKS.items()):
        x = medians.index.to_numpy(dtype=float) + (place - 0.5) * 0.14
        low, middle, high = (medians[f"{name}{suffix}"].to_numpy() for suffix in ("_lower", "", "_upper"))
        axes.vlines(x, low, high, color=color, linewidth=1.1, alpha=0.75)
        axes.plot(x, middle, line, color=color, marker=mark, markersize=4, linewidth=1.1, label=_label(name))
    axes.set(ylim=(0, 1.02), xlabel=f"levels of {short(facet, 24)} averaged over", ylabel="median over features")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color=FAINT, linewidth=0.4)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", frameon=False, fontsize=7.5)
    return figure


def _label(name: str) -> str:
    known = about(name)
    return f"{known.label}, {known.remark}"


def typical(planned: pd.DataFrame, facet: str) -> pd.DataFrame:
    """Give medians over features of the estimates and of each limit, by the number of levels."""
    columns = [f"{name}{suffix}" for name in LOOKS for suffix in ("", "_lower", "_upper")]
    return planned[planned["facet"] == facet].groupby("levels", sort=True)[columns].median()
