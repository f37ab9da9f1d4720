"""The location and scale model of ComBat on plain arrays, from the moments of the batches."""

from dataclasses import dataclass

import numpy as np

from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.combat import empirical_bayes
from harmonize.combat.empirical_bayes import Priors
from harmonize.combat.moments import BatchMoments
from harmonize.errors import ConfigurationError


@dataclass(frozen=True)
class Options:
    """Which ComBat is meant; the same four choices as in `ComBat`, documented there."""

    parametric: bool = True
    mean_only: bool = False
    empirical_bayes: bool = True
    tolerance: float | None = None


@dataclass(frozen=True)
class LocationScale:
    """What ComBat has learned about the batches; the names are those of the literature and of R `sva`.

    Parameters
    ----------
    grand_mean, pooled_variance : ndarray of float64, shape (n_features,)
        What features are standardized by: the mean that all batches are brought to (of the reference batch where
        there is one) and the residual variance, in units of the feature and squared units.
    gamma_hat, delta_hat : ndarray of float64, shape (n_batches, n_features)
        Location and squared scale of each batch, standardized.
    gamma_star, delta_star : ndarray of float64, shape (n_batches, n_features)
        The same after empirical Bayes: what is taken out.
    untouched : ndarray of bool, shape (n_features,)
        Features that pass unchanged because they do not vary within some batch; their location is 0, their scale 1.
    priors : Priors or None
        `None` without empirical Bayes.
    reference : int or None
        The batch that stays as it is.
    """

    grand_mean: FloatArray
    pooled_variance: FloatArray
    gamma_hat: FloatArray
    delta_hat: FloatArray
    gamma_star: FloatArray
    delta_star: FloatArray
    untouched: BoolArray
    priors: Priors | None
    reference: int | None

    def apply(self, values: FloatArray, codes: IntArray, *, overwrite: bool = False) -> FloatArray:
        """Take the batch effects out of rows: one affine map per batch.

        Parameters
        ----------
        values : ndarray of float64, shape (n_rows, n_features)
            Free of covariate effects; NaN stays NaN.
        codes : ndarray of int, shape (n_rows,)
            Batch of each row.
        overwrite : bool
            Put the result in the place of `values`, which spares a large table half of the time.
        """
        shifted = self.grand_mean + np.sqrt(self.pooled_variance) * self.gamma_star
        out = values if overwrite else values.copy()
        return self._map(out, codes, shifted, 1.0 / np.sqrt(self.delta_star), self.grand_mean)

    def invert(self, values: FloatArray, codes: IntArray) -> FloatArray:
        """Put the batch effects back into rows that `apply` took them out of."""
        shifted = self.grand_mean + np.sqrt(self.pooled_variance) * self.gamma_star
        grand_mean = np.broadcast_to(self.grand_mean, shifted.shape)
        return self._map(values.copy(), codes, grand_mean, np.sqrt(self.delta_star), shifted)

    def restored(self, out: FloatArray, values: FloatArray, codes: IntArray) -> FloatArray:
        """Give back bit by bit what shall stay: untouched features, and the rows of a reference."""
        out[:, self.untouched] = values[:, self.untouched]
        if self.reference is not None:
            rows = codes == self.reference
            out[rows] = values[rows]
        return out

    def _map(
        self, out: FloatArray, codes: IntArray, origin: FloatArray, factor: FloatArray, target: FloatArray
    ) -> FloatArray:
        """Map rows in place, one after the other, since a row stays in the processor's cache."""
        target = np.broadcast_to(target, origin.shape)
        passing = np.flatnonzero(self.untouched)
        as_they_were = out[:, passing]
        for row, batch in zip(out, codes.tolist(), strict=True):
            if batch != self.reference:
                row -= origin[batch]
                row *= factor[batch]
                row += target[batch]
        out[:, passing] = as_they_were
        return out


def standardization(moments: BatchMoments, reference: int | None) -> tuple[FloatArray, FloatArray]:
    """Give what ComBat standardizes features by: grand mean and residual variance, or those of the reference batch.

    Returns
    -------
    grand_mean, variance : ndarray of float64, shape (n_features,)
        The mean over all rows and the variance within batches, both divided by the number of values.
    """
    count, mean = moments.count, moments.mean
    if reference is not None:
        return mean[reference], moments.squares[reference] / count[reference]
    total = count.sum(axis=0)
    # About the first batch, so that a large common offset costs no digits.
    return mean[0] + (count * (mean - mean[0])).sum(axis=0) / total, moments.squares.sum(axis=0) / total


