import numpy as np
import pandas as pd

from evaluation.figures import heat_map, to_bytes
from evaluation.figures.canvas import NOTHING


def test_numbers_stand_in_their_fields() -> None:
    values = pd.DataFrame([[0.95, -0.31], [np.nan, 0.001], [1.0, -1.2]], list("abc"), ["liver", "spleen"])
    figure = heat_map(values, "title", "ICC", 0.9)
    texts = {(t.get_position()[0] - 0.5, round(t.get_position()[1] - 0.54)): t for t in figure.axes[0].texts}
    assert [texts[x, y].get_text() for y in range(3) for x in range(2)] == [".95", "−.31", "–", "0", "1.00", "−1.20"]
    assert [texts[x, y].get_weight() for y in range(3) for x in range(2)] == ["bold", *["normal"] * 3, "bold", "normal"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["a", "b", "c"]
    assert figure.axes[0].yaxis_inverted()


def test_colours_follow_the_values_and_nothing_has_its_own() -> None:
    values = pd.DataFrame([[0.0, 1.0, np.nan]], ["a"], ["x", "y", "z"])
    axes = heat_map(values, "title", "ICC").axes[0]
    colors = axes.collections[0].to_rgba(axes.collections[0].get_array()).reshape(3, 4)
    assert colors[0, :3].sum() > 2.8
    assert colors[1, :3].sum() < 1
    assert colors[2, 3] == 0  # transparent: the ground shows
    np.testing.assert_allclose(axes.get_facecolor()[:3], [int(NOTHING[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def test_many_fields_are_drawn_without_numbers() -> None:
    values = pd.DataFrame(np.full((5, 60), 0.5), list("abcde"), [("T2", f"roi{i}") for i in range(60)])
    figure = heat_map(values, "title", "ICC", 0.9)
    assert not figure.axes[0].texts
    assert figure.axes[0].get_xticklabels()[0].get_text() == "T2 · roi0"
    assert to_bytes(figure, "png")
