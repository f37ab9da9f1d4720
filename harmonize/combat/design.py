"""Checks of options and batches, before anything is estimated."""

import warnings
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from harmonize.combat.location_scale import Options
from harmonize.combat.moments import BatchMoments, IntArray
from harmonize.configuration import suggest
from harmonize.errors import ConfigurationError

SMALL_BATCH = 20
"""Rows of a batch below which location and scale are uncertain enough to say so."""


class SmallBatchWarning(UserWarning):
    """A batch has few rows: what is learned about it is uncertain."""


def check_options(model: Any) -> Options:
    """Check the values of the options of a ComBat estimator.

    Raises
    ------
    ConfigurationError
        Naming the parameter and what it takes.
    """
    for name in ("parametric", "mean_only", "empirical_bayes"):
        value = getattr(model, name)
        if not isinstance(value, bool | np.bool_):
            raise ConfigurationError(f"{name}={value!r}: expected True or False")
    tolerance = model.tolerance
    if tolerance is not None and not (isinstance(tolerance, float | np.floating) and 0.0 < tolerance < 1.0):
        raise ConfigurationError(f"tolerance={tolerance!r}: expected None (the rule of R sva) or a number in (0, 1)")
    spline_df = model.spline_df
    if not isinstance(spline_df, int | np.integer) or spline_df < 2:
        raise ConfigurationError(f"spline_df={spline_df!r}: expected a whole number of 2 or more")
    return Options(
        bool(model.parametric),
        bool(model.mean_only),
        bool(model.empirical_bayes),
        None if tolerance is None else float(tolerance),
    )


def reference_position(reference: Hashable, batches: Sequence[Hashable]) -> int | None:
    """Find the reference among the batches.

    Raises
    ------
    ConfigurationError
        When it is not there.
    """
    if reference is None:
        return None
    if reference not in batches:
        raise ConfigurationError(
            f"reference={reference!r} is not among the batches; {suggest(reference, map(str, batches))}"
        )
    return list(batches).index(reference)


def check_batches(model: Any, codes: IntArray, moments: BatchMoments, least: int) -> None:
    """Refuse batches or features with fewer than `least` values; warn of small batches.

    Raises
    ------
    ConfigurationError
        For a single batch, a batch with too few rows, or a feature with too few values in a batch.
    """
    batches: Sequence[Hashable] = model.batches_
    if len(batches) < 2:
        raise ConfigurationError(
            f"batch '{model.batch}' has one label only ({batches[0]!r}) in {len(codes)} rows: there is nothing "
            "to harmonize; give rows of two batches or more"
        )
    rows = np.bincount(codes, minlength=len(batches))
    for label, n in zip(batches, rows, strict=True):
        if n < least:
            raise ConfigurationError(
                f"batch {label!r} has {n} row, from which no scale can be estimated; use mean_only=True or leave it out"
                if n
                else f"batch {label!r} has no row to fit on; leave it out"
            )
    thin = np.argwhere(moments.count < least)
    if thin.size:
        batch, feature = thin[0]
        raise ConfigurationError(
            f"feature '{model.features_[feature]}' has {int(moments.count[batch, feature])} values in batch "
            f"{batches[batch]!r} ({rows[batch]} rows), and {least} or more are needed; leave the feature out (the same "
            f"holds for {len(np.unique(thin[:, 1])) - 1} others)"
        )
    small = [f"{label!r} ({n})" for label, n in zip(batches, rows, strict=True) if n < SMALL_BATCH]
    if small:
        warnings.warn(
            f"batches with fewer than {SMALL_BATCH} rows: {', '.join(small)}; what is learned about them is uncertain, "
            "judge it on held-out rows",
            SmallBatchWarning,
            stacklevel=5,
        )
