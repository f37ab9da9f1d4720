import numpy as np
import pytest

from evaluation.survival.times import kaplan_meier, survival_times, uncensored
from harmonize.errors import ConfigurationError


def test_kaplan_meier_is_that_of_r_and_of_lifelines(heart) -> None:
    found = kaplan_meier(heart.y["time"], heart.y["event"], [13, 54, 339])  # survival 3.5-3: survfit
    np.testing.assert_allclose(found, [0.926877470355731, 0.684965168708634, 0.432486615910529], rtol=1e-14)
    found = kaplan_meier(heart.y["time"], heart.y["event"], [30, 300, 1000])  # lifelines 0.30.3
    np.testing.assert_allclose(found, [0.8371796506438862, 0.44978608054694996, 0.26652134476962297], rtol=1e-14)


def test_watching_times_surviving_is_the_share_that_is_left(heart) -> None:
    time, event = heart.untied["time"], heart.untied["event"]
    at = np.array([40.5, 200.5, 900.5])
    left = [(time > one).mean() for one in at]
    np.testing.assert_allclose(kaplan_meier(time, event, at) * uncensored(time, event, at), left, rtol=1e-12)


@pytest.mark.parametrize(
    ("time", "event"),
    [([1.0, np.nan], [1, 0]), ([1.0, -1.0], [1, 0]), ([1.0, 2.0], [1, 2]), ([1.0], [1, 0])],
)
def test_what_is_no_time_or_event_is_refused(time, event, golden) -> None:
    with golden.error(ConfigurationError):
        survival_times(time, event)
