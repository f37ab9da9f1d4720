from dataclasses import replace

import numpy as np
import pandas as pd

from evaluation.publication import Analysis, paper_tables
from evaluation.reliability import STATISTICS
from evaluation.reliability.summary import reproducible
from evaluation.reliability.table import reliability_table
from harmonize.errors import ConfigurationError


def by_name(reliability: pd.DataFrame, analysis: Analysis) -> dict[str, pd.DataFrame]:
    tables = paper_tables(reliability, analysis)
    return {table.name: pd.DataFrame(table.rows, columns=list(table.columns)) for table in tables}


def test_there_is_a_table_for_all_that_differs(reliability: pd.DataFrame, analysis: Analysis) -> None:
    tables = by_name(reliability, analysis)
    assert list(tables) == ["overall", "by_roi", "by_class", "by_condition", "reproducible", "dispersion"]
    assert tables["by_class"]["Feature class"].tolist() == ["firstorder", "firstorder", "glcm", "glcm"]
    assert list(tables["by_condition"]) == [
        "Condition",
        "Strategy",
        "Subjects",
        "ICC",
        "ICC > 0.90",
        "CCC",
        "CCC > 0.90",
    ]


def test_cells_are_the_quartiles_and_shares_of_the_rows(reliability: pd.DataFrame, analysis: Analysis) -> None:
    cell = by_name(reliability, analysis)["by_roi"].set_index(["ROI", "Strategy"]).loc[("spleen", "none")]
    rows = reliability[(reliability["roi"] == "spleen") & (reliability["strategy"] == "none")]
    icc = rows.loc[rows["statistic"] == "icc", "estimate"]
    q1, median, q3 = np.quantile(icc, [0.25, 0.5, 0.75])
    assert cell["ICC"] == f"{median:.2f} ({q1:.2f}, {q3:.2f})"
    passing = int((icc > 0.9).sum())
    assert cell["ICC > 0.90"] == f"{passing}/8 ({100 * passing / 8:.1f} %)"
    assert cell["Subjects"] == "11"
    cv = rows.loc[rows["statistic"] == "cv", "estimate"]
    assert cv.isna().sum() == 1  # the skewness changes its sign
    assert cell["CV, %"].startswith(f"{100 * cv.median():.1f} (")
    assert cell["CV < 10 %"].endswith(f"/4 ({100 * (cv < 0.1).sum() / 4:.1f} %)")


def test_both_modes_of_dispersion_stand_side_by_side(reliability: pd.DataFrame, analysis: Analysis) -> None:
    table = by_name(reliability, analysis)["dispersion"]
    assert "CV (absolute mean), %" in table.columns
    assert (table["CV, %"] != table["CV (absolute mean), %"]).all()


def test_the_rule_holds_under_every_condition(reliability: pd.DataFrame, analysis: Analysis, golden) -> None:
    strict = replace(analysis, rule={"icc": 0.95})
    table = by_name(reliability, strict)["reproducible"].set_index(["", "Strategy"])
    icc = reliability[(reliability["statistic"] == "icc") & (reliability["strategy"] == "n4")]
    joint = int((icc.groupby(["roi", "feature"])["estimate"].min() > 0.95).sum())
    assert joint > 0
    assert table.loc[("All", "n4"), "Reproducible"].startswith(f"{joint}/8 ")
    with golden.error(ConfigurationError):
        paper_tables(reliability, replace(analysis, rule={"iccc": 0.9}))


def test_limits_are_compared_only_where_there_are_any(reliability: pd.DataFrame, analysis: Analysis) -> None:
    table = by_name(reliability, replace(analysis, on="limit"))["overall"]
    assert table["CV < 10 %"].unique().tolist() == ["no limits"]
    assert "unfavourable 95 % confidence limit" in paper_tables(reliability, replace(analysis, on="limit"))[0].caption


def test_features_without_a_class_and_one_strategy(reliability: pd.DataFrame, analysis: Analysis) -> None:
    plain = reliability[reliability["strategy"] == "none"].assign(
        strategy="all", feature=lambda rows: rows["feature"].str.replace("original_glcm_", "cm_")
    )
    tables = by_name(plain, replace(analysis, strategies=("all",)))
    assert list(tables["by_class"]["Feature class"]) == ["firstorder", "other"]
    assert "Strategy" not in tables["by_roi"]


def test_what_could_not_be_computed_is_said(reliability: pd.DataFrame, analysis: Analysis) -> None:
    nothing = reliability.assign(
        estimate=reliability["estimate"].where(reliability["statistic"] != "ccc"),
        status=reliability["status"].where(reliability["statistic"] != "ccc", "constant"),
    )
    row = by_name(nothing, analysis)["overall"].iloc[0]
    assert (row["CCC"], row["CCC > 0.90"]) == ("not computed", "not computed")  # not 0/16 (0.0 %)


def test_without_a_reference_the_overall_ccc_stands_in_the_tables(measured: pd.DataFrame, analysis: Analysis) -> None:
    table = reliability_table(measured, None)
    thresholds = {"icc": 0.9, "overall_ccc": 0.9, "cv": 0.1, "qcd": 0.1}
    alone = replace(analysis, reference=None, thresholds=thresholds, rule={"icc": 0.9, "overall_ccc": 0.9})
    tables = by_name(table, alone)
    assert "by_condition" not in tables
    assert "Overall CCC" in tables["overall"]
    captions = {part.name: part.caption for part in paper_tables(table, alone)}
    assert "Overall CCC > 0.90, all conditions compared at once" in captions["reproducible"]


def test_further_statistics_have_medians_unless_in_units(measured: pd.DataFrame, analysis: Analysis) -> None:
    table = reliability_table(measured, "REF+STD", statistics=["icc", "ccc", "wsd", "rc_percent", "rc_ratio"])
    further = by_name(table, analysis)["further"].set_index(["Statistic", "Strategy"])
    assert further.loc[("Within-subject SD", "n4"), "Median (Q1, Q3)"] == "in units of the feature"
    values = table[(table["statistic"] == "rc_percent") & (table["strategy"] == "n4")]["estimate"]
    assert further.loc[("%RC", "n4"), "Median (Q1, Q3)"].startswith(f"{values.median():.1f} (")
    assert further.loc[("%RC", "n4"), "Computed"] == f"{values.notna().sum()}/{len(values)}"


def test_a_rule_of_more_than_thresholds_judges_the_table(reliability: pd.DataFrame, analysis: Analysis) -> None:
    judged = reproducible(reliability, {"icc": 0.9}).assign(reproducible=lambda rows: rows["roi"] == "spleen")
    other = replace(analysis, rule_words="the 4 with the highest icc")
    (table,) = [part for part in paper_tables(reliability, other, judged) if part.name == "reproducible"]
    assert table.caption.startswith("Reproducible features: the 4 with the highest icc.")
    assert table.rows[0][2] == "4/8 (50.0 %)"


def test_limits_are_where_the_table_has_them(measured: pd.DataFrame) -> None:
    table = reliability_table(measured, "REF+STD", statistics=list(STATISTICS))
    limited = table[table["lower"].notna()]["statistic"].unique()
    assert {name for name, one in STATISTICS.items() if one.limits} == set(limited)
