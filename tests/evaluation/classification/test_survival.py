import numpy as np
import pytest

from evaluation.classification import compare_scores, score_table
from evaluation.classification.outcomes import SurvivalOutcome
from evaluation.classification.survival import SURVIVAL_SCORES, HeldOutSurvival
from evaluation.survival.cox import CommonHazard, Cox
from evaluation.survival.times import survival_times

RNG = np.random.default_rng(3)
X = RNG.normal(size=(80, 1))
DEATHS, ENDS = RNG.exponential(10 / np.exp(X[:, 0])), RNG.uniform(2, 30, 80)
Y = survival_times(np.minimum(DEATHS, ENDS).round(1), DEATHS <= ENDS)


def predicted(model=None, y=Y, rows=X) -> HeldOutSurvival:
    outcome = SurvivalOutcome().known(Y)
    fitted = (model or Cox(0.0)).fit(X, Y)
    found = outcome.alone(y, outcome.predict(fitted, rows, Y, y))
    assert isinstance(found, HeldOutSurvival)
    return found


def test_a_model_is_calibrated_where_it_was_fitted() -> None:
    found = score_table(predicted(), n_resamples=100).set_index("score")
    assert found.loc["calibration_slope", "estimate"] == pytest.approx(1, abs=0.03)  # ties by Breslow, not by Efron
    assert found.loc["calibration_intercept", "estimate"] == pytest.approx(0, abs=1e-2)
    assert (found["status"] == "ok").all()
    assert found.loc["c_index", "lower"] > 0.6


@pytest.mark.parametrize("name", SURVIVAL_SCORES)
def test_a_weight_is_as_many_rows(name) -> None:
    weights = np.random.default_rng(1).integers(0, 3, 80)
    compute, one = SURVIVAL_SCORES[name].compute, predicted()
    again = predicted(y=np.repeat(Y, weights), rows=np.repeat(X, weights, axis=0))
    weighted = compute(one, np.stack([weights, np.ones(80)]))
    np.testing.assert_allclose(weighted, [compute(again), compute(one)], rtol=1e-6)


def test_the_hazard_of_all_orders_nothing_and_is_right_on_the_whole() -> None:
    table = score_table(predicted(CommonHazard()), n_resamples=100).set_index("score")
    assert table.loc["c_index", ["estimate", "status"]].tolist() == [0.5, "no_interval"]
    assert table.loc["calibration_slope", "status"] == "constant"
    assert table.loc["calibration_intercept", "estimate"] == pytest.approx(0, abs=1e-9)
    difference = compare_scores(predicted(), predicted(CommonHazard()), ["ibs"], interval="bootstrap").iloc[0]
    assert difference["upper"] < 0


def test_few_events_have_a_score_without_limits_and_no_line() -> None:
    y = Y.copy()
    y["event"][np.flatnonzero(y["event"])[9:]] = False
    found = score_table(predicted(y=y), n_resamples=100).set_index("score")["status"]
    assert found[["c_index", "ibs"]].tolist() == ["few_events"] * 2
    assert found[["calibration_slope", "calibration_intercept"]].tolist() == ["too_few"] * 2
    assert compare_scores(predicted(y=y), predicted(y=y), ["uno_c"], interval="bootstrap")["status"][0] == "few_events"


def test_no_pair_is_a_status() -> None:
    y = survival_times(np.full(80, 3.0), np.arange(80) % 2)
    y["time"][y["event"]] = 50.0
    assert score_table(predicted(y=y), ["c_index"], n_resamples=100)["status"].tolist() == ["no_pairs"]


def test_the_table_has_what_is_needed_to_score_again() -> None:
    frame = predicted().to_frame()
    assert frame.columns[:8].tolist() == [
        *("row", "subject", "repeat", "fold", "time", "event", "linear_predictor", "expected_events")
    ]
    shares = frame.filter(like="without_event_at_").to_numpy()
    assert (np.diff(shares, axis=1) <= 0).all()
    assert ((shares >= 0) & (shares <= 1)).all()
