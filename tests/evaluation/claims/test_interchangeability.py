import numpy as np
import pytest
from scipy import stats

from evaluation.claims.interchangeability import interchangeability
from harmonize.errors import ConfigurationError


def test_gamma_and_its_limits_by_hand():
    rng = np.random.default_rng(0)
    reference, other = rng.normal(size=(12, 2)), 2 + rng.normal(size=(12, 1))
    found = interchangeability(reference, other)
    across, repeats = ((other - reference) ** 2).mean(axis=1), (reference[:, 0] - reference[:, 1]) ** 2
    ends = []
    for squares, tail in ((across, 0.05), (repeats, 0.95)):
        degrees = min(12, 2 * squares.mean() ** 2 / (squares.var(ddof=1) / 12))
        ends.append(squares.mean() * degrees / stats.chi2.ppf(tail, degrees) - squares.mean())

    assert found.gamma == pytest.approx(across.mean() - repeats.mean())
    assert found.upper == pytest.approx(found.gamma + np.hypot(*ends))


def test_p_is_the_level_at_which_the_limit_is_the_margin():
    rng = np.random.default_rng(3)
    reference, other = rng.normal(size=(50, 9, 2)), 0.5 + rng.normal(size=(50, 9, 1))
    for alpha in (0.01, 0.05, 0.2):
        found = interchangeability(reference, other, alpha)
        margin = np.sqrt(np.maximum(found.upper, 1e-9))
        below, above = found.tests(margin)
        positive = found.upper > 0
        np.testing.assert_allclose(below[positive], alpha, rtol=1e-6)
        np.testing.assert_allclose(below + above, 1)
        positive = found.lower > 0
        above = found.tests(np.sqrt(np.maximum(found.lower, 1e-9)))[1]
        np.testing.assert_allclose(above[positive], alpha, rtol=1e-6)


def test_the_expectation_is_the_shift_squared_and_what_another_error_adds():
    rng = np.random.default_rng(1)
    truth = rng.normal(0, 5, (200_000, 1))
    reference = truth + rng.normal(size=(200_000, 3))
    same, shifted = truth + rng.normal(size=(200_000, 2)), truth + 0.7 + 1.5 * rng.normal(size=(200_000, 2))

    assert interchangeability(reference, same).gamma == pytest.approx(0, abs=0.02)
    # Obuchowski 2014: shift² + variance of the other - variance of the reference.
    assert interchangeability(reference, shifted).gamma == pytest.approx(0.49 + 1.25, abs=0.03)


def test_missing_repeats_and_statuses():
    rng = np.random.default_rng(2)
    reference, other = rng.normal(size=(3, 9, 3)), rng.normal(size=(3, 9, 1))
    reference[0, :, 2] = np.nan
    reference[1, :, 1:] = np.nan
    reference[2, 2:] = np.nan
    found = interchangeability(reference, other)

    assert found.status.tolist() == ["ok", "no_repeats", "too_few"]
    assert found.n.tolist() == [9, 0, 2]
    assert found.gamma[0] == pytest.approx(interchangeability(reference[0, :, :2], other[0]).gamma)
    assert np.isnan(found.upper[1:]).all()
    with pytest.raises(ConfigurationError):
        interchangeability(reference, other[:, :4])


def test_values_whose_squares_are_no_numbers_are_told():
    """Of values of 1e-300 gamma was 0, which made conditions interchangeable at any margin; of 1e300 it overflowed."""
    rng = np.random.default_rng(2)
    reference, other = rng.normal(size=(3, 9, 2)), rng.normal(size=(3, 9, 1))
    unit = np.array([1e-300, 1, 1e300])[:, None, None]
    found = interchangeability(reference * unit, other * unit)
    assert found.status.tolist() == ["not_representable", "ok", "not_representable"]
    assert np.isnan(found.gamma[[0, 2]]).all()
    assert np.isnan(found.tests(2 * unit.ravel())[0]).tolist() == [True, False, True]
