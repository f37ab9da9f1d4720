"""Published sizes, laws, what is refused, and studies of the size that is given."""

import numpy as np
import pytest

from evaluation.planning.sample_size import sample_size
from evaluation.reliability import icc
from evaluation.reliability.repeatability import log_repeatability
from evaluation.reliability.status import Status
from harmonize.errors import ConfigurationError

BONETT = ((0.8, 2, 0.2, 54.79), (0.9, 2, 0.1, 60.97), (0.7, 3, 0.2, 67.38), (0.85, 4, 0.2, 19.15), (0.5, 3, 0.3, 57.91))
WALTER = ((0.6, 0.8, 2, 39), (0.6, 0.8, 3, 26), (0.7, 0.8, 2, 117), (0.6, 0.8, 10, 16), (0.4, 0.7, 2, 33))
"""Of Walter, Eliasziw and Donner 1998, whose formula gives 38.6, 26.1, 116.6, 16.5 and 32.4."""


@pytest.mark.parametrize(("value", "k", "width", "formula"), BONETT)
def test_subjects_for_a_width_are_those_of_bonetts_formula(value, k, width, formula):
    # Bonett 2002, formula 3, with 5 times the ICC added for k = 2 and .7 or more: an approximation to what is solved
    z = 1.959963984540054
    bonett = 1 + 8 * z**2 * (1 - value) ** 2 * (1 + (k - 1) * value) ** 2 / (k * (k - 1) * width**2)
    assert round(bonett + (5 * value if k == 2 and value >= 0.7 else 0), 2) == formula
    assert float(sample_size("icc", value, width=width, conditions=k).subjects) == pytest.approx(formula, abs=1.1)


def test_width_of_a_study_is_that_of_presize():
    # R presize 0.3, prec_icc(.5, 3, n = 50): .3233102, by Bonett's approximation
    assert float(sample_size("icc", 0.5, subjects=50, conditions=3).width) == pytest.approx(0.3233102, abs=0.005)


@pytest.mark.parametrize(("low", "high", "k", "table"), WALTER)
def test_subjects_for_a_lower_limit_are_those_of_walter_eliasziw_and_donner(low, high, k, table):
    # at a one-sided alpha of .05 and a power of .8
    assert int(sample_size("icc", high, lower=low, conditions=k, level=0.9).subjects) == table


def test_a_width_with_assurance_is_near_zous_formula():
    # Zou 2012 for ICC .9, two ratings, width .1, assurance .8: 77.4, which linearizes the width
    found = sample_size("icc", 0.9, width=0.1, assurance=0.8)
    assert 75 <= found.subjects <= 85
    assert 0.8 <= found.probability < 0.81
    one_less = sample_size("icc", 0.9, subjects=found.subjects - 1)
    assert one_less.mean_width > found.mean_width


def test_limits_are_those_of_the_statistic_itself():
    # R psych's limits of Shrout and Fleiss' ICC1: .16574 (-.13 to .72), and ICC3: .71484 (.34246 to .94586)
    found = sample_size("icc", 0.71484071, subjects=6, conditions=4, form="C,1")
    assert [float(found.lower), float(found.upper)] == pytest.approx([0.342464765, 0.94585826], abs=1e-7)
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    of_data = icc(ratings, "1")
    planned = sample_size("icc", of_data.estimate, subjects=6, conditions=4)
    assert [float(planned.lower), float(planned.upper)] == pytest.approx([float(of_data.lower), float(of_data.upper)])


@pytest.mark.parametrize("wcv", [1e-300, 0.1, 0.5, 1.0])
def test_the_upper_limit_of_the_wcv_is_the_chi_square_bound_of_logarithms(wcv):
    # 35 subjects twice: the upper 95 % bound is sqrt(35 / 22.465) = 1.248 times the SD (Obuchowski and Bullen 2018)
    upper = float(sample_size("wcv", wcv, subjects=35, level=0.9).upper)
    ratio = upper / wcv if wcv < 1e-8 else np.sqrt(np.log1p(upper**2) / np.log1p(wcv**2))
    assert ratio == pytest.approx(1.248, abs=5e-4)


def test_limits_of_the_wcv_are_those_that_reliability_gives():
    rng = np.random.default_rng(0)
    found = log_repeatability(np.exp(rng.normal(size=(12, 1)) + 0.4 * rng.normal(size=(12, 3)))).repeated
    wcv, lower, upper = (np.sqrt(np.expm1(one**2)) for one in (found.estimate, found.lower, found.upper))
    planned = sample_size("wcv", wcv, subjects=12, conditions=3)
    assert [float(planned.lower), float(planned.upper)] == pytest.approx([float(lower), float(upper)], rel=1e-12)


@pytest.mark.parametrize(
    ("wcv", "target"),
    [(0.1, {"upper": 0.13}), (0.3, {"upper": 0.4}), (0.5, {"upper": 0.6}), (0.5, {"width": 0.2, "assurance": 0.8})],
)
def test_studies_reach_a_target_of_the_wcv_as_often_as_said(wcv, target):
    planned = sample_size("wcv", wcv, conditions=3, **target)
    rng = np.random.default_rng(0)
    shape = (6000, int(planned.subjects), 3)
    logs = rng.normal(size=(*shape[:2], 1)) + np.sqrt(np.log1p(wcv**2)) * rng.normal(size=shape)
    found = log_repeatability(np.exp(logs)).repeated
    lower, upper = (np.sqrt(np.expm1(one**2)) for one in (found.lower, found.upper))
    reached = upper <= target["upper"] if "upper" in target else upper - lower <= target["width"]
    assert planned.probability >= 0.8
    assert reached.mean() == pytest.approx(float(planned.probability), abs=0.02)
    assert np.mean(upper - lower) == pytest.approx(float(planned.mean_width), rel=0.01)


