import numpy as np
import pytest

from evaluation.reliability.bootstrap import bootstrap as of_subjects
from evaluation.reliability.icc import icc
from harmonize.errors import ConfigurationError


def estimate(values):
    return icc(values, level=None).estimate


def bootstrap(statistic, values, **options):
    return of_subjects(lambda subjects: statistic(values[..., subjects, :]), values.shape[-2], **options)


def overall_mean(values):
    return values.mean()


def made_up(seed, lead=(), n=17, k=2, noise=0.4):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(*lead, n, 1)) + noise * rng.normal(size=(*lead, n, k))


def test_intervals_agree_with_scipy():
    # scipy.stats.bootstrap of SciPy 1.17 with 400,000 resamples of these subject means.
    subject_means = np.random.default_rng(1).lognormal(0, 1, 40)
    ours = bootstrap(overall_mean, np.stack([subject_means] * 2, -1), n_resamples=20000)

    assert (float(ours.lower), float(ours.upper)) == pytest.approx((1.0565, 2.0821), rel=0.02)


def test_the_same_seed_gives_the_same_interval_and_another_one_another():
    values = made_up(2)
    first, second, third = (bootstrap(estimate, values, n_resamples=200, seed=seed) for seed in (5, 5, 6))

    assert (first.lower, first.upper) == (second.lower, second.upper)
    assert first.lower != third.lower


def test_all_features_of_a_subject_move_together():
    values = made_up(3, (4,))
    together = bootstrap(estimate, values, n_resamples=200)

    for index in range(4):
        alone = bootstrap(estimate, values[index], n_resamples=200)
        assert together.lower[index] == pytest.approx(float(alone.lower), rel=1e-9)
        assert together.upper[index] == pytest.approx(float(alone.upper), rel=1e-9)
    # Copies of a feature carry no information: a subject is drawn with all of it.
    copies = bootstrap(lambda v: estimate(v).mean(), np.stack([values[0]] * 5), n_resamples=200)
    assert copies.upper - copies.lower == pytest.approx(float(together.upper[0] - together.lower[0]), rel=1e-9)


def test_missing_subjects_stay_missing_in_their_feature():
    values = made_up(4, (2,))
    values[0, :16] = np.nan
    result = bootstrap(estimate, values, n_resamples=400)

    assert result.n_valid[0] < result.n_valid[1] == 400
    assert np.isnan([result.lower[0], result.upper[0]]).all()
    assert result.lower[1] < result.estimate[1] < result.upper[1]


def test_a_feature_without_estimate_has_no_interval():
    values = np.stack([made_up(5), np.ones((17, 2))])
    result = bootstrap(estimate, values, n_resamples=200)

    assert np.isnan([result.estimate[1], result.lower[1], result.upper[1]]).all()
    assert result.n_valid[1] == 0


def test_a_share_of_none_is_none_in_every_resample():
    values = np.random.default_rng(6).normal(size=(10, 17, 2))
    result = bootstrap(lambda v: np.mean(estimate(v) > 0.999), values, n_resamples=200)

    assert (result.estimate, result.lower, result.upper) == (0, 0, 0)


@pytest.mark.parametrize(
    "options",
    [
        {"n_resamples": 10},
        {"level": 95},
    ],
)
def test_unknown_options_are_refused(options, golden):
    with golden.error(ConfigurationError):
        bootstrap(estimate, made_up(1), **options)


def test_one_subject_is_refused(golden):
    with golden.error(ConfigurationError):
        bootstrap(estimate, made_up(1, n=1))
