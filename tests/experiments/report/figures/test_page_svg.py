from matplotlib.figure import Figure

from experiments.report.figures.page_svg import to_svg


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
