"""A fitted ComBat learns one more batch: from few scans, or from subjects who were scanned before; others stay."""

import warnings
from collections.abc import Hashable
from copy import copy
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from harmonize.arrays import BoolArray, FloatArray
from harmonize.combat.combat import ComBat
from harmonize.combat.design import SMALL_BATCH, SmallBatchWarning, check_options
from harmonize.combat.empirical_bayes import Priors, method_of_moments
from harmonize.combat.grouped import GroupedHarmonizer, split_groups
from harmonize.combat.labels import encode, labels_of
from harmonize.combat.location_scale import LocationScale, fit_location_scale
from harmonize.combat.moments import batch_moments
from harmonize.combat.slopes_prior import shrunken_slopes
from harmonize.combat.table_parts import as_frame, feature_values
from harmonize.errors import ConfigurationError
from harmonize.words import plural

_LEAST_TRAVELLERS = 3
"""Subjects in both batches below which a scale is not learned from pairs."""


@dataclass(frozen=True)
class _NewBatch:
    """Location and squared scale of one batch, standardized, (n_features,); nothing where `untouched`."""

    gamma_hat: FloatArray
    delta_hat: FloatArray
    gamma_star: FloatArray
    delta_star: FloatArray
    counts: FloatArray
    priors: Priors | None


def add_batch(model: ComBat, X: Any, label: Hashable, *, subject: Hashable = None) -> ComBat:
    """Give a ComBat that knows one more batch; what it knows of the others stays to the last bit.

    Parameters
    ----------
    model : ComBat
        Fitted; it is not changed.
    X : pandas.DataFrame
        Rows of the new batch, with the columns of the model. Rows of batches that the model knows are used with
        `subject` alone.
    label : hashable
        The new batch, as its column spells it.
    subject : hashable, optional
        Column of the subject: learn from subjects who have rows in the new batch and in a known one (travelling
        subjects), whose own differences then cancel out.

    Returns
    -------
    ComBat
        With the new batch last in `batches_`.

    Raises
    ------
    ConfigurationError
        For a model that is no plain ComBat, a batch that it knows or that has no row, or too few rows or travellers.

    Warns
    -----
    SmallBatchWarning
        Below 20 scans of a new batch, unless subjects travelled.

    Notes
    -----
    From scans: grand mean, pooled variance and covariate effects are those of the model; location and scale of the new
    batch are drawn towards its own prior, as those of every batch. With a reference batch and without covariates this
    is what a fit of all rows together gives. It supposes that the scans are of people like those before.

    From travelling subjects: of a feature, with u the new value and v the harmonized old one of the same subject, both
    standardized, the squared scale is var(u) / var(v), whose logarithm has the sampling variance 4 (1 - r^2) / (n - 1)
    (Pitman 1939; delta method), and the location mean(u) - scale mean(v), with the variance var(u - scale v) / n. Both
    are drawn towards their means over features, the less the more features differ beyond these errors.

    References
    ----------
    Da-Ano et al. 2021, PLoS ONE 16(7), e0253653, doi:10.1371/journal.pone.0253653 (a new site by what was learned).
    Stein et al. 2015, BMC Bioinformatics 16, 63, doi:10.1186/s12859-015-0478-3 (reference batch).
    Pitman 1939, Biometrika 31(1/2), 9-12, doi:10.1093/biomet/31.1-2.9.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame(rng.normal(size=(75, 4)), columns=list("wxyz")).assign(site=np.repeat(["A", "B", "C"], 25))
    >>> X.loc[X["site"] == "C", list("wxyz")] += 3.0
    >>> old = ComBat("site", reference="A").fit(X[X["site"] != "C"])
    >>> new = add_batch(old, X, "C").set_output(transform="pandas")
    >>> new.batches_, float(new.transform(X).groupby(X["site"]).mean().loc["C"].abs().max()) < 0.5
    (('A', 'B', 'C'), True)
    """
    if type(model) is not ComBat:
        raise ConfigurationError(
            f"{model.name} learns no batch later, which combat alone does; fit it again on all rows, or take combat"
        )
    check_is_fitted(model)
    if label in model.batches_:
        raise ConfigurationError(f"batch {label!r} is known already; rename it, or apply the model as it is")
    frame = as_frame(X)
    absent = [name for name in [*model.role_columns, *model.features_, *_named(subject)] if name not in frame.columns]
    if absent:
        raise ConfigurationError(f"there is no column '{absent[0]}' in the table of the new batch")
    isnew = (frame[model.batch] == label).to_numpy()
    if not isnew.any():
        known = labels_of(frame[model.batch], f"batch '{model.batch}'")
        raise ConfigurationError(f"no row has {model.batch} {label!r}; the table has {', '.join(map(repr, known))}")
    found = _of_scans(model, frame[isnew], label) if subject is None else _of_travellers(model, frame, isnew, subject)
    return _with(model, label, found)


