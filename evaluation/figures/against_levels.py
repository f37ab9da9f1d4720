"""Figure: values of a feature against ordered levels, a thin line for each subject."""

import math

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from evaluation.colours import COLORS, QUIET
from evaluation.figures.canvas import new_figure, short, styled
from evaluation.trends.ordered import OrderedFactor
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames

PANELS = 12
"""At most."""
ACROSS, WIDTH, HEIGHT = 4, 1.75, 1.55


@takes_frames
@styled
def against_levels(
    table: pd.DataFrame,
    factor: OrderedFactor,
    feature: str,
    *,
    strategy: str | None = None,
    figure: Figure | None = None,
) -> Figure:
    """Draw one feature over the levels of a factor.

    Parameters
    ----------
    table : DataFrame
        A feature table.
    factor : OrderedFactor
    feature : str
        A column of the table.
    strategy : str or None
        The first of the table without.
    figure : Figure or None
        What to draw on; a new one without.

    Returns
    -------
    Figure
        A panel for each sequence, ROI and levels of the other factors, at most 12: subjects as thin lines, their mean
        over those with all levels (over all values where nobody has all) as a thick one.

    Raises
    ------
    ConfigurationError
        When there is no value.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "strategy": "none", "subject": list("AAABBB"), "sequence": "T2", "roi": "liver",
    ...     "condition": ["R2", "R4", "R6"] * 2, "original_glcm_Id": [1.0, 1.2, 1.5, 2.0, 2.1, 2.6],
    ... })
    >>> levels = {name: (name,) for name in ("R2", "R4", "R6")}
    >>> factor = OrderedFactor.of(("acquisition",), levels, "acquisition", {"R2": 2, "R4": 4, "R6": 6})
    >>> len(against_levels(table, factor, "original_glcm_Id").axes[0].lines)
    3
    """
    name = strategy if strategy is not None else str(table["strategy"].iloc[0])
    rows = table[(table["strategy"] == name) & table[feature].notna()]
    panels = []
    for (sequence, roi), own in rows.groupby(["sequence", "roi"], sort=False):
        for ladder in factor.ladders(tuple(own["condition"].unique())):
            if ladder.conditions:
                values = own.pivot(index="subject", columns="condition", values=feature)[list(ladder.conditions)]
                place = ", ".join(one for one in (str(sequence), str(roi), ladder.at) if one != "all")
                panels.append((place, np.array(ladder.numbers), values.to_numpy(dtype=np.float64)))
    if not panels:
        raise ConfigurationError(f"figure of '{feature}' ({name}): no value at any level of {factor.name}")
    panels = panels[:PANELS]
    across = min(ACROSS, len(panels))
    down = math.ceil(len(panels) / across)
    title = feature if name == "all" else f"{feature} ({name})"
    figure = figure or new_figure(max(WIDTH * across + 0.4, 3.0), HEIGHT * down + 0.7, title)
    figure.set_layout_engine("constrained")
    found = figure.subplots(down, across, squeeze=False).ravel()
    for axes, (place, numbers, values) in zip(found, panels, strict=False):
        alone = len(numbers) == 1 or not (np.isfinite(values).sum(axis=1) > 1).any()
        for row in values:
            there = np.isfinite(row)
            how = {"marker": ".", "linestyle": "none", "markersize": 4} if alone else {"linewidth": 0.6}
            axes.plot(numbers[there], row[there], color=QUIET, alpha=0.6, **how)
        complete = np.isfinite(values).all(axis=1)
        mean = np.nanmean(values[complete] if complete.any() else values, axis=0)
        axes.plot(numbers, mean, color=COLORS[0], linewidth=1.8, marker="o", markersize=3.5)
        axes.set_title(short(place, 26), size=7.5)
        axes.set_xticks(numbers, [f"{number:g}" for number in numbers])
        axes.tick_params(labelsize=6.5)
    for axes in found[len(panels) :]:
        axes.remove()
    figure.supxlabel(factor.name, size=8)
    return figure
