"""How uncertain harmonized values are: draws from the posterior of location and scale of every batch."""

from collections.abc import Hashable, Iterator
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.combat.combat import ComBat
from harmonize.combat.design import check_options
from harmonize.combat.empirical_bayes import posterior_location
from harmonize.combat.location_scale import LocationScale
from harmonize.combat.table_parts import as_frame
from harmonize.errors import ConfigurationError

_MOST = 1.0 - 1e-9
"""Correlation that leaves errors to be drawn."""

_LEAST_PAIRS = 3
"""Subjects in two batches below which their rows count as of different people."""


def harmonized_draws(
    model: ComBat, X: Any, *, n_draws: int = 50, subject: Hashable = None, seed: int = 0
) -> FloatArray:
    """Harmonize rows many times, each time by a location and scale drawn from what is known of their batches.

    Parameters
    ----------
    model : ComBat
        Fitted, parametric or without empirical Bayes.
    X : pandas.DataFrame
        Rows, known or new, with the columns of the model.
    n_draws : int
        How many.
    subject : hashable, optional
        Column of the subject, where `X` are the rows that were fitted on and subjects are in several batches: their
        own differences are in the errors of all their batches and cancel out of comparisons.
    seed : int
        The same seed gives the same draws.

    Returns
    -------
    ndarray of float64, shape (n_draws, n_rows, n_features)
        Rows of a reference batch are the same in all of them: its errors are in what is taken out of the others.

    Raises
    ------
    ConfigurationError
        For a nonparametric model, or another than ComBat.

    Notes
    -----
    The squared scale is drawn from the inverse gamma with shape a + (n - 1) / 2 and scale b + S / 2 (S: sum of squares
    about the mean of the batch, a and b of the prior), then the location from its normal posterior given that scale;
    without empirical Bayes, and for the reference, the priors are flat (in the logarithm of the scale). With
    `mean_only` scales are 1. Errors of the mean and scale of a reference are in those of the others. Where a feature
    has the correlation r between batches in the same subjects (0 without `subject`), the part r of the variance of
    locations, and r^2 of that of log scales, is common to all batches, cancels out of comparisons and is left out.
    Grand mean without a reference, pooled variance, effects of covariates and the priors themselves count as known.

    References
    ----------
    Johnson, Li & Rabinovic 2007, Biostatistics 8(1), 118-127, doi:10.1093/biostatistics/kxj037 (posterior). Gelman et
    al. 2013, Bayesian Data Analysis, 3rd ed., section 3.3 (conjugate draws).

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame(rng.normal(size=(110, 4)), columns=list("wxyz")).assign(site=["A"] * 80 + ["B"] * 30)
    >>> draws = harmonized_draws(ComBat("site").fit(X), X)
    >>> spread = draws.mean(axis=2).std(axis=0)
    >>> draws.shape, bool(spread[80:].mean() > spread[:80].mean())
    ((50, 110, 4), True)
    """
    if type(model) is not ComBat:
        raise ConfigurationError(f"a {type(model).__name__} has no posterior to draw from; take ComBat")
    if not model.parametric and model.empirical_bayes:
        raise ConfigurationError("the nonparametric prior has no posterior to draw from; fit with parametric=True")
    frame = as_frame(X)
    owners = None
    if subject is not None:
        if subject not in frame.columns:
            raise ConfigurationError(f"there is no column '{subject}'; name the column of the subject, or leave it out")
        owners = pd.factorize(frame[subject])[0]
        frame = frame.drop(columns=subject)
    table = model._read_table(frame)
    kept = model.covariates_.code(table.frame) @ model.coefficients_
    correlation = np.zeros(table.values.shape[1])
    if owners is not None:
        correlation = _correlation(table.values - kept, table.codes, owners)
    out = np.empty((n_draws, *table.values.shape))
    drawn = posterior_effects(model, n_draws, correlation, np.random.default_rng(seed))
    for draw, effects in enumerate(drawn):
        again = replace(table, values=table.values.copy())
        out[draw] = model._around_covariates(again, partial(effects.apply, overwrite=True))
        out[draw] = effects.restored(out[draw], table.values, table.codes)
    return out


