"""Longitudinal ComBat: for subjects who are seen more than once, as in paired reconstructions."""

import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.combat.base import BatchTable
from harmonize.combat.covariates import Covariates, check_estimable, learn_covariates
from harmonize.combat.design import check_batches
from harmonize.combat.labels import labels_of
from harmonize.combat.location_scale import LocationScale, Options, fit_location_scale
from harmonize.combat.mixed_model import (
    RandomIntercept,
    fit_balanced_crossover,
    fit_random_intercept,
    is_balanced_crossover,
)
from harmonize.combat.moments import batch_moments
from harmonize.combat.reader import Reader
from harmonize.combat.saved import EffectsHarmonizer
from harmonize.combat.serialization import covariates_from_state, covariates_state
from harmonize.errors import ConfigurationError, HarmonizationWarning

SCALINGS = ("MSR", "REML")
COMPLETE_ONLY = "and the mixed model needs complete rows; fill them, leave the features or rows out, or use ComBat"
_TOLERANCE = 1e-12


class ScalingWarning(HarmonizationWarning):
    """REML scaling makes the rows of a subject differ more than before."""


@dataclass(eq=False, repr=False)
class LongitudinalComBat(EffectsHarmonizer):
    """ComBat whose model holds a random intercept per subject (longitudinal ComBat).

    Parameters
    ----------
    batch : hashable
        Column that names the batch.
    subject : hashable
        Column that names the subject; subjects need several rows each.
    categorical, continuous : column or sequence of columns
        Covariates whose effect is kept.
    scaling : {"MSR", "REML"}
        What residuals are standardized by: the root of their mean square, or the residual standard deviation of the
        mixed model. `"REML"` is the default of the R package and divides residuals that are shrunken by a standard
        deviation that is not, so that what comes out varies more within subjects than what went in; a warning says by
        how much in the data at hand.

    Attributes
    ----------
    batches_, features_, n_features_in_, feature_names_in_
        As for `ComBat`.
    effects_ : LocationScale
        Batch effects, around what is kept; `pooled_variance` is the squared scaling.
    model_ : RandomIntercept
        The mixed model; its design has one column per batch, then those of the covariates.
    covariates_ : Covariates
        How covariates are coded.
    untouched_features_ : list
        Features that pass unchanged: constant within some batch, or without a residual because a subject's rows differ
        by the batch alone, as the shape features of a shared mask do.

    Raises
    ------
    ConfigurationError
        From `fit`, for missing values, subjects seen once only, or a design that cannot be estimated.

    Warns
    -----
    ScalingWarning
        With `scaling="REML"`.

    Notes
    -----
    When every subject is in every batch exactly once and there are no covariates, the mixed model has a closed form.
    Batch then is orthogonal to subject, and `ComBat` with a reference batch is the simpler choice.

    The effect of a subject is predicted from the rows of that subject in the table that is given, known or new: give
    them together.

    References
    ----------
    Beer et al. 2020, NeuroImage 220, 117129, doi:10.1016/j.neuroimage.2020.117129.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"subject": np.tile(np.arange(30), 2), "scan": np.repeat(["REF", "ACC"], 30)})
    >>> for name in "abc":
    ...     X[name] = rng.normal(size=30)[X["subject"]] + 2.0 * (X["scan"] == "ACC") + 0.1 * rng.normal(size=60)
    >>> harmonized = LongitudinalComBat(batch="scan", subject="subject").fit_transform(X)
    >>> (harmonized[:30].mean(axis=0) - harmonized[30:].mean(axis=0)).round(2) + 0.0
    array([0., 0., 0.])
    """

    name = "paired"
    title = "longitudinal ComBat"
    citations = (
        "Beer JC, Tustison NJ, Cook PA, et al. Longitudinal ComBat: a method for harmonizing longitudinal "
        "multi-scanner imaging data. NeuroImage 2020;220:117129.",
    )
    paired = True
    complete_rows = True

    effects_: LocationScale = field(init=False)
    model_: RandomIntercept = field(init=False)
    covariates_: Covariates = field(init=False)

    batch: Hashable = "batch"
    subject: Hashable = "subject"
    _: KW_ONLY
    categorical: Hashable | Sequence[Hashable] = ()
    continuous: Hashable | Sequence[Hashable] = ()
    scaling: Literal["MSR", "REML"] = "MSR"

    def _roles(self) -> dict[str, tuple[Hashable, ...]]:
        return {
            "batch": (self.batch,),
            "subject": (self.subject,),
            **self._covariates(),
        }

    def _estimate(self, table: BatchTable) -> None:
        self._check_parameters()
        n_batches = len(self.batches_)
        values, codes = table.values, table.codes
        self._refuse_missing(table, COMPLETE_ONLY)
        raw = batch_moments(values, codes, n_batches)
        check_batches(self, codes, raw, least=2)
        subjects = self._subjects(table)
        if np.bincount(subjects).max() < 2:
            raise ConfigurationError(
                f"subject '{self.subject}': every subject has one row, from which no subject effect can be told apart; "
                "use ComBat"
            )
        named = self._covariates()
        self.covariates_ = learn_covariates(table.frame, named["categorical"], named["continuous"])
        design = self._design(table)
        if design.shape[1] > n_batches:
            check_estimable(design[:, n_batches:], codes, self.covariates_.names(), self.batch)
        if design.shape[1] == n_batches and is_balanced_crossover(codes, subjects):
            self.model_ = fit_balanced_crossover(values, codes, subjects)
        else:
            self.model_ = fit_random_intercept(values, design, subjects)
        self._row_counts: FloatArray = np.bincount(codes, minlength=n_batches).astype(np.float64)
        untouched = np.any(raw.constant, axis=0) | (self.model_.residual_variance == 0.0)
        kept = self._kept(table)
        batch_effects = self.model_.fixed[:n_batches] - self._intercept()
        variance = np.mean((values - kept - batch_effects[codes]) ** 2, axis=0)
        if self.scaling == "REML":
            if not untouched.all():
                self._warn_of_inflation(variance, ~untouched)
            variance = self.model_.residual_variance
        moments = batch_moments(values - kept, codes, n_batches)
        self.effects_ = fit_location_scale(
            moments, np.zeros_like(variance), variance, untouched, Options(tolerance=_TOLERANCE)
        )

    def _adjust(self, table: BatchTable) -> FloatArray:
        self._refuse_missing(table, COMPLETE_ONLY)
        kept = self._kept(table)
        out = self.effects_.apply(table.values - kept, table.codes) + kept
        return self.effects_.restored(out, table.values, table.codes)

    def _check_parameters(self) -> None:
        if self.scaling not in SCALINGS:
            raise ConfigurationError(f"scaling={self.scaling!r}: expected {' or '.join(SCALINGS)}")

    def _state(self) -> dict[str, Any]:
        return {
            "covariates": covariates_state(self.covariates_),
            "rows": self._row_counts,
            "model": vars(self.model_),
            **super()._state(),
        }

    def _set_state(self, state: Mapping[str, Any]) -> None:
        super()._set_state(state)
        reader, n_batches, n_features = Reader(state), len(self.batches_), len(self.features_)
        self.covariates_ = covariates_from_state(reader, self.covariate_columns)
        self._row_counts = reader.array("rows", (n_batches,), least=1.0)
        model = Reader(reader.mapping("model"), "model")
        self.model_ = RandomIntercept(
            model.array("fixed", (n_batches + len(self.covariates_.names()), n_features)),
            model.array("ratio", (n_features,), least=0.0),
            model.array("residual_variance", (n_features,), least=0.0),
        )

    def _kept(self, table: BatchTable) -> FloatArray:
        """Everything but batch effect and residual: intercept, covariates and subject."""
        n_batches, fixed = len(self.batches_), self.model_.fixed
        covariates = np.zeros_like(table.values)
        if self.covariates_.terms:
            covariates = self.covariates_.code(table.frame) @ fixed[n_batches:]
        rest = table.values - fixed[:n_batches][table.codes] - covariates
        subject = self.model_.subject_effects(rest, self._subjects(table))
        return np.asarray(self._intercept() + covariates + subject, dtype=np.float64)

    def _intercept(self) -> FloatArray:
        """Mean of the batch intercepts, each counted as often as it has rows."""
        counts = self._row_counts
        return np.asarray(counts @ self.model_.fixed[: len(counts)] / counts.sum(), dtype=np.float64)

    def _design(self, table: BatchTable) -> FloatArray:
        batches = table.codes[:, None] == np.arange(len(self.batches_))
        return np.hstack([batches.astype(np.float64), self.covariates_.code(table.frame)])

    def _subjects(self, table: BatchTable) -> IntArray:
        labels_of(table.frame[self.subject], f"subject '{self.subject}'", codes=False)
        return np.asarray(pd.factorize(table.frame[self.subject])[0], dtype=np.intp)

    def _warn_of_inflation(self, mean_square: FloatArray, used: BoolArray) -> None:
        inflation = np.median(np.sqrt(self.model_.residual_variance[used] / mean_square[used])) - 1.0
        warnings.warn(
            f"scaling='REML' widens the residuals within subjects by {inflation:.1%} in these data (median over "
            "features), even where there is no batch effect; scaling='MSR' does not",
            ScalingWarning,
            stacklevel=4,
        )
