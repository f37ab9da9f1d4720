import numpy as np
import pandas as pd
import pytest

from evaluation.classification.measured_targets import check_events, check_measured_columns, check_number
from evaluation.survival.times import survival_times
from harmonize.errors import ConfigurationError

WHO = np.array([f"P{i}" for i in range(12)])
Y = np.random.default_rng(0).normal(size=12)


@pytest.mark.parametrize(
    "y",
    [np.array(["a"] * 12), np.where(np.arange(12) == 4, np.nan, Y), np.arange(12) % 2, np.ones(12), Y[:5]],
    ids=["text", "gap", "classes", "constant", "short"],
)
def test_what_is_no_number_is_refused(y, golden) -> None:
    with golden.error(ConfigurationError):
        check_number(y, WHO)


@pytest.mark.parametrize(
    "y",
    [Y, survival_times(np.arange(12), np.zeros(12)), survival_times(np.ones(12), np.ones(12))],
    ids=["number", "no event", "one time"],
)
def test_what_is_no_survival_is_refused(y, golden) -> None:
    with golden.error(ConfigurationError):
        check_events(y, WHO)


@pytest.mark.parametrize(
    "column",
    [Y, 3 - 2 * Y, np.exp(Y), np.where(np.arange(12) == 3, np.nan, Y), np.arange(12)],
    ids=["copy", "turned", "bent", "gap", "rows"],
)
def test_the_target_in_other_words_is_refused(column, golden) -> None:
    name = "index" if np.array_equal(column, np.arange(12)) else "months"
    with golden.error(ConfigurationError):
        check_measured_columns(pd.DataFrame({"volume": Y[::-1], name: column}), Y, None, "the target")


def test_what_is_near_the_target_and_few_rows_are_taken() -> None:
    check_measured_columns(pd.DataFrame({"a": Y + np.where(np.arange(12) == 0, 9, 0)}), Y, None, "the target")
    check_measured_columns(pd.DataFrame({"a": Y[:7]}), Y[:7], None, "the target")
    check_number(Y, WHO)


def test_its_name_and_a_subject_without_one_are_refused(golden) -> None:
    with golden.error(ConfigurationError):
        check_measured_columns(pd.DataFrame({"age": -Y[::-1]}), Y, "age", "the target")
    with golden.error(ConfigurationError):
        check_number(Y, np.array([None, *WHO[1:]], dtype=object))