def add_to_groups(
    fitted: GroupedHarmonizer, table: pd.DataFrame, label: Hashable, *, subject: Hashable = None
) -> GroupedHarmonizer:
    """Do so for each group of a fitted harmonizer that has rows of the new batch; the others stay as they are.

    Parameters
    ----------
    fitted : GroupedHarmonizer
    table : DataFrame
        Rows as for `add_batch`, with the columns of the groups.
    label, subject
        As for `add_batch`.

    Raises
    ------
    ConfigurationError
        As `add_batch`, and where no group has a row of the new batch.
    """
    models = dict(fitted.models)
    for labels, positions in split_groups(table, fitted.by):
        rows = table.iloc[positions]
        if labels in models and (rows[models[labels].batch] == label).any():
            try:
                models[labels] = add_batch(models[labels], rows, label, subject=subject)
            except ConfigurationError as error:
                where = ", ".join(f"{name} {level!r}" for name, level in zip(fitted.by, labels, strict=True))
                raise ConfigurationError(f"{where}: {error}" if where else str(error)) from error
    if all(models[labels] is model for labels, model in fitted.models.items()):
        raise ConfigurationError(f"no row of a group that was fitted on is of batch {label!r}")
    return GroupedHarmonizer(fitted.by, models)


def _named(column: Hashable) -> tuple[Hashable, ...]:
    return () if column is None else (column,)


def standardized(model: ComBat, frame: pd.DataFrame) -> FloatArray:
    """Give features free of covariates, in units of the pooled standard deviation; 0 where the model leaves them."""
    position = {name: i for i, name in enumerate(frame.columns.to_numpy(dtype=object).tolist())}
    values = feature_values(frame, np.array([position[name] for name in model.features_]))
    kept = model.covariates_.code(frame) @ model.coefficients_
    unit = np.where(model.effects_.untouched, np.inf, np.sqrt(model.effects_.pooled_variance))
    return np.asarray((values - kept - model.effects_.grand_mean) / unit)


def _of_scans(model: ComBat, frame: pd.DataFrame, label: Hashable) -> _NewBatch:
    options, effects = check_options(model), model.effects_
    moments = batch_moments(standardized(model, frame), np.zeros(len(frame), dtype=np.intp), 1)
    least = 1 if options.mean_only else 2
    thin = np.flatnonzero((moments.count[0] < least) & ~effects.untouched)
    if thin.size:
        raise ConfigurationError(
            f"feature '{model.features_[thin[0]]}' has {int(moments.count[0, thin[0]])} values in the new batch "
            f"{label!r}, and {least} or more are needed; give more scans, or let subjects travel"
        )
    if len(frame) < SMALL_BATCH:
        warnings.warn(
            f"the new batch {label!r} has {len(frame)} rows, fewer than {SMALL_BATCH}: what is learned about it is "
            "uncertain, and people who differ from those before look like a batch effect",
            SmallBatchWarning,
            stacklevel=4,
        )
    n_features = len(effects.untouched)
    passing = effects.untouched | (moments.constant[0] & (not options.mean_only))
    one = fit_location_scale(moments, np.zeros(n_features), np.ones(n_features), passing, options)
    parts = (one.gamma_hat[0], one.delta_hat[0], one.gamma_star[0], one.delta_star[0])
    return _NewBatch(*parts, moments.count[0], one.priors)


