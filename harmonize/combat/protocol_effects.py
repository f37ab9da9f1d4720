"""Effects of protocol parameters on location and scale of many features, on plain arrays."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from harmonize.arrays import FloatArray
from harmonize.combat.moments import batch_moments
from harmonize.combat.reader import Reader
from harmonize.combat.slopes_prior import SlopesPrior, shrunken_slopes
from harmonize.errors import ConfigurationError

_NOTHING_LEFT = 1e-20
"""Share of a feature's variance below which parameters and covariates explain all of it."""

_EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class ProtocolEffects:
    """What a regression on the protocol has found, all design columns relative to the reference protocol.

    Parameters
    ----------
    intercept, deviation : ndarray of float64, shape (n_features,)
        Value at the reference where all covariates are 0, and residual standard deviation; 0 for features that pass
        unchanged, since they are constant or explained without a rest.
    coefficients : ndarray of float64, shape (n_covariate_columns, n_features)
        Effects that are kept.
    slopes, scale_slopes : ndarray of float64, shape (n_protocol_columns, n_features)
        Effects on location, in residual standard deviations, and on the logarithm of the variance; after empirical
        Bayes.
    priors : tuple of SlopesPrior
        Of location and, if modelled, scale; empty without empirical Bayes.
    """

    intercept: FloatArray
    deviation: FloatArray
    coefficients: FloatArray
    slopes: FloatArray
    scale_slopes: FloatArray
    priors: tuple[SlopesPrior, ...] = ()

    def apply(self, values: FloatArray, kept: FloatArray, taken: FloatArray) -> FloatArray:
        """Bring rows to the reference protocol.

        Parameters
        ----------
        values : ndarray of float64, shape (n_rows, n_features)
        kept, taken : ndarray of float64, shape (n_rows, n_columns)
            Design columns of covariates and protocol.
        """
        location = taken @ self.slopes * self.deviation
        rest = values - location - self.intercept - kept @ self.coefficients
        factor = np.exp(-0.5 * (taken @ self.scale_slopes))
        # So written, rows of the reference and untouched features stay bit by bit.
        return np.asarray(values - location + rest * (factor - 1.0))

    def to_mapping(self) -> dict[str, Any]:
        """Give plain values for a file."""
        return {**vars(self), "priors": [vars(prior) for prior in self.priors]}

    @classmethod
    def from_reader(cls, reader: Reader, n_kept: int, n_taken: int, n_features: int) -> Self:
        """Take what `to_mapping` gave, checking shapes and values.

        Raises
        ------
        ConfigurationError
            Naming the part that does not fit.
        """
        priors = [Reader(entry, "priors") for entry in reader.entries("priors")]
        return cls(
            reader.array("intercept", (n_features,)),
            reader.array("deviation", (n_features,), least=0.0),
            reader.array("coefficients", (n_kept, n_features)),
            reader.array("slopes", (n_taken, n_features)),
            reader.array("scale_slopes", (n_taken, n_features)),
            tuple(
                SlopesPrior(one.array("mean", (n_taken,)), one.array("covariance", (n_taken,) * 2)) for one in priors
            ),
        )


def fit_protocol(
    values: FloatArray, kept: FloatArray, taken: FloatArray, empirical_bayes: bool = True, mean_only: bool = False
) -> ProtocolEffects:
    """Fit location and scale of features on design columns of covariates and protocol.

    Parameters
    ----------
    values : ndarray of float64, shape (n_rows, n_features)
        Complete.
    kept, taken : ndarray of float64, shape (n_rows, n_columns)
        Effects that are kept and that are taken out; together with an intercept of full rank.
    empirical_bayes, mean_only : bool
        As for `ProtocolComBat`.

    Raises
    ------
    ConfigurationError
        For empirical Bayes of one feature, and where rows with a parameter of their own leave no scale to be learned.

    Examples
    --------
    >>> import numpy as np
    >>> echo_time = np.array([[0.0], [0.0], [1.0], [1.0]])
    >>> values = np.array([[1.0], [3.0], [6.0], [8.0]])
    >>> found = fit_protocol(values, np.empty((4, 0)), echo_time, empirical_bayes=False, mean_only=True)
    >>> (found.slopes * found.deviation).ravel().round(6), found.apply(values, np.empty((4, 0)), echo_time).ravel()
    (array([5.]), array([1., 3., 1., 3.]))
    """
    (n_rows, n_features), n_taken = values.shape, taken.shape[1]
    design = np.hstack([np.ones((n_rows, 1)), kept, taken])
    inverse = np.linalg.pinv(design)
    fitted = inverse @ values
    residual = values - design @ fitted
    squares = (residual**2).sum(axis=0)
    whole = batch_moments(values, np.zeros(n_rows, dtype=np.intp), 1)
    used = ~whole.constant[0] & (squares > _NOTHING_LEFT * whole.squares[0])
    deviation = np.where(used, np.sqrt(squares / (n_rows - design.shape[1])), 0.0)
    slopes, scale_slopes = np.zeros((2, n_taken, n_features))
    priors: list[SlopesPrior] = []

    def drawn(found: FloatArray, unit: FloatArray, noise: FloatArray) -> FloatArray:
        if not empirical_bayes:
            return found
        if found.shape[1] == 1:
            raise ConfigurationError(
                "empirical Bayes learns what features have in common, and only one feature varies; use "
                "empirical_bayes=False"
            )
        posterior, prior = shrunken_slopes(found, unit, noise)
        priors.append(prior)
        return posterior

    if used.any():
        unit = (inverse @ inverse.T)[-n_taken:, -n_taken:]
        slopes[:, used] = drawn(fitted[-n_taken:, used] / deviation[used], unit, np.ones(used.sum()))
    if used.any() and not mean_only:
        leverage = np.einsum("ij,ji->i", design, inverse)
        rows = leverage < 1.0 - np.sqrt(_EPSILON)  # a row that is fitted exactly tells nothing of scale
        expected = deviation[used] ** 2 * (1.0 - leverage[rows])[:, None]
        scale_slopes[:, used] = drawn(*_scale(residual[np.ix_(rows, used)] ** 2 / expected, taken[rows]))
    return ProtocolEffects(fitted[0], deviation, fitted[1:-n_taken], slopes, scale_slopes, tuple(priors))


def _scale(squares: FloatArray, taken: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Regress logarithms of squared standardized residuals; give slopes, their unit covariance and what is left.

    The mean of the logarithm of a squared normal deviate is not 0, but the same for all rows: the intercept takes it.
    """
    design = np.hstack([np.ones((len(taken), 1)), taken])
    logs = np.log(squares + _EPSILON)
    found, _, rank, _ = np.linalg.lstsq(design, logs, rcond=None)
    if rank < design.shape[1] or rank == len(logs):
        raise ConfigurationError(
            "too few rows for the effect of the protocol on scales: without the rows that alone have their values the "
            "parameters cannot be told apart; set mean_only, or give more rows"
        )
    noise = ((logs - design @ found) ** 2).sum(axis=0) / (len(logs) - rank)
    return found[1:], np.linalg.inv(design.T @ design)[1:, 1:], noise
