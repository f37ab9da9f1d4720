"""Figure: a threshold of robustness against AUC, reliability of predictions, stability of selection and features."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.colours import COLORS, FAINT, INK, QUIET
from evaluation.figures.canvas import new_figure, styled
from harmonize.arrays import FloatArray

WIDTH = 6.6
PANEL = 1.45
NEAR = 0.045
"""Thresholds nearer to one another than this share of the axis have no label of their own."""

SCORES = {"auc": "AUC", "r2": "R\N{SUPERSCRIPT TWO}", "c_index": "C-index"}
"""The score that a table has first, by what is predicted."""
CHANCE = {"auc": 0.5, "r2": 0.0, "c_index": 0.5}

PANELS = (
    ("auc", "auc_lower", "auc_upper", "held-out AUC"),
    ("prediction_icc", "prediction_icc_lower", "prediction_icc_upper", "ICC(A,1) of\nheld-out predictions"),
    ("stability", "stability_lower", "stability_upper", "stability of\nselection (Nogueira)"),
    ("n_features", "n_features_least", "n_features_most", "features\nin the model"),
)


@styled
def tradeoff_curve(
    table: pd.DataFrame, rule: str, title: str = "", level: float = 0.95, figure: Figure | None = None
) -> Figure:
    """Draw what a threshold of robustness costs and brings.

    Parameters
    ----------
    table : DataFrame
        The table of `selection.tradeoff`: thresholds from top to bottom, then the row named ``tuned``.
    rule : str
        What lies above the threshold, for the axis.
    title : str
        What stands above.
    level : float
        Confidence level of the limits, for the legend.
    figure : Figure or None
        What to draw on; by default a new one.

    Returns
    -------
    Figure
        A panel for each measure that could be computed; thresholds on the Pareto front are filled squares, others open
        circles, the tuned one a diamond on the right.

    Examples
    --------
    >>> table = pd.DataFrame({"name": ["0.5", "0.9", "tuned"], "threshold": [0.5, 0.9, np.nan]})
    >>> for name in np.ravel([panel[:3] for panel in PANELS]):
    ...     table[name] = [0.7, 0.8, 0.75]
    >>> table["pareto"] = [False, True, False]
    >>> [axes.get_ylabel() for axes in tradeoff_curve(table, "ICC", "Trade-off").axes][:1]
    ['held-out AUC']
    """
    figure = figure or new_figure(WIDTH, height_of(table) + 0.25, title)
    figure.set_layout_engine("constrained")
    panels = _panels(table)
    found: Any = figure.subplots(len(panels), 1, sharex=True, squeeze=False)
    swept, tuned = table[table["threshold"].notna()], table[table["threshold"].isna()]
    x = swept["threshold"].to_numpy(dtype=np.float64)
    span = float(np.ptp(x)) or 0.1
    aside = float(x.max()) + 0.11 * span
    for axes, panel in zip(found[:, 0], panels, strict=True):
        _panel(axes, swept, x, panel)
        for row in tuned.to_dict("records"):
            _mark(axes, aside, [row[name] for name in panel[:3]], {"marker": "D", "markerfacecolor": COLORS[1]})
        axes.axvline(float(x.max()) + 0.055 * span, color=FAINT, linewidth=0.8)
        axes.set_ylabel(panel[3])
        axes.grid(axis="y", color=FAINT, linewidth=0.4)
        axes.set_axisbelow(True)
        if panel[0] == "n_features":
            top = float(table[panel[2]].max()) or 1.0
            axes.set_ylim(-0.08 * top, 1.12 * top)
    last = found[-1, 0]
    labelled = _apart(x, NEAR * span)
    names = [f"{value:g}" if shown else "" for value, shown in zip(x, labelled, strict=True)]
    last.set_xticks([*x, aside], [*names, "tuned"])
    last.set_xlim(float(x.min()) - 0.04 * span, aside + 0.06 * span)
    front = (
        "filled squares: on the Pareto front of all panels; circles: another threshold is as good in all, better in one"
    )
    limits = (
        f"bars: {level:.0%} limits, of features the least and the most over folds; diamond: tuned in the inner loop"
    )
    last.set_xlabel(f"features with {rule} above\n{front}\n{limits}")
    figure.align_ylabels()
    return figure


def first_score(table: pd.DataFrame) -> str:
    """Give the name of the score that a table has first.

    Examples
    --------
    >>> first_score(pd.DataFrame({"name": ["tuned"], "r2": [0.3]}))
    'r2'
    """
    return next(name for name in SCORES if name in table)


def height_of(table: pd.DataFrame) -> float:
    """Give the height in inches that the panels of a table need."""
    return 0.85 + PANEL * len(_panels(table))


def _panels(table: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    score = first_score(table)
    first = (score, f"{score}_lower", f"{score}_upper", f"held-out {SCORES[score]}")
    return [panel for panel in (first, *PANELS[1:]) if table[panel[0]].notna().any()] or [PANELS[-1]]


def _panel(axes: Axes, swept: pd.DataFrame, x: FloatArray, panel: tuple[str, str, str, str]) -> None:
    axes.plot(x, swept[panel[0]], color=QUIET, linewidth=0.8, zorder=1)
    for place, row in zip(x, swept.to_dict("records"), strict=True):
        style = {"marker": "s", "markerfacecolor": COLORS[0]} if row["pareto"] else {"marker": "o"}
        _mark(axes, float(place), [row[name] for name in panel[:3]], {"markerfacecolor": "white", **style})
    chance = CHANCE.get(panel[0], np.nan)
    if axes.get_ylim()[0] < chance < axes.get_ylim()[1]:
        axes.axhline(chance, color=QUIET, linewidth=0.8, linestyle=(0, (1, 2)))
        axes.text(1.0, chance, " chance", transform=axes.get_yaxis_transform(), va="center", size=6.5, color=QUIET)


def _mark(axes: Axes, x: float, values: list[float], style: dict[str, Any]) -> None:
    """Draw a point with its limits, as far as there are any."""
    value, lower, upper = values
    if np.isnan(value):
        return
    if not (np.isnan(lower) or np.isnan(upper)):
        axes.plot([x, x], [lower, upper], color=INK, linewidth=0.9, solid_capstyle="butt", zorder=2)
    axes.plot(x, value, markersize=5, color=INK, markeredgewidth=0.8, zorder=3, **style)


def _apart(x: FloatArray, least: float) -> list[bool]:
    """Say which of the ascending places keep their distance, from the right, where thresholds lie close."""
    kept = [False] * len(x)
    last = np.inf
    for place in range(len(x) - 1, -1, -1):
        if last - x[place] >= least * (1 - 1e-9):
            kept[place], last = True, x[place]
    return kept
