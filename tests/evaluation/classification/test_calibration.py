from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from evaluation.classification import HeldOut, calibration_curve, calibration_intercept, calibration_slope
from harmonize.errors import ConfigurationError


def example(slope: float = 0.6, shift: float = 0.3, n: int = 120, seed: int = 0) -> HeldOut:
    rng = np.random.default_rng(seed)
    logit = rng.normal(0, 1.5, n)
    truth = rng.uniform(size=n) < 1 / (1 + np.exp(-(shift + slope * logit)))
    return HeldOut.of(truth.astype(int), 1 / (1 + np.exp(-logit)))


def test_the_line_is_that_of_a_logistic_regression_by_statsmodels() -> None:
    held_out = example()
    probability = held_out.probability[0, :, 1]
    logit = np.log(probability / (1 - probability))
    line = sm.GLM(held_out.truth, sm.add_constant(logit), family=sm.families.Binomial()).fit(tol=1e-12)
    large = sm.GLM(held_out.truth, np.ones(120), family=sm.families.Binomial(), offset=logit).fit(tol=1e-12)
    assert calibration_slope(held_out) == pytest.approx(line.params[1], abs=1e-6)
    assert calibration_intercept(held_out) == pytest.approx(large.params[0], abs=1e-6)


def test_the_truth_is_found_in_a_large_sample() -> None:
    held_out = example(n=40_000)
    assert calibration_slope(held_out) == pytest.approx(0.6, abs=0.05)


def test_weights_count_rows_so_often() -> None:
    held_out = example()
    weights = np.random.default_rng(1).integers(0, 3, size=(5, 120))
    for metric in (calibration_slope, calibration_intercept):
        for weight, value in zip(weights, metric(held_out, weights), strict=True):
            rows = np.repeat(np.arange(120), weight)
            drawn = HeldOut.of(held_out.truth[rows], held_out.probability[0, rows])
            assert value == pytest.approx(metric(drawn), abs=1e-7)


def test_the_score_is_the_mean_of_the_repeats() -> None:
    """Regression: the page says that scores are averaged over the repeats, and one line went through all of them."""
    one, other = example(seed=0), example(slope=1.4, seed=1)
    both = replace(one, probability=np.concatenate([one.probability, other.probability]), fold=np.zeros((2, 120), int))
    weights = np.random.default_rng(1).integers(0, 3, size=(5, 120))
    for metric in (calibration_slope, calibration_intercept):
        for given in (None, weights):
            parts = [metric(replace(held_out, truth=one.truth), given) for held_out in (one, other)]
            assert metric(both, given) == pytest.approx(np.mean(parts, axis=0), abs=1e-9)


def test_where_there_is_no_line_there_is_no_number() -> None:
    assert np.isnan(calibration_slope(HeldOut.of([0] * 10 + [1] * 10, [0.2] * 10 + [0.8] * 10)))  # separated
    assert np.isnan(calibration_slope(HeldOut.of([0, 1] * 10, [0.5] * 20)))  # constant
    assert np.isnan(calibration_slope(HeldOut.of([0, 1, 0, 1], [0.0, 0.7, 0.4, 0.2])))  # infinite logit
    assert np.isnan(calibration_intercept(HeldOut.of([1, 1], [0.5, 0.6], classes=(0, 1))))  # one class
    assert np.isnan(calibration_slope(HeldOut.of([0, 1, 2], np.full((3, 3), 1 / 3))))


def test_far_off_predictions_still_have_an_intercept() -> None:
    """Regression: a full Newton step overshoots where all risks are tiny."""
    held_out = HeldOut.of([0, 1] * 10, [1e-6] * 20)
    assert calibration_intercept(held_out) == pytest.approx(-np.log(1e-6 / (1 - 1e-6)), rel=1e-6)


def test_the_curve_keeps_every_row_and_its_means() -> None:
    held_out = example()
    curve = calibration_curve(held_out, bins=4)
    assert curve["n"].tolist() == [30] * 4
    assert np.average(curve["observed"], weights=curve["n"]) == pytest.approx(held_out.truth.mean())
    assert np.average(curve["predicted"], weights=curve["n"]) == pytest.approx(held_out.probability[0, :, 1].mean())
    assert curve["predicted"].is_monotonic_increasing


def test_equal_predictions_share_a_group() -> None:
    assert calibration_curve(HeldOut.of([0, 1] * 10, [0.5] * 20)).to_dict("records") == [
        {"predicted": 0.5, "observed": 0.5, "n": 20}
    ]


def test_bad_options_are_refused(golden) -> None:
    with golden.error(ConfigurationError):
        calibration_curve(example(), bins=1)
    with golden.error(ConfigurationError):
        calibration_curve(HeldOut.of([0, 1, 2], np.full((3, 3), 1 / 3)))


def test_extreme_predictions_have_a_slope():
    """Full Newton steps from a slope of 1 diverged and read as separated classes."""
    rng = np.random.default_rng(0)
    logit = rng.normal(0, 12, 200)
    truth = (rng.random(200) < 1 / (1 + np.exp(-0.11 * logit))).astype(int)
    held_out = HeldOut.of(truth, 1 / (1 + np.exp(-logit)))
    line = sm.Logit(truth, sm.add_constant(logit)).fit(disp=0)
    assert calibration_slope(held_out) == pytest.approx(line.params[1], abs=1e-6)
    drawn = calibration_slope(held_out, rng.multinomial(200, np.full(200, 1 / 200), size=50))
    assert np.isfinite(drawn).all()
