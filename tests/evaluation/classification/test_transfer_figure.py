import numpy as np
import pandas as pd

from evaluation.classification.transfer_figure import height_of, transfer_figure
from evaluation.figures import to_bytes


def scores(variants=("raw", "combat, whitelist")):
    rows = []
    for place, name in enumerate(variants):
        for tested, value in (("within", 0.9), ("across", 0.6), ("native", 0.85)):
            rows.append((name, "auc", tested, value - place / 10, value - 0.2, value + 0.05))
        rows.append((name, "flips_at_half", "both", 0.3, 0.2, 0.45))
    return pd.DataFrame(rows, columns=["variant", "score", "tested", "estimate", "lower", "upper"])


def points(axes):
    return sorted(round(float(line.get_xdata()[0]), 3) for line in axes.lines if len(line.get_xdata()) == 1)


def test_every_estimate_is_a_point_and_every_limit_a_bar():
    figure = transfer_figure(scores(), "REF", "ACC", "Transfer")
    auc, flips = figure.axes
    assert points(auc) == [0.5, 0.6, 0.75, 0.8, 0.85, 0.9]
    assert points(flips) == [30.0, 30.0]
    assert [label.get_text() for label in auc.get_yticklabels()] == ["raw", "combat, whitelist"]
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["within: REF to REF", "across: REF to ACC", "native: ACC to ACC"]
    assert height_of(scores()) > height_of(scores(("raw",)))


def test_what_could_not_be_computed_is_left_out():
    lacking = scores()
    lacking.loc[0, ["estimate", "lower", "upper"]] = np.nan
    lacking.loc[1, ["lower", "upper"]] = np.nan
    auc = transfer_figure(lacking, "REF", "ACC", "Transfer").axes[0]
    assert len(points(auc)) == 5
    assert sum(len(line.get_xdata()) == 2 and line.get_linewidth() == 0.9 for line in auc.lines) == 4


def test_long_conditions_stand_below_one_another():
    figure = transfer_figure(scores(), "accelerated fourfold + DLR", "standard", "Transfer")
    assert len(to_bytes(figure, "svg")) > 1000
