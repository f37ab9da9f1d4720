"""ComBat as a scikit-learn transformer."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from typing import Annotated, Any, ClassVar

import numpy as np

from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.combat.base import BatchTable
from harmonize.combat.batch_priors import BatchPrior, batch_priors
from harmonize.combat.covariates import Covariates, check_estimable, learn_covariates, slopes
from harmonize.combat.design import check_batches, check_options, reference_position
from harmonize.combat.location_scale import LocationScale, Options, fit_location_scale, standardization
from harmonize.combat.moments import batch_moments
from harmonize.combat.reader import Reader
from harmonize.combat.saved import EffectsHarmonizer
from harmonize.combat.serialization import covariates_from_state, covariates_state
from harmonize.inputs.limits import Bounds, Part

_NOTHING_LEFT = 1e-20
"""Share of a feature's variance within batches below which covariates explain all of it."""


@dataclass(eq=False, repr=False)
class ComBat(EffectsHarmonizer):
    """Location and scale harmonization of batches with empirical Bayes (ComBat).

    The batch of a row, and any covariates whose effect shall be kept, are columns of `X`; all other columns are
    features. Results equal those of R `sva::ComBat` to rounding, for every option it has.

    Parameters
    ----------
    batch : hashable
        Column that names the batch: scanner, site, acquisition and reconstruction.
    categorical, continuous, smooth : column or sequence of columns
        Covariates whose effect is kept, when fitting and when applying: levels, straight lines, and natural cubic
        splines. Never name the prediction target here: its values would leak into the features.
    reference : label, optional
        The batch that stays as it is and to which the others are brought. Without one, batches are brought to the
        mean over all rows.
    parametric : bool
        Normal and inverse gamma priors; `False` takes the other features themselves as the prior.
    mean_only : bool
        Harmonize locations and leave scales alone.
    empirical_bayes : bool
        `False` takes the location and scale of each feature as they are.
    tolerance : float, optional
        When the iteration of the parametric priors stops. `None` is the rule of R `sva`, which makes the numbers
        equal to those of R (and Python neuroCombat) but leaves relative errors up to about 1e-4 of the batch effect
        and lets the number of iterations depend on the slowest feature. With a number, such as 1e-10, it goes on
        until nothing changes by more (see `empirical_bayes.parametric`).
    spline_df : int
        Degrees of freedom of each spline in `smooth`.

    Attributes
    ----------
    batches_ : tuple
        Labels of the batches, sorted: the rows of the arrays in `effects_`.
    effects_ : LocationScale
        Estimates before (`gamma_hat`, `delta_hat`) and after (`gamma_star`, `delta_star`) empirical Bayes, priors,
        `grand_mean`, `pooled_variance`.
    counts_ : ndarray of float64, shape (n_batches, n_features)
        Values that each estimate rests on.
    covariates_ : Covariates
        How covariates are coded.
    coefficients_ : ndarray of float64, shape (n_design_columns, n_features)
        Their effects, in the order of `covariates_.names()`.
    untouched_features_ : list
        Features that pass unchanged: constant within some batch, or explained by the covariates without a rest.
    features_, n_features_in_, feature_names_in_
        Feature columns; number and names of all columns.

    Raises
    ------
    ConfigurationError
        From `fit`, for a design that cannot be estimated; the message names the column.

    Warns
    -----
    SmallBatchWarning
        When a batch has fewer than 20 rows.

    Notes
    -----
    Missing values (NaN) stay missing, and each feature is estimated from the rows that have it: counts, grand mean
    and pooled variance are those of its own rows. R `sva` weights the grand mean by all rows instead, and divides
    the pooled variance by n - 1 instead of n as soon as a value is missing anywhere, so that results differ slightly
    from it where, and only where, values are missing.

    Without covariates the mean and sum of squares of each batch are sufficient, so that the cost of empirical Bayes
    does not depend on the number of rows and applying is one affine map per batch.

    References
    ----------
    Johnson, Li & Rabinovic 2007, Biostatistics 8(1), 118-127, doi:10.1093/biostatistics/kxj037.
    Fortin et al. 2018, NeuroImage 167, 104-120, doi:10.1016/j.neuroimage.2017.11.024.
    Pomponio et al. 2020, NeuroImage 208, 116450, doi:10.1016/j.neuroimage.2019.116450 (smooth covariates).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> scanner = np.repeat(["A", "B"], 25)
    >>> X = pd.DataFrame(rng.normal(size=(50, 4)) + 3.0 * (scanner == "B")[:, None], columns=list("wxyz"))
    >>> X["scanner"] = scanner
    >>> combat = ComBat(batch="scanner", reference="A").set_output(transform="pandas")
    >>> harmonized = combat.fit_transform(X)
    >>> harmonized.groupby(scanner).mean().round(1)
         w    x    y    z
    A -0.2  0.1  0.2  0.3
    B -0.1  0.1  0.1  0.3
    """

    name = "combat"
    title = "ComBat"
    citations: ClassVar[tuple[str, ...]] = (
        "Johnson WE, Li C, Rabinovic A. Adjusting batch effects in microarray expression data using empirical Bayes "
        "methods. Biostatistics 2007;8:118-127.",
        "Fortin JP, Cullen N, Sheline YI, et al. Harmonization of cortical thickness measurements across scanners and "
        "sites. NeuroImage 2018;167:104-120.",
    )
    by_moments = True

    effects_: LocationScale = field(init=False)
    counts_: FloatArray = field(init=False)
    covariates_: Covariates = field(init=False)
    coefficients_: FloatArray = field(init=False)

    batch: Hashable = "batch"
    _: KW_ONLY
    categorical: Hashable | Sequence[Hashable] = ()
    continuous: Hashable | Sequence[Hashable] = ()
    smooth: Hashable | Sequence[Hashable] = ()
    reference: Hashable = None
    parametric: bool = True
    mean_only: bool = False
    empirical_bayes: bool = True
    tolerance: Part | None = None
    spline_df: Annotated[int, Bounds(least=2)] = 4

    def _estimate(self, table: BatchTable) -> None:
        options = check_options(self)
        n_batches = len(self.batches_)
        reference = reference_position(self.reference, self.batches_)
        moments = batch_moments(table.values, table.codes, n_batches)
        check_batches(self, table.codes, moments, least=1 if options.mean_only else 2)
        self.covariates_ = learn_covariates(table.frame, **self._covariates(), spline_df=self.spline_df)
        coded = self.covariates_.code(table.frame)
        untouched: BoolArray = np.any(moments.constant, axis=0)
        self.coefficients_ = np.zeros((coded.shape[1], table.values.shape[1]))
        if coded.shape[1]:
            check_estimable(coded, table.codes, self.covariates_.names(), self.batch)
            self.coefficients_ = slopes(table.values, coded, table.codes, n_batches, self.features_)
            before = moments.squares
            moments = batch_moments(table.values - coded @ self.coefficients_, table.codes, n_batches)
            untouched = untouched | _explained(before, moments.squares, reference)
        self.counts_ = moments.count
        grand_mean, variance = standardization(moments, reference)
        self.effects_ = fit_location_scale(moments, grand_mean, variance, untouched, options, reference)

    def location_scale_options(self) -> Options | None:
        """Give the options of parametric ComBat; the nonparametric prior is of all features at once."""
        options = check_options(self)
        return options if options.parametric or not options.empirical_bayes else None

    def _adjust(self, table: BatchTable) -> FloatArray:
        return self._around_covariates(table, partial(self.effects_.apply, overwrite=True))

    def priors(self) -> tuple[BatchPrior, ...]:
        """Give prior and estimates of every batch, see `batch_priors`."""
        return batch_priors(self)

    def inverse_transform(self, X: Any) -> FloatArray:
        """Put the batch effects back into harmonized rows.

        Parameters
        ----------
        X : pandas.DataFrame or array, shape (n_rows, n_columns)
            As for `transform`, with harmonized features: the output of `transform` beside batch and covariates.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_features)
        """
        return self._around_covariates(self._read_table(X), self.effects_.invert)

    def _around_covariates(
        self, table: BatchTable, mapping: Callable[[FloatArray, IntArray], FloatArray]
    ) -> FloatArray:
        if not self.covariates_.terms:
            return mapping(table.values, table.codes)
        kept = self.covariates_.code(table.frame) @ self.coefficients_
        out = mapping(table.values - kept, table.codes) + kept
        # Taking the covariate effect out and putting it back would round what shall stay bit by bit.
        return self.effects_.restored(out, table.values, table.codes)

    def _check_parameters(self) -> None:
        check_options(self)

    def _state(self) -> dict[str, Any]:
        return {
            "counts": self.counts_,
            "covariates": covariates_state(self.covariates_),
            "coefficients": self.coefficients_,
            **super()._state(),
        }

    def _set_state(self, state: Mapping[str, Any]) -> None:
        super()._set_state(state)
        reader, n_batches, n_features = Reader(state), len(self.batches_), len(self.features_)
        self.covariates_ = covariates_from_state(reader, self.covariate_columns)
        self.counts_ = reader.array("counts", (n_batches, n_features), least=0.0)
        self.coefficients_ = reader.array("coefficients", (len(self.covariates_.names()), n_features))


def _explained(before: FloatArray, after: FloatArray, reference: int | None) -> BoolArray:
    """Tell which features the covariates explain without a rest, where the pooled variance comes from."""
    batches = slice(None) if reference is None else slice(reference, reference + 1)
    return np.asarray(after[batches].sum(axis=0) <= _NOTHING_LEFT * before[batches].sum(axis=0))
