import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from evaluation.reading.numbers import no_number, numbers_of


def found(decimal: str | None = None, **columns: list[str]) -> dict[str, list[float]]:
    texts = {name: pa.chunked_array([pa.array(cells, pa.string())]) for name, cells in columns.items()}
    return {name: values.tolist() for name, values in numbers_of(texts, decimal).items()}


def test_a_sign_for_thousands_is_never_taken_for_the_decimal_one() -> None:
    # German: 20.000 is twenty thousand where other columns have a decimal comma.
    assert found(a=["1,5", "22,75"], b=["20.000", "999"]) == {"a": [1.5, 22.75]}
    # English, with quotes around the cell.
    assert found(a=["1.5", "22.75"], b=["20,000", "999"]) == {"a": [1.5, 22.75]}
    # Nothing decides.
    assert found(a=["20,000", "1,234"]) == {}
    # Three decimals are decimals where the table says so, or a cell cannot be thousands.
    assert found(a=["1,5", "2,5"], b=["1,234", "2,345"])["b"] == [1.234, 2.345]
    assert found(b=["0,234", "2,345"])["b"] == [0.234, 2.345]
    assert found(a=["1.234", "2.345"])["a"] == [1.234, 2.345]
    # A column with points of its own beside one with commas: each by itself, unless one is in doubt.
    assert found(a=["1,25", "2,5"], strength=["1.5", "3.0"]) == {"a": [1.25, 2.5], "strength": [1.5, 3.0]}
    assert set(found(a=["1,25"], strength=["1.5"], b=["1.234"], c=["1,234"])) == {"a", "strength"}


def test_whole_numbers_beside_a_point_and_three_digits_are_asked_about() -> None:
    # Volumes 856 and 1.576 (German for 1576) were taken for 856 and 1.576 without a word.
    volumes = ["856", "1.576", "NA", "734", "12.345", "-2.310"]
    assert found(volume=volumes) == {}
    assert found(volume=[cell.replace(".", ",") for cell in volumes], b=["1,5", "2,5"]) == {"b": [1.5, 2.5]}
    assert found(volume=volumes, b=["1.5", "2.5"]) == {"b": [1.5, 2.5]}
    assert found(".", volume=volumes[:2]) == {"volume": [856.0, 1.576]}
    assert found(",", volume=volumes) == {}
    # Decimals beyond doubt: no whole number, a leading 0, fewer digits, a whole number without a mark, a power of ten.
    for cell in ("0.576", "1.57", "1234", "1.576e2", "1234.567"):
        assert list(found(a=["856", "1.576", cell])) == ["a"]
    assert found(a=["0.123", "1.576", "12.345"]) == {"a": [0.123, 1.576, 12.345]}
    assert found(a=["1.576", "12.345"]) == {"a": [1.576, 12.345]}


def test_a_sign_that_is_named_holds_for_all_columns() -> None:
    assert found(",", a=["20,000", "7"], b=["7", "8"], c=["1.5", "2"]) == {"a": [20.0, 7.0], "b": [7.0, 8.0]}
    assert found(".", a=["20,000", "7"], b=["20.000", "7"]) == {"b": [20.0, 7.0]}


def test_numbers_as_software_writes_them() -> None:
    cells = [" 1 ", "+2.5", "-.5", "3.", "1e5", "1E-05", "inf", "-Infinity", "NA", "", "#N/A"]
    expected = [1, 2.5, -0.5, 3, 1e5, 1e-5, np.inf, -np.inf, np.nan, np.nan, np.nan]
    np.testing.assert_array_equal(found(a=cells)["a"], expected)
    assert found(a=["", "NA"], b=["1", "x"], c=["1_000"], d=["0x1F"], e=["TRUE"]) == {}


@pytest.mark.parametrize(
    ("cells", "decimal", "row", "why"),
    [
        (["21,5199", "23.909", "22,25"], None, 1, "another decimal sign than the other cells have"),
        (["21.5199", "23,909", "22.25"], None, 1, "another decimal sign than the other cells have"),
        (["1.5", "1.234,5"], None, 1, "has a thousands mark"),
        (["1.5", "1,234,567"], None, 1, "has a thousands mark"),
        (["1.5", "12 345"], None, 1, "has a thousands mark"),
        (["1.5", "12'345.5"], None, 1, "has a thousands mark"),
        (["7", "1.234"], None, 1, "either a decimal sign or a thousands mark"),
        (["1,5", "2"], ".", 0, "another decimal sign than `decimal` says"),
        (["1.5", "2 mm"], None, 1, "is no number"),
        (["1.5", "NA", ""], None, -1, "has another"),
    ],
)
def test_the_right_cell_is_named(cells: list[str], decimal: str | None, row: int, why: str) -> None:
    place, reason, count = no_number(pd.Series(cells), decimal)
    assert place == row
    assert why in reason
    assert count == (row >= 0)
