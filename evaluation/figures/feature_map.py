"""Maps of a feature on the anatomy, side by side, with a bar of their unit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from evaluation.figures.canvas import SCALE, new_figure, styled
from harmonize.arrays import FloatArray

WIDTH = 2.6
"""Inches of a panel."""
RISING = "viridis"
"""Reads without colour vision and in grey print, and is none of the greys of the anatomy beneath."""


@dataclass(frozen=True)
class MapPanel:
    """One slice.

    Parameters
    ----------
    title : str
    image, values : ndarray of float, shape (rows, columns)
        The anatomy, and the map on it: NaN where there is nothing to show.
    spacing : tuple of float
        Height and width of a pixel, in mm.
    left, right : str
        Letters of the sides of the patient.
    """

    title: str
    image: FloatArray
    values: FloatArray
    spacing: tuple[float, float]
    left: str = ""
    right: str = ""


@styled
def draw_feature_maps(
    panels: Sequence[MapPanel], unit: str, title: str = "", between: MapPanel | None = None
) -> Figure:
    """Draw maps of one feature in one scale, and beside them how they differ, in per cent.

    Parameters
    ----------
    panels : sequence of MapPanel
        One or more, in one window of colours: 2 to 98 % of all their values.
    unit : str
        Of the feature.
    title : str
    between : MapPanel, optional
        Coefficients of variation, as fractions.

    Examples
    --------
    >>> slices = np.arange(12.0).reshape(3, 4)
    >>> len(draw_feature_maps([MapPanel("REF", slices, slices, (1.0, 1.0), "R", "L")], "bit").axes)
    2
    """
    every = [*panels, *([between] if between else [])]
    figure = new_figure(WIDTH * len(every) + 0.8, WIDTH + 0.9, title)
    axes = figure.subplots(1, len(every), squeeze=False)[0]
    known = np.concatenate([one.values[np.isfinite(one.values)] for one in panels])
    low, high = np.percentile(known, [2, 98]) if known.size else (0.0, 1.0)
    layers = []
    for ax, panel in zip(axes, every, strict=True):
        height, width = panel.spacing
        ax.imshow(panel.image, cmap="gray", aspect=height / width, interpolation="nearest", **_window(panel.image))
        as_difference = panel is between
        layer = ax.imshow(
            np.ma.masked_invalid(panel.values * (100 if as_difference else 1)),
            cmap=SCALE if as_difference else RISING,
            vmin=0 if as_difference else low,
            vmax=50 if as_difference else (high if high > low else low + 1),
            aspect=height / width,
            interpolation="nearest",
        )
        ax.set_title(panel.title)
        ax.set_xticks([])
        ax.set_yticks([])
        for letter, place, side in ((panel.left, 0.02, "left"), (panel.right, 0.98, "right")):
            ax.text(place, 0.5, letter, color="white", ha=side, va="center", transform=ax.transAxes)
        if as_difference:
            figure.colorbar(layer, ax=ax, label="CV between conditions, %", extend="max", shrink=0.8)
        else:
            layers.append(layer)
    figure.colorbar(layers[0], ax=list(axes[: len(panels)]), label=unit, extend="both", shrink=0.8)
    return figure


def _window(image: FloatArray) -> dict[str, float]:
    low, high = np.percentile(image, [0.5, 99.5])
    return {"vmin": float(low), "vmax": float(high if high > low else low + 1)}
