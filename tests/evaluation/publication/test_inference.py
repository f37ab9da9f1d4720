from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.comparison import Comparison, compare_strategies
from evaluation.publication import Analysis, InferenceSettings, comparison_table, effects_tables, methods_text
from evaluation.reliability.effect_tables import effects_table

TESTED = InferenceSettings("none", 200, ("acquisition", "reconstruction"))


@pytest.fixture(scope="module")
def comparison(measured: pd.DataFrame) -> Comparison:
    return compare_strategies(measured, "REF+STD", n_resamples=200)


@pytest.fixture(scope="module")
def effects(measured: pd.DataFrame) -> pd.DataFrame:
    four = pd.concat([measured, measured[measured["condition"] == "ACC+DLR"].assign(condition="REF+DLR")])
    return effects_table(four, "REF+STD", "ACC+DLR")


def test_the_comparison_is_that_of_the_tables(comparison: Comparison, analysis: Analysis) -> None:
    table = comparison_table(comparison, analysis)
    assert [row[0] for row in table.rows] == ["none", "n4"]
    assert len({len(row) for row in table.rows} | {len(table.columns)}) == 1
    assert table.rows[0][2] == "baseline"
    share = comparison.shares.query("by == 'overall' and statistic == 'reproducible'").iloc[0]
    assert table.rows[1][2].startswith(f"{100 * share['difference']:.1f} (")
    ratio = comparison.summary.query("by == 'overall' and statistic == 'icc'").iloc[0]
    at = table.columns.index("Ratio of 1 − ICC (95 % CI)")
    expected = f"{ratio['ratio']:.2f} ({ratio['ratio_lower']:.2f} to {ratio['ratio_upper']:.2f})"
    assert table.rows[1][at] == expected
    assert table.to_latex().count(r"\\") == 3


def test_what_has_no_interval_is_written_without_one(comparison: Comparison, analysis: Analysis) -> None:
    shares = comparison.shares.assign(lower=np.nan, upper=np.nan, p=np.nan, q=np.nan)
    row = comparison_table(replace(comparison, shares=shares), analysis).rows[1]
    assert "(" not in row[2]
    assert row[3:5] == ("not computed", "not computed")


def test_effects_stand_by_class_and_by_roi(effects: pd.DataFrame, analysis: Analysis) -> None:
    by_class, by_roi = effects_tables(effects, replace(analysis, inference=TESTED))
    assert [row[:2] for row in by_class.rows] == [
        (strategy, level) for strategy in ("none", "n4") for level in ("All", "firstorder", "glcm")
    ]
    assert [row[1] for row in by_roi.rows] == ["All", "liver_left", "spleen"] * 2
    assert "Variance: reconstruction, %" in by_class.columns
    cells = dict(zip(by_class.columns, by_class.rows[0], strict=True))
    assert cells["Computed"] == "8/8"
    variance = [float(value) for name, value in cells.items() if name.startswith("Variance")]
    assert sum(variance) == pytest.approx(100, abs=0.3)


def test_the_text_says_what_was_tested(analysis: Analysis) -> None:
    text = methods_text(replace(analysis, inference=TESTED))
    for words in (
        "intervals of shares of features are",
        "compared with “none”",
        "200 bootstrap resamples",
        "The effects of acquisition and reconstruction on each feature",
        "Friedman's test",
        "Wilcoxon's signed-rank test",
        "Benjamini and Hochberg",
    ):
        assert words in text
    less = methods_text(replace(analysis, inference=InferenceSettings(None, 200, None, ranked=False)))
    assert "intervals of shares of features are" in less
    assert not any(words in less for words in ("bootstrap", "The effects of", "Friedman", "Wilcoxon", "Benjamini"))
    assert "intervals of shares" not in methods_text(analysis)


def test_two_conditions_have_no_friedman_test(analysis: Analysis) -> None:
    text = methods_text(replace(analysis, conditions=("REF+STD", "ACC+STD"), inference=TESTED))
    assert "The condition was tested against the reference by Wilcoxon" in text
    assert "Friedman" not in text
