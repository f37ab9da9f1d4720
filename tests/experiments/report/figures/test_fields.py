import pytest
from matplotlib.figure import Figure

from experiments.report.figures.fields import field_axes


def test_fields_have_their_size_in_inches_and_count_right_and_down():
    figure = Figure(figsize=(5.0, 4.0))
    axes = field_axes(figure, 3, 2, (0.5, 0.25), left=1.0, bottom=0.2)
    box = axes.get_position()
    assert (box.x0 * 5, box.y0 * 4, box.width * 5, box.height * 4) == pytest.approx((1.0, 0.2, 1.5, 0.5))
    assert axes.transData.transform((0, 0))[1] > axes.transData.transform((0, 2))[1]
    assert not axes.axison
