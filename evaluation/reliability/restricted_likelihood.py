"""Restricted likelihood of the 2 x 2 mixed model with a random intercept, whatever cells subjects have."""

from dataclasses import dataclass, fields
from functools import reduce

import numpy as np

from evaluation.reliability.sample import BoolArray, FloatArray

CELLS = np.array([[1, 0, 0, 0], [1, 0, 1, 0], [1, 1, 0, 0], [1, 1, 1, 1]], dtype=np.float64)
"""What the terms (intercept, acquisition, reconstruction, interaction) contribute to the four cells, row by row."""

RATIOS = np.geomspace(1e-6, 1e30, 73)
"""Where the likelihood is looked at first: subject variance over residual variance. Beyond them is rounding."""

BISECTIONS = 60


@dataclass(frozen=True)
class Parts:
    """The data of each row split into differences within subjects and means of subjects.

    Parameters
    ----------
    m : ndarray, shape (n_rows, n_subjects)
        Values of each subject.
    x, y : ndarray, shapes (n_rows, n_subjects, 4) and (n_rows, n_subjects)
        Means over the values of a subject, of the terms and of the measurements.
    xx, xy, yy : ndarray, shapes (n_rows, 4, 4), (n_rows, 4) and (n_rows,)
        Sums of products within subjects.
    """

    m: FloatArray
    x: FloatArray
    y: FloatArray
    xx: FloatArray
    xy: FloatArray
    yy: FloatArray

    @classmethod
    def of(cls, values: FloatArray, observed: BoolArray) -> "Parts":
        """Split values (n_rows, n_subjects, 4)."""
        weights = observed.astype(np.float64)
        m = weights.sum(axis=-1)
        divisor = np.maximum(m, 1)
        y = np.where(observed, values, 0.0).sum(axis=-1) / divisor
        x = weights @ CELLS / divisor[..., None]
        of_y = np.where(observed, values - y[..., None], 0.0)
        of_x = (CELLS - x[..., None, :]) * weights[..., None]
        return cls(
            m=m,
            x=x,
            y=y,
            xx=np.einsum("rsci,rscj->rij", of_x, of_x),
            xy=np.einsum("rsci,rsc->ri", of_x, of_y),
            yy=np.einsum("rsc,rsc->r", of_y, of_y),
        )

    def only(self, rows: BoolArray) -> "Parts":
        """Keep some rows."""
        return Parts(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@dataclass(frozen=True)
class Solution:
    """Generalized least squares at given ratios of the variances; arrays of shape (n_rows, ...).

    Parameters
    ----------
    coefficients : ndarray, shape (n_rows, 4)
        The terms.
    inverse : ndarray, shape (n_rows, 4, 4)
        Their covariances in units of the residual variance.
    residual : ndarray, shape (n_rows,)
        Residual variance.
    criterion, slope : ndarray, shape (n_rows,)
        -2 log restricted likelihood, profiled and up to a constant, and its derivative by the ratio.
    """

    coefficients: FloatArray
    inverse: FloatArray
    residual: FloatArray
    criterion: FloatArray
    slope: FloatArray


def solve(parts: Parts, ratio: FloatArray) -> Solution:
    """Fit the terms at one ratio of subject variance to residual variance per row."""
    # 1' W 1 of each subject, where W is the inverse of I + ratio 11'.
    weight = parts.m / (1 + ratio[:, None] * parts.m)
    information = parts.xx + np.einsum("rs,rsi,rsj->rij", weight, parts.x, parts.x)
    # Brought to a unit diagonal: the intercept's part vanishes as the ratio grows.
    unit = 1 / np.sqrt(np.diagonal(information, axis1=-2, axis2=-1))
    outer = unit[:, :, None] * unit[:, None, :]
    inverse = outer * np.linalg.inv(outer * information)
    moment = parts.xy + np.einsum("rs,rsi,rs->ri", weight, parts.x, parts.y)
    coefficients = np.einsum("rij,rj->ri", inverse, moment)
    left = parts.y - np.einsum("rsi,ri->rs", parts.x, coefficients)
    within = parts.yy - 2 * np.einsum("ri,ri->r", coefficients, parts.xy)
    within = within + np.einsum("ri,rij,rj->r", coefficients, parts.xx, coefficients)
    degrees = parts.m.sum(axis=-1) - 4
    residual = (np.maximum(within, 0.0) + (weight * left**2).sum(axis=-1)) / degrees
    with np.errstate(divide="ignore", invalid="ignore"):
        criterion = (
            degrees * np.log(residual)
            + np.log1p(ratio[:, None] * parts.m).sum(axis=-1)
            + np.linalg.slogdet(outer * information)[1]
            - 2 * np.log(unit).sum(axis=-1)
        )
        leverage = np.einsum("rs,rsi,rij,rsj->r", weight**2, parts.x, inverse, parts.x)
        slope = weight.sum(axis=-1) - leverage - ((weight * left) ** 2).sum(axis=-1) / residual
    return Solution(coefficients, inverse, residual, criterion, slope)


def best_ratio(parts: Parts) -> FloatArray:
    """Find the ratio of the variances with the greatest restricted likelihood; 0 at the boundary."""
    n_rows = len(parts.y)
    boundary = solve(parts, np.zeros(n_rows))
    looked_at = np.stack([solve(parts, np.full(n_rows, ratio)).criterion for ratio in RATIOS])
    place = looked_at.argmin(axis=0)
    low, high = RATIOS[np.maximum(place - 1, 0)], RATIOS[np.minimum(place + 1, len(RATIOS) - 1)]
    low = np.where(place == 0, RATIOS[0] * 1e-6, low)
    for _ in range(BISECTIONS):
        middle = np.sqrt(low * high)
        rising = solve(parts, middle).slope > 0
        low, high = np.where(rising, low, middle), np.where(rising, middle, high)
    at_zero = (boundary.slope >= 0) & (boundary.criterion <= looked_at.min(axis=0))
    return np.where(at_zero, 0.0, np.sqrt(low * high))


def intercept_df(parts: Parts, solution: Solution, ratio: FloatArray) -> FloatArray:
    """Satterthwaite's degrees of freedom of the intercept, by the expected information on both variances."""
    m, x, inverse = parts.m, parts.x, solution.inverse
    shrunk = 1 + ratio[:, None] * m

    def between(power: int, own: int) -> FloatArray:
        """Sum over subjects of m^own / shrunk^power x x'."""
        return np.asarray(np.einsum("rs,rsi,rsj->rij", m**own / shrunk**power, x, x))

    def trace(*matrices: FloatArray) -> FloatArray:
        return np.asarray(np.trace(reduce(np.matmul, matrices), axis1=-2, axis2=-1))

    # In units of the residual variance; W is the inverse of I + ratio ZZ', P = W - W X (X'WX)^-1 X'W.
    squared, cubed, of_subjects = parts.xx + between(2, 1), parts.xx + between(3, 1), between(2, 2)
    weight = m / shrunk
    projected = -np.einsum("rs,rsi,rij,rtj,rt->rst", weight, x, inverse, x, weight)
    index = np.arange(m.shape[1])
    projected[:, index, index] += weight
    subject = (projected**2).sum(axis=(-2, -1)) / 2
    residual = (
        np.where(m > 0, m - 1 + 1 / shrunk**2, 0.0).sum(axis=-1)
        - 2 * trace(inverse, cubed)
        + trace(inverse, squared, inverse, squared)
    ) / 2
    both = (
        (m / shrunk**2).sum(axis=-1) - 2 * trace(inverse, between(3, 2)) + trace(inverse, squared, inverse, of_subjects)
    ) / 2
    by_subject = (inverse @ of_subjects @ inverse)[:, 0, 0]
    by_residual = (inverse @ squared @ inverse)[:, 0, 0]
    determinant = subject * residual - both**2
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (
            residual * by_subject**2 - 2 * both * by_subject * by_residual + subject * by_residual**2
        ) / determinant
        return np.asarray(2 * inverse[:, 0, 0] ** 2 / variance)
