import numpy as np
import pytest

from evaluation.reliability.icc import icc
from selection.sweep.prediction_reliability import prediction_reliability
from selection.sweep.repeats import Repeats


@pytest.fixture
def cohort():
    rng = np.random.default_rng(0)
    subjects = np.repeat([f"S{i:02}" for i in range(30)], 3)
    conditions = np.tile(["a", "b", "c"], 30)
    truth = np.repeat(rng.normal(size=30), 3)
    positive = 1 / (1 + np.exp(-(truth + 0.5 * rng.normal(size=(2, 90)))))
    return Repeats.of(subjects, conditions), np.stack([1 - positive, positive], axis=-1), positive


def test_is_the_icc_of_the_second_class_averaged_over_repeats(cohort):
    repeats, probability, positive = cohort
    expected = icc(positive.reshape(2, 30, 3), "A,1", None).estimate.mean()
    found = prediction_reliability(probability, repeats, n_resamples=200)
    assert found.estimate == pytest.approx(expected, rel=1e-12)
    assert found.lower < found.estimate < found.upper
    assert (str(found.status), found.n) == ("ok", 30)


def test_the_first_class_gives_the_same(cohort):
    repeats, probability, _ = cohort
    one, other = (prediction_reliability(p, repeats, n_resamples=100) for p in (probability, probability[..., ::-1]))
    assert one.estimate == pytest.approx(float(other.estimate), rel=1e-9)


def test_the_interval_is_about_that_of_a_single_repeat(cohort):
    repeats, probability, positive = cohort
    found = prediction_reliability(probability[:1], repeats, n_resamples=2000)
    limits = icc(positive[0].reshape(30, 3))
    assert found.lower == pytest.approx(limits.lower, abs=0.1)
    assert found.upper == pytest.approx(limits.upper, abs=0.1)


def test_leading_axes_are_thresholds(cohort):
    repeats, probability, _ = cohort
    both = prediction_reliability(np.stack([probability, np.full_like(probability, np.nan)]), repeats, n_resamples=100)
    alone = prediction_reliability(probability, repeats, n_resamples=100)
    assert both.estimate[0] == alone.estimate
    assert both.lower[0] == alone.lower
    assert np.isnan(both.estimate[1])
    assert both.status.tolist() == ["ok", "too_few"]


def test_equal_predictions_for_all_have_no_reliability(cohort):
    repeats, probability, _ = cohort
    found = prediction_reliability(np.full_like(probability, 0.5), repeats, n_resamples=100)
    assert np.isnan(found.estimate)
    assert str(found.status) == "constant"


def test_lesions_of_a_subject_are_drawn_together():
    """Two equal lesions a subject are no more information than one: the interval must not shrink."""
    rng = np.random.default_rng(1)
    truth = np.repeat(rng.normal(size=20), 2)
    one = 1 / (1 + np.exp(-(truth + 0.7 * rng.normal(size=40))))
    subjects, conditions = np.repeat([f"S{i:02}" for i in range(20)], 2), np.tile(["1", "2"], 20)
    single = prediction_reliability(
        np.stack([1 - one, one], axis=-1)[None], Repeats.of(subjects, conditions), n_resamples=1000
    )
    twice = np.tile(one, 2)
    units = Repeats.of(np.tile(subjects, 2), np.tile(conditions, 2), np.repeat(["x", "y"], 40))
    double = prediction_reliability(np.stack([1 - twice, twice], axis=-1)[None], units, n_resamples=1000)
    assert double.n == 40
    assert double.upper - double.lower == pytest.approx(float(single.upper - single.lower), rel=0.1)


def test_units_that_lack_a_condition_do_not_count(cohort):
    _, probability, positive = cohort
    subjects, conditions = np.repeat([f"S{i:02}" for i in range(30)], 3)[:-1], np.tile(["a", "b", "c"], 30)[:-1]
    found = prediction_reliability(probability[:, :-1], Repeats.of(subjects, conditions), n_resamples=100)
    assert found.n == 29
    expected = icc(positive.reshape(2, 30, 3)[:, :29], "A,1", None).estimate.mean()
    assert found.estimate == pytest.approx(expected, rel=1e-12)
