"""Figure: what ComBat learned about each batch, beside what it was drawn towards."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.colours import COLORS, INK, QUIET
from evaluation.figures.canvas import new_figure, short, styled
from harmonize.arrays import FloatArray

if TYPE_CHECKING:
    from harmonize.combat.batch_priors import BatchPrior

Density = Callable[[FloatArray], FloatArray]

BINS = 24
ROW = 1.55
STEPS = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 4, 6, 8), tuple(range(1, 10)), tuple(i / 10 for i in range(10, 100)))
"""Within a power of ten what a logarithmic axis is labelled by, from few to many."""


@styled
def priors(found: "Sequence[BatchPrior]", title: str = "", figure: Figure | None = None) -> Figure:
    """Draw for each batch the estimates of location and scale over features, their prior, and what is taken out.

    Parameters
    ----------
    found : sequence of BatchPrior
        From `batch_priors`.
    title : str
        What stands above.
    figure : Figure or None
        What to draw on; by default a new one.

    Returns
    -------
    Figure
        Filled: estimates of all features. Line: the parametric prior; without one (``parametric: false``) the estimates
        themselves are the prior. Outline: estimates after empirical Bayes. Where filled and line differ much, the prior
        does not describe the features. The outermost bars hold all that lies beyond them
        (one feature in a hundred). Heights are drawn by their square root, so that concentrated estimates stay in the
        picture. Scales are on a logarithmic axis, and so is the density of their prior.

    Examples
    --------
    >>> from harmonize.combat.batch_priors import BatchPrior
    >>> rng = np.random.default_rng(0)
    >>> g, d = rng.normal(1, 0.3, 90), rng.uniform(0.8, 1.3, 90)
    >>> figure = priors([BatchPrior("ACC", 17, g, g * 0.9, d, d ** 0.5, 1.0, 0.09, 40.0, 40.0)])
    >>> len(figure.axes)
    2
    """
    figure = figure or new_figure(6.4, 0.6 + ROW * len(found), title)
    figure.set_layout_engine("constrained")
    rows = figure.subplots(len(found), 2, squeeze=False)
    for (left, right), prior in zip(rows, found, strict=True):
        of_location = prior.location_density if prior.parametric and prior.tau2 > 0 else None
        of_scale = partial(_per_decade, prior.scale_density) if prior.parametric and np.isfinite(prior.a) else None
        _panel(left, prior.gamma_hat, prior.gamma_star, of_location)
        _panel(right, np.log10(prior.delta_hat), np.log10(prior.delta_star), of_scale)
        for axes in (left, right):
            axes.axvline(0.0, color=QUIET, linewidth=0.6, linestyle=(0, (2, 2)))
        _label_powers(right)
        left.set_ylabel(f"{short(prior.batch, 18)}\n{prior.rows} rows", rotation=0, ha="right", va="center")
    rows[0, 0].set_title("location, in pooled standard deviations", loc="left", size=8)
    rows[0, 1].set_title("squared scale, times the pooled variance", loc="left", size=8)
    before, after = rows[0, 0].patches
    line = next((line for axes in rows.flat for line in axes.lines if line.get_label() == "prior"), None)
    estimates = "estimates" if all(prior.parametric for prior in found) else "estimates, which are the prior"
    key = {estimates: before, "prior": line, "after empirical Bayes": after}
    handles = {name: handle for name, handle in key.items() if handle is not None}
    figure.legend(handles.values(), handles, loc="outside upper right", ncols=3, handlelength=1.4, frameon=False)
    return figure


def _per_decade(density: Density, exponents: FloatArray) -> FloatArray:
    """Give the density of log10 x where `density` is that of x."""
    x = 10.0**exponents
    return density(x) * x * math.log(10)


def _label_powers(axes: Axes) -> None:
    """Label an axis of decimal exponents by three round numbers or more, such as 1, 3 and 10."""
    low, high = axes.get_xlim()
    shown: list[float] = []
    for steps in STEPS:
        ticks = [step * 10.0**power for power in range(math.floor(low), math.ceil(high) + 1) for step in steps]
        shown = [x for x in ticks if low <= math.log10(x) <= high]
        if len(shown) >= 3:
            break
    shown = shown[:: math.ceil(len(shown) / 6)] if len(shown) > 1 else [10.0**low, 10.0**high]
    axes.set_xticks([math.log10(x) for x in shown], [f"{x:.3g}" for x in shown])


def _root(heights: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(np.maximum(heights, 0.0)), dtype=np.float64)


def _panel(axes: Axes, before: FloatArray, after: FloatArray, density: Density | None) -> None:
    everything = np.concatenate([before, after])
    low, high = np.quantile(everything, [0.01, 0.99])
    low, high = (low, high) if high > low else (low - 0.5, high + 0.5)
    edges = np.linspace(low, high, BINS + 1)
    heights, shrunken = (np.histogram(np.clip(part, low, high), edges, density=True)[0] for part in (before, after))
    axes.stairs(heights, edges, fill=True, color="#b9c7d6")
    axes.stairs(shrunken, edges, color=COLORS[0], linewidth=1.1)
    top = max(heights.max(), shrunken.max())
    if density is not None:
        x = np.linspace(low, high, 200)
        y = density(x)
        axes.plot(x, y, color=COLORS[1], linewidth=1.2, label="prior")
        top = max(top, y.max())
    # Shrunken estimates can be far more concentrated than the rest: roots of heights show both.
    axes.set_yscale("function", functions=(_root, np.square))
    axes.set_ylim(0, 1.1 * top)
    axes.set_yticks([])
    axes.spines[["left", "top", "right"]].set_visible(False)
    axes.tick_params(axis="x", colors=INK, labelsize=7)
