"""Figure: changes of each patient's features, over what measurement error explains."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from evaluation.claims.change import NOT_JUDGED
from evaluation.colours import COLORS, FAINT, INK, QUIET
from evaluation.figures.canvas import new_figure, short, styled

MOST = 40
"""Patients that a figure shows."""
FARTHEST = 4.0
"""Coefficients, beyond which changes are cut."""
ROW = 0.3


@styled
def change_plot(table: pd.DataFrame, coefficient: str) -> Figure:
    """Draw the changes of all features of each patient in units of the coefficient.

    Parameters
    ----------
    table : DataFrame
        From `change_table`; the first strategy is shown, and its first 40 patients.
    coefficient : str
        What changes are measured by, such as RC.

    Returns
    -------
    Figure
        A row for each patient: each feature a mark, dark beyond the band. On the right how many lie beyond, and how
        many would by chance.

    Examples
    --------
    >>> rows = {"strategy": "none", "subject": "P1", "verdict": "changed", "size": [2.0], "by_chance": [0.07]}
    >>> change_plot(pd.DataFrame(rows), "RC").axes[0].texts[0].get_text()
    '1 of 1 (0.1)'
    """
    here = table[(table["strategy"] == table["strategy"].iloc[0]) & (table["verdict"] != NOT_JUDGED)]
    people = list(dict.fromkeys(table["subject"]))[:MOST]
    figure = new_figure(6.6, 1.1 + ROW * max(len(people), 3), f"Changes of features over their {coefficient}")
    axes = figure.add_subplot()
    axes.axvspan(-1, 1, color=FAINT, alpha=0.6, linewidth=0, zorder=0)
    spread = np.random.default_rng(0)
    for y, name in enumerate(people):
        one = here[here["subject"] == name]
        size = one["size"].to_numpy()
        x = np.clip(size, -FARTHEST, FARTHEST)
        places = y + spread.uniform(-0.32, 0.32, len(x))
        for beyond, colour in ((False, QUIET), (True, COLORS[0])):
            which = (np.abs(size) > 1) == beyond
            axes.plot(x[which], places[which], ".", color=colour, markersize=2.2, alpha=0.6, markeredgewidth=0)
        words = f"{int((np.abs(size) > 1).sum())} of {len(one)} ({one['by_chance'].sum():.1f})"
        axes.text(1.01, y, words, transform=axes.get_yaxis_transform(), va="center", size=6.5)
    for line in (-1, 1):
        axes.axvline(line, color=COLORS[1], linewidth=1.0, linestyle=(0, (4, 2)))
    axes.axvline(0, color=INK, linewidth=0.5)
    axes.set(xlim=(-FARTHEST * 1.02, FARTHEST * 1.02), ylim=(len(people) - 0.4, -0.6))
    axes.set_xlabel(f"change / {coefficient} (cut at {FARTHEST:g}); right: beyond, of those judged (by chance)")
    axes.set_yticks(range(len(people)), [short(str(name), 24) for name in people], size=6.5)
    axes.tick_params(axis="y", length=0)
    return figure
