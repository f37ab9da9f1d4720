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
    ],
)
def test_whatever_could_mean_two_things_is_asked(names, given, golden):
    with golden.error(ConfigurationError):
        level_numbers(names, given, WHERE)


@pytest.mark.parametrize("levels", [[1, 1], ["a", "b"], [1, np.inf], [[1, 2]], [1]])
def test_numbers_that_order_nothing_are_refused(levels, golden):
    with golden.error(ConfigurationError):
        check_numbers(levels)
