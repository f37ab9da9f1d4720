import pytest
from matplotlib.figure import Figure

from experiments.report.figures.rows import BOTTOM, LABELS, WIDTH, row_axes


def test_rows_have_their_height_in_inches_and_count_down_from_the_top():
    figure = Figure(figsize=(WIDTH, 2.0))
    axes = row_axes(figure, 4, 0.3, right=0.5, low=-1.0, high=1.0)
    box = axes.get_position()
    assert box.height * 2.0 == pytest.approx(4 * 0.3)
    assert (box.x0 * WIDTH, box.y0 * 2.0) == pytest.approx((LABELS, BOTTOM))
    assert (1 - box.x1) * WIDTH == pytest.approx(0.5)
    assert axes.get_ylim() == (4, 0)
    assert axes.get_xlim() == (-1, 1)
