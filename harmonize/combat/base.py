"""What all harmonizers of feature tables share: which columns are what, and the contract of scikit-learn."""

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from harmonize.arrays import FloatArray, IntArray
from harmonize.combat.answered import adjust, learn
from harmonize.combat.labels import encode, labels_of
from harmonize.combat.location_scale import Options
from harmonize.combat.negative import warn_of_negative
from harmonize.combat.table_parts import as_frame, check_roles, feature_values, refuse_infinite
from harmonize.errors import ConfigurationError
from harmonize.words import some

if TYPE_CHECKING:
    from harmonize.combat.batch_priors import BatchPrior

COVARIATE_ROLES = ("categorical", "continuous", "smooth")
"""Parameters that name covariates; not every harmonizer has all of them."""


@dataclass(frozen=True)
class BatchTable:
    """A feature table taken apart.

    Parameters
    ----------
    frame : pandas.DataFrame
        As given; for the columns that are not features.
    values : ndarray of float64, shape (n_rows, n_features)
        The features, NaN where a value is missing; a copy, whatever the frame holds.
    codes : ndarray of int, shape (n_rows,)
        Batch of each row, as a position in `batches_`.
    """

    frame: pd.DataFrame
    values: FloatArray
    codes: IntArray


class BatchHarmonizer(TransformerMixin, BaseEstimator):
    """Base of the transformers that take batch effects out of a feature table.

    `X` holds the features *and* the columns named in the constructor (batch, covariates, subject), because the
    batch of a row must travel with it through cross-validation. What comes out are the features alone, float64, in
    the order of the fitted table. Columns are found by name, so their order does not matter; in an array without
    names they are found by position.

    A subclass says which columns are not features (`_roles`), learns (`_estimate`), maps (`_adjust`) and states its
    abilities; with its entry in `harmonize.combat.methods` it can be named in study files and on the command line.
    """

    name: ClassVar[str] = ""
    """In study files and on the command line."""
    title: ClassVar[str] = ""
    """In sentences."""
    citations: ClassVar[tuple[str, ...]] = ()
    """What a paper cites for it."""
    paired: ClassVar[bool] = False
    """Whether it needs to know the subject of each row, who is seen in several batches."""
    new_rows: ClassVar[bool] = True
    """Whether it can be applied to rows that it was not fitted on, and so be held out."""
    complete_rows: ClassVar[bool] = False
    """Whether it refuses missing values."""
    several_batches: ClassVar[bool] = False
    """Whether it takes several batch variables, named as `batches`."""
    needs_batch: ClassVar[bool] = True
    """Whether a batch has to be named; one that does not finds batches by itself."""
    lines: ClassVar[bool] = False
    """Whether batch variables that are numbers act along a line, so that their values are no labels of batches."""
    needs_reference: ClassVar[bool] = False
    """Whether one batch has to be named that the others are brought to."""
    saved: ClassVar[bool] = False
    """Whether a fitted one can be written to a file and read again (`to_document`, `from_document`)."""
    by_moments: ClassVar[bool] = False
    """Whether, without covariates, it is ComBat of counts, means and squares of the batches, and of nothing else."""
    reference_ddof: ClassVar[int] = 0
    """What is taken from the rows of a reference batch where their variance is computed."""

    batch: Hashable
    batches_: tuple[Hashable, ...]
    features_: list[Hashable]
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]

    def _roles(self) -> dict[str, tuple[Hashable, ...]]:
        """Name the columns that are not features, by role; the parameter of the constructor is the role."""
        return {"batch": (self.batch,), **self._covariates()}

    def _covariates(self) -> dict[str, tuple[Hashable, ...]]:
        """Name the covariates of the roles that the harmonizer has."""
        return {role: as_names(getattr(self, role)) for role in COVARIATE_ROLES if hasattr(self, role)}

    @property
    def covariate_columns(self) -> list[Hashable]:
        """The columns of covariates."""
        return [column for names in self._covariates().values() for column in names]

    @property
    def batch_columns(self) -> tuple[Hashable, ...]:
        """The columns of the batch."""
        return (self.batch,)

    @property
    def known_batches(self) -> dict[Hashable, tuple[Hashable, ...]]:
        """The batches that a fitted one knows, by their column."""
        return {self.batch: self.batches_}

    @property
    def role_columns(self) -> list[Any]:
        """The columns that are not features."""
        return [column for columns in self._roles().values() for column in columns]

    def location_scale_options(self) -> Options | None:
        """Say by which location and scale model it harmonizes, if by one that can be learned anew for many draws."""
        return None

    def priors(self) -> "tuple[BatchPrior, ...]":
        """Give what a fitted one drew its estimates towards, batch by batch; nothing without empirical Bayes."""
        return ()

    @abstractmethod
    def _estimate(self, table: BatchTable) -> None:
        """Learn from the training rows; sets attributes that end in `_`."""

    @abstractmethod
    def _adjust(self, table: BatchTable) -> FloatArray:
        """Give the harmonized features; may overwrite `table.values`."""

    def fit(self, X: Any, y: object = None) -> Self:
        """Learn the batch effects.

        Parameters
        ----------
        X : pandas.DataFrame or array, shape (n_rows, n_columns)
            Features together with the columns named in the constructor.
        y : ignored

        Raises
        ------
        ConfigurationError
            When a column, a value or the design does not allow it; the message says which and what to do.
        """
        learn(self, self._learn_table(X))
        return self

    def fit_transform(self, X: Any, y: object = None) -> FloatArray:
        """Learn the batch effects and take them out of the same rows; equals `fit(X).transform(X)`."""
        table = self._learn_table(X)
        learn(self, table)
        return self._adjusted(table)

    def transform(self, X: Any) -> FloatArray:
        """Take the learned batch effects out of rows, known or new.

        Parameters
        ----------
        X : pandas.DataFrame or array, shape (n_rows, n_columns)
            The same columns as in `fit`; not every batch need be there.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_features)
            Or a table, after `set_output(transform="pandas")`.

        Raises
        ------
        ConfigurationError
            For other columns than in `fit`, or a batch or level that was not there.

        Warns
        -----
        NegativeWarning
            When a feature that is nowhere negative in `X` becomes so.
        """
        return self._adjusted(self._read_table(X))

    def _adjusted(self, table: BatchTable) -> FloatArray:
        """Adjust, and warn of features that were nowhere negative and now are."""
        lowest = np.fmin.reduce(table.values, axis=0)[None]
        after = adjust(self, table)
        warn_of_negative(self.features_, lowest, after)
        return after

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Name the columns that come out: the features."""
        check_is_fitted(self)
        return np.array([name if isinstance(name, str) else f"x{name}" for name in self.features_], dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "batches_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        return tags

    def _learn_table(self, X: Any) -> BatchTable:
        frame = as_frame(X)
        roles = self._roles()
        check_roles(roles, frame.columns)
        others = [frame.columns.get_loc(column) for column in self.role_columns]
        positions = np.delete(np.arange(frame.shape[1]), others)
        if not len(positions):
            raise ConfigurationError(f"no column is left as a feature beside {', '.join(map(str, frame.columns))}")
        values = feature_values(frame, positions)
        columns = frame.columns.to_numpy(dtype=object)
        codes = self.take(frame, columns[positions].tolist())
        self._note_columns(columns)
        return BatchTable(frame, values, codes)

    def fit_values(self, frame: pd.DataFrame, values: FloatArray, features: Sequence[Hashable]) -> Self:
        """Learn as `fit` does, from features that have been taken out of their table.

        Parameters
        ----------
        frame : pandas.DataFrame, shape (n_rows, n_roles)
            The columns named in the constructor.
        values : ndarray of float64, shape (n_rows, n_features)
            NaN where a value is missing.
        features : sequence of str
            Their names.

        Raises
        ------
        ConfigurationError
            As `fit`.
        """
        refuse_infinite(frame, values, features)
        table = BatchTable(frame, values, self.take(frame, features))
        self._note_columns(np.array([*self.role_columns, *features], dtype=object))
        learn(self, table)
        return self

    def adjust_values(self, frame: pd.DataFrame, values: FloatArray) -> FloatArray:
        """Take the learned batch effects out of rows, known or new, that were taken apart; they stay as they are.

        Parameters
        ----------
        frame, values
            As for `fit_values`. Unlike `transform` it says nothing of features that become negative.
        """
        return adjust(self, BatchTable(frame, values.copy(), self._encode_batch(frame)))

    def take(self, frame: pd.DataFrame, features: Sequence[Hashable]) -> IntArray:
        """Note what is fitted on, without learning from it, and give the batch of each row as a position."""
        column = frame[self.batch]
        self.batches_ = labels_of(column, f"batch '{self.batch}'")
        self.features_ = list(features)
        return encode(column, self.batches_, f"batch '{self.batch}'")

    def _note_columns(self, columns: NDArray[np.object_]) -> None:
        self.n_features_in_ = len(columns)
        if pd.api.types.infer_dtype(columns, skipna=False) == "string":
            self.feature_names_in_ = columns
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _read_table(self, X: Any) -> BatchTable:
        check_is_fitted(self)
        frame = as_frame(X)
        expected = [*self.role_columns, *self.features_]
        position = {column: i for i, column in enumerate(frame.columns.to_numpy(dtype=object).tolist())}
        if position.keys() != set(expected):
            missing = [column for column in expected if column not in position]
            extra = [column for column in position if column not in set(expected)]
            raise ConfigurationError(
                f"the columns differ from those of the {len(expected)} fitted on: "
                + "; ".join(
                    f"{what} {some(map(repr, names))}"
                    for what, names in (("missing", missing), ("unexpected", extra))
                    if names
                )
            )
        positions = np.array([position[name] for name in self.features_])
        return BatchTable(frame, feature_values(frame, positions), self._encode_batch(frame))

    def _refuse_missing(self, table: BatchTable, why: str) -> None:
        missing = np.isnan(table.values)
        if missing.any():
            row, column = np.argwhere(missing)[0]
            raise ConfigurationError(
                f"feature '{self.features_[column]}' has missing values (the first in row {table.frame.index[row]}, "
                f"{missing.sum()} in all), {why}"
            )

    def _encode_batch(self, frame: pd.DataFrame) -> IntArray:
        return encode(frame[self.batch], self.batches_, f"batch '{self.batch}'")


def as_names(columns: Hashable | Sequence[Hashable]) -> tuple[Hashable, ...]:
    """Give column names as a tuple; a single text or number stands for itself.

    Examples
    --------
    >>> as_names("age"), as_names(["age", "sex"]), as_names(())
    (('age',), ('age', 'sex'), ())
    """
    if columns is None:
        return ()
    return tuple(columns) if isinstance(columns, list | tuple | np.ndarray | pd.Index) else (columns,)
