"""Figure: one condition against the reference, with the lines that the concordance correlation compares."""

import numpy as np
from matplotlib.figure import Figure

from evaluation.colours import COLORS, INK, QUIET
from evaluation.figures.canvas import new_figure, styled, wrapped
from evaluation.figures.paired import Paired
from evaluation.reliability import ccc


@styled
def concordance(pairs: Paired, level: float = 0.95) -> Figure:
    """Draw the measurements of one feature under two conditions.

    Parameters
    ----------
    pairs : Paired
        The measurements.
    level : float
        Confidence level of the limits of the CCC.

    Returns
    -------
    Figure
        With the line of identity and the reduced major axis, which goes through both means with the ratio of both
        SDs as its slope: the line that all points would lie on if precision were 1. Their distance is the loss of
        accuracy, the scatter around the axis the loss of precision.

    References
    ----------
    Lin LI. A concordance correlation coefficient to evaluate reproducibility. Biometrics 1989;45:255-268.

    Examples
    --------
    >>> pairs = Paired(np.array([1.0, 2, 3]), np.array([1.1, 2.2, 2.9]), ("A", "B", "C"), "volume", "r", "c", "liver")
    >>> concordance(pairs).axes[0].get_xlabel()
    'r'
    """
    result = ccc(pairs.x, pairs.y, level)
    width = 4.0
    figure = new_figure(width, 4.0, pairs.feature)
    axes = figure.add_subplot()
    both = np.concatenate([pairs.x, pairs.y])
    room = 0.06 * (np.ptp(both) or max(1e-12, abs(both[0])))
    ends = np.array([both.min() - room, both.max() + room])
    axes.plot(ends, ends, color=QUIET, linewidth=1.0, linestyle=(0, (4, 2)), label="identity")
    sd_x, sd_y = pairs.x.std(), pairs.y.std()
    if sd_x > 0 and sd_y > 0:
        slope = np.copysign(sd_y / sd_x, result.precision)
        line = pairs.y.mean() + slope * (ends - pairs.x.mean())
        axes.plot(ends, line, color=COLORS[1], linewidth=1.4, label="reduced major axis")
    axes.plot(pairs.x, pairs.y, "o", color=INK, markersize=4, alpha=0.8, markeredgewidth=0)
    axes.set(xlim=ends, ylim=ends, xlabel=pairs.names[0], ylabel=pairs.names[1], aspect="equal")
    axes.legend(loc="lower right")
    words = (
        f"CCC {result.estimate:.2f} ({result.lower:.2f} to {result.upper:.2f})\n"
        f"precision {result.precision:.2f}, accuracy {result.accuracy:.2f}"
        if np.isfinite(result.lower)
        else f"CCC: {result.status}"
    )
    axes.text(0.02, 0.98, words.replace("-", "\N{MINUS SIGN}"), transform=axes.transAxes, va="top")
    axes.set_title(wrapped(f"{pairs.place}; n = {len(pairs.x)}", width), loc="left", size=7.5, color=QUIET)
    return figure
