"""Figure: differences against means, with bias and limits of agreement."""

from matplotlib.figure import Figure

from evaluation.colours import COLORS, INK, QUIET
from evaluation.figures.canvas import new_figure, styled, wrapped
from evaluation.figures.paired import Paired
from evaluation.reliability import limits_of_agreement


@styled
def bland_altman(pairs: Paired, level: float = 0.95) -> Figure:
    """Draw Bland and Altman's plot of one feature.

    Parameters
    ----------
    pairs : Paired
        The measurements.
    level : float
        Confidence level of the bands around bias and limits of agreement.

    Returns
    -------
    Figure
        Differences are condition minus reference; the lines are bias and bias -+ 1.96 SD.

    References
    ----------
    Bland JM, Altman DG. Measuring agreement in method comparison studies. Statistical Methods in Medical Research
    1999;8:135-160.

    Examples
    --------
    >>> import numpy as np
    >>> pairs = Paired(np.array([1.0, 2, 3]), np.array([1.1, 2.2, 2.9]), ("A", "B", "C"), "volume", "r", "c", "liver")
    >>> bland_altman(pairs).axes[0].get_ylabel()
    'c − r'
    """
    limits = limits_of_agreement(pairs.x, pairs.y, level)
    middle, difference = (pairs.x + pairs.y) / 2, pairs.y - pairs.x
    width = 4.4
    figure = new_figure(width, 3.4, pairs.feature)
    axes = figure.add_subplot()
    bands = (
        (limits.lower, *limits.lower_interval, "lower limit", (0, (5, 2))),
        (limits.bias, limits.bias_lower, limits.bias_upper, "bias", "solid"),
        (limits.upper, *limits.upper_interval, "upper limit", (0, (5, 2))),
    )
    for value, low, high, name, dashes in bands:
        axes.axhspan(float(low), float(high), color=COLORS[0], alpha=0.12, linewidth=0)
        axes.axhline(float(value), color=COLORS[0], linewidth=1.1, linestyle=dashes)
        number = f"{float(value):.3g}".replace("-", "\N{MINUS SIGN}")
        axes.text(1.01, float(value), f"{name}\n{number}", transform=axes.get_yaxis_transform(), va="center")
    axes.axhline(0, color=QUIET, linewidth=0.6)
    axes.plot(middle, difference, "o", color=INK, markersize=4, alpha=0.8, markeredgewidth=0)
    reference, condition = pairs.names
    axes.set(xlabel=f"mean of {reference} and {condition}", ylabel=f"{condition} − {reference}")
    axes.margins(0.06)
    axes.set_title(wrapped(f"{pairs.place}; n = {len(pairs.x)}", width), loc="left", size=7.5, color=QUIET)
    return figure