def posterior_effects(
    model: ComBat, n_draws: int, correlation: FloatArray, random: np.random.Generator
) -> Iterator[LocationScale]:
    """Draw what is taken out, see `harmonized_draws`; `correlation` is that of errors between batches, by feature."""
    from scipy.stats import invgamma, norm  # only here: loading it takes long

    effects, mean_only, count = model.effects_, check_options(model).mean_only, model.counts_
    used = ~effects.untouched & (count > 1).all(axis=0)
    n, r = count[:, used], np.clip(correlation[used], 0.0, _MOST)
    centre, delta_star = effects.gamma_hat[:, used], effects.delta_star[:, used]
    per_batch = len(n), 1
    gamma_bar, tau2, a, b = np.zeros(per_batch), np.full(per_batch, np.inf), np.zeros(per_batch), np.zeros(per_batch)
    if effects.priors is not None:
        parts = effects.priors.gamma_bar, effects.priors.tau2, effects.priors.a, effects.priors.b
        gamma_bar, tau2, a, b = (part[:, None].copy() for part in parts)
    if effects.reference is not None:
        # Of the reference as much is known as its rows say: it was drawn towards nothing.
        tau2[effects.reference], a[effects.reference], b[effects.reference] = np.inf, 0.0, 0.0
    flat, alike = np.isinf(tau2), np.isinf(a)
    shape = np.where(alike, 1.0, a) + 0.5 * (n - 1.0)
    scale = np.where(alike, 1.0, b) + 0.5 * (n - 1.0) * effects.delta_hat[:, used]
    narrow = np.where(flat, 1.0, tau2)
    apart, of_scale = 1.0 - r, np.sqrt(1.0 - r**2)
    # A row is brought to the mean of the reference, whose error is then that of all rows that are brought there.
    of_reference = np.zeros_like(r) if effects.reference is None else 1.0 / n[effects.reference]
    per_row = 1.0 / n + of_reference
    share = of_reference / per_row
    for _ in range(n_draws):
        delta = np.ones_like(n)
        if not mean_only:
            quantile = norm.cdf(of_scale * random.normal(size=n.shape))
            delta = np.where(alike, delta_star, invgamma.ppf(quantile, shape, scale=scale))
        variance = apart * delta * per_row
        mean = np.where(flat, centre, posterior_location(centre, variance, 1.0, gamma_bar, narrow))
        if mean_only:
            mean = effects.gamma_star[:, used]
        error = np.sqrt(np.where(flat, variance, narrow * variance / (narrow + variance)))
        common, own = random.normal(size=(1, n.shape[1])), random.normal(size=n.shape)
        gamma = mean + error * (np.sqrt(share) * common + np.sqrt(1.0 - share) * own)
        yield _with_drawn(effects, used, gamma, delta)


def _with_drawn(effects: LocationScale, used: BoolArray, gamma: FloatArray, delta: FloatArray) -> LocationScale:
    """Put draws in the place of estimates; those of a reference go into what is taken out of the others."""
    if effects.reference is not None:
        delta = delta / delta[effects.reference]
    gamma_star, delta_star = effects.gamma_star.copy(), effects.delta_star.copy()
    gamma_star[:, used], delta_star[:, used] = gamma, delta
    if effects.reference is not None:
        gamma_star[effects.reference], delta_star[effects.reference] = 0.0, 1.0
    return replace(effects, gamma_star=gamma_star, delta_star=delta_star)


def _correlation(values: FloatArray, codes: IntArray, subjects: IntArray) -> FloatArray:
    """Give the correlation of each feature between batches in the same subjects; 0 where there are none."""
    means = pd.DataFrame(values).groupby([codes, subjects]).mean()
    batches = [means.loc[code] for code in np.unique(codes)]
    products, squares = np.zeros((2, values.shape[1]))
    for one, other in combinations(batches, 2):
        both = one.index.intersection(other.index)
        if len(both) < _LEAST_PAIRS:
            continue
        x, y = one.loc[both].to_numpy(), other.loc[both].to_numpy()
        x, y = x - np.nanmean(x, axis=0), y - np.nanmean(y, axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            r = np.nansum(x * y, axis=0) / np.sqrt(np.nansum(x**2, axis=0) * np.nansum(y**2, axis=0))
        products += len(both) * np.nan_to_num(r)
        squares += len(both)
    return np.asarray(np.maximum(products, 0.0) / np.maximum(squares, 1.0))
