import pandas as pd
import pytest

from evaluation.figures import to_bytes
from evaluation.publication import Analysis
from evaluation.publication.pictures import Place, paper_figures

PLACE = Place("n4", "T2", "spleen", "ACC+DLR")


def test_all_figures_are_drawn(reliability: pd.DataFrame, measured: pd.DataFrame, analysis: Analysis) -> None:
    figures = dict(paper_figures(reliability, measured, analysis, PLACE, ["original_glcm_Id"]))
    assert list(figures) == [
        *("distribution_icc", "distribution_ccc", "distribution_cv", "distribution_qcd", "class_condition"),
        *(f"heat_map_{strategy}_{condition}" for strategy in ("none", "n4") for condition in ("ACC+STD", "ACC+DLR")),
        *("forest_features", "bland_altman_original_glcm_Id", "concordance_original_glcm_Id"),
        "forest_original_glcm_Id",
    ]
    for figure in figures.values():
        assert to_bytes(figure, "png")[1:4] == b"PNG"


def test_figures_show_the_numbers_of_the_table(
    reliability: pd.DataFrame, measured: pd.DataFrame, analysis: Analysis
) -> None:
    figures = dict(paper_figures(reliability, measured, analysis, PLACE, ["original_glcm_Id"]))
    icc = reliability[(reliability["statistic"] == "icc") & (reliability["condition"] == "ACC+DLR")]
    icc = icc.set_index(["strategy", "roi", "feature"])["estimate"]
    grid = figures["heat_map_none_ACC+DLR"].axes[0].collections[0].get_array().reshape(4, 2)
    assert grid[2, 1] == pytest.approx(icc["none", "spleen", "original_glcm_Contrast"])
    rows = figures["forest_features"].axes[0]
    best = icc["n4"]["spleen"].sort_values(ascending=False)
    assert [label.get_text() for label in rows.get_yticklabels()] == list(best.index)
    everywhere = figures["forest_original_glcm_Id"].axes[0]
    names = [label.get_text() for label in everywhere.get_yticklabels()]
    assert len(names) == 8
    assert "n4 · ACC+DLR · spleen" in names
    shown = everywhere.texts[names.index("n4 · ACC+DLR · spleen")].get_text()
    assert shown.startswith(f"{icc['n4', 'spleen', 'original_glcm_Id']:.2f} (")


def test_the_typical_feature_has_the_median_icc(reliability: pd.DataFrame) -> None:
    icc = PLACE.rows(reliability, "icc").set_index("feature")["estimate"]
    assert PLACE.typical(reliability) == icc.sort_values().index[1]
    assert Place("none", "T2", "kidney", "ACC+DLR").typical(reliability) is None


def test_a_heat_map_with_too_many_features_says_how_many_it_shows(
    reliability: pd.DataFrame, measured: pd.DataFrame, analysis: Analysis
) -> None:
    parts = [reliability]
    for image in range(40):
        parts.append(reliability.assign(feature=reliability["feature"].str.replace("original", f"wavelet{image}")))
    figures = dict(paper_figures(pd.concat(parts), measured, analysis, PLACE))
    assert "(4 of 164 features)" in figures["heat_map_n4_ACC+DLR"].get_suptitle().replace("\n", " ")
