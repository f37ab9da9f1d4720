import numpy as np
import pandas as pd
import pytest

from evaluation.reliability.icc import icc
from evaluation.reliability.sample import Sample, as_measurements, check_level, pair
from harmonize.errors import ConfigurationError


def test_a_subject_with_any_missing_value_drops_out_of_its_leading_index_only():
    values = np.arange(24.0).reshape(2, 4, 3)
    values[0, 1, 2] = np.nan
    values[1, 0, 0] = np.inf
    values[1, 3, 1] = np.nan

    sample = Sample.of(values)

    assert sample.n.tolist() == [3, 2]
    assert sample.used.tolist() == [[True, False, True, True], [False, True, True, False]]


@pytest.mark.parametrize("scale", [1e-300, 1e-8, 1.0, 1e8, 1e300])
def test_the_standardized_values_give_the_original_ones_back(scale):
    values = np.random.default_rng(0).normal(1, 0.01, (3, 5, 4)) * scale

    sample = Sample.of(values)
    back = sample.values * sample.scale[:, None, None] + sample.centre[:, None, None]

    np.testing.assert_allclose(back, values, rtol=1e-14)
    assert np.abs(sample.values).max() <= 1.0


def test_values_that_differ_by_rounding_only_are_constant():
    third = np.full((5, 3), 1 / 3)
    third[2, 1] = np.nextafter(third[2, 1], 1)

    assert Sample.of(third).constant
    assert Sample.of(np.zeros((5, 3))).constant
    assert not Sample.of(third + np.eye(5, 3) * 1e-12).constant


def test_no_subject_at_all_is_a_sample_of_none():
    sample = Sample.of(np.empty((2, 0, 3)))

    assert sample.n.tolist() == [0, 0]


@pytest.mark.parametrize("shape", [(5,), (5, 1)])
def test_fewer_than_two_conditions_are_refused_with_the_shape(shape, golden):
    with golden.error(ConfigurationError):
        as_measurements(np.zeros(shape))


def test_a_pair_of_different_numbers_of_subjects_is_refused(golden):
    with golden.error(ConfigurationError):
        pair(np.zeros(3), np.zeros(4))


@pytest.mark.parametrize("level", [0.0, 1.0, 95, float("nan")])
def test_a_level_outside_its_range_is_refused(level, golden):
    with golden.error(ConfigurationError):
        check_level(level)


@pytest.mark.parametrize(
    "values",
    [
        [[1.0, 2.0], [3.0, "high"]],
        [[1.0, None], [3.0, "n/a"]],
        [[1.0, 2.0], [3.0]],
        pd.DataFrame({"REF": [1.0, 2.0], "ACC": [1.5, "<0.1"]}, index=["S01", "S02"]),
    ],
)
def test_what_is_no_number_is_named_with_its_place(values, golden):
    with golden.error(ConfigurationError):
        icc(values)


def test_a_column_of_text_is_named_in_a_pair(golden):
    column = pd.Series([1.0, "x"], index=["S01", "S02"], name="ACC")
    with golden.error(ConfigurationError):
        pair([1.0, 2.0], column)
