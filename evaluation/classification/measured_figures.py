"""Figures of predicted numbers and of predicted survival."""

import numpy as np
from matplotlib.figure import Figure

from evaluation.classification.numbers import HeldOutNumbers
from evaluation.classification.survival import HeldOutSurvival
from evaluation.colours import COLORS, FAINT
from evaluation.figures.canvas import new_figure, styled
from evaluation.survival.times import kaplan_meier

PARTS = ("lowest third of risks", "middle third", "highest third")


@styled
def predicted_observed(held_out: HeldOutNumbers) -> Figure:
    """Draw what was true against what was predicted, the mean over the repeats, with the line of right predictions.

    Examples
    --------
    >>> predicted_observed(HeldOutNumbers.of([1.0, 2.0, 3.0], [1.5, 2.0, 2.5])).axes[0].get_xlabel()
    'predicted'
    """
    figure = new_figure(4.2, 4.2)
    axes = figure.add_subplot()
    predicted = held_out.predicted.mean(axis=0)
    ends = [min(predicted.min(), held_out.truth.min()), max(predicted.max(), held_out.truth.max())]
    axes.plot(ends, ends, color=FAINT, linewidth=1)
    axes.plot(predicted, held_out.truth, "o", color=COLORS[0], markersize=3.5, alpha=0.6, markeredgewidth=0)
    axes.set(xlabel="predicted", ylabel="observed")
    return figure


@styled
def curves_by_risk(held_out: HeldOutSurvival) -> Figure:
    """Draw how many are still without the event over time, by thirds of the risk that was predicted.

    Risks of different models share no scale: each row is ranked among those that its model predicted, and by the mean
    of these ranks over the repeats.

    Examples
    --------
    >>> from evaluation.classification.outcomes import SurvivalOutcome
    >>> from evaluation.survival.times import survival_times
    >>> y = survival_times([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 0])
    >>> outcome = SurvivalOutcome().known(y)
    >>> values = np.zeros((6, 2 + len(outcome.times)))
    >>> values[:, 0] = [6, 5, 4, 3, 2, 1]
    >>> curves_by_risk(outcome.alone(y, values)).axes[0].get_legend_handles_labels()[1][0]
    'lowest third of risks, n = 2'
    """
    figure = new_figure(4.6, 3.6)
    axes = figure.add_subplot()
    time, event = held_out.truth["time"], held_out.truth["event"]
    ranks = mean_ranks(held_out)
    edges = np.quantile(ranks, [1 / 3, 2 / 3])
    part = np.searchsorted(edges, ranks, side="left")
    at = np.concatenate([[0.0], np.unique(time)])
    for number, words in enumerate(PARTS):
        here = part == number
        if here.any():
            share = kaplan_meier(time[here], event[here], at)
            axes.step(at, share, where="post", color=COLORS[number], label=f"{words}, n = {int(here.sum())}")
    axes.set(xlabel="time", ylabel="without the event", ylim=(0, 1.02), xlim=(0, None))
    axes.legend(loc="lower left")
    return figure


def mean_ranks(held_out: HeldOutSurvival) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Give the mean over repeats of each row's share of the rows of its model that have a lower risk."""
    ranks = np.zeros(held_out.n_rows)
    for linear, models in zip(held_out.linear, held_out.fold, strict=True):
        for model in np.unique(models):
            values = linear[models == model]
            below = (values[:, None] > values).mean(axis=1) + (values[:, None] == values).mean(axis=1) / 2
            ranks[models == model] += below / len(held_out.linear)
    return ranks
