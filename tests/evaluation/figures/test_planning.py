import pandas as pd
import pytest

from evaluation.figures import planning_curve, to_bytes


@pytest.fixture
def curve():
    return pd.DataFrame({"subjects": [10, 20, 40] * 2, "series": ["2 conditions"] * 3 + ["3 conditions"] * 3,
                         "width": [0.5, 0.35, 0.25, 0.4, 0.3, 0.2]})  # fmt: skip


def test_a_line_for_each_number_of_conditions_and_the_answer_beside_its_number(curve):
    axes = planning_curve(curve, "width", "width of the limits", target=0.3, found=(28, 0.3)).axes[0]
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["2 conditions", "3 conditions"]
    assert [list(line.get_ydata()) for line in axes.lines[:2]] == [[0.5, 0.35, 0.25], [0.4, 0.3, 0.2]]
    assert list(axes.lines[2].get_ydata()) == [0.3, 0.3]
    assert [text.get_text() for text in axes.texts] == ["28"]


def test_a_range_is_a_band(curve):
    banded = curve.assign(low=curve["width"] - 0.05, high=curve["width"] + 0.05)
    assert len(planning_curve(banded, "width", "width").axes[0].collections) == 2
    assert not planning_curve(curve, "width", "width").axes[0].collections


def test_the_same_curve_gives_the_same_file(curve):
    assert to_bytes(planning_curve(curve, "width", "w"), "svg") == to_bytes(planning_curve(curve, "width", "w"), "svg")
