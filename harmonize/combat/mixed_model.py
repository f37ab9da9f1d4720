"""A linear mixed model with a random intercept per subject, fitted by REML to thousands of features at once."""

from dataclasses import dataclass

import numpy as np

from harmonize.arrays import FloatArray, IntArray

_GRID = np.concatenate([[0.0], np.logspace(-4.0, 6.0, 41)])
_BISECTIONS = 100
_NO_RESIDUAL = 1e-20
"""Residual over total variance below which subject and design explain a feature without a rest."""


@dataclass(frozen=True)
class RandomIntercept:
    """The fitted model: values = design @ fixed + subject effect + residual.

    Parameters
    ----------
    fixed : ndarray of float64, shape (n_design_columns, n_features)
        Fixed effects.
    ratio : ndarray of float64, shape (n_features,)
        Variance of the subject effects over that of the residuals.
    residual_variance : ndarray of float64, shape (n_features,)
        REML estimate; 0 where the model explains the feature without a rest.
    """

    fixed: FloatArray
    ratio: FloatArray
    residual_variance: FloatArray

    def subject_effects(self, rest: FloatArray, subjects: IntArray) -> FloatArray:
        """Predict the effect of each row's subject from all rows of that subject (best linear unbiased prediction).

        Parameters
        ----------
        rest : ndarray of float64, shape (n_rows, n_features)
            Values less the fixed effects, of subjects that were fitted or of new ones.
        subjects : ndarray of int, shape (n_rows,)
            Subject of each row, numbered from 0.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_features)
        """
        totals = _totals(rest, subjects)
        n = np.bincount(subjects)[:, None]
        return np.asarray((totals * (self.ratio / (1.0 + self.ratio * n)))[subjects], dtype=np.float64)


def fit_random_intercept(values: FloatArray, design: FloatArray, subjects: IntArray) -> RandomIntercept:
    """Fit by restricted maximum likelihood, whatever the balance of the design.

    Parameters
    ----------
    values : ndarray of float64, shape (n_rows, n_features)
        Complete.
    design : ndarray of float64, shape (n_rows, n_design_columns)
        Fixed effects, of full column rank.
    subjects : ndarray of int, shape (n_rows,)
        Subject of each row, numbered from 0.

    Notes
    -----
    With the fixed effects projected out, the singular vectors of the subject indicators make the likelihood a
    function of the variance ratio alone, in sums over subjects that all features share. Its minimum is bracketed on
    a grid and its derivative bisected to rounding.

    References
    ----------
    Kang et al. 2008, Genetics 178(3), 1709-1723, doi:10.1534/genetics.107.080101 (the likelihood in that form).
    """
    basis, _ = np.linalg.qr(design)
    indicators = np.asarray(subjects[:, None] == np.arange(subjects.max() + 1), dtype=np.float64)
    left, singular, _ = np.linalg.svd(indicators - basis @ (basis.T @ indicators), full_matrices=False)
    kept = singular > 1e-8 * max(singular.max(), 1.0)
    xi = singular[kept, None] ** 2
    rest = values - basis @ (basis.T @ values)
    eta = left[:, kept].T @ rest
    total = np.einsum("ij,ij->j", rest, rest)
    remainder = rest - left[:, kept] @ eta
    unexplained = np.einsum("ij,ij->j", remainder, remainder)
    degrees = len(values) - design.shape[1]
    solvable = unexplained > _NO_RESIDUAL * total
    ratio = np.zeros(values.shape[1])
    ratio[solvable] = _reml_ratio(eta[:, solvable] ** 2, xi, unexplained[solvable], degrees)
    residual = (eta**2 / (1.0 + ratio * xi)).sum(axis=0) + unexplained
    residual_variance = np.where(solvable, residual / degrees, 0.0)
    return RandomIntercept(_fixed_effects(values, design, subjects, ratio), ratio, residual_variance)


