import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from evaluation.classification import Fold
from evaluation.classification.guards import check_columns, check_folds, check_pipeline, check_rows, check_target
from harmonize.errors import ConfigurationError

Y = np.arange(40) % 2
PEOPLE = np.arange(40)


def table(**columns: object) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({"original_glcm_Id": rng.normal(size=40), "voxels": np.arange(40) + 7.0, **columns})


@pytest.mark.parametrize(
    "y",
    [
        np.where(PEOPLE == 3, np.nan, Y),
        np.where(PEOPLE == 3, None, Y.astype(object)),
        np.ones(40),
        np.linspace(0, 1, 40),
        np.arange(40),
        np.where(PEOPLE == 0, 2, Y),
        Y[:-1],
    ],
)
def test_bad_targets_are_refused(y: np.ndarray, golden) -> None:
    with golden.error(ConfigurationError):
        check_target(y, PEOPLE)


def test_one_row_is_not_told_as_all_rows(golden) -> None:
    with golden.error(ConfigurationError):
        check_target(np.ones(1), PEOPLE[:1])


@pytest.mark.parametrize(
    ("others", "code"),
    [
        ([0, 1], -9),
        ([0, 1], 9),
        ([1, 2], -99),
        ([0.0, 1.0], -999.0),
        (["0", "1"], "-9"),
        ([0, 1, 2], 99),
    ],
)
def test_codes_for_a_class_that_is_not_known_are_asked_about(others: list, code: object, golden) -> None:
    """The missing code of SPSS was a third class."""
    y = np.array([*others * 12, *[code] * 4])[:40]
    with golden.error(ConfigurationError):
        check_target(y, np.arange(len(y)))


@pytest.mark.parametrize(
    "classes", [[-1, 1], [-1, 0, 1], [6, 7, 9], range(10), range(1, 10), [9, 99], ["A", "9"], ["class_-9", "0", "1"]]
)
def test_numbers_that_count_on_or_stand_beside_other_names_are_classes(classes: list) -> None:
    y = np.array([*classes] * 3)
    check_target(y, np.arange(len(y)))


def test_a_row_without_a_subject_is_refused(golden) -> None:
    with golden.error(ConfigurationError):
        check_target(Y, np.where(PEOPLE == 1, None, PEOPLE.astype(object)))


@pytest.mark.parametrize("labels", [Y, Y.astype(bool), np.array(["well", "sick"])[Y], PEOPLE % 3])
def test_good_targets_pass(labels: np.ndarray) -> None:
    check_target(labels, PEOPLE)


@pytest.mark.parametrize(
    "copy",
    [
        Y,
        1 - Y,
        -3.7 * Y + 2,
        np.exp(Y),
        np.array(["benign", "malignant"])[Y],
        Y.astype(bool),
        np.where(PEOPLE == 5, np.nan, Y),
    ],
)
def test_the_target_in_other_words_is_refused(copy: np.ndarray, golden) -> None:
    with golden.error(ConfigurationError):
        check_columns(table(leak=copy), Y)


def test_the_target_by_name_is_refused(golden) -> None:
    with golden.error(ConfigurationError):
        check_columns(table(), Y, "voxels")


def test_a_grade_or_a_scanner_that_tells_the_class_is_refused(golden) -> None:
    for values in (PEOPLE % 4, np.array(["A", "B", "C", "D"])[PEOPLE % 4]):
        with golden.error(ConfigurationError):
            check_columns(table(grade=values), Y)


def test_one_class_may_be_told_by_chance_where_values_are_rare() -> None:
    check_columns(table().iloc[:12].assign(count=np.arange(12) % 6), Y[:12])


@pytest.mark.parametrize(
    "column",
    [
        np.where(PEOPLE == 0, 1 - Y, Y),  # one row differs
        np.zeros(40),
        np.where(PEOPLE < 30, np.nan, 1.0),
        np.array(["A", "B"])[PEOPLE // 20],
        Y + np.random.default_rng(1).normal(0, 1e-9, 40),  # a noisy copy cannot be told from a good feature
    ],
)
def test_other_columns_pass(column: np.ndarray) -> None:
    check_columns(table(other=column), Y)


def test_classes_of_three_are_told_as_well(golden) -> None:
    with golden.error(ConfigurationError):
        check_columns(table(leak=np.array([5, 9, 1])[PEOPLE % 3]), PEOPLE % 3)


def test_a_scan_under_two_names_is_refused(golden) -> None:
    rows = table()
    rows.iloc[7] = rows.iloc[2]
    rows.iloc[11] = rows.iloc[9]
    with golden.error(ConfigurationError):
        check_rows(rows, PEOPLE)
    check_rows(rows, np.array([*range(7), 2, 8, 9, 10, 9, *range(12, 40)]))  # a repeat of the same person


def test_rows_without_any_value_are_no_copies() -> None:
    rows = table()
    rows.iloc[[3, 4]] = np.nan
    check_rows(rows, PEOPLE)


def test_a_subject_in_both_halves_is_refused(golden) -> None:
    people = PEOPLE // 2
    folds = [Fold(0, 0, np.arange(1, 40), np.array([0]))]
    with golden.error(ConfigurationError):
        check_folds(folds, people)


def test_rows_must_be_tested_once(golden) -> None:
    folds = [Fold(0, 0, np.arange(20, 40), np.arange(20))]
    with golden.error(ConfigurationError):
        check_folds(folds, PEOPLE)


def test_what_has_learned_already_is_refused_wherever_it_hides(golden) -> None:
    rows = table()
    fitted = SelectKBest(k=1).fit(rows, Y)
    model = ("model", LogisticRegression())
    inside = ColumnTransformer([("chosen", fitted, ["voxels"])])
    for steps in (
        [("select", fitted), model],
        [("inner", Pipeline([("select", fitted)])), model],
        [("columns", inside), model],
        [("select", FrozenEstimator(fitted)), model],
    ):
        with golden.error(ConfigurationError):
            check_pipeline(Pipeline(steps))


def test_a_fresh_pipeline_passes() -> None:
    check_pipeline(Pipeline([("scale", StandardScaler()), ("off", "passthrough"), ("model", LogisticRegression())]))


def test_a_model_without_probabilities_is_refused(golden) -> None:
    with golden.error(ConfigurationError):
        check_pipeline(Pipeline([("model", RidgeClassifier())]))


def test_a_column_that_counts_the_rows_is_refused(golden) -> None:
    # Classes one after the other and a saved pandas index gave an AUC of 1.00.
    for start in (0, 1):
        with golden.error(ConfigurationError):
            check_columns(table(**{"Unnamed: 0": np.arange(40) + start}), np.sort(Y))
    check_columns(table(ranks=np.random.default_rng(1).permutation(40), subject=PEOPLE), np.sort(Y))
