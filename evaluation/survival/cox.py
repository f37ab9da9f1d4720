"""Cox's proportional hazards with a penalty, and the hazard of all whatever their features."""

from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.linear_model import ElasticNet
from sklearn.utils.validation import check_is_fitted, validate_data

from evaluation.survival.partial_likelihood import Order, PartialLikelihood, likelihood
from evaluation.survival.times import KIND, counts
from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.limits import Bounds, check_limits

STEPS = 500
"""Of Newton's method, which needs a handful, or of the elastic net, which needs dozens."""
CLOSE = 1e-11
"""A gain of the likelihood of a row below this ends the search."""
FARTHEST = 30.0
"""A linear predictor that runs beyond this has no maximum: a feature orders all events, and there is no penalty."""


class Hazards(BaseEstimator):
    """What models of survival have in common: hazards over time from a baseline and a relative hazard of each row."""

    unique_times_: FloatArray
    baseline_: FloatArray

    def predict(self, X: Any) -> FloatArray:
        """Give the linear predictor of each row, the logarithm of its relative hazard: more is an earlier event."""
        raise NotImplementedError

    def predict_cumulative_hazard_function(self, X: Any, return_array: bool = True) -> FloatArray:
        """Give the cumulative hazard of each row at `unique_times_`; before the first of them it is 0.

        Parameters
        ----------
        X : DataFrame or array, shape (n_rows, n_columns)
        return_array : bool
            As scikit-survival calls it; always an array.

        Returns
        -------
        ndarray, shape (n_rows, n_times)
        """
        return np.asarray(np.exp(self.predict(X))[:, None] * self.baseline_)


class Cox(Hazards):
    """Cox's proportional hazards model with a penalty on the coefficients.

    Minimizes minus the logarithm of the partial likelihood (ties by Efron) divided by the rows, plus
    `alpha` (`l1_ratio` sum abs(b) + (1 - `l1_ratio`) / 2 sum b^2).

    Parameters
    ----------
    alpha : float
        Strength of the penalty. Scale the columns first.
    l1_ratio : float
        0 is ridge, found by Newton's method, with more features than rows in the space that the rows span; above 0
        the elastic net, whose quadratic steps are scikit-learn's.

    Attributes
    ----------
    coef_ : ndarray, shape (1, n_columns)
    offset_ : float
        Linear predictor at the mean of the training rows, which is taken off: the baseline is that of the mean row.
    unique_times_, baseline_ : ndarray, shape (n_times,)
        Times of the training rows, and the cumulative hazard of the mean row.

    References
    ----------
    Cox DR. Regression models and life-tables. JRSS B 1972;34:187-220. Verweij PJM, van Houwelingen HC. Penalized
    likelihood in Cox regression. Statistics in Medicine 1994;13:2427-2436. Simon N, Friedman J, Hastie T, Tibshirani R.
    Regularization paths for Cox's proportional hazards model via coordinate descent. Journal of Statistical Software
    2011;39(5).

    Examples
    --------
    >>> from radharmony import survival_times
    >>> X = np.array([[0.0], [1.0], [0.5], [2.0], [1.5]])
    >>> Cox(alpha=0.1).fit(X, survival_times([5, 3, 4, 2, 1], [1, 1, 0, 1, 1])).coef_.round(3).tolist()
    [[1.314]]
    """

    def __init__(
        self,
        alpha: Annotated[float, Bounds(least=0)] = 0.1,
        *,
        l1_ratio: Annotated[float, Bounds(least=0, most=1)] = 0.0,
    ) -> None:
        self.alpha = alpha
        self.l1_ratio = l1_ratio

    def fit(self, X: Any, y: NDArray[Any]) -> Self:
        """Estimate coefficients and baseline.

        Raises
        ------
        ConfigurationError
            For a target that `survival_times` did not make, no event, or no maximum of the likelihood.
        """
        check_limits(self, ConfigurationError)
        values = validate_data(self, X, dtype=np.float64)
        _check(y)
        order, centre = Order.of(y), values.mean(axis=0)
        centred = values - centre
        found = (
            _elastic(centred, order, self.alpha, self.l1_ratio) if self.l1_ratio else _ridge(centred, order, self.alpha)
        )
        self.coef_, self.offset_ = found[None], float(centre @ found)
        self.unique_times_, self.baseline_ = baseline(likelihood(centred @ found, order))
        return self

    def predict(self, X: Any) -> FloatArray:
        """Give the linear predictor of each row, the logarithm of its relative hazard: more is an earlier event."""
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, dtype=np.float64, reset=False) @ self.coef_[0] - self.offset_)


