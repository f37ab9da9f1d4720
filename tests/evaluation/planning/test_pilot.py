"""What is drawn from a pilot has its components, correlations, shifts and skewness."""

import numpy as np
import pytest
import scipy.stats

from evaluation.planning.pilot import Pilot
from evaluation.reliability import icc
from harmonize.errors import ConfigurationError


@pytest.fixture
def values():
    """Two correlated features and one that is skewed, 40 subjects, 3 conditions of which the last is shifted."""
    rng = np.random.default_rng(0)
    subjects = rng.multivariate_normal([0, 0], [[4, 3.2], [3.2, 4]], size=40).T
    subjects = np.concatenate([subjects, rng.lognormal(0, 1, (1, 40))])
    return 10 + subjects[..., None] + rng.normal(size=(3, 40, 3)) + np.array([0, 0, 2.0])


@pytest.mark.parametrize("distribution", ["resampled", "normal"])
def test_large_studies_have_the_iccs_of_the_pilot(values, distribution):
    drawn = Pilot.of(values).draw(np.random.default_rng(1), 50000, distribution=distribution)
    for form in ("1", "A,1", "C,1"):
        assert icc(drawn, form).estimate == pytest.approx(icc(values, form).estimate, abs=0.01)
    assert drawn.mean(axis=(1, 2)) == pytest.approx(values.mean(axis=(1, 2)), abs=0.05)


def test_features_stay_correlated(values):
    pilot = Pilot.of(values)
    assert np.corrcoef(pilot.subjects.T) == pytest.approx(np.corrcoef(values.mean(axis=2)))
    drawn = pilot.draw(np.random.default_rng(1), 20000).mean(axis=2)
    assert np.corrcoef(drawn)[0, 1] == pytest.approx(np.corrcoef(values.mean(axis=2))[0, 1], abs=0.08)


def test_a_stated_ratio_is_that_of_the_errors_and_nothing_else_differs(values):
    pilot = Pilot.of(values).with_ratio([0], [1], 0.5)
    for part, ratio in ((pilot.subjects, 1), (pilot.shifts, 1), (pilot.errors, 0.5)):
        mean_squares = (part**2).mean(axis=0)
        assert mean_squares[1] == pytest.approx(ratio * mean_squares[0])
    assert (pilot.errors[:, [0, 2]] == Pilot.of(values).errors[:, [0, 2]]).all()


def test_only_what_is_drawn_again_stays_skewed(values):
    pilot, rng = Pilot.of(values), np.random.default_rng(1)
    again, normal = (pilot.draw(rng, 20000, distribution=one)[2].mean(axis=1) for one in ("resampled", "normal"))
    assert scipy.stats.skew(again) > 0.4
    assert abs(scipy.stats.skew(normal)) < 0.1


def test_shifts_that_chance_explains_are_none():
    rng = np.random.default_rng(2)
    flat = rng.normal(size=(200, 12, 1)) + rng.normal(size=(200, 12, 2))
    shifts = Pilot.of(flat).shifts
    assert 0.5 < (shifts == 0).all(axis=0).mean() < 0.85  # F below 1, which it is in two thirds of the cases


def test_other_conditions_vary_as_those_of_the_pilot(values):
    pilot = Pilot.of(values)
    drawn = pilot.draw(np.random.default_rng(3), 3, conditions=20000, distribution="normal")
    found = drawn.mean(axis=1)[0].var() - pilot.errors[:, 0].var() / 3
    assert found == pytest.approx((pilot.shifts[:, 0] ** 2).sum() / 2, rel=0.1)


def test_subjects_that_do_not_differ_are_drawn_alike():
    rng = np.random.default_rng(4)
    noise = rng.normal(size=(300, 8, 2))
    drawn = Pilot.of(noise).draw(rng, 2000)
    assert np.median(icc(drawn, "C,1").estimate) < 0.05


def test_another_distribution_is_refused(values, golden):
    with golden.error(ConfigurationError):
        Pilot.of(values).draw(np.random.default_rng(0), 5, distribution="gamma")
