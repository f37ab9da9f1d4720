import numpy as np
import pytest

from harmonize.errors import ConfigurationError
from harmonize.inputs.missing_codes import codes_among, number_of, refuse_code_values


@pytest.mark.parametrize(
    ("levels", "codes"),
    [
        (["1", "2", "-9"], ["-9"]),
        (["A", "-99"], ["-99"]),
        (["1.5", "3", "-9999"], ["-9999"]),
        ([0.0, 1.0, -999.0], [-999.0]),
        (["A", "B", "999"], ["999"]),
        (["yes", "no", "9", "99"], ["9", "99"]),
        ([1, 2, 3, 9], [9]),
        ([True, False, 9], [9]),
    ],
)
def test_codes_are_found_among_numbers_and_words(levels: list[object], codes: list[object]) -> None:
    assert codes_among(levels) == codes


@pytest.mark.parametrize(
    "levels", [["A", "9"], [6, 7, 9], range(10), range(1, 10), [9, 99], [-9], [-1, 0, 1], ["99_level", "A", "B"], []]
)
def test_what_counts_on_or_stands_alone_is_a_level(levels: list[object]) -> None:
    assert codes_among(levels) == []


@pytest.mark.parametrize(
    "values",
    [[0.0, 1.0, -9.0], [40.5, 80.0, -9.0], [-2.0, 2.0, -99.0], [40.0, 80.0, 999.0], [4.0, 8.0, 9999.0, np.nan]],
)
def test_a_code_apart_from_all_measurements_is_asked_about(values: list[float], golden) -> None:
    with golden.error(ConfigurationError):
        refuse_code_values(np.array(values), "covariate 'age'")


@pytest.mark.parametrize(
    "values",
    [[20.0, 90.0, 99.0], [-12.0, 4.0, -9.0], [-5.0, 5.0, -9.0], [3.0, 4.0, 9.0], [1.0, -9.0], [31.0, 32.0, -8.0]],
)
def test_a_measurement_among_others_passes(values: list[float]) -> None:
    """Adding a constant to a column that was measured is the way out that the message gives."""
    refuse_code_values(np.array(values), "covariate 'age'")


def test_texts_that_are_no_numbers_have_none() -> None:
    assert (number_of("-9"), number_of(" 1.50"), number_of("A")) == (-9.0, 1.5, None)
