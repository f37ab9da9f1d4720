import pandas as pd
import pytest

from evaluation.reliability.statistics import STATISTICS
from experiments.analyses.trend.run import run_trend
from experiments.analyses.trend.settings import TrendSettings
from harmonize.errors import ConfigurationError

SCAN = ("study", "segmentedStructure")
FEATURES = ("original_firstorder_Mean", "original_glcm_Autocorrelation")
NUMBERS = {"R1": 1, "R2": 2, "R4": 4}


def test_it_prints_what_rises_and_how_far_features_pass(measured):
    found = run_trend(measured, TrendSettings(levels="acquisition", numbers=NUMBERS, within=("reconstruction",)))
    title, table = found.printed()
    assert title == "2 features: 17 subjects, acquisition R1 (1), R2 (2) and R4 (4)"
    assert table[["at", "pass to 2", "pass to 4"]].to_numpy().tolist() == [["STD", "2/2", "0/2"], ["DLR", "2/2", "2/2"]]


def test_levels_that_are_numbers_need_none(measured):
    table = measured[measured["reconstruction"] == "STD"].drop(columns="reconstruction")
    table["acquisition"] = table["acquisition"].map(NUMBERS)
    found = run_trend(table, TrendSettings(levels="acquisition", reference="4"))
    assert found.factor.numbers == {"1": 1, "2": 2, "4": 4}
    assert set(found.trends.trends["reference"]) == {4}


def test_a_level_may_be_left_out(measured):
    table = measured[measured["reconstruction"] == "STD"].drop(columns="reconstruction")
    found = run_trend(table, TrendSettings(levels="acquisition", numbers={**NUMBERS, "R1": "none"}))
    assert set(found.trends.trends["test"]) == {"wilcoxon"}
    assert set(found.trends.trends["levels"]) == {2}


def test_subjects_who_differ_between_levels_are_asked_about(measured, golden):
    table = measured[measured["reconstruction"] == "STD"].drop(columns="reconstruction")
    table["subject"] += table["acquisition"]
    with golden.error(ConfigurationError):
        run_trend(table, TrendSettings(levels="acquisition", numbers=NUMBERS))
    found = run_trend(table, TrendSettings(levels="acquisition", numbers=NUMBERS, unpaired=True))
    assert set(found.trends.trends["test"]) == {"jonckheere"}
    assert "not computed" in found.printed()[1].to_numpy()


def test_another_rule(measured):
    settings = TrendSettings(
        levels="acquisition", numbers=NUMBERS, within=("reconstruction",), threshold={"icc": 0.5}, compared="limit"
    )
    found = run_trend(measured, settings)
    assert found.rule.describe() == "lower limit of icc > 0.5"
    levels = found.trends.levels.dropna(subset=["icc"])
    assert (levels["passes"] == (levels["icc_lower"] > 0.5)).all()


@pytest.mark.parametrize("name", [name for name, one in STATISTICS.items() if one.unit != "feature" and one.direction])
def test_each_statistic_with_a_common_threshold_may_be_the_rule(measured, name):
    """Those that the help offers, and all others: what `trend` judges by it computes itself."""
    settings = TrendSettings(levels="acquisition", numbers=NUMBERS, within=("reconstruction",), threshold={name: "0.5"})
    found = run_trend(measured, settings)
    assert name in found.trends.levels.columns


def test_a_statistic_that_there_is_none_of_is_refused_without_another_setting(measured, golden):
    with golden.error(ConfigurationError):
        run_trend(
            measured,
            TrendSettings(
                levels="acquisition", numbers=NUMBERS, within=("reconstruction",), threshold={"wcv_lgo": "0.1"}
            ),
        )


@pytest.mark.data
def test_bin_widths_of_real_prostates_are_ordered_levels(data_root):
    """What needs no bins stays as it is, and passes to the widest; sums over gray levels fall with their number."""
    parts = []
    for width in (10, 20, 40):
        (path,) = (data_root / "qin_prostate_repeat").glob(f"*bin{width}.csv.gz")
        parts.append(pd.read_csv(path, sep=";", usecols=[*SCAN, *FEATURES]).assign(bin=width))
    settings = TrendSettings(levels="bin", subject="study", roi="segmentedStructure")
    trends = run_trend(pd.concat(parts), settings).trends.trends.set_index("feature")
    same, falling = (trends.loc[name] for name in FEATURES)
    assert set(same["slope"]) == {0}
    assert set(same["slope_status"]) == {"constant"}
    assert set(same["highest"]) == {40}
    assert set(falling["direction"]) == {"falling"}
    assert set(falling["highest"]) == {10}
