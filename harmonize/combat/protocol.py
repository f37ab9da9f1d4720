"""Protocol ComBat: effects of acquisition parameters that are numbers, such as echo time or acceleration."""

import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from itertools import combinations, pairwise
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import pandas as pd

from harmonize.arrays import FloatArray, IntArray
from harmonize.combat.base import BatchTable, as_names
from harmonize.combat.covariates import Categorical, Covariates, check_estimable, learn_covariates, numbers
from harmonize.combat.protocol_effects import ProtocolEffects, fit_protocol
from harmonize.combat.reader import Reader
from harmonize.combat.saved import SavedHarmonizer
from harmonize.combat.serialization import covariates_from_state, covariates_state
from harmonize.errors import ConfigurationError, HarmonizationWarning
from harmonize.inputs.limits import Bounds, check_limits
from harmonize.inputs.missing_codes import number_of

COMPLETE_ONLY = (
    "and the regression on the protocol needs complete rows; fill them, leave the features out, or use ComBat"
)


class ProtocolRangeWarning(HarmonizationWarning):
    """A parameter lies outside of the values that were learned from."""


@dataclass(eq=False, repr=False)
class ProtocolComBat(SavedHarmonizer):
    """Take out the effects of acquisition parameters: a regression on the protocol, with empirical Bayes.

    Location and logarithm of the scale of each feature are linear in the parameters; their slopes are drawn towards
    what the features have in common. New scans with values between those that were learned from are adjusted as well.

    Parameters
    ----------
    batches : sequence of columns
        Parameters of the protocol. A column of numbers (echo time, acceleration, spacing) acts along a line, any other
        (scanner) by its levels.
    categorical, continuous, smooth : column or sequence of columns
        Covariates whose effect is kept, as for `ComBat`.
    reference : label, optional
        The protocol to which all others are brought and that stays as it is: the values of the parameters, joined by
        ``+``, such as ``80+2``. Without one, the mean over all rows.
    mean_only : bool
        Leave scales alone.
    empirical_bayes : bool
        `False` takes the slopes of each feature as they are.
    outside : {"hold", "refuse"}
        What becomes of rows of which a parameter lies outside of the range that was learned from: adjusted as at the
        end of the range, with a warning, or refused.
    spline_df : int
        Degrees of freedom of each spline in `smooth`.

    Attributes
    ----------
    protocol_, covariates_ : Covariates
        How parameters and covariates are coded.
    ranges_ : dict of column to tuple of float
        Least and greatest value of each parameter that is a number.
    origin_ : ndarray of float64, shape (n_design_columns,)
        The design columns of the reference, in the order of `protocol_.names()`.
    effects_ : ProtocolEffects
        What was estimated.
    untouched_features_ : list
        Features that pass unchanged: constant, or explained without a rest.

    Raises
    ------
    ConfigurationError
        From `fit`, for missing values, parameters that cannot be told apart, or too few rows.

    Notes
    -----
    y = alpha + x beta + sigma (z theta + exp(z phi / 2) e), with covariates x and parameters z relative to the
    reference. By least squares, theta first, then phi from the logarithms of the squared residuals (Harvey 1976), each
    divided by what the regression leaves of it. Their priors are normal, with mean and covariance over features. With
    `empirical_bayes=False` and `mean_only=True` the result is that of R `limma::removeBatchEffect` with covariates.

    References
    ----------
    Johnson, Li & Rabinovic 2007, Biostatistics 8(1), 118-127, doi:10.1093/biostatistics/kxj037 (location and scale by
    empirical Bayes). Ritchie et al. 2015, Nucleic Acids Research 43(7), e47, doi:10.1093/nar/gkv007 (effects of
    continuous covariates taken out). Harvey 1976, Econometrica 44(3), 461-465, doi:10.2307/1913974 (variance).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> TE = np.repeat([80, 100, 120], 20)
    >>> X = pd.DataFrame(rng.normal(size=(60, 4)), columns=list("wxyz")).assign(TE=TE)
    >>> X[list("wxyz")] += 0.1 * X[["TE"]].to_numpy()
    >>> protocol = ProtocolComBat(["TE"], reference="80").set_output(transform="pandas")
    >>> protocol.fit_transform(X).groupby(TE).mean().round(1)
             w    x    y    z
    80   7.9  8.1  8.3  8.3
    100  8.0  8.3  7.9  8.0
    120  8.0  8.2  8.1  8.2
    """

    name = "protocol"
    title = "protocol ComBat"
    citations: ClassVar[tuple[str, ...]] = (
        "Johnson WE, Li C, Rabinovic A. Adjusting batch effects in microarray expression data using empirical Bayes "
        "methods. Biostatistics 2007;8:118-127.",
        "Ritchie ME, Phipson B, Wu D, et al. limma powers differential expression analyses for RNA-sequencing and "
        "microarray studies. Nucleic Acids Research 2015;43:e47.",
    )
    several_batches = True
    lines = True
    complete_rows = True

    protocol_: Covariates = field(init=False)
    covariates_: Covariates = field(init=False)
    ranges_: dict[Hashable, tuple[float, float]] = field(init=False)
    origin_: FloatArray = field(init=False)
    effects_: ProtocolEffects = field(init=False)

    batches: Sequence[Hashable] = ("batch",)
    _: KW_ONLY
    categorical: Hashable | Sequence[Hashable] = ()
    continuous: Hashable | Sequence[Hashable] = ()
    smooth: Hashable | Sequence[Hashable] = ()
    reference: Hashable = None
    mean_only: bool = False
    empirical_bayes: bool = True
    outside: Literal["hold", "refuse"] = "hold"
    spline_df: Annotated[int, Bounds(least=2)] = 4

    @property
    def batch(self) -> Hashable:  # type: ignore[override]  # here it follows from `batches`
        """The parameters together."""
        return "+".join(map(str, self.batch_columns))

    @property
    def batch_columns(self) -> tuple[Hashable, ...]:
        """The parameters."""
        return as_names(self.batches)

    @property
    def known_batches(self) -> dict[Hashable, tuple[Hashable, ...]]:
        """The levels of parameters that are no numbers."""
        return {term.column: term.levels for term in self.protocol_.terms if isinstance(term, Categorical)}

    @property
    def untouched_features_(self) -> list[Hashable]:
        """Features that pass unchanged."""
        return [name for name, unit in zip(self.features_, self.effects_.deviation, strict=True) if unit == 0.0]

    def _roles(self) -> dict[str, tuple[Hashable, ...]]:
        if not self.batch_columns:
            raise ConfigurationError("batches is empty; name the columns of the protocol")
        return {"batches": self.batch_columns, **self._covariates()}

    def take(self, frame: pd.DataFrame, features: Sequence[Hashable]) -> IntArray:
        """Note what is fitted on; all rows are of one batch, as their parameters say where they stand."""
        self.batches_, self.features_ = self.batch_columns, list(features)
        return self._encode_batch(frame)

    def _encode_batch(self, frame: pd.DataFrame) -> IntArray:
        return np.zeros(len(frame), dtype=np.intp)

    def _estimate(self, table: BatchTable) -> None:
        self._check_parameters()
        self._refuse_missing(table, COMPLETE_ONLY)
        frame, columns = table.frame, self.batch_columns
        along = [column for column in columns if _is_line(frame[column], column)]
        terms = learn_covariates(frame, [column for column in columns if column not in along], along).terms
        self.protocol_ = Covariates(tuple(sorted(terms, key=lambda term: columns.index(term.column))))
        self.covariates_ = learn_covariates(frame, **self._covariates(), spline_df=self.spline_df)
        self.ranges_ = {column: _range(numbers(frame, column)) for column in along}
        kept, taken = self.covariates_.code(frame), self.protocol_.code(frame)
        design = np.hstack([kept, taken])
        if not taken.shape[1]:
            raise ConfigurationError(f"{self.batch} is the same in all rows: there is nothing to harmonize")
        check_estimable(design, table.codes, [*self.covariates_.names(), *self.protocol_.names()], None)
        self.origin_ = taken.mean(axis=0) if self.reference is None else self._reference_row()
        empirical_bayes, mean_only = bool(self.empirical_bayes), bool(self.mean_only)
        self.effects_ = fit_protocol(table.values, kept, taken - self.origin_, empirical_bayes, mean_only)

    def _adjust(self, table: BatchTable) -> FloatArray:
        self._refuse_missing(table, COMPLETE_ONLY)
        taken = self.protocol_.code(self._held(table.frame)) - self.origin_
        return self.effects_.apply(table.values, self.covariates_.code(table.frame), taken)

    def _held(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Bring parameters outside of their range to its end, or refuse them."""
        held = frame.copy()
        for column, (least, most) in self.ranges_.items():
            x = numbers(frame, column)
            slack = 1e-9 * (most - least)
            outside = (x < least - slack) | (x > most + slack)
            held[column] = np.clip(x, least, most)
            if not outside.any():
                continue
            found = ", ".join(f"{value:g}" for value in np.unique(x[outside])[:5])
            what = f"{column} {found} lies outside of {least:g} to {most:g}, the range that was learned from"
            if self.outside == "refuse":
                raise ConfigurationError(
                    f"{what} (the first is row {frame.index[int(outside.argmax())]}); fit on rows of this protocol, "
                    "leave these rows out, or take outside='hold'"
                )
            warnings.warn(
                f"{what}: such rows are adjusted as at its end, which may be too little",
                ProtocolRangeWarning,
                stacklevel=4,
            )
        return held

    def _reference_row(self) -> FloatArray:
        """Give the design columns of the reference."""
        parts = self._reference_parts()
        row = pd.DataFrame([parts], columns=pd.Index(self.batch_columns))
        for column, (least, most) in self.ranges_.items():
            try:
                value = float(numbers(row, column)[0])
            except ConfigurationError:
                raise ConfigurationError(
                    f"reference={self.reference!r}: expected a number for {column}, in the order of {self.batch}"
                ) from None
            if not least <= value <= most:
                raise ConfigurationError(
                    f"reference={self.reference!r}: {column} {value:g} lies outside of {least:g} to {most:g}, the "
                    "range that is learned from; name a protocol within it"
                )
        row_of_design: FloatArray = self.protocol_.code(row)[0]
        return row_of_design

    def _reference_parts(self) -> list[str]:
        """Take the reference apart at ``+``, where levels may have one in their names."""
        pieces, n = str(self.reference).split("+"), len(self.batch_columns)
        cuts = combinations(range(1, len(pieces)), n - 1)
        ways = [["+".join(pieces[i:j]) for i, j in pairwise((0, *cut, len(pieces)))] for cut in cuts]
        named = [way for way in ways if self._are_levels(way)] if len(ways) > 1 else ways
        if len(named) != 1:
            raise ConfigurationError(
                f"reference={self.reference!r}: expected a value for each of {self.batch}, joined by '+'"
                + (f", and it can be read as {' or as '.join(map(str, named))}; rename a level" if named else "")
            )
        return named[0]

    def _are_levels(self, parts: Sequence[str]) -> bool:
        known = self.known_batches
        return all(
            part in map(str, known[column]) if column in known else number_of(part) is not None
            for column, part in zip(self.batch_columns, parts, strict=True)
        )

    def _check_parameters(self) -> None:
        for name in ("mean_only", "empirical_bayes"):
            if not isinstance(getattr(self, name), bool | np.bool_):
                raise ConfigurationError(f"{name}={getattr(self, name)!r}: expected True or False")
        if self.outside not in ("hold", "refuse"):
            raise ConfigurationError(f"outside={self.outside!r}: expected 'hold' or 'refuse'")
        check_limits(self, ConfigurationError)

    def _state(self) -> dict[str, Any]:
        return {
            "protocol": covariates_state(self.protocol_),
            "covariates": covariates_state(self.covariates_),
            "ranges": [self.ranges_.get(column) for column in self.batch_columns],
            "origin": self.origin_,
            "effects": self.effects_.to_mapping(),
        }

    def _set_state(self, state: Mapping[str, Any]) -> None:
        reader = Reader(state)
        self.protocol_ = covariates_from_state(reader, self.batch_columns, "protocol")
        self.covariates_ = covariates_from_state(reader, self.covariate_columns)
        n_kept, n_taken = len(self.covariates_.names()), len(self.protocol_.names())
        ranges = reader.entries("ranges")
        along = [not isinstance(term, Categorical) for term in self.protocol_.terms]
        if [isinstance(found, list) and len(found) == 2 for found in ranges] != along:
            raise reader.error("ranges", "do not fit the protocol")
        found = [Reader({"range": one}, "ranges").numbers("range") for one in ranges if one is not None]
        named = [column for column, line in zip(self.batch_columns, along, strict=True) if line]
        self.ranges_ = {column: (least, most) for column, (least, most) in zip(named, found, strict=True)}
        self.origin_ = reader.array("origin", (n_taken,))
        effects = Reader(reader.mapping("effects"), "effects")
        self.effects_ = ProtocolEffects.from_reader(effects, n_kept, n_taken, len(self.features_))


def _is_line(column: "pd.Series[Any]", name: Hashable) -> bool:
    """Tell whether a parameter is a number; one that is a number in some rows only is refused."""
    if pd.api.types.is_bool_dtype(column):
        return False
    found = pd.to_numeric(column, errors="coerce").notna() | column.isna()
    if found.any() and not found.all():
        raise ConfigurationError(
            f"{name} is a number in {found.sum()} rows, and {column[~found].iloc[0]!r} in row "
            f"{column.index[int(np.argmin(found))]}; write numbers in all rows, or names in all"
        )
    return bool(found.all())


def _range(x: FloatArray) -> tuple[float, float]:
    return float(x.min()), float(x.max())
