"""Covariates whose effect is kept: how they are coded, and whether it can be told apart from the batches."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from harmonize.arrays import FloatArray, IntArray
from harmonize.combat.labels import encode, labels_of
from harmonize.errors import ConfigurationError
from harmonize.inputs.missing_codes import refuse_code_values

_DEPENDENT = 1e-9
"""Length of a column, relative to its own, below which what other columns do not explain counts as nothing."""


@dataclass(frozen=True)
class Categorical:
    """A covariate with levels; the first is the baseline."""

    column: Hashable
    levels: tuple[Hashable, ...]

    def names(self) -> list[str]:
        """Name the design columns."""
        return [f"{self.column}={level}" for level in self.levels[1:]]

    def code(self, frame: pd.DataFrame) -> FloatArray:
        """Give one indicator column per level after the first."""
        codes = encode(frame[self.column], self.levels, f"covariate '{self.column}'")
        return np.asarray(codes[:, None] == np.arange(1, len(self.levels)), dtype=np.float64)


@dataclass(frozen=True)
class Continuous:
    """A covariate with a straight-line effect, or with `knots` a natural cubic spline."""

    column: Hashable
    centre: float
    scale: float
    knots: tuple[float, ...] = ()

    def names(self) -> list[str]:
        """Name the design columns."""
        return [str(self.column), *(f"{self.column} (spline {i + 1})" for i in range(max(len(self.knots) - 2, 0)))]

    def code(self, frame: pd.DataFrame) -> FloatArray:
        """Give the centred and scaled covariate, and its spline columns."""
        x: FloatArray = (numbers(frame, self.column) - self.centre) / self.scale
        return natural_spline(x, np.array(self.knots)) if self.knots else x[:, None]


@dataclass(frozen=True)
class Covariates:
    """All covariates, as learned from the training rows."""

    terms: tuple[Categorical | Continuous, ...] = ()

    def names(self) -> list[str]:
        """Name the design columns, in their order."""
        return [name for term in self.terms for name in term.names()]

    def code(self, frame: pd.DataFrame) -> FloatArray:
        """Give the design columns of rows, shape (n_rows, n_design_columns)."""
        return np.hstack([np.empty((len(frame), 0)), *(term.code(frame) for term in self.terms)])


def learn_covariates(
    frame: pd.DataFrame,
    categorical: Sequence[Hashable],
    continuous: Sequence[Hashable],
    smooth: Sequence[Hashable] = (),
    spline_df: int = 4,
) -> Covariates:
    """Learn levels, centres, scales and knots from the training rows.

    Raises
    ------
    ConfigurationError
        For a covariate that is missing in a row, is not a number where it should be one, or has too few different
        values for a spline.
    """
    terms: list[Categorical | Continuous] = [
        Categorical(column, labels_of(frame[column], f"covariate '{column}'")) for column in categorical
    ]
    for column in (*continuous, *smooth):
        x = numbers(frame, column)
        refuse_code_values(x, f"covariate '{column}'")
        centre, scale = float(x.mean()), float(x.std()) or 1.0
        knots: tuple[float, ...] = ()
        if column in smooth:
            standardized = (x - centre) / scale
            places = np.unique(np.quantile(standardized, np.linspace(0.0, 1.0, spline_df + 1)))
            if len(places) <= spline_df:
                raise ConfigurationError(
                    f"covariate '{column}' has too few different values ({len(np.unique(x))}) for a spline with "
                    f"{spline_df} degrees of freedom; name it as continuous, or lower spline_df"
                )
            knots = tuple(places.tolist())
        terms.append(Continuous(column, centre, scale, knots))
    return Covariates(tuple(terms))


def numbers(frame: pd.DataFrame, column: Hashable) -> FloatArray:
    """Read a continuous covariate, refusing what is not a finite number."""
    try:
        x: FloatArray = frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(
            f"covariate '{column}' is not numeric ({error}); name it as categorical or convert it"
        ) from error
    bad = ~np.isfinite(x)
    if bad.any():
        raise ConfigurationError(
            f"covariate '{column}' is missing or infinite in {bad.sum()} rows, the first is row "
            f"{frame.index[int(bad.argmax())]}; fill it or leave these rows out"
        )
    return x


def natural_spline(x: FloatArray, knots: FloatArray) -> FloatArray:
    """Give the natural cubic spline basis without its constant: straight lines beyond the outer knots.

    Parameters
    ----------
    x : ndarray of float64, shape (n,)
        Where.
    knots : ndarray of float64, shape (k,)
        Increasing, three or more.

    Returns
    -------
    ndarray of float64, shape (n, k - 1)

    References
    ----------
    Hastie, Tibshirani & Friedman 2009, The Elements of Statistical Learning, 2nd ed., eq. 5.4-5.5.

    Examples
    --------
    >>> import numpy as np
    >>> natural_spline(np.array([-1.0, 0.5, 2.0]), np.array([0.0, 1.0, 2.0]))
    array([[-1.    ,  0.    ],
           [ 0.5   ,  0.0625],
           [ 2.    ,  3.    ]])
    """
    cubes = np.maximum(x[:, None] - knots, 0.0) ** 3
    slopes = (cubes[:, :-1] - cubes[:, -1:]) / (knots[-1] - knots[:-1])
    return np.column_stack([x, slopes[:, :-1] - slopes[:, -1:]])


def check_estimable(covariates: FloatArray, codes: IntArray, names: Sequence[str], batch: Hashable) -> None:
    """Refuse covariates whose effect cannot be told apart from the batches or from one another.

    Parameters
    ----------
    covariates : ndarray of float64, shape (n_rows, n_design_columns)
        Coded covariates.
    codes : ndarray of int, shape (n_rows,)
        Batch of each row.
    names : sequence of str
        Of the design columns.
    batch : hashable
        Name of the batch column, for the message; None where there is none.

    Raises
    ------
    ConfigurationError
        Naming the first covariate that batches, or batches and the covariates before it, determine.
    """
    n_batches = int(codes.max()) + 1
    n_parameters = n_batches + covariates.shape[1]
    told = "" if batch is None else f"batch '{batch}' and "
    if len(codes) <= n_parameters:
        raise ConfigurationError(
            f"{len(codes)} rows cannot carry {n_parameters} parameters "
            f"({'an intercept' if batch is None else f'{n_batches} batches'} and "
            f"{covariates.shape[1]} covariate columns); give more rows or fewer covariates"
        )
    within = within_batch(covariates, codes, n_batches)
    overall = np.linalg.norm(covariates - covariates.mean(axis=0), axis=0)
    basis = np.empty((len(codes), 0))
    for j, name in enumerate(names):
        if overall[j] == 0.0:
            raise ConfigurationError(f"covariate '{name}' is the same in all rows; leave it out")
        column = within[:, j]
        if np.linalg.norm(column) <= _DEPENDENT * overall[j]:
            raise ConfigurationError(
                f"covariate '{name}' is confounded with batch '{batch}': it does not vary within any batch, so that "
                "its effect cannot be told apart from theirs; leave it out"
            )
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        if np.linalg.norm(rest) <= _DEPENDENT * overall[j]:
            raise ConfigurationError(
                f"covariate '{name}' is determined by {told}the covariates before it "
                f"({', '.join(names[:j])}); leave one of them out"
            )
        basis = np.column_stack([basis, rest / np.linalg.norm(rest)])


def within_batch(values: FloatArray, codes: IntArray, n_batches: int) -> FloatArray:
    """Take the batch mean from complete rows."""
    out = values.copy()
    for batch in range(n_batches):
        rows = codes == batch
        if rows.any():
            out[rows] -= values[rows].mean(axis=0)
    return out


def slopes(
    values: FloatArray, covariates: FloatArray, codes: IntArray, n_batches: int, features: Sequence[Hashable]
) -> FloatArray:
    """Estimate the effect of every covariate on every feature by least squares, with an intercept for each batch.

    Parameters
    ----------
    values : ndarray of float64, shape (n_rows, n_features)
        NaN where a value is missing: such a row is left out for that feature alone.
    covariates : ndarray of float64, shape (n_rows, n_design_columns)
        Coded covariates.
    codes : ndarray of int, shape (n_rows,)
        Batch of each row.
    n_batches : int
        Number of batches.
    features : sequence
        Names, for the message.

    Returns
    -------
    ndarray of float64, shape (n_design_columns, n_features)

    Raises
    ------
    ConfigurationError
        For a feature whose available rows do not determine the effects.

    Notes
    -----
    Batch intercepts are taken out of both sides first (Frisch-Waugh-Lovell), which leaves a small least-squares
    problem that features with the same missing rows share.
    """
    out = np.empty((covariates.shape[1], values.shape[1]))
    if not covariates.shape[1]:
        return out
    missing = np.isnan(values)
    patterns, group = np.unique(missing, axis=1, return_inverse=True)
    for i, pattern in enumerate(patterns.T):
        members, rows = np.flatnonzero(group.ravel() == i), ~pattern
        left = within_batch(covariates[rows], codes[rows], n_batches)
        right = within_batch(values[np.ix_(rows, members)], codes[rows], n_batches)
        solution, _, rank, _ = np.linalg.lstsq(left, right, rcond=_DEPENDENT)
        if rank < left.shape[1]:
            raise ConfigurationError(
                f"feature '{features[members[0]]}' has values in {rows.sum()} of {len(rows)} rows, and in these the "
                "covariates cannot be told apart from the batches; leave the feature or a covariate out"
            )
        out[:, members] = solution
    return out