def _of_travellers(model: ComBat, frame: pd.DataFrame, isnew: BoolArray, subject: Hashable) -> _NewBatch:
    options, used = check_options(model), ~model.effects_.untouched
    labels_of(frame[subject], f"subject '{subject}'", codes=False)
    known = frame[model.batch].isin(model.batches_).to_numpy()
    owners = pd.factorize(frame[subject])[0]
    both = np.intersect1d(owners[isnew], owners[known])
    least = 2 if options.mean_only else _LEAST_TRAVELLERS
    if len(both) < least:
        raise ConfigurationError(
            f"rows in the new batch and in a known one have {plural(len(both), 'subject')}, and {least} or more are "
            "needed; let more subjects travel, or learn from scans alone (without the subject)"
        )
    old = frame[known]
    codes = encode(old[model.batch], model.batches_, f"batch '{model.batch}'")
    effects = model.effects_
    after = (standardized(model, old) - effects.gamma_star[codes]) / np.sqrt(effects.delta_star[codes])
    v, u = (
        _per_subject(after, owners[known], both),
        _per_subject(standardized(model, frame[isnew]), owners[isnew], both),
    )
    gaps = np.isnan(u) | np.isnan(v)
    if gaps[:, used].any():
        feature = int(np.flatnonzero(gaps.any(axis=0) & used)[0])
        raise ConfigurationError(
            f"feature '{model.features_[feature]}' has missing values in travelling subjects; fill them, or leave "
            "these subjects out"
        )
    return _paired(u, v, used, options.mean_only, options.empirical_bayes)


def _per_subject(values: FloatArray, owners: Any, subjects: Any) -> FloatArray:
    return np.asarray(pd.DataFrame(values).groupby(owners).mean().loc[subjects].to_numpy())


def _paired(u: FloatArray, v: FloatArray, used: BoolArray, mean_only: bool, empirical_bayes: bool) -> _NewBatch:
    """Learn location and squared scale from values of the same subjects, new and harmonized."""
    n, n_features = u.shape
    used = used & (u.std(axis=0) > 0.0) & (v.std(axis=0) > 0.0)
    u, v = u[:, used], v[:, used]
    log_delta = np.zeros(u.shape[1])
    if not mean_only:
        log_delta = np.log(u.var(axis=0) / v.var(axis=0))
    hat = np.exp(log_delta)
    if empirical_bayes and not mean_only:
        correlation = ((u - u.mean(axis=0)) * (v - v.mean(axis=0))).mean(axis=0) / (u.std(axis=0) * v.std(axis=0))
        noise = 4.0 * np.maximum(1.0 - correlation**2, np.finfo(np.float64).eps) / (n - 1)
        log_delta = shrunken_slopes(log_delta[None], np.eye(1), noise)[0][0]
    delta = np.exp(log_delta)
    difference = u - np.sqrt(delta) * v
    gamma_hat = difference.mean(axis=0)
    gamma, priors = gamma_hat, None
    if empirical_bayes:
        drawn, prior = shrunken_slopes(gamma_hat[None], np.eye(1) / n, difference.var(axis=0, ddof=1))
        gamma, priors = drawn[0], method_of_moments(gamma_hat[None], hat[None])
        priors = replace(priors, gamma_bar=prior.mean, tau2=prior.covariance[0])

    def spread(part: FloatArray, fill: float) -> FloatArray:
        out = np.full(n_features, fill)
        out[used] = part
        return out

    parts = spread(gamma_hat, 0.0), spread(hat, 1.0), spread(gamma, 0.0), spread(delta, 1.0)
    return _NewBatch(*parts, np.full(n_features, float(n)), priors)


def _with(model: ComBat, label: Hashable, found: _NewBatch) -> ComBat:
    """Put the new batch below those that are known."""
    old = model.effects_
    stacked: dict[str, Any] = {
        name: np.vstack([getattr(old, name), getattr(found, name)])
        for name in ("gamma_hat", "delta_hat", "gamma_star", "delta_star")
    }
    priors = None
    if old.priors is not None:
        of_new = found.priors or Priors(*np.zeros((4, 1)))  # no feature is left that would have one
        priors = Priors(
            *(np.append(getattr(old.priors, part.name), getattr(of_new, part.name)) for part in fields(Priors))
        )
    effects: LocationScale = replace(old, **stacked, priors=priors)
    new = copy(model)
    new.batches_, new.effects_ = (*model.batches_, label), effects
    new.counts_ = np.vstack([model.counts_, found.counts])
    return new
