import math

import numpy as np
import pytest

from evaluation.reliability.ccc import ccc
from evaluation.reliability.dispersion import cv, qcd
from evaluation.reliability.icc import ICC_FORMS, icc
from evaluation.reliability.weighted import (
    HalvesSwapped,
    WeightedPairs,
    WithoutEach,
    drawn,
    weighted_dispersion,
    weighted_sums,
)
from harmonize.errors import ConfigurationError

WITHOUT_EACH = np.concatenate([np.ones((1, 17)), 1 - np.eye(17)])


def rows(weights):
    """Write the subjects of a draw one below the other."""
    return np.repeat(np.arange(len(weights)), weights.astype(int))


@pytest.mark.parametrize("form", ICC_FORMS)
def test_agreement_of_a_draw_is_that_of_its_subjects_written_out(difficult, form):
    values = np.stack([difficult[name][:, [0, 2]] for name in difficult])
    values[1, 4, 0] = np.nan
    for draws, weights in ((drawn(17, 40, seed=1),) * 2, (WithoutEach(17), WITHOUT_EACH)):
        found = WeightedPairs.of(values, draws)
        for index, draw in enumerate(weights):
            chosen = values[:, rows(draw)]
            np.testing.assert_allclose(
                found.icc(form)[index], icc(chosen, form, level=None).estimate, rtol=1e-8, atol=1e-10
            )
            np.testing.assert_allclose(
                found.ccc()[index], ccc(chosen[..., 0], chosen[..., 1]).estimate, rtol=1e-8, atol=1e-10
            )


@pytest.mark.parametrize("form", ICC_FORMS)
@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e200])
def test_agreement_of_all_subjects_at_once_is_that_of_each_pair(difficult, form, scale):
    values = np.stack([difficult[name] for name in difficult]) * scale
    values[1, 4, 0], values[2, 3, 2] = np.nan, np.inf
    for part in (values, values[3:]):  # with and without missing values
        found = WeightedPairs.of_all(part.transpose(2, 1, 0), 1)
        for position, other in enumerate(one for one in range(values.shape[2]) if one != 1):
            pairs = part[..., [1, other]]
            expected = icc(pairs, form, level=None).estimate
            np.testing.assert_allclose(found.icc(form)[0, position], expected, rtol=1e-8, atol=1e-10)
            expected = ccc(pairs[..., 0], pairs[..., 1]).estimate
            np.testing.assert_allclose(found.ccc()[0, position], expected, rtol=1e-8, atol=1e-10)


def test_sums_without_each_keep_the_digits_of_the_others_beside_one_large_value():
    values = np.random.default_rng(0).normal(size=(3, 17)) ** 2
    values[1, 4], values[2, [2, 9]] = 1e15, 1e15
    found = weighted_sums(values, WithoutEach(17))
    expected = [[math.fsum(row * draw) for draw in WITHOUT_EACH] for row in values]
    np.testing.assert_allclose(found, expected, rtol=2e-15)
    np.testing.assert_allclose(weighted_sums(values[0], WITHOUT_EACH), expected[0], rtol=2e-15)
    assert weighted_sums(np.array([3.0]), WithoutEach(1)).tolist() == [3.0, 0.0]


def test_swapped_halves_are_the_draws_written_as_weights():
    rng = np.random.default_rng(3)
    swapped = (rng.random((20, 7)) < 0.5).astype(np.float64)
    pairs = 50 + rng.normal(size=(5, 14, 1)) + 0.3 * rng.normal(size=(5, 14, 2))
    pairs[2, [3, 10]] = np.nan
    written = np.concatenate([np.hstack([1 - swapped, swapped]), np.hstack([swapped, 1 - swapped])])
    found, expected = (WeightedPairs.of(pairs, draws) for draws in (HalvesSwapped(swapped), written))
    np.testing.assert_array_equal(found.n, expected.n)
    np.testing.assert_allclose(found.icc(), expected.icc(), rtol=1e-13)
    np.testing.assert_allclose(found.ccc(), expected.ccc(), rtol=1e-13)


def test_a_large_shift_costs_no_digits():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(17, 1)) + 1e-3 * rng.normal(size=(17, 2)) + [0.0, 1e6]
    found = WeightedPairs.of(values, WithoutEach(17)).icc("C,1")

    for index in range(17):
        assert found[1 + index] == pytest.approx(float(icc(np.delete(values, index, axis=0), "C,1").estimate), rel=1e-8)


def test_what_cannot_be_computed_is_missing_in_the_draws_that_lack_it():
    values = np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [2.0, 3.0]])
    found = WeightedPairs.of(values, WithoutEach(4))

    assert np.isnan(found.icc()).tolist() == np.isnan(found.ccc()).tolist() == [False, False, False, False, True]
    two_left = WeightedPairs.of(values[1:], WithoutEach(3))
    assert np.isnan(two_left.ccc()[1:]).all()
    assert np.isnan(two_left.icc()).tolist() == [False, False, False, True]


def test_exact_agreement_is_exactly_one():
    values = np.repeat(np.random.default_rng(0).lognormal(size=(9, 1)), 2, axis=1)
    found = WeightedPairs.of(values, WithoutEach(9))

    assert (found.icc() == 1).all()
    assert (found.ccc() == 1).all()


def test_dispersion_of_a_draw_is_that_of_its_subjects_written_out():
    values = np.random.default_rng(0).lognormal(1, 0.3, size=(5, 17, 4))
    values[2, 3, 1] = np.nan
    weights = drawn(17, 30, seed=2)
    for statistic in (cv, qcd):
        found = weighted_dispersion(statistic(values), weights)
        expected = np.stack([statistic(values[:, rows(draw)]).estimate for draw in weights])
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_refused_dispersion_is_refused_in_every_draw():
    values = np.abs(np.random.default_rng(0).normal(5, 1, size=(6, 3)))
    values[0, 0] = -1
    assert np.isnan(weighted_dispersion(cv(values), WithoutEach(6))).all()


def test_draws_are_those_of_the_bootstrap():
    weights = drawn(7, 200, seed=3)
    first = np.random.default_rng(3).integers(7, size=(200, 7))[0]

    assert (weights.sum(axis=1) == 7).all()
    assert rows(weights[0]).tolist() == sorted(first.tolist())


def test_other_than_two_conditions_are_refused(golden):
    with golden.error(ConfigurationError):
        WeightedPairs.of(np.zeros((5, 3)), WithoutEach(5))
