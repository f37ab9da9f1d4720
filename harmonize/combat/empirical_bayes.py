"""Empirical Bayes of ComBat: location and scale of a batch, drawn towards what its features have in common.

Everything works on arrays over the features of a batch. The prior of a batch is estimated *across
the features within that batch*.

References
----------
Johnson, Li & Rabinovic 2007, Biostatistics 8(1), 118-127, doi:10.1093/biostatistics/kxj037.
"""

from dataclasses import dataclass

import numpy as np

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ConfigurationError

SVA_TOLERANCE = 1e-4
MAX_ITERATIONS = 10_000
_NEAR = 10_000  # values that are iterated at once: few enough to stay near the processor
_BLOCK = 64  # features whose weights against all others are held at once


@dataclass(frozen=True)
class Priors:
    """What the features of each batch have in common, by the method of moments.

    Parameters
    ----------
    gamma_bar, tau2 : ndarray of float64, shape (n_batches,)
        Mean and variance of the normal prior of the location.
    delta_bar, delta_variance : ndarray of float64, shape (n_batches,)
        Mean and variance of the inverse gamma prior of the squared scale.
    """

    gamma_bar: FloatArray
    tau2: FloatArray
    delta_bar: FloatArray
    delta_variance: FloatArray

    @property
    def a(self) -> FloatArray:
        """Shape of the inverse gamma prior, `a.prior` of sva; infinite where all features have the same scale."""
        with np.errstate(divide="ignore"):
            return 2.0 + self.delta_bar**2 / self.delta_variance

    @property
    def b(self) -> FloatArray:
        """Scale of the inverse gamma prior, `b.prior` of sva; infinite where all features have the same scale."""
        with np.errstate(divide="ignore"):
            return self.delta_bar + self.delta_bar**3 / self.delta_variance


def method_of_moments(gamma_hat: FloatArray, delta_hat: FloatArray) -> Priors:
    """Estimate the priors of every batch.

    Parameters
    ----------
    gamma_hat, delta_hat : ndarray of float64, shape (n_batches, n_features)
        Location and squared scale of the standardized features; two features or more.
    """
    return Priors(
        gamma_hat.mean(axis=1), gamma_hat.var(axis=1, ddof=1), delta_hat.mean(axis=1), delta_hat.var(axis=1, ddof=1)
    )


def posterior_location(
    gamma_hat: FloatArray,
    delta: FloatArray | float,
    count: FloatArray | float,
    gamma_bar: FloatArray | float,
    tau2: FloatArray | float,
) -> FloatArray:
    """Give the posterior mean of the location, given the squared scale.

    Examples
    --------
    >>> import numpy as np
    >>> posterior_location(np.array([1.0, -1.0]), 1.0, 9.0, gamma_bar=0.0, tau2=1.0)
    array([ 0.9, -0.9])
    """
    return (tau2 * count * gamma_hat + delta * gamma_bar) / (tau2 * count + delta)


