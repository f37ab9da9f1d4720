import numpy as np
import pytest

from evaluation.reliability.sample import Sample


def textbook(values):
    """Give the sums of squares of subjects, residual and conditions."""
    grand, of_subject, of_condition = values.mean(), values.mean(axis=1), values.mean(axis=0)
    n, k = values.shape
    residual = values - of_subject[:, None] - of_condition + grand
    return k * ((of_subject - grand) ** 2).sum(), (residual**2).sum(), n * ((of_condition - grand) ** 2).sum()


@pytest.mark.parametrize("k", [2, 3])
def test_sums_of_squares_are_those_of_the_two_way_table_with_and_without_each_subject(k):
    values = np.random.default_rng(k).normal(size=(7, k)) + np.arange(7)[:, None] + 0.5 * np.arange(k)
    sample = Sample.of(values)
    squares, unit = sample.squares, sample.scale**2
    np.testing.assert_allclose(squares.of_all * unit, textbook(values), rtol=1e-12)
    for subject in range(7):
        expected = textbook(np.delete(values, subject, axis=0))
        np.testing.assert_allclose(squares.without[:, subject] * unit, expected, rtol=1e-12)


def test_a_subject_that_does_not_count_adds_nothing():
    values = np.random.default_rng(0).normal(size=(6, 2))
    with_gap = np.insert(values, 2, [np.nan, 5.0], axis=0)
    found, expected = Sample.of(with_gap).squares, Sample.of(values).squares
    np.testing.assert_allclose(found.of_all, expected.of_all, rtol=1e-12)
    np.testing.assert_allclose(np.delete(found.without, 2, axis=-1), expected.without, rtol=1e-12)


def test_what_differs_by_rounding_alone_is_nothing():
    values = np.repeat(np.array([1e8, 2e8, 4e8, 7e8])[:, None], 2, axis=1) * (1 + 1e-16)
    squares = Sample.of(values).squares
    assert squares.of_all[1] == squares.of_all[2] == 0
    assert (squares.without[1:] == 0).all()
