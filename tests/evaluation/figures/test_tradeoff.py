import numpy as np
import pandas as pd
import pytest

from evaluation.figures import to_bytes, tradeoff_curve
from evaluation.figures.tradeoff import PANELS


@pytest.fixture
def table():
    values = pd.DataFrame({"name": ["0.5", "0.7", "0.9", "tuned"], "threshold": [0.5, 0.7, 0.9, np.nan]})
    for number, panel in enumerate(PANELS):
        for name, shift in zip(panel[:3], (0, -0.05, 0.05), strict=True):
            values[name] = np.array([0.7, 0.8, 0.6, 0.75]) + shift + 0.01 * number
    return values.assign(pareto=[False, True, True, False])


def points(axes):
    """By place the value, marker and whether it is filled, of every point."""
    single = [line for line in axes.lines if len(line.get_xdata()) == 1]
    return {
        round(float(line.get_xdata()[0]), 3): (
            round(float(line.get_ydata()[0]), 3),
            line.get_marker(),
            line.get_markerfacecolor() != "white",
        )
        for line in single
    }


def test_points_stand_at_their_threshold_and_tell_the_front_by_shape_and_filling(table):
    axes = tradeoff_curve(table, "ICC", "Title").axes[0]
    found = points(axes)
    assert found[0.5] == (0.7, "o", False)
    assert found[0.7] == (0.8, "s", True)
    assert found[0.9] == (0.6, "s", True)
    assert [value for place, value in found.items() if place > 0.9] == [(0.75, "D", True)]


def test_bars_are_the_limits(table):
    axes = tradeoff_curve(table, "ICC", "Title").axes[0]
    bars = [line for line in axes.lines if len(line.get_xdata()) == 2 and line.get_xdata()[0] == 0.7]
    np.testing.assert_allclose(bars[0].get_ydata(), [0.75, 0.85])


def test_what_was_not_computed_has_no_panel_or_point(table):
    table[["prediction_icc", "prediction_icc_lower", "prediction_icc_upper"]] = np.nan
    table.loc[2, ["auc", "auc_lower", "auc_upper"]] = np.nan
    figure = tradeoff_curve(table, "ICC", "Title")
    assert [axes.get_ylabel() for axes in figure.axes] == [PANELS[0][3], PANELS[2][3], PANELS[3][3]]
    assert 0.9 not in points(figure.axes[0])


def test_a_single_threshold_without_any_score(table):
    row = table.iloc[[0, 3]].copy()
    row[["auc", "prediction_icc", "stability"]] = np.nan
    assert len(tradeoff_curve(row, "ICC", "Title").axes) == 1


def test_chance_is_drawn_where_it_is_in_sight(table):
    def chance(figure):
        return any(text.get_text().strip() == "chance" for text in figure.axes[0].texts)

    assert not chance(tradeoff_curve(table, "ICC", "Title"))
    table[["auc", "auc_lower", "auc_upper"]] -= 0.2
    assert chance(tradeoff_curve(table, "ICC", "Title"))


def test_crowded_thresholds_keep_readable_labels(table):
    table["threshold"] = [0.0, 0.89, 0.9, np.nan]
    labels = [text.get_text() for text in tradeoff_curve(table, "ICC", "Title").axes[-1].get_xticklabels()]
    assert labels == ["0", "", "0.9", "tuned"]


def test_the_same_table_gives_the_same_bytes(table):
    assert to_bytes(tradeoff_curve(table, "ICC", "T"), "svg") == to_bytes(tradeoff_curve(table, "ICC", "T"), "svg")
