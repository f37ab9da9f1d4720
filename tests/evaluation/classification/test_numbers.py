import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

from evaluation.classification import HeldOutNumbers, compare_scores, score_table
from evaluation.classification.numbers import NUMBER_SCORES, number_slope, r_squared
from harmonize.errors import ConfigurationError

RNG = np.random.default_rng(0)
TRUTH = RNG.normal(50, 10, 40)
PREDICTED = TRUTH / 2 + RNG.normal(25, 4, 40)


def test_of_one_model_scores_are_those_of_scikit_learn() -> None:
    found = score_table(HeldOutNumbers.of(TRUTH, PREDICTED), n_resamples=100).set_index("score")
    line = LinearRegression().fit(PREDICTED[:, None], TRUTH).coef_[0]
    expected = [
        r2_score(TRUTH, PREDICTED),
        mean_squared_error(TRUTH, PREDICTED) ** 0.5,
        mean_absolute_error(TRUTH, PREDICTED),
        line,
        (TRUTH - PREDICTED).mean(),
    ]
    np.testing.assert_allclose(found["estimate"], expected)
    assert (found["lower"] < found["estimate"]).all()
    assert (found["status"] == "ok").all()


@pytest.mark.parametrize("name", NUMBER_SCORES)
def test_a_weight_is_as_many_rows(name) -> None:
    weights = np.random.default_rng(1).integers(0, 3, 40)
    compute, held_out = NUMBER_SCORES[name].compute, HeldOutNumbers.of(TRUTH, PREDICTED, usual=48.0)
    again = HeldOutNumbers.of(np.repeat(TRUTH, weights), np.repeat(PREDICTED, weights), usual=48.0)
    np.testing.assert_allclose(compute(held_out, np.stack([weights, np.ones(40)])), [compute(again), compute(held_out)])


def test_the_mean_of_the_training_rows_is_no_better_than_itself() -> None:
    assert r_squared(HeldOutNumbers.of(TRUTH, np.full(40, 48.0), usual=48.0)) == 0
    found = score_table(HeldOutNumbers.of(TRUTH, np.full(40, 48.0)), n_resamples=100).set_index("score")["status"]
    assert found["calibration_slope"] == "constant"
    assert np.isnan(number_slope(HeldOutNumbers.of(TRUTH, np.full(40, 48.0))))


def test_few_subjects_have_no_line() -> None:
    table = score_table(HeldOutNumbers.of(TRUTH[:9], PREDICTED[:9]), n_resamples=100).set_index("score")
    assert table.loc["calibration_slope", "status"] == "too_few"


def test_better_predictions_of_the_same_rows_are_better() -> None:
    first, second = HeldOutNumbers.of(TRUTH, PREDICTED), HeldOutNumbers.of(TRUTH, RNG.normal(50, 10, 40))
    found = compare_scores(first, second, interval="bootstrap", n_resamples=200).set_index("score")
    assert found.loc["r2", "lower"] > 0 > found.loc["rmse", "upper"]


def test_shapes_and_gaps_are_refused(golden) -> None:
    with golden.error(ConfigurationError):
        HeldOutNumbers.of([1.0, 2.0], [1.0])
    with golden.error(ConfigurationError):
        HeldOutNumbers.of([1.0, 2.0], [1.0, np.nan])
