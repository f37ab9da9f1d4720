import numpy as np
import pandas as pd

from evaluation.figures import decision_study


def test_lines_are_medians_over_features_and_bars_those_of_their_limits():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"facet": "reader", "levels": np.tile([1, 2, 4], 5), "feature": np.repeat(list("abcde"), 3)})
    for name in ("g", "phi"):
        table[name] = rng.uniform(0.4, 0.6, 15)
        table[f"{name}_lower"], table[f"{name}_upper"] = table[name] - 0.3, table[name] + 0.2
    table.loc[table["feature"] == "e", "g":] = np.nan
    other = table.assign(facet="scanner", g=0.0, phi=0.0)
    axes = decision_study(pd.concat([table, other]), "reader", "More readers").axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "G, relative decisions",
        "Φ, absolute decisions",
    ]
    medians = table.groupby("levels").median(numeric_only=True)
    for line, bars, name in zip(axes.lines, axes.collections, ("g", "phi"), strict=True):
        np.testing.assert_allclose(line.get_ydata(), medians[name])
        ends = np.array([segment[:, 1] for segment in bars.get_segments()])
        np.testing.assert_allclose(ends, medians[[f"{name}_lower", f"{name}_upper"]])
        np.testing.assert_allclose(line.get_xdata(), [1, 2, 4], atol=0.1)
    assert "reader" in axes.get_xlabel()
