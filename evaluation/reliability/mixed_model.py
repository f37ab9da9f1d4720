"""The 2 x 2 mixed model where subjects lack some of the four cells: restricted maximum likelihood by iteration."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from evaluation.reliability.effects import DEVIATIONS, EffectsResult, factorial_effects
from evaluation.reliability.restricted_likelihood import CELLS, RATIOS, Parts, best_ratio, intercept_df, solve
from evaluation.reliability.sample import ROUNDING, BoolArray, FloatArray, as_numbers, to_unit
from evaluation.reliability.status import Status, first_reason

CONTRASTS = np.vstack([np.eye(4), [0, 1, 1, 1]])
"""The terms, and the change of both factors together."""

BY_TERMS = DEVIATIONS @ CELLS
"""The deviations of the levels by the terms."""


def mixed_effects(values: ArrayLike) -> EffectsResult:
    """Fit the 2 x 2 mixed model of `factorial_effects`, using subjects that lack some of the cells.

    Parameters
    ----------
    values : array_like, shape (..., n_subjects, 2, 2)
        By acquisition (second last axis) and reconstruction (last axis), the baseline level of each first; NaN where
        missing.

    Returns
    -------
    EffectsResult
        Where every subject has all cells or none, what `factorial_effects` gives; elsewhere ``n`` counts every
        subject with a value. ``too_few`` where the effects cannot be told from the differences between subjects, or
        no degree of freedom is left.

    Raises
    ------
    ConfigurationError
        When the last two axes are not 2 x 2.

    Notes
    -----
    With a random intercept the restricted likelihood, profiled over the rest, depends on the ratio of the two
    variances alone. It is evaluated on a grid from 1e-6 to 1e30, and its slope bisected around the best point; the
    ratio of 0 is the boundary, and a residual within subjects that is zero up to rounding leaves no variance but the
    subjects'. The search therefore always ends. Missing cells count as missing at random.

    The degrees of freedom are N - n - 3 for N values of n subjects (those of the residual within subjects; N - 4 at
    the boundary), and Satterthwaite's for the intercept. Components are the subject variance, the residual mean
    square within subjects, and for the fixed factors the squared deviation of a level less its sampling variance.
    On balanced data all this is the closed form.

    References
    ----------
    Patterson HD, Thompson R. Recovery of inter-block information when block sizes are unequal. Biometrika
    1971;58:545-554. Searle SR, Casella G, McCulloch CE. Variance Components. Wiley 1992, chapter 6.

    Examples
    --------
    Two subjects lack the acceleration with the other reconstruction:

    >>> rng = np.random.default_rng(0)
    >>> values = rng.normal(10, 1, (17, 1, 1)) + rng.normal(0, 0.1, (17, 2, 2)) + [[0.0, 0.0], [1.0, 0.2]]
    >>> values[:2, 1, 1] = np.nan
    >>> result = mixed_effects(values)
    >>> int(result.n), int(result.df), result.coefficients.round(1).tolist()
    (17, 46, [9.7, 1.0, 0.0, -0.8])
    """
    raw = as_numbers(values)
    result = factorial_effects(raw)
    lead = raw.shape[:-3]
    cells = raw.reshape(-1, raw.shape[-3], 4)
    observed = np.isfinite(cells)
    partial = (observed.any(axis=-1) & ~observed.all(axis=-1)).any(axis=-1)
    if not partial.any():
        return result
    fitted = fit_cells(cells[partial], observed[partial])

    def merged(name: str) -> Any:
        """Put the fitted rows in their places among those of the closed form."""
        closed, of_rows = getattr(result, name), getattr(fitted, name)
        rows = closed.reshape(len(cells), *closed.shape[len(lead) :]).astype(np.result_type(closed, of_rows))
        rows[partial] = of_rows
        return rows.reshape(closed.shape)

    return EffectsResult(**{field.name: merged(field.name) for field in fields(EffectsResult)})


def fit_cells(cells: FloatArray, observed: BoolArray) -> EffectsResult:
    """Fit rows of values (n_rows, n_subjects, 4) by iteration, whatever cells are observed.

    Returns
    -------
    EffectsResult
        Arrays of shape (n_rows, ...).
    """
    kept, exponent = to_unit(np.where(observed, cells, 0.0))
    count = observed.sum(axis=(-2, -1))
    centre = kept.sum(axis=(-2, -1)) / count
    kept = np.where(observed, kept - centre[:, None, None], 0.0)
    spread = np.abs(kept).max(axis=(-2, -1))
    constant = spread <= ROUNDING
    unit = np.where(constant, 1.0, spread)
    parts = Parts.of(kept / unit[:, None, None], observed)
    n = np.asarray(observed.any(axis=-1).sum(axis=-1))
    df = (count - n - 3).astype(np.float64)
    estimable = (np.linalg.matrix_rank(parts.xx[:, 1:, 1:]) == 3) & (df >= 1)
    fitted = estimable & ~constant
    result = _Fit.of(parts.only(fitted), df[fitted], (ROUNDING / unit)[fitted])

    def spread_out(values: FloatArray) -> FloatArray:
        array = np.full((len(cells), *values.shape[1:]), np.nan)
        array[fitted] = values
        return array

    scale = np.ldexp(unit, exponent)
    estimates = spread_out(result.estimates) * scale[:, None]
    estimates[:, 0] += np.ldexp(centre, exponent)
    dfs, subject = spread_out(result.dfs), spread_out(result.subject)
    return EffectsResult.of(
        estimates,
        spread_out(result.errors) * scale[:, None],
        dfs,
        df=dfs[:, 1],
        subject_variance=subject * scale**2,
        residual_variance=spread_out(result.residual) * scale**2,
        components=spread_out(result.components) * (scale**2)[:, None],
        n=n,
        status=first_reason(
            {Status.CONSTANT: constant, Status.TOO_FEW: ~estimable, Status.NO_SUBJECT_VARIANCE: subject == 0}
        ),
    )


@dataclass(frozen=True)
class _Fit:
    """The model at its optimum; arrays of shape (n_rows, ...), in units of the standardized values."""

    estimates: FloatArray
    errors: FloatArray
    dfs: FloatArray
    subject: FloatArray
    residual: FloatArray
    components: FloatArray

    @classmethod
    def of(cls, parts: Parts, df: FloatArray, negligible: FloatArray) -> "_Fit":
        """Find the optimum and what follows from it."""
        ratio = best_ratio(parts)
        slopes = np.linalg.solve(parts.xx[:, 1:, 1:], parts.xy[:, 1:, None])[..., 0]
        within = np.maximum(parts.yy - np.einsum("ri,ri->r", slopes, parts.xy[:, 1:]), 0.0)
        total = parts.m.sum(axis=-1)
        # No residual but rounding: the likelihood grows with the ratio without end.
        exact = within <= total * negligible**2 + ROUNDING * parts.yy
        ratio = np.where(exact, RATIOS[-1], ratio)
        solution = solve(parts, ratio)
        residual = np.where(exact, 0.0, solution.residual)
        left = parts.y - np.einsum("rsi,ri->rs", parts.x, solution.coefficients)
        of_means = np.where(parts.m > 0, left, 0.0)
        n = (parts.m > 0).sum(axis=-1)
        squares = (of_means**2).sum(axis=-1)
        of_exact = np.where(squares <= n * negligible**2, 0.0, squares / np.maximum(n - 1, 1))
        subject = np.where(exact, of_exact, ratio * residual)

        estimates = solution.coefficients @ CONTRASTS.T
        estimates = np.where(np.abs(estimates) <= negligible[:, None], 0.0, estimates)
        variances = np.einsum("ci,rij,cj->rc", CONTRASTS, solution.inverse, CONTRASTS) * residual[:, None]
        variances[:, 0] = np.where(exact, subject / n, variances[:, 0])
        boundary = ~exact & (ratio == 0)
        dfs = np.repeat(np.where(boundary, total - 4, df)[:, None], 5, axis=1)
        dfs[:, 0] = np.where(boundary, total - 4, np.where(exact, n - 1, intercept_df(parts, solution, ratio)))
        mean_square = np.where(exact, 0.0, within / df)
        deviations = solution.coefficients @ BY_TERMS.T
        sampling = np.einsum("ci,rij,cj->rc", BY_TERMS, solution.inverse, BY_TERMS) * mean_square[:, None]
        sources = np.concatenate([subject[:, None], deviations**2 - sampling, mean_square[:, None]], axis=1)
        return cls(
            estimates=estimates,
            errors=np.sqrt(variances),
            dfs=dfs,
            subject=subject,
            residual=residual,
            components=np.where(sources > 0, sources, 0.0),
        )
