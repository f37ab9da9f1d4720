import re

import numpy as np
import pandas as pd

from evaluation.tables import RELIABILITY_COLUMNS
from experiments.page.context import passes
from experiments.page.quantities import counted
from experiments.report.cells import EVERY
from experiments.report.sections.where import class_grid, share_grids, share_map
from harmonize.errors import ConfigurationError
from selection.thresholds import Thresholds


def table(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (
                "s",
                "T2",
                "liver",
                feature,
                condition,
                statistic,
                estimate,
                np.nan,
                np.nan,
                9,
                "constant" if np.isnan(estimate) else "ok",
            )
            for feature, condition, statistic, estimate in rows
        ],
        columns=list(RELIABILITY_COLUMNS),
    )


FOUND = table(
    ("original_glcm_A", "ACC", "icc", 0.95),
    ("original_glcm_A", "ACC", "ccc", 0.95),
    ("original_glcm_A", "DLR", "icc", 0.95),
    ("original_glcm_A", "DLR", "ccc", 0.85),
    ("original_glcm_B", "ACC", "icc", 0.90),
    ("original_glcm_B", "ACC", "ccc", 0.99),
    ("original_glcm_B", "DLR", "icc", np.nan),
    ("original_glcm_B", "DLR", "ccc", 0.99),
    ("original_glcm_A", "all", "cv", 0.05),
    ("original_glcm_B", "all", "cv", 0.15),
)


def answers(rule: dict[str, float], **options: str) -> dict[tuple[str, str], bool]:
    found = passes(FOUND, Thresholds(rule, **options))
    return {(row.feature[-1], row.condition): bool(row.passes) for row in found.itertuples()}


def test_every_statistic_of_the_rule_must_pass() -> None:
    assert answers({"icc": 0.9, "ccc": 0.9}) == {
        ("A", "ACC"): True,
        ("A", "DLR"): False,  # the CCC is too low
        ("B", "ACC"): False,  # 0.90 is not above 0.90
        ("B", "DLR"): False,  # the ICC could not be computed
    }


def test_statistic_over_all_conditions_counts_in_each() -> None:
    assert answers({"ccc": 0.8, "cv": 0.1}) == {
        ("A", "ACC"): True,
        ("A", "DLR"): True,
        ("B", "ACC"): False,
        ("B", "DLR"): False,
    }


def test_any_statistic_is_enough_where_the_rule_says_so() -> None:
    assert answers({"icc": 0.9, "ccc": 0.9}, combine="any") == {
        ("A", "ACC"): True,
        ("A", "DLR"): True,
        ("B", "ACC"): True,
        ("B", "DLR"): True,
    }
    assert answers({"icc": 0.96, "cv": 0.1}, combine="any")["A", "DLR"]
    assert not answers({"icc": 0.96, "cv": 0.1}, combine="any")["B", "DLR"]


def test_limits_are_compared_where_the_rule_says_so(golden) -> None:
    limited = FOUND.assign(lower=FOUND["estimate"] - 0.1)
    found = passes(limited, Thresholds({"icc": 0.8}, compared="limit"))
    assert found["passes"].tolist() == [True, True, False, False]
    with golden.error(ConfigurationError):
        passes(FOUND, Thresholds({"icc": 0.8}, compared="limit"))


def test_a_statistic_without_a_row_does_not_pass_as_in_the_whitelist() -> None:
    """Where a feature lacked the CCC the page called it robust by the ICC alone, and the whitelist did not."""
    lacking = FOUND[~((FOUND["feature"] == "original_glcm_A") & (FOUND["statistic"] == "ccc"))]
    rule = Thresholds({"icc": 0.9, "ccc": 0.9})
    found = passes(lacking, rule)
    assert not found["passes"].any()
    assert not rule.passing(lacking)["passes"].any()


def test_rule_over_all_conditions_only() -> None:
    assert answers({"cv": 0.1}) == {("A", "all"): True, ("B", "all"): False}


def test_shares_by_roi_and_condition() -> None:
    passed = passes(FOUND, Thresholds({"icc": 0.9, "ccc": 0.9}))
    robust = {"s": frozenset({("T2", "liver", "original_glcm_A")})}
    candidates = FOUND[["strategy", "sequence", "roi", "feature"]].drop_duplicates()
    (grid,) = share_grids(passed, robust, candidates, ["T2"], ["liver", "spleen"], ["ACC", "DLR"])
    assert grid["columns"] == [("T2", "ACC"), ("T2", "DLR"), ("T2", EVERY)]
    assert grid["cells"] == [[counted(1, 2), counted(0, 2), counted(1, 2)], [None, None, None]]


def test_shares_by_feature_class() -> None:
    candidates = pd.DataFrame(
        {
            "strategy": ["a", "a", "b"],
            "sequence": "T2",
            "roi": "liver",
            "feature": ["original_glcm_A", "original_ngtdm_A", "original_glcm_A"],
        }
    )
    robust = {"a": frozenset({("T2", "liver", "original_glcm_A")}), "b": frozenset()}
    grid = class_grid(robust, candidates)
    assert grid["columns"] == ["glcm", "ngtdm"]
    assert grid["cells"] == [[counted(1, 1), counted(0, 1)], [counted(0, 1), None]]


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_each_field_shows_its_share() -> None:
    cells = [[counted(1, 4), None], [counted(0, 3), counted(9, 9)]]
    found = texts(share_map({"rows": ["raw", "n4"], "columns": ["glcm", "glszm"], "cells": cells}))
    assert found[:6] == ["raw", "25", "–", "n4", "0", "100"]
    assert sorted(found[6:]) == ["glcm", "glszm"]


def test_a_share_just_below_all_is_not_a_hundred() -> None:
    grid = {"rows": ["raw"], "columns": ["glcm", "glszm"], "cells": [[counted(999, 1000), counted(1, 1000)]]}
    assert texts(share_map(grid))[:3] == ["raw", "&gt;99", "&lt;1"]


def test_ten_strategies_by_twelve_classes_fit_on_a_page() -> None:
    columns = [f"class {number}" for number in range(12)]
    grid = {"rows": [f"way {i}" for i in range(10)], "columns": columns, "cells": [[counted(1, 2)] * 12] * 10}
    size = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', share_map(grid))
    assert float(size[1]) < 430
    assert float(size[2]) < 280