def test_a_wcv_of_few_subjects_has_limits_whose_width_has_no_mean():
    found = sample_size("wcv", [0.5, 0.9, 0.9], subjects=[5, 8, 2])
    # the first two as 20 million draws of the chi-square distribution have it
    assert found.mean_width.tolist() == pytest.approx([1.5789, 2.813, np.inf], rel=1e-3)


def test_a_plan_does_not_depend_on_how_small_a_wcv_is():
    found = sample_size("wcv", [1e-300, 1e-9, 1e-3], width=[1e-301, 1e-10, 1e-4])
    assert found.subjects.tolist() == [772.0] * 3
    assert found.probability == pytest.approx(0.51, abs=0.01)
    assert found.mean_width == pytest.approx([1e-301, 1e-10, 1e-4], rel=2e-3)


@pytest.mark.parametrize("statistic", ["icc", "ccc"])
def test_one_subject_less_is_not_enough(statistic):
    found = sample_size(statistic, [0.5, 0.7, 0.9], width=0.15)
    assert (found.width <= 0.15).all()
    assert (sample_size(statistic, [0.5, 0.7, 0.9], subjects=found.subjects - 1).width > 0.15).all()


def test_conditions_are_found_where_subjects_are_given():
    found = sample_size("icc", 0.8, width=0.2, subjects=[10, 30, 60])
    assert found.conditions[1:].tolist() == [5, 2]
    assert found.status.tolist() == [Status.UNATTAINABLE, Status.OK, Status.OK]
    assert np.isnan([found.conditions[0], found.width[0], found.probability[0]]).all()
    assert sample_size("icc", 0.8, subjects=30, conditions=4).width > 0.2


def test_everything_is_broadcast():
    found = sample_size("ccc", [[0.8], [0.9]], width=[0.1, 0.2, 0.3], conditions=3)
    assert found.subjects.shape == (2, 3)
    assert (np.diff(found.subjects, axis=1) < 0).all()
    assert float(found.subjects[1, 0]) == sample_size("ccc", 0.9, width=0.1, conditions=3).subjects


def test_studies_of_that_size_reach_the_target_as_often_as_said():
    planned = sample_size("icc", 0.9, lower=0.75, conditions=3)
    rng = np.random.default_rng(0)
    shape = (4000, int(planned.subjects), 3)
    values = rng.normal(size=(*shape[:2], 1)) * 3 + rng.normal(size=shape)
    found = icc(values, "1")
    assert (found.lower > 0.75).mean() == pytest.approx(float(planned.probability), abs=0.02)
    assert np.mean(found.upper - found.lower) == pytest.approx(float(planned.mean_width), rel=0.02)


@pytest.mark.parametrize(
    "asked",
    [
        {"value": 1.0, "width": 0.2},
        {"value": [0.5, np.nan], "width": 0.2},
        {"value": 0.8, "width": 2},
        {"value": 0.8, "width": -0.1},
        {"value": 0.8, "width": 0.2, "conditions": 1},
        {"value": 0.8, "subjects": 1},
        {"value": 0.8, "subjects": 20.5},
        {"value": 0.8},
        {"value": 0.8, "lower": 0.8},
        {"value": 0.8, "upper": 0.9},
        {"value": 0.8, "width": 0.2, "lower": 0.7},
        {"value": 0.8, "width": 0.2, "subjects": 20, "conditions": 2},
        {"value": 0.8, "subjects": 20, "assurance": 0.8},
        {"value": 0.8, "width": 0.2, "assurance": 1.0},
        {"value": 0.8, "width": 0.2, "form": "A,1"},
        {"value": 0.8, "width": 0.2, "level": 95},
        {"value": 0.8, "lower": -0.5, "conditions": 3},
        {"value": "x", "width": 0.2},
        {"value": 0.8, "width": "narrow"},
        {"value": 0.8, "width": 0.2, "conditions": "two"},
        {"value": [0.7, 0.8, 0.9], "width": [0.1, 0.2]},
        {"value": [0.7, 0.8, 0.9], "width": 0.2, "conditions": [2, 3]},
    ],
)
def test_what_has_no_answer_is_refused(asked, golden):
    with golden.error(ConfigurationError):
        sample_size("icc", **asked)


@pytest.mark.parametrize(
    ("statistic", "asked"),
    [
        ("ccc", {"value": 0.9, "width": 0.1, "accuracy": 0.9}),
        ("ccc", {"value": 0.9, "width": 0.1, "accuracy": 0.95, "conditions": 3}),
        ("wcv", {"value": 0.1, "upper": 0.1}),
        ("wcv", {"value": 0.1, "lower": 0.05}),
        ("wcv", {"value": 0.0, "width": 0.1}),
        ("wcv", {"value": 10, "upper": 13}),
        ("wcv", {"value": 0.1, "upper": 13}),
        ("wcv", {"value": 0.1, "width": 4}),
        ("wcv", {"value": 1000, "width": 0.1}),
        ("kappa", {"value": 0.5, "width": 0.1}),
    ],
)
def test_what_other_coefficients_cannot_be_is_refused(statistic, asked, golden):
    with golden.error(ConfigurationError):
        sample_size(statistic, **asked)
