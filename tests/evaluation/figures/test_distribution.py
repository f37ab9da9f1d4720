import numpy as np
import pandas as pd
import pytest

from evaluation.figures import distributions, to_bytes
from evaluation.figures.canvas import new_figure
from evaluation.figures.distribution import FLOOR, paint_box, paint_histogram


@pytest.mark.parametrize(
    ("lower_is_better", "threshold", "share"), [(False, 0.9, "30 % of 10"), (True, 0.1, "20 % of 10")]
)
def test_shares_are_of_all_estimates_missing_ones_included(lower_is_better: bool, threshold: float, share: str) -> None:
    values = pd.Series([0.05, 0.0, 0.3, 0.1, 0.9, 0.95, 0.91, 2.0 if lower_is_better else 0.99, np.nan, np.nan])
    figure = distributions({"a": values}, "title", "what", threshold, lower_is_better=lower_is_better)
    assert figure.axes[0].texts[0].get_text() == share


def test_a_share_just_below_all_is_not_a_hundred() -> None:
    values = pd.Series([0.95] * 999 + [0.5])
    figure = distributions({"a": values}, "title", "what", 0.9)
    assert figure.axes[0].texts[0].get_text() == ">99 % of 1000"


def test_the_dark_part_ends_at_the_threshold() -> None:
    figure = distributions({"a": pd.Series(np.linspace(0, 1, 500))}, "title", "ICC", 0.777)
    pale, dark = figure.axes[0].patches
    edges = dark.get_data().edges
    assert 0.777 in edges
    heights = 0.7 - dark.get_data().values
    assert (heights[edges[:-1] < 0.777] == 0).all()
    assert (heights[edges[:-1] >= 0.777] > 0).all()
    assert (0.7 - pale.get_data().values)[0] > 0


def test_a_group_without_any_estimate_is_shown() -> None:
    figure = distributions({"a": pd.Series([np.nan, np.nan]), "b": pd.Series([0.5])}, "title", "ICC", 0.9)
    assert [text.get_text() for text in figure.axes[0].texts] == ["0 % of 2", "0 % of 1"]
    assert to_bytes(figure, "png")
    assert to_bytes(distributions({"a": pd.Series([np.nan])}, "title", "ICC", 0.9), "png")


def test_a_part_without_bins_is_not_drawn_and_a_box_spans_its_quartiles() -> None:
    axes = new_figure(3, 1).add_subplot()
    edges, heights = np.linspace(0, 1, 5), np.array([0.1, 0.2, 0.3, 0.4])
    good = np.array([False, False, True, True])
    paint_histogram(axes, 2, edges, heights, [(good, "#000000"), (good & ~good, "#ffffff")])
    (drawn,) = axes.patches
    np.testing.assert_allclose(drawn.get_data().edges, [0.5, 0.75, 1.0])
    np.testing.assert_allclose(drawn.get_data().values, 2 + FLOOR - heights[2:])
    paint_box(axes, 2, np.array([0.0, 0.2, 0.5, 0.7, 1.0]), "#000000")
    line, box, median = (artist.get_xdata() for artist in axes.lines)
    assert (list(line), list(box), list(median)) == ([0.0, 1.0], [0.2, 0.7], [0.5, 0.5])