def fit_location_scale(
    moments: BatchMoments,
    grand_mean: FloatArray,
    variance: FloatArray,
    untouched: BoolArray,
    options: Options,
    reference: int | None = None,
) -> LocationScale:
    """Fit the model from the moments of batches whose rows are free of covariate effects.

    Parameters
    ----------
    moments : BatchMoments
        Every batch has one value or more of every feature that is not `untouched`, two unless `mean_only`.
    grand_mean, variance : ndarray of float64, shape (n_features,)
        What features are standardized by (see `standardization`).
    untouched : ndarray of bool, shape (n_features,)
        Features left out of the estimation and of the priors.
    options : Options
        Which ComBat.
    reference : int, optional
        The batch the others are brought to.

    Raises
    ------
    ConfigurationError
        When fewer than two features are left to estimate the priors from.
    """
    used = np.flatnonzero(~untouched)
    count, mean, squares = moments.count, moments.mean, moments.squares
    if untouched.any():
        # `take` keeps a batch contiguous in memory, which indexing with [:, used] does not.
        count, mean, squares = (part.take(used, axis=1) for part in (count, mean, squares))
        grand_mean, variance = grand_mean[used], variance[used]
    gamma_hat = (mean - grand_mean) / np.sqrt(variance)
    standardized = squares / variance
    delta_hat = np.ones_like(standardized) if options.mean_only else standardized / (count - 1.0)
    gamma_star, delta_star, priors = gamma_hat.copy(), delta_hat.copy(), None
    if options.empirical_bayes and used.size == 1:
        raise ConfigurationError(
            "empirical Bayes learns what features have in common, and only one feature varies in every batch; "
            "use empirical_bayes=False"
        )
    if options.empirical_bayes and used.size:
        priors = empirical_bayes.method_of_moments(gamma_hat, delta_hat)
        others = slice(None) if reference is None else np.delete(np.arange(len(gamma_hat)), reference)
        of_others = Priors(*(part[others] for part in vars(priors).values()))
        gamma_star[others], delta_star[others] = _shrink(
            gamma_hat[others], delta_hat[others], standardized[others], count[others], of_others, options
        )
    if reference is not None:
        gamma_star[reference], delta_star[reference] = 0.0, 1.0
    n_features = len(untouched)
    return LocationScale(
        _spread(grand_mean, used, n_features, 0.0),
        _spread(variance, used, n_features, 0.0),
        _spread(gamma_hat, used, n_features, 0.0),
        _spread(delta_hat, used, n_features, 1.0),
        _spread(gamma_star, used, n_features, 0.0),
        _spread(delta_star, used, n_features, 1.0),
        untouched,
        priors,
        reference,
    )


def _shrink(
    gamma_hat: FloatArray,
    delta_hat: FloatArray,
    squares: FloatArray,
    count: FloatArray,
    priors: Priors,
    options: Options,
) -> tuple[FloatArray, FloatArray]:
    """Find location and squared scale of several batches, (n_batches, n_features)."""
    if not options.parametric:
        of_each = zip(gamma_hat, delta_hat, squares, count, strict=True)
        found = [empirical_bayes.nonparametric(*one) for one in of_each]
        return np.stack([one for one, _ in found]), np.stack([one for _, one in found])
    if options.mean_only:
        # As in sva, one value of unit variance stands for the batch, whatever its number of rows.
        prior_mean, prior_variance = priors.gamma_bar[:, None], priors.tau2[:, None]
        shifted = empirical_bayes.posterior_location(gamma_hat, 1.0, 1.0, prior_mean, prior_variance)
        return shifted, np.ones_like(shifted)
    return empirical_bayes.parametric_rows(gamma_hat, delta_hat, squares, count, priors, options.tolerance)


def _spread(array: FloatArray, used: IntArray, n_features: int, fill: float) -> FloatArray:
    if array.shape[-1] == n_features:
        return array
    out = np.full((*array.shape[:-1], n_features), fill)
    out[..., used] = array
    return out
