import numpy as np
import pandas as pd
import pytest

from evaluation.figures import distributions, to_bytes


@pytest.mark.parametrize(
    ("lower_is_better", "threshold", "share"), [(False, 0.9, "30 % of 10"), (True, 0.1, "20 % of 10")]
)
def test_shares_are_of_all_estimates_missing_ones_included(lower_is_better: bool, threshold: float, share: str) -> None:
    values = pd.Series([0.05, 0.0, 0.3, 0.1, 0.9, 0.95, 0.91, 2.0 if lower_is_better else 0.99, np.nan, np.nan])
    figure = distributions({"a": values}, "title", "what", threshold, lower_is_better=lower_is_better)
    assert figure.axes[0].texts[0].get_text() == share


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
