from itertools import pairwise

import numpy as np
import pytest

from evaluation.figures import before_after, to_bytes
from evaluation.figures.canvas import new_figure, styled


def test_rows_before_and_after_share_their_axes():
    rng = np.random.default_rng(0)
    x, batches = rng.normal(size=40), ["A"] * 20 + ["B"] * 20
    points = rng.normal(size=(40, 2))
    figure = before_after("f", x, x - 1, batches, (points, points / 2), (0.6, 0.2))
    assert len(figure.axes) == 4
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    assert figure.axes[2].get_ylim() == figure.axes[3].get_ylim()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["A", "B"]
    assert to_bytes(figure, "png") == to_bytes(figure, "png")


@pytest.mark.parametrize("values", [np.full(6, 3.0), np.array([1.0, np.nan, 2, 3, 3, 3]), np.arange(6.0)])
def test_constant_missing_and_few_values_can_be_drawn(values):
    to_bytes(before_after("a_$very$_long_name" * 6, values, values, list("AAABBC")), "svg")


@pytest.mark.parametrize("width", [5.8, 6.4])
def test_the_name_of_a_panel_does_not_run_into_that_of_its_neighbour(width):
    @styled
    def drawn():
        x = 1e4 * np.random.default_rng(0).normal(size=40)
        figure = new_figure(width, 2.4)
        name = "wavelet-HHH_gldm_LargeDependenceHighGrayLevelEmphasis"
        before_after(name, x, x, ["A"] * 20 + ["B"] * 20, figure=figure)
        figure.canvas.draw()
        return figure

    figure = drawn()
    left, right = (axes.xaxis.label for axes in figure.axes)
    assert left.get_text().startswith("wavelet-HHH")
    assert left.get_text().endswith("Emphasis")
    assert left.get_window_extent().x1 + 5 < right.get_window_extent().x0
    assert left.get_window_extent().x0 >= 0
    assert right.get_window_extent().x1 <= figure.bbox.x1
    for axes in figure.axes:
        ticks = [tick.get_window_extent() for tick in axes.get_xticklabels()]
        assert all(one.x1 < other.x0 for one, other in pairwise(ticks))
