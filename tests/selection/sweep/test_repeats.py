import numpy as np
import pytest

from harmonize.errors import ConfigurationError
from selection.sweep.repeats import Repeats


def test_arranges_rows_of_subjects_and_units():
    repeats = Repeats.of(["B", "A", "A", "B", "A"], ["r", "r", "c", "c", "r"], ["1", "1", "1", "1", "2"])
    assert repeats.conditions == ("r", "c")
    assert repeats.rows.tolist() == [[1, 2], [4, -1], [0, 3]]
    assert repeats.subjects.tolist() == [0, 0, 1]


def test_arranged_values_are_missing_where_there_is_no_row():
    repeats = Repeats.of(["A", "A", "B"], ["1", "2", "1"])
    values = np.array([[1.0, 10], [2, 20], [3, 30]])
    np.testing.assert_array_equal(repeats.arranged(values), [[[1, 2], [3, np.nan]], [[10, 20], [30, np.nan]]])
    np.testing.assert_array_equal(repeats.arranged(values[:, 0]), [[1, 2], [3, np.nan]])


def test_within_finds_units_by_rows():
    repeats = Repeats.of(["A", "A", "B", "B"], ["1", "2", "1", "2"])
    assert repeats.within(np.array([2, 3])).tolist() == [False, True]


def test_subjects_without_any_row_below_do_not_count_by_position_of_the_last_row():
    """A unit that lacks a condition has -1 there, which must not be taken for the last row."""
    repeats = Repeats.of(["A", "A", "B"], ["1", "2", "1"])
    assert repeats.within(np.array([0])).tolist() == [True, False]


@pytest.mark.parametrize(
    ("subjects", "conditions", "units"),
    [
        (["A", "A"], ["1", "1"], None),
        (["A", "A", "A"], ["1", "2", "1"], ["x", "x", "x"]),
        (["A", "B"], ["1", "2"], None),
    ],
)
def test_refuses(subjects, conditions, units, golden):
    with golden.error(ConfigurationError):
        Repeats.of(subjects, conditions, units)


def test_names_the_nearest_condition(golden):
    with golden.error(ConfigurationError):
        Repeats.of(["A", "A"], ["REF+STD", "ACC+DLR"]).check_reference("REF")
