import numpy as np
import pytest

from evaluation.survival.brier import brier_losses, over_time
from evaluation.survival.times import uncensored

TIMES = np.array([30, 100, 300, 600, 1000.0])


def test_the_integrated_score_is_that_of_scikit_survival(heart) -> None:
    y, time, event = heart.untied, heart.untied["time"], heart.untied["event"]
    survival = np.exp(-np.outer(np.exp(0.5 * heart.age), TIMES / 800))
    seen, still = uncensored(time, event, time, before=True), uncensored(time, event, TIMES)
    losses = brier_losses(y, survival, TIMES, seen, still)
    # integrated_brier_score(y, y, survival, TIMES) of scikit-survival 0.28.0
    assert over_time(losses.mean(axis=0), TIMES) == pytest.approx(0.24058082340408796, abs=1e-14)


def test_without_censoring_it_is_the_mean_squared_error(heart) -> None:
    y = heart.untied.copy()
    y["event"] = True
    survival = np.exp(-np.outer(np.exp(0.5 * heart.age), TIMES / 800))
    losses = brier_losses(y, survival, TIMES, np.ones(69), np.ones(5))
    np.testing.assert_allclose(losses, (survival - (y["time"][:, None] > TIMES)) ** 2)
