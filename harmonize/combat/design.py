"""Checks of options and batches, before anything is estimated."""

import warnings
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from harmonize.arrays import IntArray
from harmonize.combat.location_scale import Options
from harmonize.combat.moments import BatchMoments
from harmonize.errors import ConfigurationError, HarmonizationWarning
from harmonize.inputs.configuration import suggest
from harmonize.inputs.limits import check_limits
from harmonize.words import some

SMALL_BATCH = 20
"""Rows of a batch below which location and scale are uncertain enough to say so."""

SMALLEST = 1e-290
"""Sum of squares below which a float64 loses digits."""


class SmallBatchWarning(HarmonizationWarning):
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
    check_limits(model, ConfigurationError)
    return Options(
        bool(model.parametric),
        bool(model.mean_only),
        bool(model.empirical_bayes),
        None if model.tolerance is None else float(model.tolerance),
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
        for batch in batches:
            if str(batch) == str(reference):  # '1' is written as 1 is, and found by neither
                kind = "a text, but that batch is none" if isinstance(reference, str) else "no text, but that batch is"
                raise ConfigurationError(f"reference={reference!r} is {kind}; write reference={batch!r}")
        raise ConfigurationError(
            f"reference={reference!r} is not among the batches; {suggest(reference, map(str, batches))}"
        )
    return list(batches).index(reference)


def check_batches(model: Any, codes: IntArray, moments: BatchMoments, least: int) -> None:
    """Refuse batches or features with fewer than `least` values; warn of small batches.

    Raises
    ------
    ConfigurationError
        For a single batch, a batch with too few rows, a feature with too few values in a batch, or values too large.
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
                f"batch {label!r} has {n} row, from which no scale can be estimated; leave it out, or set mean_only"
                if n
                else f"batch {label!r} has no row to fit on; leave it out"
            )
    check_counts(model, moments, least)
    if least < 2:
        _check_source_of_variance(model, moments)
    check_size(model, moments)
    small = [f"{label!r} ({n})" for label, n in zip(batches, rows, strict=True) if n < SMALL_BATCH]
    if small:
        warnings.warn(
            f"batches with fewer than {SMALL_BATCH} rows: {some(small, 6)}; what is learned about them is uncertain, "
            "judge it on held-out rows",
            SmallBatchWarning,
            stacklevel=5,
        )


def check_counts(model: Any, moments: BatchMoments, least: int) -> None:
    """Refuse features with fewer than `least` values in a batch.

    Raises
    ------
    ConfigurationError
        Naming the first of them and its batch.
    """
    thin = moments.count < least
    if thin.any():
        batch, feature = np.argwhere(thin)[0]
        others = int(np.count_nonzero(thin.any(axis=0))) - 1
        same = f" (the same holds for {others} other feature{'s' * (others > 1)})" if others else ""
        raise ConfigurationError(
            f"feature '{model.features_[feature]}' has {int(moments.count[batch, feature])} values in batch "
            f"{model.batches_[batch]!r}, and {least} or more are needed; leave the feature or the batch out{same}"
        )


def _check_source_of_variance(model: Any, moments: BatchMoments) -> None:
    """Refuse, where batches of one row are let through, features without a batch to standardize them by."""
    reference = reference_position(model.reference, model.batches_)
    rows = moments.count.max(axis=0) if reference is None else moments.count[reference]
    without = np.flatnonzero(rows < 2)
    if without.size:
        where = "any batch" if reference is None else f"the reference {model.reference!r}"
        raise ConfigurationError(
            f"feature '{model.features_[without[0]]}' has fewer than 2 values in {where}, so that there is no variance "
            "to standardize it by; give more rows, or another reference"
        )


def check_size(model: Any, moments: BatchMoments) -> None:
    """Refuse features whose squares are beyond what a float64 holds, or below.

    Raises
    ------
    ConfigurationError
        Naming the feature.
    """
    beyond = ~np.isfinite(moments.squares)
    if beyond.any():
        batch, feature = np.argwhere(beyond)[0]
        raise ConfigurationError(
            f"feature '{model.features_[feature]}' has values in batch {model.batches_[batch]!r} that are too large to "
            "compute a variance; make them missing (NaN), give the feature in larger units, or leave it out"
        )
    below = (moments.squares < SMALLEST) & ~moments.constant & (moments.count > 1)
    if below.any():
        batch, feature = np.argwhere(below)[0]
        raise ConfigurationError(
            f"feature '{model.features_[feature]}' differs so little in batch {model.batches_[batch]!r} that no "
            "variance can be computed; give the feature in smaller units, or leave it out"
        )
