"""Figure: effect sizes of every batch over features, before and after harmonization."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from evaluation.colours import COLORS, QUIET
from evaluation.figures.canvas import new_figure, short, styled

ROW = 0.62


@styled
def effect_sizes(sizes: pd.DataFrame, title: str = "", from_mean: bool = False, figure: Figure | None = None) -> Figure:
    """Draw the location effect of each batch, feature by feature, before and after.

    Parameters
    ----------
    sizes : DataFrame
        Columns batch, feature, ``raw`` and ``held_out``: location effects in pooled standard deviations.
    title : str
        What stands above.
    from_mean : bool
        Whether batches are compared with the mean of all rows rather than with a reference.
    figure : Figure or None
        What to draw on; by default a new one.

    Returns
    -------
    Figure
        Thick: quartiles; thin: 5 to 95 %; white: the median. Dotted lines: 0.2, 0.5 and 0.8, which Cohen calls small,
        medium and large.

    Examples
    --------
    >>> sizes = pd.DataFrame({"batch": "ACC", "feature": list("abc"), "raw": [1, 0.5, 2], "held_out": [0.1, 0, -0.1]})
    >>> [label.get_text() for label in effect_sizes(sizes).axes[0].get_yticklabels()]
    ['ACC']
    """
    figure = figure or new_figure(6.4, 0.75 + ROW * sizes["batch"].nunique(), title)
    figure.set_layout_engine("constrained")
    axes = figure.subplots()
    groups = list(sizes.groupby("batch", sort=False))
    for i, (_, part) in enumerate(groups):
        for column, shift, color in (("raw", 0.18, COLORS[7]), ("held_out", -0.18, COLORS[0])):
            y = len(groups) - 1 - i + shift
            p05, q1, median, q3, p95 = np.quantile(
                part[column].to_numpy(dtype=np.float64), [0.05, 0.25, 0.5, 0.75, 0.95]
            )
            label = {"raw": "before", "held_out": "after, held-out subjects"}[column] if i == 0 else None
            axes.plot([p05, p95], [y, y], color=color, linewidth=0.9, solid_capstyle="butt")
            axes.plot([q1, q3], [y, y], color=color, linewidth=7, solid_capstyle="butt", label=label)
            axes.plot([median] * 2, [y - 0.12, y + 0.12], color="white", linewidth=1.6, solid_capstyle="butt")
    for size in (0.2, 0.5, 0.8):
        for side in (-size, size):
            axes.axvline(side, color=QUIET, linewidth=0.5, linestyle=(0, (1, 3)), zorder=0)
    axes.axvline(0.0, color=QUIET, linewidth=0.7, zorder=0)
    axes.set_yticks(range(len(groups)), [short(str(name), 28) for name, _ in reversed(groups)])
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_ylim(-0.6, len(groups) - 0.4)
    other = "the mean of all rows" if from_mean else "the reference"
    axes.set_xlabel(f"difference of means from {other}, in pooled standard deviations, over features")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, frameon=False, handlelength=1.2)
    return figure
