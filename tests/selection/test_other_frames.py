"""Every public function and estimator that takes pandas takes polars, and masked arrays keep their mask."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import evaluation.comparison
import selection
from evaluation.batch_effects import harmonize_values
from harmonize import BatchZScore, ComBat, CovBat, GroupedHarmonizer
from harmonize.combat import leave_one_group_out
from selection import MRMR, CorrelationPruning, RobustnessThreshold, Whitelist, apply_whitelist, selection_frequencies

NAMES = ["original_firstorder_Mean", "original_glcm_Contrast", "original_glcm_Id"]
REFERENCE, OTHER = "REF+STD", "ACC+DLR"


def features() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    keys = pd.MultiIndex.from_product(
        [["raw", "n4"], [f"S{i:02d}" for i in range(12)], ["T2"], [REFERENCE, "REF+DLR", "ACC+STD", OTHER], ["liver"]],
        names=["strategy", "subject", "sequence", "condition", "roi"],
    )
    table = pd.DataFrame(rng.lognormal(1, 0.3, (len(keys), 3)), columns=NAMES, index=keys).reset_index()
    return table.assign(**{NAMES[0]: table[NAMES[0]] + 10 * table["subject"].str[1:].astype(int)})


def scans() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.normal(10, 1, (80, 3)), columns=NAMES)
    return table.assign(site=np.tile(["A", "B"], 40), subject=[f"S{i // 2:02d}" for i in range(80)], roi="liver")


def same(first: Any, second: Any) -> None:
    if isinstance(first, pd.DataFrame):
        pd.testing.assert_frame_equal(first, second)
    elif isinstance(first, pd.Series):
        pd.testing.assert_series_equal(first, second)
    else:
        np.testing.assert_array_equal(np.asarray(first), np.asarray(second))


OF_FEATURES: dict[str, Callable[[Any], Any]] = {
    "reliability_table": lambda t: evaluation.reliability_table(t, REFERENCE),
    "effects_table": lambda t: evaluation.effects_table(t, REFERENCE, OTHER),
    "rank_table": lambda t: evaluation.rank_table(t, REFERENCE),
    "share_intervals": lambda t: selection.share_intervals(t, REFERENCE),
    "compare_strategies": lambda t: evaluation.comparison.compare_strategies(t, REFERENCE).features,
}
OF_RELIABILITY: dict[str, Callable[[Any], Any]] = {
    "summarize": evaluation.summarize,
    "reproducible": evaluation.reproducible,
    "reliability_scores": lambda t: selection.reliability_scores(t, strategy="raw"),
    "thresholds": lambda t: selection.Thresholds({"icc": 0.1}).passing(t),
}
WHITELIST = Whitelist("raw", {"T2": {"liver": (NAMES[0],)}}, {"T2": {"liver": 3}}, {})
OF_SCANS: dict[str, Callable[[Any], Any]] = {
    "combat": lambda t: ComBat("site").fit_transform(t[["site", *NAMES]]),
    "covbat": lambda t: CovBat("site").fit_transform(t[["site", *NAMES]]),
    "batch_zscore": lambda t: BatchZScore("site").fit(t[["site", *NAMES]]).transform(t[["site", *NAMES]]),
    "leave_one_group_out": lambda t: leave_one_group_out(ComBat("site"), t[["site", *NAMES]], t["subject"]),
    "grouped": lambda t: GroupedHarmonizer.fit(ComBat("site"), t, NAMES, ["roi"]).transform(t),
    "harmonize_values": lambda t: harmonize_values(t, ComBat("site"), NAMES, by=["roi"]).held_out,
    "pruning": lambda t: CorrelationPruning().fit(t[NAMES]).get_feature_names_out(),
    "mrmr": lambda t: MRMR(2).fit(t[NAMES], t["site"]).get_feature_names_out(),
    "selection_frequencies": lambda t: (
        selection_frequencies(SelectKBest(k=1), t[NAMES], t["site"], n_resamples=4, random_state=0).frequencies
    ),
    "cross_validate": lambda t: (
        evaluation.cross_validate(
            Pipeline([("model", LogisticRegression())]),
            t[NAMES],
            np.arange(80) // 2 % 2,
            t["subject"],
            repeats=1,
            folds=3,
        ).scores
    ),
}


@pytest.mark.parametrize("name", OF_FEATURES)
def test_feature_tables_of_polars(name: str) -> None:
    """Regression: AttributeError of a polars table."""
    same(OF_FEATURES[name](features()), OF_FEATURES[name](pl.from_pandas(features())))


def test_lazy_tables_of_polars_are_collected() -> None:
    """Regression: AttributeError of a LazyFrame."""
    expected = evaluation.reliability_table(features(), REFERENCE)
    same(expected, evaluation.reliability_table(pl.from_pandas(features()).lazy(), REFERENCE))
    names = selection_frequencies(
        SelectKBest(k=1), pl.from_pandas(scans()).lazy().select(NAMES), scans()["site"], n_resamples=4, random_state=0
    )
    assert sorted(names.frequencies.index) == sorted(NAMES)


def test_floats_of_pandas_that_know_missing_values() -> None:
    """Regression: refused in Python ("is Float64, expected float64"), and taken by the command."""
    table = features()
    first = next(name for name in table if table[name].dtype == np.float64)
    table.loc[3, first] = np.nan
    expected = evaluation.reliability_table(table, REFERENCE)
    for dtype in ("Float64", "double[pyarrow]"):
        given = table.astype({first: dtype})
        same(expected, evaluation.reliability_table(given, REFERENCE))
        assert given[first].dtype == dtype


def test_selection_frequencies_of_an_array() -> None:
    """Regression: AttributeError of an array without columns."""
    table = scans()
    options = {"n_resamples": 6, "random_state": 0}
    named = selection_frequencies(SelectKBest(k=1), table[NAMES], table["site"], **options)
    plain = selection_frequencies(SelectKBest(k=1), table[NAMES].to_numpy(), table["site"], **options)
    assert (named.selected == plain.selected).all()
    assert sorted(plain.frequencies.index) == [f"x{i}" for i in range(len(NAMES))]


@pytest.mark.parametrize("name", OF_RELIABILITY)
def test_reliability_tables_of_polars(name: str) -> None:
    table = evaluation.reliability_table(features(), REFERENCE)
    same(OF_RELIABILITY[name](table), OF_RELIABILITY[name](pl.from_pandas(table)))


@pytest.mark.parametrize("name", OF_SCANS)
def test_tables_of_scans_of_polars(name: str) -> None:
    """Regression: ComBat did not find the columns of a polars table by their names."""
    same(OF_SCANS[name](scans()), OF_SCANS[name](pl.from_pandas(scans())))


@pytest.mark.filterwarnings("ignore::selection.transfer.TransferWarning")
def test_whitelists_and_thresholds_of_polars() -> None:
    table = scans().assign(sequence="T2")
    found = [apply_whitelist(WHITELIST, t, allow=["unknown"]).features for t in (table, pl.from_pandas(table))]
    assert found[0] == found[1] == (NAMES[0],)
    reliability = evaluation.reliability_table(features(), REFERENCE)
    selectors = [
        RobustnessThreshold(r, {"icc": 0.5}, strategy="raw").fit(table[NAMES])
        for r in (reliability, pl.from_pandas(reliability))
    ]
    same(*(one.get_support() for one in selectors))


def test_combat_behind_a_step_that_gives_polars() -> None:
    table = scans()[NAMES].assign(site=np.tile([0.0, 1.0], 40))
    scaler = StandardScaler().set_output(transform="polars")
    names = ["site", *NAMES]
    both = [ComBat("site").fit_transform(part.fit_transform(table[names])) for part in (
        scaler, StandardScaler().set_output(transform="pandas"))]  # fmt: skip
    same(*both)


def test_masked_arrays_are_missing_values() -> None:
    """Regression: what stood below a mask was taken for a measurement."""
    values = np.random.default_rng(2).normal(10, 1, (12, 2))
    hidden = values.copy()
    hidden[3, 1] = -999.0
    masked = np.ma.masked_equal(hidden, -999.0)
    missing = np.where(hidden == -999.0, np.nan, hidden)
    for statistic in (evaluation.icc, evaluation.cv, evaluation.qcd, evaluation.overall_ccc):
        assert float(statistic(masked).estimate) == float(statistic(missing).estimate)
    first, second = evaluation.ccc(masked[:, 0], masked[:, 1]), evaluation.ccc(missing[:, 0], missing[:, 1])
    assert float(first.estimate) == float(second.estimate)
    batch = np.tile([0.0, 1.0], 20)
    table = np.column_stack([batch, np.random.default_rng(3).normal(size=(40, 2))])
    table[5, 2] = -999.0
    given = np.ma.masked_equal(table, -999.0), np.where(table == -999.0, np.nan, table)
    same(*(ComBat(0).fit_transform(one) for one in given))
    with pytest.raises(ValueError, match="NaN"):
        MRMR(1).fit(given[0], batch.astype(int))