class CommonHazard(Hazards):
    """The hazard of all training rows, whatever their features: the baseline of any model of survival.

    Attributes
    ----------
    unique_times_, baseline_ : ndarray, shape (n_times,)
        Nelson and Aalen's cumulative hazard; the share without the event that goes with it is Kaplan and Meier's as
        soon as rows are not very few.

    References
    ----------
    Aalen O. Nonparametric inference for a family of counting processes. Annals of Statistics 1978;6:701-726.

    Examples
    --------
    >>> from evaluation.survival.times import survival_times
    >>> model = CommonHazard().fit(np.zeros((3, 1)), survival_times([1, 2, 3], [1, 1, 0]))
    >>> model.predict_cumulative_hazard_function(np.zeros((1, 1))).round(3).tolist()
    [[0.333, 0.833, 0.833]]
    """

    def fit(self, X: Any, y: NDArray[Any]) -> Self:
        """Take the hazard of all rows."""
        _check(y)
        self.unique_times_, happened, watched = counts(y["time"], y["event"])
        self.baseline_ = np.cumsum(happened / watched)
        return self

    def predict(self, X: Any) -> FloatArray:
        """Give the same of all rows."""
        check_is_fitted(self)
        return np.zeros(len(X))


def baseline(found: PartialLikelihood) -> tuple[FloatArray, FloatArray]:
    """Give the different times, and the cumulative hazard at each of them of a row whose linear predictor is 0."""
    order = found.order
    times = np.unique(order.times)
    steps = np.concatenate([[0.0], np.cumsum(found.hazard)])
    return times, steps[np.searchsorted(order.times[order.event], times, side="right")]


def _check(y: NDArray[Any]) -> None:
    if getattr(y, "dtype", None) != KIND:
        raise ConfigurationError("target: expected times and events, as `survival_times` makes them")
    if not y["event"].any():
        raise ConfigurationError("target: no row to learn from has the event")


def _ridge(values: FloatArray, order: Order, alpha: float) -> FloatArray:
    """Find the coefficients by Newton's method with halved steps."""
    count, columns = values.shape
    back = None
    if columns > count:
        left, size, right = np.linalg.svd(values, full_matrices=False)
        keep = size > size.max(initial=0.0) * 1e-12
        values, back = left[:, keep] * size[keep], right[keep]
    coefficients = np.zeros(values.shape[1])
    now = likelihood(values @ coefficients, order)
    cost = -now.value / count
    for _ in range(STEPS):
        slope = values.T @ now.slope / count - alpha * coefficients
        curvature = now.curvature(values) / count + alpha * np.eye(len(coefficients))
        step = np.linalg.lstsq(curvature, slope, rcond=None)[0]
        coefficients, now, gain = _halved(values, order, coefficients, step, cost, lambda b: alpha / 2 * float(b @ b))
        cost -= gain
        if gain < CLOSE:
            break
    return coefficients if back is None else np.asarray(back.T @ coefficients)


def _elastic(values: FloatArray, order: Order, alpha: float, l1_ratio: float) -> FloatArray:
    """Find the coefficients by penalized least squares, again and again, above which the likelihood lies."""
    count = len(values)

    def penalty(b: FloatArray) -> float:
        return alpha * (l1_ratio * float(np.abs(b).sum()) + (1 - l1_ratio) / 2 * float(b @ b))

    coefficients = np.zeros(values.shape[1])
    now = likelihood(values @ coefficients, order)
    cost = -now.value / count
    net = ElasticNet(l1_ratio=l1_ratio, fit_intercept=False, tol=1e-7, max_iter=10_000)
    for _ in range(STEPS):
        weight = np.maximum(now.weight, 1e-9)
        wanted = values @ coefficients + now.slope / weight
        net.set_params(alpha=max(alpha * count / weight.sum(), 1e-12))
        step = net.fit(values, wanted, sample_weight=weight).coef_ - coefficients
        coefficients, now, gain = _halved(values, order, coefficients, step, cost, penalty)
        cost -= gain
        if gain < CLOSE:
            break
    return coefficients


def _halved(values: FloatArray, order: Order, start: FloatArray, step: FloatArray, cost: float, penalty: Any) -> Any:
    """Go as far as the cost falls; give where that is, the likelihood there and what was gained."""
    for half in range(30):
        there = start + step / 2**half
        linear = values @ there
        if np.abs(linear).max(initial=0.0) < FARTHEST:
            now = likelihood(linear, order)
            gain = cost - (-now.value / len(values) + penalty(there))
            if gain >= 0:
                return there, now, gain
        elif half == 0 and penalty(there) == 0.0:
            raise ConfigurationError(
                "Cox's model has no maximum: a feature orders all events without an error; use a penalty (alpha above "
                "0)"
            )
    return start, likelihood(values @ start, order), 0.0