def fit_balanced_crossover(values: FloatArray, batches: IntArray, subjects: IntArray) -> RandomIntercept:
    """Fit the model with batch as the only fixed effect when every subject is in every batch exactly once.

    The REML estimates then are those of the analysis of variance: mean squares between subjects and of the
    residuals, pooled where the first is the smaller.

    Parameters
    ----------
    values : ndarray of float64, shape (n_rows, n_features)
        Complete.
    batches, subjects : ndarray of int, shape (n_rows,)
        Batch and subject of each row, numbered from 0.
    """
    n_subjects, n_batches = int(subjects.max()) + 1, int(batches.max()) + 1
    cube = np.empty((n_subjects, n_batches, values.shape[1]))
    cube[subjects, batches] = values
    fixed = cube.mean(axis=0)
    cube -= fixed
    effects = cube.mean(axis=1)
    cube -= effects[:, None]
    within = np.einsum("ijk,ijk->k", cube, cube)
    between = n_batches * np.einsum("ik,ik->k", effects, effects)
    mean_within, mean_between = within / ((n_subjects - 1) * (n_batches - 1)), between / (n_subjects - 1)
    solvable = within > _NO_RESIDUAL * (within + between)
    ratio = np.zeros(values.shape[1])
    np.divide(mean_between, mean_within, out=ratio, where=solvable)
    ratio = np.where(solvable, np.maximum(ratio - 1.0, 0.0) / n_batches, 0.0)
    pooled = (within + between) / ((n_subjects - 1) * n_batches)
    residual_variance = np.where(solvable, np.where(ratio > 0.0, mean_within, pooled), 0.0)
    return RandomIntercept(fixed, ratio, residual_variance)


def is_balanced_crossover(batches: IntArray, subjects: IntArray) -> bool:
    """Tell whether every subject is in every batch exactly once, and there are two subjects or more."""
    counts = np.zeros((subjects.max() + 1, batches.max() + 1), dtype=np.intp)
    np.add.at(counts, (subjects, batches), 1)
    return len(counts) > 1 and bool((counts == 1).all())


def _reml_ratio(eta2: FloatArray, xi: FloatArray, unexplained: FloatArray, degrees: int) -> FloatArray:
    """Minimize degrees*log(residual) + sum(log(1 + ratio*xi)) over the ratio, for each feature."""

    def objective(ratio: FloatArray) -> FloatArray:
        scale = 1.0 + ratio * xi
        total: FloatArray = degrees * np.log((eta2 / scale).sum(axis=0) + unexplained) + np.log(scale).sum(axis=0)
        return total

    def slope(ratio: FloatArray) -> FloatArray:
        scale = 1.0 + ratio * xi
        part = eta2 / scale
        total: FloatArray = (xi / scale).sum(axis=0) - degrees * (part * xi / scale).sum(axis=0) / (
            part.sum(axis=0) + unexplained
        )
        return total

    n_features = eta2.shape[1]
    best = np.argmin([objective(np.full(n_features, ratio)) for ratio in _GRID], axis=0)
    lower, upper = _GRID[np.maximum(best - 1, 0)], _GRID[np.minimum(best + 1, len(_GRID) - 1)]
    for _ in range(_BISECTIONS):
        middle = 0.5 * (lower + upper)
        rising = slope(middle) > 0.0
        lower, upper = np.where(rising, lower, middle), np.where(rising, middle, upper)
    return np.where((best == 0) & (slope(np.zeros(n_features)) >= 0.0), 0.0, 0.5 * (lower + upper))


def _fixed_effects(values: FloatArray, design: FloatArray, subjects: IntArray, ratio: FloatArray) -> FloatArray:
    """Solve the generalized least squares of every feature, given its variance ratio."""
    n = np.bincount(subjects)
    per_subject = _totals(design, subjects)
    weights = ratio / (1.0 + ratio * n[:, None])
    cross = design.T @ design - np.einsum("if,iq,ir->fqr", weights, per_subject, per_subject, optimize=True)
    right = design.T @ values - np.einsum("if,iq->qf", weights * _totals(values, subjects), per_subject)
    return np.ascontiguousarray(np.linalg.solve(cross, right.T[:, :, None])[:, :, 0].T)


def _totals(values: FloatArray, subjects: IntArray) -> FloatArray:
    """Sum the rows of every subject."""
    starts = np.concatenate([[0], np.cumsum(np.bincount(subjects))[:-1]])
    return np.asarray(np.add.reduceat(values[np.argsort(subjects, kind="stable")], starts, axis=0), dtype=np.float64)
