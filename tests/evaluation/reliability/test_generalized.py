import numpy as np
import pytest

from evaluation.reliability import icc
from evaluation.reliability.generalized import generalized_limits
from harmonize.errors import ConfigurationError


def simulate(n, k, truth, shift, repeats, seed):
    """Give subjects under fixed conditions that shift values by up to so many residual SDs."""
    rng = np.random.default_rng(seed)
    conditions = np.linspace(0, shift, k)
    subject_sd = np.sqrt(truth * (conditions.var(ddof=1) + 1) / (1 - truth))
    return subject_sd * rng.normal(size=(repeats, n, 1)) + rng.normal(size=(repeats, n, k)) + conditions


@pytest.mark.parametrize("shift", [0.0, 1.0, 4.0])
@pytest.mark.parametrize(("n", "k", "truth"), [(17, 2, 0.9), (17, 2, 0.5), (50, 2, 0.9), (17, 4, 0.9)])
def test_limits_cover_the_true_value_however_much_conditions_shift(n, k, truth, shift):
    values = simulate(n, k, truth, shift, repeats=2000, seed=3)
    result = icc(values, "A,1", interval="generalized")
    covered = np.mean((result.lower <= truth) & (truth <= result.upper))
    assert 0.93 <= covered <= 0.97
    np.testing.assert_array_equal(result.estimate, icc(values, "A,1").estimate)


def test_without_shift_they_are_much_like_those_of_mcgraw_and_wong_and_with_one_far_narrower():
    close, far = (simulate(17, 2, 0.9, shift, repeats=300, seed=4) for shift in (0.0, 3.0))
    widths = [
        [np.mean(result.upper - result.lower) for result in (icc(values), icc(values, interval="generalized"))]
        for values in (close, far)
    ]
    assert widths[0][1] == pytest.approx(widths[0][0], rel=0.15)
    assert widths[1][1] < 0.3 * widths[1][0]


def test_quantiles_equal_those_of_random_draws():
    """The same pivotal quantity with independent random numbers, a hundred times as many."""
    subjects, conditions, error, n, k = 20.0, 30.0, 1.0, 17, 3
    rng = np.random.default_rng(0)
    draws = 400_000
    residual = (n - 1) * (k - 1) * error / rng.chisquare((n - 1) * (k - 1), draws)
    between = ((n - 1) * subjects / rng.chisquare(n - 1, draws) - residual) / k
    kept = np.sqrt(np.maximum((k - 1) * conditions - residual * rng.chisquare(k - 2, draws), 0))
    shift = np.maximum(kept - np.sqrt(residual) * rng.normal(size=draws), 0) ** 2 / (n * (k - 1))
    expected = np.quantile(between / (between + shift + residual), [0.025, 0.975])
    parts = (np.array([part]) for part in (subjects, conditions, error, float(n)))
    found = generalized_limits(*parts, k=k, alpha=0.05)
    np.testing.assert_allclose(np.concatenate(found), expected, atol=0.004)


def test_laws():
    values = simulate(17, 3, 0.8, 1.0, repeats=5, seed=5)
    values[0, 3, 1] = np.nan
    result = icc(values, interval="generalized")
    assert result.n.tolist() == [16, 17, 17, 17, 17]
    assert (result.lower < result.estimate).all()
    assert (result.estimate < result.upper).all()
    for other in (values[:, ::-1], values[:, :, ::-1], 1e6 * values - 3e6, values[::-1]):
        again = icc(other, interval="generalized")
        np.testing.assert_allclose(np.sort(again.lower), np.sort(result.lower), rtol=1e-6)
    alone = icc(values[2], interval="generalized")
    assert (alone.lower, alone.upper) == (result.lower[2], result.upper[2])
    mean = icc(values, "A,k", interval="generalized")
    np.testing.assert_allclose(mean.lower, 3 * result.lower / (1 + 2 * result.lower))
    exact = icc(values, "C,1")
    np.testing.assert_array_equal(icc(values, "C,1", interval="generalized").lower, exact.lower)


def test_negative_agreement_has_limits_about_it():
    rng = np.random.default_rng(6)
    x = rng.normal(size=12)
    result = icc(np.stack([x, -x + 0.5 * rng.normal(size=12)], axis=-1), interval="generalized")
    assert result.lower < result.estimate < result.upper < 0


def test_without_residual_the_limits_are_those_of_subjects_and_conditions_alone():
    values = np.arange(10.0)[:, None] + np.array([0.0, 0.0])
    result = icc(values, interval="generalized")
    assert (result.estimate, result.lower, result.upper) == (1, 1, 1)


def test_other_names_are_refused(golden):
    with golden.error(ConfigurationError):
        icc([[1, 2], [3, 4]], interval="generalised")
