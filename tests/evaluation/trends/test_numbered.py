import numpy as np
import pytest

from evaluation.trends.numbered import check_numbers, level_numbers
from harmonize.errors import ConfigurationError

WHERE = "levels: acquisition"


def test_levels_that_are_numbers_are_taken_as_such_in_their_order():
    assert list(level_numbers(["10", "0.5", "3e0"], {}, WHERE).items()) == [("0.5", 0.5), ("3e0", 3.0), ("10", 10.0)]


def test_numbers_are_given_as_texts_or_numbers_and_none_leaves_out():
    given = {"R2": "2", "R4": 4, "R6": 6.0, "REF": None}
    assert level_numbers(["REF", "R6", "R2", "R4"], given, WHERE) == {"R2": 2.0, "R4": 4.0, "R6": 6.0}


@pytest.mark.parametrize(
    ("names", "given"),
    [
        (["R2", "R4", "R6"], {}),
        (["1.5T", "3T"], {}),
        (["REF", "R4"], {}),
        (["REF", "R2", "R4"], {"R2": 2}),
        (["T2 R2", "T2 R4"], {}),
        (["1,5", "3"], {}),
        (["2", "4", "high"], {}),
        (["R2", "R4"], {"R2": 2, "R4": 4, "R8": 8}),
        (["R2", "R4"], {"R2": "two", "R4": 4}),
        (["R2", "R4"], {"R2": True, "R4": 4}),
        (["R2", "R4"], {"R2": float("nan"), "R4": 4}),
        (["R2", "R4"], {"R2": 2, "R4": 2.0}),
        (["R2", "R4"], {"R2": 2, "R4": "none"}),
        (["3.0", "3"], {}),
        (["DLR-1", "DLR-2", "DLR-4"], {}),
        (["shift -1", "shift +1"], {}),
        (["1,5", "3", "7"], {"3": 30}),
        (["2", "4", "6"], {"2": 20}),
        (["1,500", "3"], {"1,500": "1,500"}),
        (["pre", "post"], {}),
        ([f"R{i}" for i in range(1, 12)], {}),
        ([f"{day}.11.2020" for day in range(1, 31)], {}),
        (["2020-11-21", "2021-02-03"], {}),
        (["20201121", "20210203"], {}),
    ],
)
def test_whatever_could_mean_two_things_is_asked(names, given, golden):
    with golden.error(ConfigurationError):
        level_numbers(names, given, WHERE)


@pytest.mark.parametrize(
    ("names", "given", "expected"),
    [
        (["2", "4", "6", "10"], {"10": "none"}, {"2": 2, "4": 4, "6": 6}),
        (["REF", "10", "2"], {"REF": "none"}, {"2": 2, "10": 10}),
        (["off", "2", "4"], {"off": 0, "2": 2.0}, {"off": 0, "2": 2, "4": 4}),
        (["1,5", "3", "7"], {"1,5": "1.5"}, {"1,5": 1.5, "3": 3, "7": 7}),
        (["7", "1,5", "-2,25"], {"1,5": "1,5", "-2,25": "-2,25"}, {"-2,25": -2.25, "1,5": 1.5, "7": 7}),
    ],
)
def test_levels_that_are_numbers_need_none_beside_those_that_are_told(names, given, expected):
    assert list(level_numbers(names, given, WHERE).items()) == list(expected.items())


def test_a_level_is_found_by_its_number_in_another_spelling(golden):
    assert level_numbers(["2.0", "4"], {"2": 3, "4.0": 5}, WHERE) == {"2.0": 3.0, "4": 5.0}
    with golden.error(ConfigurationError):
        level_numbers(["2.0", "4"], {"2": 3, "2.00": 5, "4": 6}, WHERE)


@pytest.mark.parametrize("levels", [[1, 1], ["a", "b"], [1, np.inf], [[1, 2]], [1]])
def test_numbers_that_order_nothing_are_refused(levels, golden):
    with golden.error(ConfigurationError):
        check_numbers(levels)


def test_dates_with_a_number_each_and_large_numbers_are_taken():
    given = {"2020-11-21": 0, "2021-02-03": 74}
    assert level_numbers(list(given), given, WHERE) == {"2020-11-21": 0.0, "2021-02-03": 74.0}
    assert len(level_numbers(["10000000", "20000000"], {}, WHERE)) == 2
