import numpy as np
import pytest

from evaluation.reliability.mean_squares import MeanSquares, coefficient
from evaluation.reliability.sample import Sample

SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)


def table_of(values):
    """Give the mean squares in the unit of the values."""
    sample = Sample.of(values)
    table, square = MeanSquares.of(sample), sample.scale**2
    return {name: getattr(table, name) * square for name in ("subjects", "conditions", "error", "within")}


def test_the_table_that_shrout_and_fleiss_print():
    # Psychological Bulletin 1979;86:420-428, Table 3
    found = table_of(SHROUT_FLEISS)
    printed = {"subjects": 11.24, "conditions": 32.49, "error": 1.02, "within": 6.26}
    assert {name: round(float(value), 2) for name, value in found.items()} == printed


def test_sums_of_squares_add_up_and_a_subject_with_a_gap_takes_no_part():
    values = np.vstack([SHROUT_FLEISS, [np.nan, 1.0, 2.0, 3.0]])
    found = table_of(values)
    total = np.square(SHROUT_FLEISS - SHROUT_FLEISS.mean()).sum()
    assert 5 * found["subjects"] + 3 * found["conditions"] + 15 * found["error"] == pytest.approx(total)
    assert 5 * found["subjects"] + 18 * found["within"] == pytest.approx(total)


def test_what_is_no_more_than_rounding_is_zero():
    # thirds of 0.1 left an error of 1e-34, and a reliability of it
    same = np.repeat([[0.1 / 3], [0.2 / 3], [0.7 / 3]], 3, axis=1)
    found = table_of(same)
    assert found["error"] == found["conditions"] == found["within"] == 0
    assert found["subjects"] > 0


@pytest.mark.parametrize(
    ("form", "expected"), [("1", 0.17), ("A,1", 0.29), ("C,1", 0.71), ("1,k", 0.44), ("A,k", 0.62), ("C,k", 0.91)]
)
def test_the_six_coefficients_that_shrout_and_fleiss_print(form, expected):
    sample = Sample.of(SHROUT_FLEISS)
    table = MeanSquares.of(sample)
    error = table.within if form.startswith("1") else table.error
    estimate, denominator = coefficient(table, error, sample.n, 4, form)
    assert round(float(estimate), 2) == expected
    assert denominator > 0
