import datetime

import pytest

from harmonize.errors import ConfigurationError
from harmonize.inputs.levels import find_level, refuse_missing, says_missing


@pytest.mark.parametrize(
    ("wanted", "known", "level"),
    [
        (1, ["1", "2"], "1"),
        ("1", ["1", "2"], "1"),
        (1, ["01", "02"], "01"),
        (1.5, ["1.5", "3.0"], "1.5"),
        (3, ["1.5", "3.0"], "3.0"),
        ("3", ["1.5", "3.0"], "3.0"),
        (1, ["1", "1.0"], "1"),
        (datetime.date(2020, 1, 31), ["2020-01-31"], "2020-01-31"),
        ("REF+STD", ["REF+STD", "ACC+STD"], "REF+STD"),
    ],
)
def test_levels_that_look_like_numbers_need_no_quotes(wanted: object, known: list[str], level: str) -> None:
    """Regression: `reference: 1` was refused although there was a condition 1."""
    assert find_level(wanted, known, "reference: no condition") == level


@pytest.mark.parametrize(
    ("wanted", "known"),
    [
        (1, ["01", "1.0"]),
        (True, ["yes", "no"]),
        (1, ["2", "3"]),
        ("REF", ["Ref", "ACC"]),
    ],
)
def test_what_could_mean_two_things_or_nothing_is_refused(wanted: object, known: list[str], golden) -> None:
    with golden.error(ConfigurationError):
        find_level(wanted, known, "reference: no condition")


@pytest.mark.parametrize(
    "word",
    [
        *("NA", "NaN", "nan", "NULL", "None", "n/a", "N/A", "<NA>", "#N/A", "", "  "),
        *("?", ".", "-", "--", "n.d.", "missing", "Missing", "k.A.", "unknown", "Not known"),
    ],
)
def test_words_for_missing_values_are_asked_about(word: str, golden) -> None:
    """Regression: what R, pandas and SQL write for a missing class was a class of its own."""
    assert says_missing(word)
    with golden.error(ConfigurationError):
        refuse_missing(["A", word], "target")


def test_names_that_only_resemble_them_are_names() -> None:
    refuse_missing(["no", "Nancy", "NA1", "nullipara", 3, 0.0, False, "-1", "1.5", "+", "N.", "nd", "m"], "target")
    refuse_missing(["none", "unknown", "DLR"], "reconstruction", none=False)
