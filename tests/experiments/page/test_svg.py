import pytest
from matplotlib.figure import Figure

from experiments.page.svg import BOTTOM, LABELS, WIDTH, field_axes, row_axes, to_svg


def paint(figure: Figure) -> None:
    figure.text(0.1, 0.5, "$x$ <b> 肝臓 & é")


def test_text_is_text_escaped_and_never_a_formula() -> None:
    svg = to_svg(paint, 2, 1, "a")
    assert "$x$ &lt;b&gt; 肝臓 &amp; é" in svg
    assert svg.startswith("<svg")
    assert svg.endswith("</svg>")
    assert "<metadata" not in svg
    assert "<style" not in svg


def test_drawing_is_deterministic_and_leaves_no_setting_behind() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    assert to_svg(paint, 2, 1, "a") == to_svg(paint, 2, 1, "a")
    assert dict(mpl.rcParams) == before


def test_fields_have_their_size_in_inches_and_count_right_and_down():
    figure = Figure(figsize=(5.0, 4.0))
    axes = field_axes(figure, 3, 2, (0.5, 0.25), left=1.0, bottom=0.2)
    box = axes.get_position()
    assert (box.x0 * 5, box.y0 * 4, box.width * 5, box.height * 4) == pytest.approx((1.0, 0.2, 1.5, 0.5))
    assert axes.transData.transform((0, 0))[1] > axes.transData.transform((0, 2))[1]
    assert not axes.axison


def test_rows_have_their_height_in_inches_and_count_down_from_the_top():
    figure = Figure(figsize=(WIDTH, 2.0))
    axes = row_axes(figure, 4, 0.3, right=0.5, low=-1.0, high=1.0)
    box = axes.get_position()
    assert box.height * 2.0 == pytest.approx(4 * 0.3)
    assert (box.x0 * WIDTH, box.y0 * 2.0) == pytest.approx((LABELS, BOTTOM))
    assert (1 - box.x1) * WIDTH == pytest.approx(0.5)
    assert axes.get_ylim() == (4, 0)
    assert axes.get_xlim() == (-1, 1)
