import numpy as np
import pytest
from scipy import integrate, stats

from harmonize.combat.empirical_bayes import (
    Priors,
    method_of_moments,
    nonparametric,
    parametric_rows,
)
from harmonize.errors import ConfigurationError


def batch(seed=0, n_features=20, n_rows=15):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n_features) + rng.uniform(0.5, 2, n_features) * rng.normal(size=(n_rows, n_features))
    gamma, squares = z.mean(axis=0), ((z - z.mean(axis=0)) ** 2).sum(axis=0)
    return z, gamma, squares / (n_rows - 1), squares, np.full(n_features, float(n_rows))


def parametric(gamma, delta, squares, count, priors, number, tolerance=None):
    """Give the estimates of one batch."""
    own = Priors(*(part[[number]] for part in vars(priors).values()))
    found = parametric_rows(gamma[None], delta[None], squares[None], count[None], own, tolerance)
    return found[0][0], found[1][0]


def test_priors_have_the_moments_of_the_features():
    """The inverse gamma distribution with a and b has the mean and variance it was matched to."""
    _, gamma, delta, _, _ = batch()
    priors = method_of_moments(gamma[None], delta[None])
    prior = stats.invgamma(priors.a[0], scale=priors.b[0])
    assert prior.mean() == pytest.approx(delta.mean())
    assert prior.var() == pytest.approx(delta.var(ddof=1))
    assert (priors.gamma_bar[0], priors.tau2[0]) == pytest.approx((gamma.mean(), gamma.var(ddof=1)))


def test_parametric_conditional_means_by_integration():
    """Each estimate is the mean of its conditional posterior given the other, found here by quadrature."""
    z, gamma, delta, squares, count = batch()
    priors = method_of_moments(gamma[None], delta[None])
    gamma_star, delta_star = parametric(gamma, delta, squares, count, priors, 0, tolerance=1e-13)
    x = z[:, 4]

    def location(g):
        return np.exp(
            -((x - g) ** 2).sum() / (2 * delta_star[4]) - (g - priors.gamma_bar[0]) ** 2 / (2 * priors.tau2[0])
        )

    around = (gamma_star[4] - 5, gamma_star[4] + 5)
    mean = integrate.quad(lambda g: g * location(g), *around)[0] / integrate.quad(location, *around)[0]
    assert gamma_star[4] == pytest.approx(mean, rel=1e-8)

    def scale(d):
        likelihood = d ** (-len(x) / 2) * np.exp(-((x - gamma_star[4]) ** 2).sum() / (2 * d))
        return likelihood * stats.invgamma.pdf(d, priors.a[0], scale=priors.b[0])

    mean = integrate.quad(lambda d: d * scale(d), 0, 100)[0] / integrate.quad(scale, 0, 100)[0]
    assert delta_star[4] == pytest.approx(mean, rel=1e-6)


def test_the_rule_of_sva_divides_by_the_signed_old_value():
    """With negative locations its change in location never counts, so that it stops earlier than with positive ones."""
    _, gamma, delta, squares, count = batch()
    gamma = np.abs(gamma) + 0.5
    exact = parametric(gamma, delta, squares, count, method_of_moments(gamma[None], delta[None]), 0, 1e-14)[0]
    priors = method_of_moments(gamma[None], delta[None])
    positive = parametric(gamma, delta, squares, count, priors, 0)[0]
    mirrored = Priors(-priors.gamma_bar, priors.tau2, priors.delta_bar, priors.delta_variance)
    negative = -parametric(-gamma, delta, squares, count, mirrored, 0)[0]
    assert 0 < np.abs(positive - exact).max() < 1e-4
    assert np.abs(positive - exact).max() <= np.abs(negative - exact).max() < 1e-3


def test_nonparametric_equals_the_products_of_likelihoods():
    z, gamma, delta, squares, count = batch()
    gamma_star, delta_star = nonparametric(gamma, delta, squares, count)
    for i in range(z.shape[1]):
        others = np.arange(z.shape[1]) != i
        weights = stats.norm.pdf(z[:, i][:, None], gamma[others], np.sqrt(delta[others])).prod(axis=0)
        assert gamma_star[i] == pytest.approx((weights * gamma[others]).sum() / weights.sum(), rel=1e-12)
        assert delta_star[i] == pytest.approx((weights * delta[others]).sum() / weights.sum(), rel=1e-12)


def test_nonparametric_is_the_same_across_blocks_of_features():
    _, gamma, delta, squares, count = batch(n_features=150)
    order = np.random.default_rng(0).permutation(150)
    whole = nonparametric(gamma, delta, squares, count)
    shuffled = nonparametric(gamma[order], delta[order], squares[order], count[order])
    np.testing.assert_allclose(shuffled, np.array(whole)[:, order], rtol=1e-11)


def test_an_iteration_that_does_not_settle_is_an_error(golden):
    _, gamma, delta, squares, count = batch()
    priors = method_of_moments(gamma[None], delta[None])
    with golden.error(ConfigurationError):
        parametric(gamma, delta * np.nan, squares, count, priors, 0, 1e-10)


def test_many_batches_at_once_settle_each_by_itself():
    rng = np.random.default_rng(8)
    gamma, delta = rng.normal(size=(5, 30)), rng.gamma(4, 0.3, (5, 30)) * np.array([[1], [3], [0.2], [1], [9]])
    count = np.full(delta.shape, 12.0)
    priors = method_of_moments(gamma, delta)
    together = parametric_rows(gamma, delta, 11 * delta, count, priors)
    for batch in range(5):
        alone = parametric(gamma[batch], delta[batch], 11 * delta[batch], count[batch], priors, batch)
        np.testing.assert_array_equal([part[batch] for part in together], alone)
