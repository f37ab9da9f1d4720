"""Harmonizers that can be written to a file once they are fitted, and read again."""

from abc import abstractmethod
from collections.abc import Hashable, Mapping
from os import PathLike
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from harmonize.combat.base import BatchHarmonizer
from harmonize.combat.location_scale import LocationScale
from harmonize.combat.reader import Reader
from harmonize.combat.serialization import (
    effects_from_state,
    effects_state,
    from_document,
    model_name,
    read_document,
    saved_name,
    to_document,
    write_document,
)


class SavedHarmonizer(BatchHarmonizer):
    """Base of the harmonizers whose maps can be written down, and so be applied to new scans of known batches.

    A subclass gives what it has learned beside batches and features as plain values (`_state`), and takes it back with
    a check of names, shapes and ranges (`_set_state`).
    """

    saved = True

    def save(self, path: str | PathLike[str]) -> None:
        """Write the fitted model as JSON with a schema version and a digest.

        Raises
        ------
        ConfigurationError
            When column names or labels are neither texts nor numbers.
        """
        write_document(path, self.to_document())

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Read a model that `save` wrote; nothing in the file is executed and every value is checked.

        Raises
        ------
        ConfigurationError
            When the file is not such a model, is of another version, or was altered.
        """
        return cls.from_document(read_document(path), model_name(path))

    def to_document(self) -> dict[str, Any]:
        """Give what `save` writes, as plain values."""
        check_is_fitted(self)
        table = {
            "batches": self.batches_,
            "features": [saved_name(name) for name in self.features_],
            "columns": list(self.feature_names_in_) if hasattr(self, "feature_names_in_") else None,
        }
        return to_document(type(self).__name__, self.get_params(), table | self._state())

    @classmethod
    def from_document(cls, document: object, where: str = "model") -> Self:
        """Make the model from what `to_document` gave; `where` names the place in messages."""
        parameters, state = from_document(document, cls.__name__, cls().get_params(), where)
        model = cls(**parameters)
        model._check_parameters()
        reader = Reader(state)
        model.batches_, model.features_ = tuple(reader.labels("batches")), reader.labels("features")
        model._set_state(state)
        model._set_columns(reader)
        return model

    def _set_columns(self, reader: Reader) -> None:
        """Take the columns of the table, which are those of features and parameters."""
        columns = None if reader.state.get("columns") is None else reader.labels("columns")
        if columns is not None:
            if set(columns) != {*self.role_columns, *self.features_}:
                raise reader.error("columns", "do not fit features and parameters")
            self.feature_names_in_ = np.array(columns, dtype=object)
        self.n_features_in_ = len(self.features_) + len(self.role_columns)

    def _reference_of(self, reader: Reader) -> int | None:
        """Give the place of the reference among the batches, if there is one."""
        reference = getattr(self, "reference", None)
        if reference is None:
            return None
        if reference not in self.batches_:
            raise reader.error("batches", "do not hold the reference")
        return self.batches_.index(reference)

    def _check_parameters(self) -> None:
        """Refuse parameters out of range, as `fit` does."""

    @abstractmethod
    def _state(self) -> dict[str, Any]:
        """Give what was learned, as plain values."""

    @abstractmethod
    def _set_state(self, state: Mapping[str, Any]) -> None:
        """Take what `_state` gave, checking all of it."""


class EffectsHarmonizer(SavedHarmonizer):
    """Base of the harmonizers that move and stretch each feature of each batch, once for all rows."""

    effects_: LocationScale

    @property
    def untouched_features_(self) -> list[Hashable]:
        """Features that pass unchanged."""
        return [name for name, untouched in zip(self.features_, self.effects_.untouched, strict=True) if untouched]

    def _state(self) -> dict[str, Any]:
        return {"effects": effects_state(self.effects_)}

    def _set_state(self, state: Mapping[str, Any]) -> None:
        reader = Reader(state)
        effects = Reader(reader.mapping("effects"), "effects")
        sizes = len(self.batches_), len(self.features_)
        self.effects_ = effects_from_state(effects, *sizes, self._reference_of(reader))
