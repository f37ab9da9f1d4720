import numpy as np
import pytest

from evaluation.comparison.swaps import SWAPS, swap_draws, swapped_agreement, swapped_dispersion
from evaluation.reliability.ccc import ccc
from evaluation.reliability.dispersion import cv
from evaluation.reliability.icc import icc
from evaluation.reliability.statistic import Settings

BOTH = ("icc", "ccc")


def measured(seed=0, n=7, unit=1.0, shift=0.0):
    """Give skewed values of two strategies, the second in another unit: (2, 4 features, n subjects, 2 conditions)."""
    rng = np.random.default_rng(seed)
    truth = np.exp(rng.normal(size=(4, n, 1)))
    values = 5 + truth + 0.4 * rng.normal(size=(2, 4, n, 2))
    values[1] = unit * values[1] + shift
    return values


def alike(values):
    """Bring each strategy to mean 0 and variance 1."""
    return (values - values.mean(axis=(-2, -1), keepdims=True)) / values.std(axis=(-2, -1), keepdims=True)


def test_up_to_nine_subjects_every_swap_is_taken_once_and_none_comes_first():
    for n in (2, 6, 8):
        draws = swap_draws(n)
        either = {min(tuple(row), tuple(1 - row)) for row in draws}
        assert len(draws) == len(either) == 2 ** (n - 1)
        assert not draws[0].any()
    many = swap_draws(17, 10_000)
    assert many.shape == (SWAPS[0], 17)
    assert not many[0].any()
    assert many[1:].mean() == pytest.approx(0.5, abs=0.05)
    assert len(swap_draws(17, 100)) > len(many)


def test_agreement_is_that_of_subjects_really_swapped():
    values, draws = measured(), swap_draws(7)
    found = swapped_agreement(values, np.ones((4, 7), dtype=bool), draws, BOTH, Settings("REF"))
    for row in (0, 5, 41):
        first, second = alike(values)
        moved = draws[row, None, :, None] == 1
        one, other = np.where(moved, second, first), np.where(moved, first, second)
        expected = np.log((1 - icc(other).estimate) / (1 - icc(one).estimate))
        np.testing.assert_allclose(found["icc"][row], expected, rtol=1e-9)
        expected = np.log(
            (1 - ccc(other[..., 0], other[..., 1]).estimate) / (1 - ccc(one[..., 0], one[..., 1]).estimate)
        )
        np.testing.assert_allclose(found["ccc"][row], expected, rtol=1e-9)


@pytest.mark.parametrize(("unit", "shift"), [(1e-6, 0.0), (1e6, -3e5), (-2.0, 0.0), (1e200, 0.0)])
def test_units_and_offsets_do_not_matter(unit, shift):
    used, draws = np.ones((4, 7), dtype=bool), swap_draws(7)
    first = swapped_agreement(measured(), used, draws, BOTH, Settings("REF"))
    second = swapped_agreement(measured(unit=unit, shift=shift), used, draws, BOTH, Settings("REF"))
    # A mirrored strategy has the same agreement, but other values change places.
    rows = slice(0, 1) if unit < 0 else slice(None)
    for name in ("icc", "ccc"):
        np.testing.assert_allclose(second[name][rows], first[name][rows], rtol=1e-5)


def test_without_a_swap_it_is_the_ratio_and_the_strategies_swapped_turn_it_around():
    values, draws = measured(3), swap_draws(7)
    used = np.ones((4, 7), dtype=bool)
    found = swapped_agreement(values, used, np.stack([draws[0], 1 - draws[0]]), BOTH, Settings("REF"))["icc"]
    expected = np.log((1 - icc(values[1]).estimate) / (1 - icc(values[0]).estimate))
    np.testing.assert_allclose(found, [expected, -expected], rtol=1e-9)


def test_subjects_that_do_not_count_do_not_matter():
    values, used = measured(), np.ones((4, 7), dtype=bool)
    used[:, 6] = False
    values[:, :, 6] = np.nan
    draws = swap_draws(7)
    found = swapped_agreement(values, used, draws, BOTH, Settings("REF"))
    expected = swapped_agreement(values[:, :, :6], used[:, :6], draws[:, :6], BOTH, Settings("REF"))
    np.testing.assert_allclose(found["ccc"], expected["ccc"])


def test_dispersion_is_that_of_subjects_really_swapped():
    values, draws = measured(unit=30.0), swap_draws(7)
    ratios = cv(values).per_subject
    found = swapped_dispersion(ratios, np.ones((4, 7), dtype=bool), draws)
    moved = draws[9, None, :, None] == 1
    one, other = np.where(moved, values[1], values[0]), np.where(moved, values[0], values[1])
    np.testing.assert_allclose(found[9], np.log(cv(other).estimate / cv(one).estimate), rtol=1e-9)


def test_a_strategy_that_agrees_exactly_has_no_ratio():
    values = measured()
    values[1, 0, :, 1] = values[1, 0, :, 0]
    found = swapped_agreement(values, np.ones((4, 7), dtype=bool), swap_draws(7), BOTH, Settings("REF"))["icc"]
    assert np.isnan(found[0, 0])
    assert np.isfinite(found[:, 1:]).all()
