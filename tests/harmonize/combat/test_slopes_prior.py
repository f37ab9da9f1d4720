import numpy as np
import pytest

from harmonize.combat.slopes_prior import shrunken_slopes

UNIT = np.array([[0.5, 0.2], [0.2, 0.3]])


def drawn(rng, spread, n=4000):
    """Draw slopes around (1, -2), and what is estimated of them."""
    truth = np.array([[1.0], [-2.0]]) + np.linalg.cholesky(spread) @ rng.normal(size=(2, n))
    noise = rng.uniform(0.5, 2.0, n)
    return truth, truth + np.linalg.cholesky(UNIT) @ rng.normal(size=(2, n)) * np.sqrt(noise), noise


def test_one_column_is_the_estimator_of_efron_and_morris():
    """By hand: variance 2 of the slopes less an error of 1 leaves 1, so that each is drawn half of the way."""
    posterior, prior = shrunken_slopes(np.array([[1.0, 3.0]]), np.eye(1), np.ones(2))
    np.testing.assert_allclose(posterior, [[1.5, 2.5]])
    np.testing.assert_allclose((prior.mean[0], prior.covariance[0, 0]), (2.0, 1.0))


def test_the_prior_is_found_and_the_posterior_is_that_of_bayes():
    spread = np.array([[0.6, -0.1], [-0.1, 0.2]])
    truth, found, noise = drawn(np.random.default_rng(0), spread)
    posterior, prior = shrunken_slopes(found, UNIT, noise)
    np.testing.assert_allclose(prior.mean, [1.0, -2.0], atol=0.05)
    np.testing.assert_allclose(prior.covariance, spread, atol=0.05)
    one = 17
    weight = prior.covariance @ np.linalg.inv(prior.covariance + noise[one] * UNIT)
    np.testing.assert_allclose(posterior[:, one], prior.mean + weight @ (found[:, one] - prior.mean), rtol=1e-9)
    assert ((posterior - truth) ** 2).mean() < 0.6 * ((found - truth) ** 2).mean()


def test_it_does_not_depend_on_the_coding():
    _, found, noise = drawn(np.random.default_rng(1), np.diag([0.3, 0.0001]), n=12)
    change = np.array([[2.0, 1.0], [0.0, -5.0]])
    plain, prior = shrunken_slopes(found, UNIT, noise)
    other, of_other = shrunken_slopes(change @ found, change @ UNIT @ change.T, noise)
    np.testing.assert_allclose(other, change @ plain, rtol=1e-9)
    np.testing.assert_allclose(of_other.covariance, change @ prior.covariance @ change.T, rtol=1e-9)


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_features_that_do_not_differ_beyond_error_get_their_mean(noise):
    posterior, prior = shrunken_slopes(np.full((1, 5), 2.0), np.eye(1), np.full(5, noise))
    np.testing.assert_array_equal(posterior, np.full((1, 5), 2.0))
    assert prior.covariance[0, 0] == 0.0
