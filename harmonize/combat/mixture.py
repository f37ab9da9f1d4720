"""ComBat for batches that nobody has named, alone or within batches that are known."""

import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Annotated, Any, ClassVar

import numpy as np
import pandas as pd

from harmonize.arrays import FloatArray, IntArray
from harmonize.combat.base import BatchHarmonizer, BatchTable
from harmonize.combat.combat import ComBat
from harmonize.combat.component_scores import ComponentScores
from harmonize.combat.covariates import Covariates, check_estimable, learn_covariates
from harmonize.combat.found_batches import Mixture, find_batches
from harmonize.combat.mixing import share_between
from harmonize.combat.reader import Reader
from harmonize.combat.saved import SavedHarmonizer
from harmonize.combat.serialization import covariates_from_state, covariates_state
from harmonize.errors import ConfigurationError, HarmonizationWarning
from harmonize.inputs.limits import Bounds, Share, check_limits
from harmonize.words import listed, some

COMPLETE_ONLY = "and principal components need complete rows; fill them, leave the features out, or use ComBat"
FOUND = "found batch"
"""The column of found batches, as the ComBat in it names it."""

_MUCH = 0.5
"""Share of what tells found batches apart that lies between subjects, beyond which it is said."""

ALL = "all"
"""The one batch of rows of which none is known."""


class BiologyWarning(HarmonizationWarning):
    """Batches were found in the features alone: they may be kinds of patients."""


