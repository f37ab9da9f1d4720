"""The neuroCombat package behind the interface of the other harmonizers, for those who must cite it."""

import contextlib
import hashlib
import io
from collections.abc import Hashable, Sequence
from dataclasses import KW_ONLY, dataclass

import numpy as np
import pandas as pd
from neuroCombat import neuroCombat

from harmonize.arrays import FloatArray
from harmonize.combat.base import BatchHarmonizer, BatchTable
from harmonize.combat.combat import ComBat
from harmonize.combat.covariates import numbers
from harmonize.combat.design import check_size
from harmonize.combat.labels import labels_of
from harmonize.combat.moments import batch_moments
from harmonize.errors import ConfigurationError
from harmonize.inputs.missing_codes import refuse_code_values


@dataclass(eq=False, repr=False)
class NeuroComBat(BatchHarmonizer):
    """Harmonize one table with the neuroCombat package (0.2.12), as it is.

    For results that must come from that package. `ComBat` gives the same numbers, and in addition what is refused here:

    - `reference`: the package stops with an error on NumPy 1.24 and later (`np.int`).
    - rows other than those fitted on: its `neuroCombatFromTraining` replaces the covariates of the new rows by
      their training mean, so that their effect is not kept, and is marked by its authors as under development.
    - missing values: one of them spreads over every feature.
    - features that are constant in every batch after covariates: they are altered.

    Parameters
    ----------
    batch : hashable
        Column that names the batch.
    categorical, continuous : column or sequence of columns
        Covariates whose effect is kept.
    reference : None
        Refused otherwise.
    parametric, mean_only, empirical_bayes : bool
        As for `ComBat`.

    Attributes
    ----------
    batches_, features_, n_features_in_, feature_names_in_
        As for `ComBat`.
    estimates_ : dict
        What the package gives as `estimates`.

    References
    ----------
    Fortin et al. 2018, NeuroImage 167, 104-120, doi:10.1016/j.neuroimage.2017.11.024.
    """

    name = "neurocombat"
    title = "neuroCombat"
    citations = ComBat.citations
    new_rows = False
    complete_rows = True

    batch: Hashable = "batch"
    _: KW_ONLY
    categorical: Hashable | Sequence[Hashable] = ()
    continuous: Hashable | Sequence[Hashable] = ()
    reference: Hashable = None
    parametric: bool = True
    mean_only: bool = False
    empirical_bayes: bool = True

    def _estimate(self, table: BatchTable) -> None:
        if self.reference is not None:
            raise ConfigurationError(
                f"reference={self.reference!r}: the reference batch of neuroCombat 0.2.12 fails on NumPy 1.24 and "
                "later (it uses np.int); use ComBat, which equals R sva with a reference batch"
            )
        self._refuse_what_it_spoils(table)
        roles = self._covariates()
        # Batches and levels go in as numbers, because the package sorts them together as Python objects.
        covariates = pd.DataFrame({"batch": table.codes})
        for i, column in enumerate(roles["categorical"]):
            levels = labels_of(table.frame[column], f"covariate '{column}'")
            covariates[f"categorical {i}"] = [levels.index(level) for level in table.frame[column].tolist()]
        for i, column in enumerate(roles["continuous"]):
            covariates[f"continuous {i}"] = numbers(table.frame, column)
            refuse_code_values(covariates[f"continuous {i}"].to_numpy(), f"covariate '{column}'")
        with contextlib.redirect_stdout(io.StringIO()):
            result = neuroCombat(
                table.values.T.copy(),  # as an array, since it turns a table into float32
                covariates,
                "batch",
                categorical_cols=[name for name in covariates if name.startswith("categorical")],
                continuous_cols=[name for name in covariates if name.startswith("continuous")],
                eb=self.empirical_bayes,
                parametric=self.parametric,
                mean_only=self.mean_only,
            )
        harmonized = np.ascontiguousarray(result["data"].T, dtype=np.float64)
        if not np.isfinite(harmonized).all():
            raise ConfigurationError(
                "neuroCombat gave values that are not numbers, as it does when its likelihoods underflow or a "
                "covariate is confounded with batch; use ComBat"
            )
        self.estimates_ = result["estimates"]
        self._harmonized, self._fitted_on = harmonized, self._digest(table)

    def _adjust(self, table: BatchTable) -> FloatArray:
        if self._digest(table) != self._fitted_on:
            raise ConfigurationError(
                "neuroCombat 0.2.12 cannot be applied to rows it was not fitted on: it would replace their covariates "
                "by the training mean; use ComBat, or fit_transform on the rows themselves"
            )
        return self._harmonized.copy()

    def _refuse_what_it_spoils(self, table: BatchTable) -> None:
        if len(self.batches_) < 2:
            raise ConfigurationError(f"batch '{self.batch}' has one label only: there is nothing to harmonize")
        self._refuse_missing(table, "which neuroCombat spreads over all features; fill them or use ComBat")
        moments = batch_moments(table.values, table.codes, len(self.batches_))
        check_size(self, moments)
        constant = moments.constant.any(axis=0)
        if constant.any():
            name = self.features_[int(constant.argmax())]
            raise ConfigurationError(
                f"feature '{name}' is constant within a batch ({constant.sum()} features are), which neuroCombat "
                "alters; leave it out or use ComBat"
            )

    def _digest(self, table: BatchTable) -> str:
        digest = hashlib.sha256(table.values.tobytes() + table.codes.tobytes())
        for column in self.covariate_columns:
            digest.update(repr(table.frame[column].tolist()).encode())
        return digest.hexdigest()
