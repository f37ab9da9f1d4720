import numpy as np
import pandas as pd

from evaluation.tables import RELIABILITY_COLUMNS
from experiments.report.findings import confident, findings
from experiments.report.summary import Share, StrategyRow

RULE = "ICC > 0.90"


def row(name: str, passing: int, failures: int = 0, total: int = 1000) -> StrategyRow:
    return StrategyRow(name, "", (), (), Share(passing, total), 0, 40, failures, (), "")


def told(*rows: StrategyRow) -> str:
    return " ".join(findings(rows, RULE, "REF", None, "9 subjects"))


def test_small_differences_are_called_small() -> None:
    text = told(row("a", 500), row("b", 510), row("c", 505))
    assert "“b” keeps the most robust features: 510 of 1\u202f000 (51\u00a0%)" in text
    assert "“c” follows with 50.5\u00a0%, 0.5 percentage points behind; the last is “a” with 50.0\u00a0%." in text
    assert "All strategies lie within 5 percentage points: a small difference, and it was not tested" in text


def test_lead_is_judged_apart_from_the_spread() -> None:
    assert "The lead over the next is small" in told(row("a", 500), row("b", 490), row("c", 100))
    assert "The lead exceeds 5 percentage points" in told(row("a", 500), row("b", 300))


def test_ties_are_named_together() -> None:
    text = told(row("a", 500), row("b", 500), row("c", 400))
    assert "“a” and “b” keep the most robust features" in text
    assert "“c” follows" in text
    assert "follows" not in told(row("a", 500), row("b", 500))


def test_strategy_that_gave_nothing_is_named_and_not_ranked() -> None:
    text = told(row("a", 500), row("b", 0, total=0))
    assert "Under “a”, 500 of" in text
    assert "“b” gave no features at all" in text


def test_unequal_failures_are_named() -> None:
    text = told(row("a", 500), row("b", 510, failures=3))
    assert "“b” has 3 failures, “a” 0. Compare them with care." in text


def test_lower_limits_are_counted_over_all_rows_of_a_feature() -> None:
    rows = pd.DataFrame(
        [
            ("a", "T2", "liver", feature, condition, "icc", 0.95, lower, 1.0, 9, "ok")
            for feature, condition, lower in [
                ("f", "ACC", 0.92),
                ("f", "DLR", 0.91),
                ("g", "ACC", 0.92),
                ("g", "DLR", 0.50),
                ("h", "ACC", 0.99),  # not on the whitelist
            ]
        ],
        columns=list(RELIABILITY_COLUMNS),
    )
    held = frozenset({("T2", "liver", "f"), ("T2", "liver", "g")})
    assert confident(rows, "a", held, {"icc": 0.9}) == Share(1, 2)
    assert confident(rows, "a", frozenset(), {"icc": 0.9}) is None
    assert confident(rows.assign(lower=np.nan), "a", held, {"icc": 0.9}) is None
