"""How many scans a new batch needs: what is left of its effect after it was learned from few of them."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from harmonize.arrays import FloatArray
from harmonize.combat.added_batch import standardized
from harmonize.combat.combat import ComBat
from harmonize.combat.design import check_options
from harmonize.combat.location_scale import Options, fit_location_scale
from harmonize.combat.moments import BatchMoments, batch_moments
from harmonize.combat.table_parts import as_frame
from harmonize.errors import ConfigurationError

LEAST_HELD_OUT = 10
"""Scans that have to be left to judge by."""


def learning_curve(
    model: ComBat,
    X: Any,
    label: Hashable,
    sizes: Sequence[int] = (3, 5, 10, 20),
    *,
    n_draws: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Learn a batch again and again from few of its scans, and judge by the others.

    Parameters
    ----------
    model : ComBat
        Fitted on other batches, as for `add_batch`; it is not changed.
    X : pandas.DataFrame
        Complete rows of the batch, one for each subject, with the columns of the model; others do not count.
    label : hashable
        The batch.
    sizes : sequence of int
        Scans to learn from.
    n_draws, seed : int
        Random choices of each size, and what makes them repeatable.
    level : float
        Share of the draws between the limits.

    Returns
    -------
    DataFrame
        A row for each size, the first (0) without harmonization: ``scans``, and of ``location`` (root mean square over
        features of the shift that is left, in standard deviations) and ``scale`` (of the logarithm of the ratio of
        standard deviations) the median over draws, with ``_lower`` and ``_upper``; what held-out scans differ by chance
        is taken off.

    Raises
    ------
    ConfigurationError
        For missing values, too few rows, or a model that is no plain ComBat.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame(rng.normal(size=(160, 6))).add_prefix("f").assign(site=np.repeat(["A", "B"], 80))
    >>> X.loc[X["site"] == "B", "f0":"f5"] += 1.0
    >>> model = ComBat("site", reference="A").fit(X.assign(site=["A", "C"] * 80))
    >>> curve = learning_curve(model, X, "B", sizes=(5, 20))
    >>> curve["scans"].tolist(), curve["location"].is_monotonic_decreasing
    ([0, 5, 20], True)
    """
    if type(model) is not ComBat:
        raise ConfigurationError(f"a {type(model).__name__} learns no batch later; take combat")
    frame = as_frame(X)
    rows = frame[(frame[model.batch] == label).to_numpy()]
    most = max(sizes, default=0)
    if len(rows) < most + LEAST_HELD_OUT or min(sizes, default=0) < 2:
        raise ConfigurationError(
            f"sizes={tuple(sizes)}: batch {label!r} has {len(rows)} rows; expected sizes of 2 or more that leave "
            f"{LEAST_HELD_OUT} rows to judge by"
        )
    z = standardized(model, rows)[:, ~model.effects_.untouched]
    if np.isnan(z).any():
        raise ConfigurationError(f"batch {label!r} has missing values; leave these rows or features out")
    options, random = check_options(model), np.random.default_rng(seed)
    none = np.zeros((n_draws, z.shape[1]))
    found = []
    for size in (0, *sizes):
        orders = np.argsort(random.random((n_draws, len(z))), axis=1)
        gamma, delta = (none, none + 1.0) if size == 0 else _learned(z, orders[:, :size], options)
        found.append(_left(z, orders[:, size:] if size else orders, gamma, delta))
    tails = 0.5, 0.5 - level / 2.0, 0.5 + level / 2.0
    table: dict[str, Any] = {"scans": [0, *sizes]}
    for i, name in enumerate(("location", "scale")):
        at = np.array([np.quantile(one[i], tails) for one in found])
        table |= {name: at[:, 0], f"{name}_lower": at[:, 1], f"{name}_upper": at[:, 2]}
    return pd.DataFrame(table)


def _learned(z: FloatArray, chosen: Any, options: Options) -> tuple[FloatArray, FloatArray]:
    """Learn location and squared scale of all draws at once, each as a batch of its own."""
    n_draws, size = chosen.shape
    every = batch_moments(z[chosen.ravel()], np.repeat(np.arange(n_draws), size), n_draws)
    moments = BatchMoments(every.count, every.mean, every.squares, np.zeros_like(every.constant))
    n_features = z.shape[1]
    nowhere = np.zeros(n_features, dtype=bool)
    effects = fit_location_scale(moments, np.zeros(n_features), np.ones(n_features), nowhere, options)
    return effects.gamma_star, effects.delta_star


def _left(z: FloatArray, others: Any, gamma: FloatArray, delta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give what is left of location and scale in the rows that were not learned from, without what is chance there."""
    n = others.shape[1]
    values = z[others]
    after = (values - gamma[:, None]) / np.sqrt(delta)[:, None]
    variance = after.var(axis=1, ddof=1)
    location = (after.mean(axis=1) ** 2 - variance / n).mean(axis=1)
    scale = (0.25 * np.log(variance) ** 2 - 0.5 / (n - 1)).mean(axis=1)
    return np.sqrt(np.maximum(location, 0.0)), np.sqrt(np.maximum(scale, 0.0))
