"""Figure: one feature, and all rows on two principal components, before and after harmonization."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.colours import COLORS, QUIET
from evaluation.figures.canvas import new_figure, short, styled
from harmonize.arrays import FloatArray

MARKS = "osD^vPX*"
CHARACTER = 0.068
"""The usual width of a character in inches."""
AROUND = 0.45
"""What a panel leaves of half the figure, in inches: its name must not run into that of its neighbour."""


@styled
def before_after(
    feature: str,
    before: FloatArray,
    after: FloatArray,
    batches: Sequence[str],
    scores: tuple[FloatArray, FloatArray] | None = None,
    shares: tuple[float, float] = (np.nan, np.nan),
    figure: Figure | None = None,
) -> Figure:
    """Draw the densities of a feature by batch, and the rows on two components, before and after.

    Parameters
    ----------
    feature : str
        Its name.
    before, after : ndarray, shape (n_rows,)
        Its values.
    batches : sequence of str, shape (n_rows,)
        Batch of each row.
    scores : (ndarray, ndarray) or None
        Of shape (n_rows, 2) each, from `principal_components`.
    shares : tuple of float
        Share of the variance along each component.
    figure : Figure or None
        What to draw on; by default a new one.

    Returns
    -------
    Figure
        Densities are Gaussian kernel estimates with Scott's bandwidth; the strokes below them are the values. Ellipses
        hold about 86 % of a batch that is normally distributed (two standard deviations).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=40)
    >>> figure = before_after("f", x + np.repeat([0, 2], 20), x, ["A"] * 20 + ["B"] * 20)
    >>> [axes.get_title(loc="left") for axes in figure.axes]
    ['before', 'after']
    """
    figure = figure or new_figure(6.4, 4.9 if scores is not None else 2.4)
    figure.set_layout_engine("constrained")
    labels, names = np.asarray(batches), list(dict.fromkeys(batches))
    rows = figure.subplots(1 if scores is None else 2, 2, sharex="row", sharey="row", squeeze=False)
    for axes, values, title in zip(rows[0], (before, after), ("before", "after"), strict=True):
        for i, name in enumerate(names):
            _density(axes, values[labels == name], i, len(names))
        axes.set_title(title, loc="left", size=8)
        axes.set_xlabel(short(feature, int((figure.get_figwidth() / 2 - AROUND) / CHARACTER)))
        axes.locator_params(axis="x", nbins=5)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.axhline(0.0, color=QUIET, linewidth=0.5)
    for axes in rows.flat:
        axes.spines[["top", "right"]].set_visible(False)
    if scores is not None:
        for axes, points in zip(rows[1], scores, strict=True):
            for i, name in enumerate(names):
                _cloud(axes, points[labels == name], i)
            axes.set_xlabel(f"component 1 ({shares[0]:.0%} of the variance before)")
        rows[1][0].set_ylabel(f"component 2 ({shares[1]:.0%})")
    handles = [
        rows[0][0].plot([], [], color=COLORS[i % len(COLORS)], marker=MARKS[i % len(MARKS)], markersize=4)[0]
        for i in range(len(names))
    ]
    columns = min(len(names), 4)
    figure.legend(handles, [short(name, 24) for name in names], loc="outside upper right", ncols=columns, frameon=False)
    return figure


def _density(axes: Axes, values: FloatArray, i: int, count: int) -> None:
    values = values[np.isfinite(values)]
    color = COLORS[i % len(COLORS)]
    if len(values) > 2 and np.ptp(values) > 0:
        from scipy.stats import gaussian_kde  # only here: loading it takes half a second

        kernel = gaussian_kde(values)
        reach = 3 * np.sqrt(kernel.covariance[0, 0])
        x = np.linspace(values.min() - reach, values.max() + reach, 200)
        y = kernel(x)
        axes.plot(x, y, color=color, linewidth=1.2)
        axes.fill_between(x, y, color=color, alpha=0.12, linewidth=0)
    # Strokes of each batch have a line of their own, so that none hides another.
    axes.plot(
        values,
        np.full(len(values), -0.03 - 0.04 * i),
        "|",
        color=color,
        markersize=3.5,
        markeredgewidth=0.7,
        transform=axes.get_xaxis_transform(),
        clip_on=False,
    )
    axes.tick_params(axis="x", pad=4 + 5 * count)


def _cloud(axes: Axes, points: FloatArray, i: int) -> None:
    color = COLORS[i % len(COLORS)]
    axes.plot(*points.T, MARKS[i % len(MARKS)], color=color, markersize=3, alpha=0.75, markeredgewidth=0)
    if len(points) > 2:
        angle = np.linspace(0, 2 * np.pi, 100)
        values, vectors = np.linalg.eigh(np.cov(points.T))
        circle = 2 * np.sqrt(np.maximum(values, 0))[:, None] * np.vstack([np.cos(angle), np.sin(angle)])
        axes.plot(*(vectors @ circle + points.mean(axis=0)[:, None]), color=color, linewidth=0.9)