def parametric_rows(
    gamma_hat: FloatArray,
    delta_hat: FloatArray,
    squares: FloatArray,
    count: FloatArray,
    priors: Priors,
    tolerance: float | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Find posterior location and squared scale of batches under the normal and inverse gamma priors.

    Each batch is iterated until it settles by itself.

    Parameters
    ----------
    gamma_hat, delta_hat, squares, count : ndarray of float64, shape (n_batches, n_features)
        Location, squared scale, sum of squares about the location, and number of values of the standardized
        features.
    priors : Priors
        Of these batches.
    tolerance : float, optional
        `None` stops as R `sva` does: when the largest change of any feature, divided by its old value *with its
        sign*, is not above 1e-4. A number stops when no location (in units of the pooled standard deviation) and no
        squared scale (relatively) changes by more.

    Returns
    -------
    gamma_star, delta_star : ndarray of float64, shape (n_batches, n_features)

    Raises
    ------
    ConfigurationError
        When the iteration of any batch does not settle.

    Notes
    -----
    With m and s2 the prior mean and variance of the squared scale, its posterior mean is
    (sum2/2 + b)/(n/2 + a - 1) = (s2 sum2/2 + m s2 + m^3)/(s2 n/2 + s2 + m^2), which also holds where s2 is 0;
    sum2, the sum of squares about the new location, is that about the old one plus n times the squared move.
    """
    gamma_star, delta_star = np.empty_like(gamma_hat), np.empty_like(delta_hat)
    step = max(1, _NEAR // max(gamma_hat.shape[1], 1))
    for start in range(0, len(gamma_hat), step):
        few = slice(start, start + step)
        values = gamma_hat[few], delta_hat[few], squares[few], count[few]
        of_few = Priors(*(part[few] for part in vars(priors).values()))
        _iterate(*values, of_few, tolerance, (gamma_star[few], delta_star[few]))
    return gamma_star, delta_star


def _iterate(
    gamma_hat: FloatArray,
    delta_hat: FloatArray,
    squares: FloatArray,
    count: FloatArray,
    priors: Priors,
    tolerance: float | None,
    found: tuple[FloatArray, FloatArray],
) -> None:
    """Do so for some batches, and put what is found where it belongs."""
    gamma_bar, tau2, m, s2 = (
        part[:, None] for part in (priors.gamma_bar, priors.tau2, priors.delta_bar, priors.delta_variance)
    )
    if (count == count[:, :1]).all():
        count = count[:, :1]
    denominator = 0.5 * s2 * count + (s2 + m * m)
    fixed = (0.5 * s2 * squares + (m * s2 + m**3)) / denominator
    per_square = 0.5 * s2 * count / denominator
    weight = tau2 * count
    weighted = weight * gamma_hat
    rows = np.arange(len(gamma_hat))
    gamma, delta, spare = gamma_hat, delta_hat, np.empty_like(gamma_hat)
    for _ in range(MAX_ITERATIONS):
        gamma_new = delta * gamma_bar
        gamma_new += weighted
        gamma_new /= np.add(weight, delta, out=spare)
        delta_new = gamma_hat - gamma_new
        delta_new *= delta_new
        delta_new *= per_square
        delta_new += fixed
        settled = _settled(gamma, gamma_new, delta, delta_new, tolerance, spare)
        gamma, delta = gamma_new, delta_new
        if settled.any():
            for out, part in zip(found, (gamma, delta), strict=True):
                out[rows[settled]] = part[settled]
            if settled.all():
                return
            left = ~settled
            rows, gamma, delta, spare = rows[left], gamma[left], delta[left], spare[left]
            gamma_hat, fixed, per_square = gamma_hat[left], fixed[left], per_square[left]
            weight, weighted, gamma_bar = weight[left], weighted[left], gamma_bar[left]
    raise ConfigurationError(
        f"empirical Bayes did not settle in {MAX_ITERATIONS} iterations with tolerance {tolerance}; "
        "choose a larger tolerance, or empirical_bayes=False"
    )


def _settled(
    gamma: FloatArray,
    gamma_new: FloatArray,
    delta: FloatArray,
    delta_new: FloatArray,
    tolerance: float | None,
    spare: FloatArray,
) -> BoolArray:
    """Tell which rows have settled."""
    limit = SVA_TOLERANCE if tolerance is None else tolerance
    change = np.abs(np.subtract(delta_new, delta, out=spare), out=spare)
    change /= delta
    settled: BoolArray = change.max(axis=1) <= limit
    if not settled.any():
        return settled
    change = np.abs(np.subtract(gamma_new, gamma, out=spare), out=spare)
    if tolerance is None:
        with np.errstate(divide="ignore", invalid="ignore"):
            change /= gamma
    settled &= ~(change > limit).any(axis=1)  # 0/0, a location that stays 0, is no change
    return settled


def nonparametric(
    gamma_hat: FloatArray, delta_hat: FloatArray, squares: FloatArray, count: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Find posterior location and squared scale of one batch with the other features as the prior.

    The posterior of a feature is the mean of all other features' (location, squared scale) pairs, each weighted by
    the likelihood of this feature's values under it. The weights are taken in log space and relative to the largest,
    so that they do not underflow however many rows the batch has.

    Parameters
    ----------
    gamma_hat, delta_hat, squares, count : ndarray of float64, shape (n_features,)
        As for `parametric`.

    Returns
    -------
    gamma_star, delta_star : ndarray of float64, shape (n_features,)

    Examples
    --------
    >>> import numpy as np
    >>> two = np.array([0.5, -0.5]), np.array([1.0, 2.0]), np.array([9.0, 18.0]), np.array([1e4, 1e4])
    >>> nonparametric(*two)
    (array([-0.5,  0.5]), array([2., 1.]))
    """
    gamma_star, delta_star = np.empty_like(gamma_hat), np.empty_like(delta_hat)
    # count (gamma - gamma')^2 + squares, times precision' and less count log scale', is a product of three columns.
    precision = -0.5 / delta_hat
    others = np.array([precision * gamma_hat**2 - 0.5 * np.log(delta_hat), precision * gamma_hat, precision])
    own_part = np.column_stack([count, -2.0 * count * gamma_hat, count * gamma_hat**2 + squares])
    averaged = np.column_stack([np.ones_like(gamma_hat), gamma_hat, delta_hat])
    for start in range(0, len(gamma_hat), _BLOCK):
        block = slice(start, start + _BLOCK)
        weights = own_part[block] @ others
        own = np.arange(start, start + len(weights))
        weights[own - start, own] = -np.inf
        weights -= weights.max(axis=1, keepdims=True)
        np.exp(weights, out=weights)
        total, of_gamma, of_delta = (weights @ averaged).T
        gamma_star[block], delta_star[block] = of_gamma / total, of_delta / total
    return gamma_star, delta_star
