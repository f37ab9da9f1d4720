import matplotlib as mpl
import pytest

from evaluation.figures import Paired, bland_altman, to_bytes
from evaluation.figures.canvas import blues, drawing, new_figure, short, style, styled


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_same_figure_gives_the_same_bytes(peak_flow: Paired, kind: str) -> None:
    first, second = (to_bytes(bland_altman(peak_flow), kind) for _ in range(2))
    assert first == second


def test_svg_keeps_its_text_and_no_date(peak_flow: Paired) -> None:
    text = to_bytes(bland_altman(peak_flow), "svg").decode("utf-8")
    assert "mini − Wright</text>" in text
    assert "<dc:date>" not in text


def test_drawing_leaves_settings_and_windows_alone(peak_flow: Paired) -> None:
    before = dict(mpl.rcParams)
    to_bytes(bland_altman(peak_flow), "svg")
    assert dict(mpl.rcParams) == before
    assert styled(bland_altman).__name__ == "bland_altman"


def test_odd_names_are_drawn_as_they_are(peak_flow: Paired) -> None:
    odd = Paired(peak_flow.x, peak_flow.y, peak_flow.subjects, "$x$ <&> 肝臓 \\frac", "a_b^c", "100 %", "")
    assert "肝臓 \\frac" in to_bytes(bland_altman(odd), "svg").decode()
    assert to_bytes(bland_altman(odd), "png")


def test_long_names_keep_both_ends() -> None:
    cut = short("log-sigma-2-0-mm-3D_glszm_LargeAreaEmphasis", 30)
    assert len(cut) == 30
    assert cut.startswith("log-sigma-")
    assert cut.endswith("LargeAreaEmphasis")


def test_a_headline_breaks_where_the_figure_ends() -> None:
    title = "Agreement of every feature under ACC+STD with the reference"
    narrow, wide = new_figure(2, 1, title), new_figure(8, 1, title)
    assert "\n" in narrow.get_suptitle()
    assert "\n" not in wide.get_suptitle()


def test_settings_hold_while_drawing_alone() -> None:
    before = dict(mpl.rcParams)
    with drawing(style("#123456", "#654321", "#000000")):
        assert mpl.rcParams["text.color"] == "#123456"
    assert dict(mpl.rcParams) == before


def test_a_scale_gets_darker_all_the_way() -> None:
    light = [sum(blues("#ffffff")(value)[:3]) for value in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)]
    assert light == sorted(light, reverse=True)
    assert light[0] == pytest.approx(3.0)
