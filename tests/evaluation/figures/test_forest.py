import matplotlib as mpl
import numpy as np
import pandas as pd

from evaluation.colours import COLORS
from evaluation.figures import forest


def test_rows_show_estimate_and_limits() -> None:
    rows = pd.DataFrame(
        {
            "name": ["sure", "likely", "poor", "none", "wide"],
            "estimate": [0.97, 0.93, 0.5, np.nan, 0.1],
            "lower": [0.93, 0.8, 0.1, np.nan, -3.0],
            "upper": [0.99, 0.98, 0.8, np.nan, 0.9],
            "n": 17,
        }
    )
    axes = forest(rows, "title", "ICC", 0.9).axes[0]
    assert [text.get_text() for text in axes.texts] == [
        "0.97 (0.93 to 0.99)",
        "0.93 (0.80 to 0.98)",
        "0.50 (0.10 to 0.80)",
        "not computed",
        "0.10 (−3.00 to 0.90)",
    ]
    marks = [line for line in axes.lines if line.get_marker() == "s"]
    assert [mpl.colors.to_hex(mark.get_markerfacecolor()) for mark in marks] == [
        COLORS[0],
        COLORS[5],
        "#ffffff",
        "#ffffff",
    ]
    whiskers = [line.get_xdata() for line in axes.lines if line.get_marker() == "None" and len(line.get_xdata()) == 2]
    np.testing.assert_allclose(whiskers[0], [0.93, 0.99])
    np.testing.assert_allclose(whiskers[3], [-0.5, 0.9])  # cut, and marked with an arrow
    assert sum(line.get_marker() == "<" for line in axes.lines) == 1
