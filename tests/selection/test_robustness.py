from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from evaluation.reading import Reading, Roles, read_feature_table
from evaluation.reliability import icc
from evaluation.reliability.table import reliability_table
from evaluation.tables import RELIABILITY_COLUMNS
from harmonize.errors import ConfigurationError
from selection.robustness import RobustnessThreshold
from selection.thresholds import Thresholds

KNOWN = pd.DataFrame(
    [("raw", "T2", "liver", f"x{i}", "ACC", "icc", 0.5 if i == 1 else 0.95, 0.4, 1.0, 17, "ok") for i in range(100)],
    columns=list(RELIABILITY_COLUMNS),
)


def test_the_contract_of_scikit_learn():
    check_estimator(RobustnessThreshold(KNOWN, {"icc": 0.9}), on_skip=None)


@pytest.fixture
def table(reliability):
    return reliability(
        {
            "T2/liver": {
                "X": {"icc": 0.95, "ccc": 0.94},
                "Y": {"icc": 0.95, "ccc": 0.5},
                "Z": {"icc": 0.5, "ccc": 0.4},
            },
            "T2/spleen": {
                "X": {"icc": 0.95, "ccc": 0.95},
                "Y": {"icc": 0.5, "ccc": 0.5},
                "Z": {"icc": 0.95, "ccc": 0.95},
            },
        }
    )


def frame(*names):
    return pd.DataFrame(np.arange(4.0 * len(names)).reshape(4, -1), columns=list(names))


def names(selector, X):
    return selector.set_output(transform="pandas").fit_transform(X).columns.tolist()


def test_columns_are_found_by_name_in_any_order(table):
    assert names(RobustnessThreshold(table, {"icc": 0.9}, roi="liver"), frame("Z", "Y", "X")) == ["Y", "X"]
    assert names(RobustnessThreshold(table, {"icc": 0.9}, roi="spleen"), frame("Z", "Y", "X")) == ["Z", "X"]
    assert names(RobustnessThreshold(table, {"icc": 0.9}), frame("Z", "Y", "X")) == ["X"]
    assert names(RobustnessThreshold(table), frame("X", "Y")) == ["X"]


def test_a_whitelist_selects_as_the_table_it_was_made_from(table, golden):
    rule = Thresholds({"icc": 0.9}, at_least=1)
    whitelist = rule.whitelist(table, "raw")
    assert names(RobustnessThreshold(whitelist), frame("X", "Y", "Z")) == ["X", "Y", "Z"]
    assert names(RobustnessThreshold(table, rule), frame("X", "Y", "Z")) == ["X", "Y", "Z"]
    with golden.error(ConfigurationError):
        RobustnessThreshold(whitelist, {"icc": 0.5}).fit(frame("X"))


def test_columns_of_unknown_reliability_are_refused(table, golden):
    with golden.error(ConfigurationError):
        RobustnessThreshold(table).fit(frame("X", "XX"))


def test_columns_with_other_names(table, golden):
    columns = {"T2_liver_Y": ("T2", "liver", "Y"), "T2_spleen_Y": ("T2", "spleen", "Y"), "renamed": "X"}
    selector = RobustnessThreshold(table, {"icc": 0.9}, columns=columns)
    assert names(selector, frame("T2_spleen_Y", "T2_liver_Y", "renamed", "X")) == ["T2_liver_Y", "renamed", "X"]
    with golden.error(ConfigurationError):
        selector.fit(frame("X"))
    with golden.error(ConfigurationError):
        RobustnessThreshold(table, columns={"a": ("T2", "liver", "A")}).fit(frame("a"))


def test_nothing_left_is_an_error_that_names_the_rule(table, golden):
    with golden.error(ConfigurationError):
        RobustnessThreshold(table, {"icc": 0.99}).fit(frame("X"))


def test_mistakes_are_named(table, golden):
    two = pd.concat([table, table.assign(strategy="n4")])
    with golden.error(ConfigurationError):
        RobustnessThreshold(two).fit(frame("X"))
    assert names(RobustnessThreshold(two, strategy="n4"), frame("X")) == ["X"]
    with golden.error(ConfigurationError):
        RobustnessThreshold(table, {"ic": 0.9}).fit(frame("X"))
    with golden.error(ConfigurationError):
        RobustnessThreshold("whitelist.json").fit(frame("X"))


def test_missing_values_pass_through(table):
    X = frame("X", "Y").mask(lambda values: values == 0)
    assert np.isnan(RobustnessThreshold(table).fit_transform(X)).sum() == 1


def test_the_threshold_can_be_tuned_in_a_pipeline(table):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 30)
    X = pd.DataFrame(rng.normal(size=(60, 3)), columns=["X", "Y", "Z"])
    X["Z"] += 3 * y  # the informative feature is not robust
    pipeline = make_pipeline(RobustnessThreshold(table, roi="liver"), LogisticRegression())
    search = GridSearchCV(pipeline, {"robustnessthreshold__thresholds": [{"icc": 0.9}, {"icc": 0.4}]}, cv=3).fit(X, y)
    assert search.best_params_ == {"robustnessthreshold__thresholds": {"icc": 0.4}}


def test_a_clone_knows_the_same(table):
    selector = clone(RobustnessThreshold(table, {"icc": 0.9}, roi="liver"))
    assert names(selector, frame("X", "Y", "Z")) == ["X", "Y"]


@pytest.mark.data
def test_published_test_retest_features(data_root: Path) -> None:
    path = next((data_root / "qin_prostate_repeat").glob("*bin20*"))
    roles = Roles(order="date", sequence="canonicalType", roi="segmentedStructure")
    pattern = {"study": r"(?P<subject>[^_]+)_(?P<date>.+)"}
    read = read_feature_table(path, Reading(roles, pattern, features=("original_*",)))
    table = reliability_table(read.table, read.reference("1"), columns=read.features)
    sequence, roi = read.levels("sequence")[0], "WholeGland"
    selector = RobustnessThreshold(table, {"icc": 0.9}, sequence=sequence, roi=roi)
    rows = read.table[(read.table["sequence"] == sequence) & (read.table["roi"] == roi)]
    kept = names(selector, rows[list(read.features)])
    wide = rows.pivot(index="subject", columns="condition", values=list(read.features))
    expected = [name for name in read.features if float(icc(wide[name][["1", "2"]].to_numpy()).estimate) > 0.9]
    assert kept == expected
    assert 0 < len(kept) < len(read.features)
