"""Nested ComBat: several batch variables, one after the other."""

import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from itertools import combinations, permutations
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from harmonize.arrays import FloatArray, IntArray
from harmonize.combat.base import BatchTable, as_names
from harmonize.combat.combat import ComBat
from harmonize.combat.design import SmallBatchWarning
from harmonize.combat.labels import encode, labels_of
from harmonize.combat.negative import NegativeWarning
from harmonize.combat.reader import Reader
from harmonize.combat.saved import SavedHarmonizer
from harmonize.errors import ConfigurationError, HarmonizationWarning
from harmonize.remarks import unsaid

MAX_SEARCHED = 5
"""Batch variables up to which all orders are tried."""


class OneVariableWarning(HarmonizationWarning):
    """Of two batch variables one follows from the other: their effects cannot be told apart."""


@dataclass(eq=False, repr=False)
class NestedComBat(SavedHarmonizer):
    """ComBat for several batch variables in turn (nested ComBat).

    Parameters
    ----------
    batches : sequence of columns
        Batch variables, such as scanner, acquisition and reconstruction.
    order : {"given", "search"}
        In which order they are taken out. `"search"` tries every order on the rows of `fit`, and those alone, and takes
        the one after which the fewest features still differ between batches of any variable (k-sample
        Anderson-Darling test at 5 %); the first of equals in the order given.
    categorical, continuous, smooth, parametric, mean_only, empirical_bayes, tolerance, spline_df
        As for `ComBat`, in every step.

    Attributes
    ----------
    order_ : tuple
        Batch variables in the order in which they are taken out.
    remaining_ : dict of tuple to int
        For each order tried, how many pairs of feature and batch variable still differ; empty unless searched.
    steps_ : list of ComBat
        The fitted steps, in that order.
    features_, n_features_in_, feature_names_in_
        As for `ComBat`.

    Raises
    ------
    ConfigurationError
        From `fit`, as `ComBat`, and for a search with missing values or more than five batch variables.

    Warns
    -----
    OneVariableWarning
        Where of two batch variables one follows from the other.

    References
    ----------
    Horng et al. 2022, Scientific Reports 12, 4493, doi:10.1038/s41598-022-08412-9.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame(rng.normal(size=(100, 4)), columns=list("wxyz"))
    >>> X["scanner"], X["protocol"] = np.tile(["A", "B"], 50), np.repeat(["fast", "slow"], 50)
    >>> X[list("wxyz")] += 2.0 * (X[["scanner"]] == "B").to_numpy() + (X[["protocol"]] == "slow").to_numpy()
    >>> NestedComBat(batches=["scanner", "protocol"], order="search").fit(X).order_
    ('scanner', 'protocol')
    """

    name = "nested"
    title = "nested ComBat"
    citations: ClassVar[tuple[str, ...]] = (
        "Horng H, Singh A, Yousefi B, et al. Generalized ComBat harmonization methods for radiomic features with "
        "multi-modal distributions and multiple batch effects. Scientific Reports 2022;12:4493.",
    )
    several_batches = True

    order_: tuple[Hashable, ...] = field(init=False)
    remaining_: dict[tuple[Hashable, ...], int] = field(init=False)
    steps_: list[ComBat] = field(init=False)

    batches: Sequence[Hashable] = ("batch",)
    _: KW_ONLY
    order: Literal["given", "search"] = "given"
    categorical: Hashable | Sequence[Hashable] = ()
    continuous: Hashable | Sequence[Hashable] = ()
    smooth: Hashable | Sequence[Hashable] = ()
    parametric: bool = True
    mean_only: bool = False
    empirical_bayes: bool = True
    tolerance: float | None = None
    spline_df: int = 4

    @property
    def batch(self) -> Hashable:  # type: ignore[override]  # here it follows from `batches`
        """The first batch variable, which the shared checks of the table look at."""
        return self.batch_columns[0]

    @property
    def batch_columns(self) -> tuple[Hashable, ...]:
        """The batch variables."""
        return as_names(self.batches)

    @property
    def known_batches(self) -> dict[Hashable, tuple[Hashable, ...]]:
        """The batches that each step knows, by their column."""
        return {step.batch: step.batches_ for step in self.steps_}

    def _roles(self) -> dict[str, tuple[Hashable, ...]]:
        if not as_names(self.batches):
            raise ConfigurationError("batches is empty; name the batch columns")
        return {
            "batches": as_names(self.batches),
            **self._covariates(),
        }

    def _estimate(self, table: BatchTable) -> None:
        given = as_names(self.batches)
        self.remaining_ = {}
        self._check_parameters()
        for one, other in combinations(given, 2):
            _warn_of_one_variable(table.frame, one, other)
        self.order_ = given if self.order == "given" else self._search(table, given)
        self.steps_, _ = self._run(table, self.order_)

    def _search(self, table: BatchTable, given: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
        if len(given) > MAX_SEARCHED:
            raise ConfigurationError(
                f"{len(given)} batch variables have too many orders to try, at most {MAX_SEARCHED} are searched; "
                "use order='given'"
            )
        if np.isnan(table.values).any():
            raise ConfigurationError("order='search' tests complete features only; fill them or use order='given'")
        codes = {}
        for column in given:
            labels = labels_of(table.frame[column], f"batch '{column}'")
            codes[column] = encode(table.frame[column], labels, f"batch '{column}'")
        for order in permutations(given):
            with unsaid(SmallBatchWarning):  # the chosen order warns
                _, values = self._run(table, order)
            self.remaining_[order] = sum(differing(values, codes[column]) for column in given)
        return min(self.remaining_, key=lambda order: self.remaining_[order])

    def _run(self, table: BatchTable, order: tuple[Hashable, ...]) -> tuple[list[ComBat], FloatArray]:
        steps, values = [], table.values
        for column in order:
            step = ComBat(column, **self._options())
            with unsaid(NegativeWarning):
                values = step.fit_transform(self._table_of(table, values, column))
            steps.append(step)
        return steps, values

    def _adjust(self, table: BatchTable) -> FloatArray:
        values = table.values
        for step in self.steps_:
            with unsaid(NegativeWarning):
                values = step.transform(self._table_of(table, values, step.batch))
        return values

    def inverse_transform(self, X: Any) -> FloatArray:
        """Put the batch effects back into harmonized rows; see `ComBat.inverse_transform`."""
        table = self._read_table(X)
        values = table.values
        for step in reversed(self.steps_):
            values = step.inverse_transform(self._table_of(table, values, step.batch))
        return values

    def _check_parameters(self) -> None:
        if self.order not in ("given", "search"):
            raise ConfigurationError(f"order={self.order!r}: expected 'given' or 'search'")

    def _state(self) -> dict[str, Any]:
        return {
            "steps": [step.to_document() for step in self.steps_],
            "remaining": [[list(order), count] for order, count in self.remaining_.items()],
        }

    def _set_state(self, state: Mapping[str, Any]) -> None:
        reader = Reader(state)
        self.steps_ = [ComBat.from_document(entry, "saved model: steps") for entry in reader.entries("steps")]
        self.order_ = tuple(step.batch for step in self.steps_)
        wanted = [ComBat(column, **self._options()).get_params() for column in self.order_]
        if sorted(map(str, self.order_)) != sorted(map(str, as_names(self.batches))):
            raise reader.error("steps", "are not of the batch variables")
        if [step.get_params() for step in self.steps_] != wanted:
            raise reader.error("steps", "do not fit the parameters")
        if any(step.features_ != self.features_ for step in self.steps_):
            raise reader.error("steps", "are of other features")
        try:
            self.remaining_ = {tuple(order): int(count) for order, count in reader.entries("remaining")}
        except (TypeError, ValueError) as error:
            raise reader.error("remaining", "is no list of orders with counts") from error

    def _options(self) -> dict[str, Any]:
        return {name: value for name, value in self.get_params().items() if name not in ("batches", "order")}

    def _table_of(self, table: BatchTable, values: FloatArray, batch: Hashable) -> pd.DataFrame:
        """Put the features as they are now beside the columns of one step."""
        features = pd.DataFrame(values, columns=pd.Index(self.features_), index=table.frame.index)
        return pd.concat([features, table.frame[[batch, *self.covariate_columns]]], axis=1)


def _warn_of_one_variable(frame: pd.DataFrame, one: Hashable, other: Hashable) -> None:
    """Warn where of two batch variables one follows from the other."""
    pairs = frame[[one, other]].drop_duplicates()
    follows = {name: len(pairs) == pairs[told_by].nunique() for name, told_by in ((one, other), (other, one))}
    if not any(follows.values()):
        return
    what = f"the batch variables '{one}' and '{other}' are one: each level of one goes with one of the other"
    if not all(follows.values()):
        finer, coarser = (one, other) if follows[other] else (other, one)
        what = f"the batch variable '{coarser}' follows from '{finer}'"
    warnings.warn(
        f"{what}, so that their effects cannot be told apart and the first takes out both; leave one of them out",
        OneVariableWarning,
        stacklevel=4,
    )


def differing(values: FloatArray, codes: IntArray) -> int:
    """Count the features whose values differ between samples at 5 % (Anderson-Darling); constant ones do not."""
    from scipy.stats import anderson_ksamp  # only here: loading it takes long

    samples = [values[codes == code] for code in range(int(codes.max()) + 1)]
    count = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # p at the ends of SciPy's table, and a parameter that is renamed there
        for feature in np.flatnonzero(np.ptp(values, axis=0) > 0):
            found = anderson_ksamp([sample[:, feature] for sample in samples])
            count += bool(found.statistic > found.critical_values[2])
    return count
