import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import Pipeline

from evaluation.classification import HeldOutNumbers, cross_validate, make_model
from evaluation.classification.outcomes import NumberOutcome, SurvivalOutcome, outcome_of
from evaluation.classification.splits import repeated_folds
from evaluation.survival.times import horizon, survival_times
from harmonize.errors import ConfigurationError

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(RNG.normal(size=(60, 4)), columns=list("abcd"))
NUMBER = 40 + 5 * TABLE["a"].to_numpy() + RNG.normal(0, 2, 60)
DEATHS, ENDS = RNG.exponential(10 / np.exp(TABLE["a"])), RNG.uniform(2, 30, 60)
Y = survival_times(np.minimum(DEATHS, ENDS), DEATHS <= ENDS)
WHO = np.arange(60) // 2


@pytest.mark.parametrize(("outcome", "y", "first"), [("number", NUMBER, 0.6), ("survival", Y, 0.6)])
def test_what_a_feature_tells_is_found_in_people_that_were_held_out(outcome, y, first) -> None:
    model = make_model("elastic_net", 0, outcome)
    given = {
        "param_grid": model.grid,
        "folds": 4,
        "inner_folds": 3,
        "repeats": 2,
        "outcome": outcome,
        "n_resamples": 100,
    }
    found = cross_validate(Pipeline(model.steps), TABLE, y, WHO, others={"same": TABLE}, **given)
    assert found.scores.loc[0, "estimate"] > first
    assert "a" in set(found.selected["feature"])
    assert found.predictions.groupby(["repeat", "subject"])["fold"].nunique().max() == 1
    np.testing.assert_array_equal(found.others["same"].fold, found.held_out.fold)


def test_the_mean_of_the_training_rows_goes_with_the_prediction() -> None:
    folds = repeated_folds(np.zeros(60), WHO, folds=3, repeats=1)
    found = cross_validate(RidgeCV(), TABLE, NUMBER, WHO, folds=folds, outcome="number", n_resamples=100).held_out
    assert isinstance(found, HeldOutNumbers)
    for fold in folds:
        np.testing.assert_allclose(found.usual[0, fold.test], NUMBER[fold.train].mean())


def test_numbers_and_events_are_spread_over_the_folds() -> None:
    fifths = NumberOutcome().strata(NUMBER, WHO, 5)
    assert np.bincount(fifths).tolist() == [12] * 5
    assert set(NumberOutcome().strata(NUMBER[:8], WHO[:8], 3)) == {0}
    assert (SurvivalOutcome().strata(Y, WHO, 5) == np.where(Y["event"], "with the event", "without the event")).all()
    y = Y.copy()
    y["event"][1:] = True
    assert set(SurvivalOutcome().strata(y, WHO, 5)) == {"with the event"}


def test_scores_look_as_far_as_a_tenth_is_watched() -> None:
    y = survival_times(np.arange(1, 21), np.ones(20))
    assert (y["time"] > horizon(y)).mean() > 0.1
    assert (y["time"] > horizon(y) + 1).mean() <= 0.1
    outcome = SurvivalOutcome().known(y)
    assert (outcome.times[0], outcome.times[-1]) == (0, horizon(y))


def test_too_few_subjects_for_the_folds_are_refused(golden) -> None:
    y = Y.copy()
    y["event"][6:] = False
    with golden.error(ConfigurationError):
        SurvivalOutcome().strata(y, WHO, 5)
    with golden.error(ConfigurationError):
        NumberOutcome().strata(NUMBER[:4], WHO[:4], 3)
    folds = repeated_folds(np.zeros(60), WHO, folds=3, repeats=1)
    y["event"] = WHO < 3
    with golden.error(ConfigurationError):
        SurvivalOutcome().check_inner(y, WHO, folds, 3)
    with golden.error(ConfigurationError):
        NumberOutcome().check_inner(NUMBER, WHO, folds, 30)


def test_a_model_that_gives_something_else_is_refused(golden) -> None:
    with golden.error(ConfigurationError):
        cross_validate(RidgeCV(), TABLE, Y, WHO, outcome="survival")
    with golden.error(ConfigurationError):
        outcome_of("survivors")
