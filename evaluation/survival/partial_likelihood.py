"""Cox's partial likelihood with Efron's treatment of ties: value, gradient, curvature, baseline hazard, residuals."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from harmonize.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Order:
    """Rows in the order of their times, which all evaluations of a likelihood share.

    Parameters
    ----------
    order : ndarray of int, shape (n_rows,)
        Positions of the rows by ascending time.
    event : ndarray of bool, shape (n_rows,)
        In that order.
    start : ndarray of int, shape (n_rows,)
        Where the rows of the same time begin.
    at, fraction : ndarray, shape (n_events,)
        For each event the place where the rows watched at its time begin, and the share of the rows that had the event
        at that time which Efron counts out: 0, 1/d, ..., (d - 1)/d of d events.
    times : ndarray, shape (n_rows,)
    """

    order: IntArray
    event: BoolArray
    start: IntArray
    at: IntArray
    fraction: FloatArray
    times: FloatArray

    @classmethod
    def of(cls, y: NDArray[Any]) -> Self:
        """Sort rows of `survival_times`."""
        order = np.argsort(y["time"], kind="stable")
        times, event = y["time"][order], y["event"][order]
        start = np.searchsorted(times, times, side="left")
        at = start[event]
        _, first, size = np.unique(at, return_index=True, return_counts=True)
        fraction = (np.arange(len(at)) - np.repeat(first, size)) / np.repeat(size, size)
        return cls(order, event, start, at, fraction, times)


@dataclass(frozen=True)
class PartialLikelihood:
    """The likelihood at one value of the linear predictor.

    Parameters
    ----------
    value : float
        Logarithm of the partial likelihood.
    slope : ndarray, shape (n_rows,)
        Its derivative by each row's linear predictor, which is the martingale residual of the row.
    weight : ndarray, shape (n_rows,)
        Each row's expected number of events: the curvature without what the means of those at risk take off.
    hazard : ndarray, shape (n_events,)
        Steps of the baseline hazard at the times of the events.
    order : Order
    """

    value: float
    slope: FloatArray
    weight: FloatArray
    hazard: FloatArray
    order: Order
    risk: FloatArray

    def curvature(self, X: FloatArray) -> FloatArray:
        """Give minus the second derivative by coefficients, shape (n_columns, n_columns)."""
        order = self.order
        weighted = self.risk[:, None] * X[order.order]
        above = weighted[::-1].cumsum(axis=0)[::-1][order.at]
        at_once = _by_tie(weighted * order.event[:, None], order)
        means = (above - order.fraction[:, None] * at_once) * self.hazard[:, None]
        return np.asarray(X.T @ (self.weight[:, None] * X) - means.T @ means)


def likelihood(linear: FloatArray, order: Order) -> PartialLikelihood:
    """Evaluate the partial likelihood.

    Parameters
    ----------
    linear : ndarray, shape (n_rows,)
        Logarithm of each row's relative hazard.
    order : Order
        Of the same rows.

    References
    ----------
    Cox DR. Regression models and life-tables. JRSS B 1972;34:187-220. Efron B. The efficiency of Cox's likelihood
    function for censored data. JASA 1977;72:557-565. Therneau TM, Grambsch PM, Fleming TR. Martingale-based residuals
    for survival models. Biometrika 1990;77:147-160.

    Examples
    --------
    >>> from evaluation.survival.times import survival_times
    >>> order = Order.of(survival_times([1, 2, 3], [1, 1, 0]))
    >>> round(likelihood(np.zeros(3), order).value, 4)  # minus log 3 + log 2
    -1.7918
    """
    shift = linear.max(initial=0.0)
    values = linear[order.order] - shift
    risk = np.exp(values)
    watched = risk[::-1].cumsum()[::-1][order.at]
    at_once = _by_tie(risk * order.event, order)
    left = watched - order.fraction * at_once
    hazard = 1 / left
    # What a row met: the steps up to its own time, less what Efron counts out of those at it.
    steps = np.concatenate([[0.0], np.cumsum(hazard)])
    ends = np.searchsorted(order.times[order.event], order.times, side="right")
    met = steps[ends]
    counted_out = np.zeros(len(risk))
    np.add.at(counted_out, order.at, order.fraction * hazard)
    expected = risk * (met - order.event * counted_out[order.start])
    slope, weight = np.empty(len(risk)), np.empty(len(risk))
    slope[order.order], weight[order.order] = order.event - expected, expected
    value = float((values[order.event] - np.log(left)).sum())
    return PartialLikelihood(value, slope, weight, hazard * np.exp(-shift), order, risk * np.exp(shift))


def martingale_residuals(y: NDArray[Any]) -> FloatArray:
    """Give events minus expected events of the model without features.

    Their correlation with a feature is, but for its scale, the score test of that feature alone in Cox's model, so that
    what chooses features for a number can choose for survival.

    Parameters
    ----------
    y : ndarray
        See `survival_times`.

    References
    ----------
    Therneau, Grambsch & Fleming 1990, see `likelihood`.

    Examples
    --------
    >>> from evaluation.survival.times import survival_times
    >>> martingale_residuals(survival_times([1, 2, 3], [1, 1, 0])).round(3).tolist()
    [0.667, 0.167, -0.833]
    """
    return likelihood(np.zeros(len(y)), Order.of(y)).slope


def _by_tie(values: FloatArray, order: Order) -> FloatArray:
    """Sum values of rows of the same time, for each event."""
    sums = np.zeros_like(values)
    np.add.at(sums, order.start, values)
    return np.asarray(sums[order.at])