@dataclass(eq=False, repr=False)
class MixtureComBat(SavedHarmonizer):
    """ComBat of batches that are found in the features: by a Gaussian mixture on the first principal components.

    Parameters
    ----------
    batch : hashable or None
        Column that names the batch, within which more batches are looked for; None where no batch is known.
    categorical, continuous, smooth : column or sequence of columns
        Covariates whose effect is kept, and taken out before batches are looked for.
    known : bool
        `False` looks for batches as if none were known, whatever `batch` is.
    components : int
        Principal components on which they are looked for.
    most : int
        Batches that a known one, or the whole, is divided in at most.
    least_share : float
        Share of its rows that each must have; and ten rows.
    parametric, mean_only, empirical_bayes, tolerance, spline_df
        As for `ComBat`.

    Attributes
    ----------
    found_ : Series of str
        The batch that was found for each row of `fit`, such as ``A/2``; not saved.
    known_ : Series of int
        The place among `batches_` of each row of `fit`; not saved.
    scores_ : ComponentScores
        How rows are placed on principal components.
    mixtures_ : tuple of Mixture
        Of each known batch, on these components.
    covariates_ : Covariates
        How covariates are coded.
    combat_ : ComBat or None
        Of the batches found; None where there is one alone, so that nothing is taken out.
    batches_, features_, n_features_in_, feature_names_in_
        As for `ComBat`; `batches_` are those that are known.

    Raises
    ------
    ConfigurationError
        From `fit`, as `ComBat`, and for missing values.

    Warns
    -----
    BiologyWarning
        Always when batches are found, with how much of each covariate lies between them.

    Notes
    -----
    Features are standardized within known batches and free of covariates when their components are taken. How many
    batches there are is said by the BIC, among mixtures whose components are apart (see `find_batches`). Whatever
    divides the rows is found: a scanner, and sex or a disease just as well.

    References
    ----------
    Horng et al. 2022, Scientific Reports 12, 19009, doi:10.1038/s41598-022-23328-0 (batches by a Gaussian mixture; of
    one feature there). Fraley & Raftery 2002, Journal of the American Statistical Association 97(458), 611-631,
    doi:10.1198/016214502760047131.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from harmonize.combat import collect_notes
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame(rng.normal(size=(60, 6)), columns=list("uvwxyz"))
    >>> X.iloc[:20] += [4.0, -3.0, 2.0, 3.0, -4.0, 2.0]
    >>> with collect_notes():
    ...     model = MixtureComBat(batch=None).set_output(transform="pandas").fit(X)
    >>> model.found_.value_counts().to_dict()
    {'all/1': 40, 'all/2': 20}
    >>> bool(model.transform(X).groupby(model.found_).mean().diff().iloc[1].abs().max() < 0.5)
    True
    """

    name = "mixture"
    title = "ComBat of batches found in the features"
    citations: ClassVar[tuple[str, ...]] = (
        "Horng H, Singh A, Yousefi B, et al. Improved generalized ComBat methods for harmonization of radiomic "
        "features. Scientific Reports 2022;12:19009.",
        "Fraley C, Raftery AE. Model-based clustering, discriminant analysis, and density estimation. Journal of the "
        "American Statistical Association 2002;97:611-631.",
    )
    complete_rows = True
    needs_batch = False

    covariates_: Covariates = field(init=False)
    scores_: ComponentScores = field(init=False)
    found_: pd.Series = field(init=False)
    known_: pd.Series = field(init=False)
    mixtures_: tuple[Mixture, ...] = field(init=False)
    combat_: ComBat | None = field(init=False)

    batch: Hashable = "batch"
    _: KW_ONLY
    known: bool = True
    categorical: Hashable | Sequence[Hashable] = ()
    continuous: Hashable | Sequence[Hashable] = ()
    smooth: Hashable | Sequence[Hashable] = ()
    components: Annotated[int, Bounds(least=1)] = 2
    most: Annotated[int, Bounds(least=2, most=10)] = 4
    least_share: Share = 0.1
    parametric: bool = True
    mean_only: bool = False
    empirical_bayes: bool = True
    tolerance: float | None = None
    spline_df: int = 4

    @property
    def batch_columns(self) -> tuple[Hashable, ...]:
        """The column of the batch, if there is one."""
        return () if self.batch is None else (self.batch,)

    @property
    def _looked_at(self) -> bool:
        """Whether batches are looked for within those of a column."""
        return bool(self.known) and self.batch is not None

    @property
    def known_batches(self) -> dict[Hashable, tuple[Hashable, ...]]:
        """The known batches, by their column."""
        return {self.batch: self.batches_} if self._looked_at else {}

    @property
    def untouched_features_(self) -> list[Hashable]:
        """Features that pass unchanged: they do not vary within some batch, or there is one batch alone."""
        return self.features_ if self.combat_ is None else self.combat_.untouched_features_

    def _roles(self) -> dict[str, tuple[Hashable, ...]]:
        return {"batch": self.batch_columns, **self._covariates()}

    def take(self, frame: pd.DataFrame, features: Sequence[Hashable]) -> IntArray:
        """Note what is fitted on, and give the known batch of each row as a position."""
        if self._looked_at:
            return super().take(frame, features)
        self.batches_, self.features_ = (ALL,), list(features)
        return self._encode_batch(frame)

    def _encode_batch(self, frame: pd.DataFrame) -> IntArray:
        return super()._encode_batch(frame) if self._looked_at else np.zeros(len(frame), dtype=np.intp)

    def _estimate(self, table: BatchTable) -> None:
        self._check_parameters()
        self._refuse_missing(table, COMPLETE_ONLY)
        self.covariates_ = learn_covariates(table.frame, **self._covariates(), spline_df=self.spline_df)
        coded = self.covariates_.code(table.frame)
        if coded.shape[1]:
            batch = self.batch if self._looked_at else None
            check_estimable(coded, table.codes, self.covariates_.names(), batch)
        self.scores_ = ComponentScores.fit(table.values, coded, table.codes, self.features_, self.components)
        scores = self.scores_.scores(table.values, coded, table.codes)
        of_each = (scores[table.codes == code] for code in range(len(self.batches_)))
        self.mixtures_ = tuple(find_batches(part, self.most, self.least_share) for part in of_each)
        self.found_ = self._assigned(table)
        self.known_ = pd.Series(table.codes, index=table.frame.index)
        self.combat_ = None
        if self.found_.nunique() > 1:
            combat = ComBat(FOUND, **self._options())
            self.combat_ = combat.fit_values(self._with_found(table), table.values, self.features_)
        self._warn(table)

    def _adjust(self, table: BatchTable) -> FloatArray:
        self._refuse_missing(table, COMPLETE_ONLY)
        return (
            table.values if self.combat_ is None else self.combat_.adjust_values(self._with_found(table), table.values)
        )

    def _assigned(self, table: BatchTable) -> pd.Series:
        """Give the batch that each row is found in."""
        scores = self.scores_.scores(table.values, self.covariates_.code(table.frame), table.codes)
        found = np.empty(len(scores), dtype=object)
        for code, (label, mixture) in enumerate(zip(self.batches_, self.mixtures_, strict=True)):
            rows = np.flatnonzero(table.codes == code)
            parts = mixture.assign(scores[rows])
            found[rows] = [f"{label}/{part + 1}" if len(mixture.weights) > 1 else str(label) for part in parts]
        return pd.Series(found, index=table.frame.index, name=FOUND)

    def _with_found(self, table: BatchTable) -> pd.DataFrame:
        return table.frame[self.covariate_columns].assign(**{FOUND: self._assigned(table)})

    def _warn(self, table: BatchTable) -> None:
        split = np.array([len(mixture.weights) > 1 for mixture in self.mixtures_])[table.codes]
        if not split.any():
            return
        counts = some(f"{label}: {n} rows" for label, n in self.found_[split].value_counts().sort_index().items())
        columns = table.frame.loc[split, self.covariate_columns]
        shares = [
            f"{share_between(columns[name], self.found_[split], self.known_[split]):.0%} of the variation of {name}"
            for name in columns
        ]
        beside = f"; {listed(shares)} lies between them" if shares else ""
        warnings.warn(
            f"batches were found in the features alone ({counts}){beside}: they may be kinds of patients as well as of "
            "scans; see which rows they are (`found_`) before their differences are taken out",
            BiologyWarning,
            stacklevel=4,
        )

    def _options(self) -> dict[str, Any]:
        own = ("batch", "known", "components", "most", "least_share")
        return {name: value for name, value in self.get_params().items() if name not in own}

    def _check_parameters(self) -> None:
        if not isinstance(self.known, bool | np.bool_):
            raise ConfigurationError(f"known={self.known!r}: expected True or False")
        check_limits(self, ConfigurationError)

    def _state(self) -> dict[str, Any]:
        return {
            "covariates": covariates_state(self.covariates_),
            "scores": vars(self.scores_),
            "mixtures": [vars(mixture) for mixture in self.mixtures_],
            "combat": None if self.combat_ is None else self.combat_.to_document(),
        }

    def _set_state(self, state: Mapping[str, Any]) -> None:
        reader, n_batches, n_features = Reader(state), len(self.batches_), len(self.features_)
        self.covariates_ = covariates_from_state(reader, self.covariate_columns)
        parts = Reader(reader.mapping("scores"), "scores")
        axes = parts.entries("axes")
        n_components = len(axes[0]) if axes and isinstance(axes[0], list) else 0
        self.scores_ = ComponentScores(
            parts.array("coefficients", (len(self.covariates_.names()), n_features)),
            parts.array("centres", (n_batches, n_features)),
            parts.array("per_unit", (n_features,), least=0.0),
            parts.array("axes", (n_features, n_components)),
        )
        self.mixtures_ = tuple(
            Mixture.from_reader(Reader(one, "mixtures"), n_components) for one in reader.entries("mixtures")
        )
        if len(self.mixtures_) != n_batches:
            raise reader.error("mixtures", "are not one for each batch")
        self.combat_ = None
        if state.get("combat") is not None:
            self.combat_ = ComBat.from_document(state["combat"], "saved model: combat")
            if self.combat_.get_params() != ComBat(FOUND, **self._options()).get_params():
                raise reader.error("combat", "does not fit the parameters")
            if self.combat_.features_ != self.features_:
                raise reader.error("combat", "is of other features")


def people_notes(model: BatchHarmonizer, subjects: pd.Series) -> tuple[str, ...]:
    """Say whether the batches that a model found are people rather than scans.

    Parameters
    ----------
    model : BatchHarmonizer
        Fitted; one that does not look for batches has nothing to be said of.
    subjects : Series
        The subject of each row, with the index of the table fitted on.

    Returns
    -------
    tuple of str
        A sentence where subjects have several rows and more than half of what tells the found batches apart lies
        between subjects, corrected for chance: then all scans of a person are of one batch.
    """
    if not isinstance(model, MixtureComBat):
        return ()
    found, known = model.found_, model.known_
    owners = subjects.loc[found.index].groupby([subjects.loc[found.index], known]).ngroup()
    repeated = owners.duplicated(keep=False) & found.groupby(known).transform("nunique").gt(1)
    if found[repeated].nunique() < 2:
        return ()
    share = share_between(found[repeated], owners[repeated], known[repeated])
    if not share > _MUCH:
        return ()
    return (
        f"{share:.0%} of what tells the found batches apart lies between subjects: scans of one person are in one "
        "batch, which is biology rather than a scanner, unless each person was scanned on one alone",
    )
