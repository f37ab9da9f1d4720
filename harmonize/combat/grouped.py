"""One harmonizer for each group of rows: by default each sequence and ROI by itself."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from harmonize.combat.base import BatchHarmonizer
from harmonize.combat.methods import METHODS
from harmonize.combat.negative import NegativeWarning, warn_of_negative
from harmonize.combat.notes import collect_notes
from harmonize.combat.reader import Reader
from harmonize.combat.serialization import (
    check_document,
    model_name,
    read_document,
    write_document,
)
from harmonize.digest import sealed
from harmonize.errors import ConfigurationError, HarmonizationWarning
from harmonize.inputs.frames import takes_frames
from harmonize.remarks import unsaid
from harmonize.words import some

SCHEMA = "radharmony.harmonizer"
SCHEMA_VERSION = 1

Labels = tuple[str, ...]
Note = Callable[[Labels, pd.DataFrame, Sequence[HarmonizationWarning]], None]


@dataclass(frozen=True)
class GroupedHarmonizer:
    """Harmonizers fitted group by group, as other groups are not further samples of the same batch effect.

    Parameters
    ----------
    by : tuple of str
        Columns whose levels make the groups; none for all rows together.
    models : mapping of tuple of str to BatchHarmonizer
        By the levels of a group its fitted harmonizer.

    Examples
    --------
    >>> from radharmony import ComBat
    >>> rng = np.random.default_rng(0)
    >>> table = pd.DataFrame(rng.normal(size=(160, 3)), columns=list("xyz"))
    >>> table["scanner"], table["roi"] = np.repeat(["A", "B"], 80), np.tile(["liver", "spleen"], 80)
    >>> fitted = GroupedHarmonizer.fit(ComBat("scanner", reference="A"), table, list("xyz"), by=["roi"])
    >>> sorted(fitted.models), fitted.transform(table).shape
    ([('liver',), ('spleen',)], (160, 3))
    """

    by: tuple[str, ...]
    models: Mapping[Labels, BatchHarmonizer]

    @classmethod
    @takes_frames
    def fit(
        cls,
        model: BatchHarmonizer,
        table: pd.DataFrame,
        features: Sequence[str],
        by: Sequence[str],
        note: Note | None = None,
    ) -> "GroupedHarmonizer":
        """Fit one clone of a harmonizer on each group of rows.

        Parameters
        ----------
        model : BatchHarmonizer
            What to fit; it is not changed itself.
        table : DataFrame
            Training rows: features, and the columns that the model and `by` name.
        features : sequence of str
            Feature columns. One that a group has no value of counts as not extracted there and is left out of it.
        by : sequence of str
            Columns whose levels make the groups.
        note : callable, optional
            Is given the labels and rows of each group after it was fitted, and what was warned of, which then is no
            warning any more.

        Raises
        ------
        ConfigurationError
            When a column is absent or has two roles, or a group cannot be fitted; the message names the group.
        """
        roles = model.role_columns
        _check_columns(table, roles, by, features)
        models: dict[Labels, BatchHarmonizer] = {}
        for labels, positions in split_groups(table, by):
            rows = table.iloc[positions]
            with _within(by, labels):
                present = [name for name in features if rows[name].notna().any()]
                if not present:
                    raise ConfigurationError("no feature has a value; leave these rows out")
                with nullcontext([]) if note is None else collect_notes() as warned:
                    fitted = clone(model).set_output(transform="default").fit(rows[[*roles, *present]])
            models[labels] = fitted
            if note is not None:
                note(labels, rows, warned)
        if not models:
            raise ConfigurationError("there is no row to fit on")
        return cls(tuple(by), models)

    @property
    def features(self) -> tuple[str, ...]:
        """The features of all groups, in the order of the first that has them."""
        return tuple(dict.fromkeys(str(name) for model in self.models.values() for name in model.features_))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns beside the features that rows must have."""
        return tuple(dict.fromkeys((*self.by, *next(iter(self.models.values())).role_columns)))

    @property
    def saved(self) -> bool:
        """Whether all models can be written to a file."""
        return all(model.saved for model in self.models.values())

    def untouched(self) -> dict[Labels, tuple[str, ...]]:
        """List for each group the features that pass unchanged because they do not vary within some batch."""
        found = {labels: tuple(getattr(model, "untouched_features_", ())) for labels, model in self.models.items()}
        return {labels: names for labels, names in found.items() if names}

    @takes_frames
    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """Take the batch effects out of rows, known or new.

        Parameters
        ----------
        table : DataFrame
            Rows of groups and batches that were fitted on, with all features; other columns do not matter.

        Returns
        -------
        DataFrame
            The features alone, with the index of `table`.

        Raises
        ------
        ConfigurationError
            For a group, batch or level that was not fitted on, or a feature that is absent, or has values in a group
            that had none of it when fitting.

        Warns
        -----
        NegativeWarning
            When a feature that is nowhere negative in `table` becomes so.
        """
        features = self.features
        roles = next(iter(self.models.values())).role_columns
        _check_columns(table, roles, self.by, features)
        out = np.full((len(table), len(features)), np.nan)
        position = {name: i for i, name in enumerate(features)}
        for labels, positions in split_groups(table, self.by):
            rows = table.iloc[positions]
            with _within(self.by, labels):
                if labels not in self.models:
                    raise ConfigurationError(
                        "was not fitted on; fit on rows that include it, or leave its "
                        f"{len(positions)} rows out. Fitted were {some(map(' / '.join, self.models), 8)}"
                    )
                model = self.models[labels]
                known = [str(name) for name in model.features_]
                new = [name for name in features if name not in set(known) and rows[name].notna().any()]
                if new:
                    raise ConfigurationError(
                        f"feature '{new[0]}' has values, and had none when fitting ({len(new)} such features); fit "
                        "again, or empty it"
                    )
                with unsaid(NegativeWarning):
                    harmonized = model.transform(rows[[*roles, *known]])
                out[np.ix_(positions, np.array([position[name] for name in known]))] = harmonized
        warn_of_negative(features, table[list(features)].to_numpy(dtype=np.float64, na_value=np.nan), out)
        return pd.DataFrame(out, index=table.index, columns=list(features))

    def save(self, path: str | PathLike[str]) -> None:
        """Write all models to one JSON file; raises as `to_document`."""
        write_document(path, self.to_document())

    def to_document(self) -> dict[str, Any]:
        """Give all models as plain values, with a schema version and digests.

        Raises
        ------
        ConfigurationError
            For a method that cannot be saved.
        """
        documents: list[Any] = [model for model in self.models.values() if model.saved]
        if len(documents) < len(self.models):
            kinds = {type(model).__name__ for model in self.models.values() if not model.saved}
            known = " or ".join(cls.__name__ for cls in METHODS.values() if cls.saved)
            raise ConfigurationError(f"a {min(kinds)} cannot be saved; save {known}, or keep the table it gave")
        groups = [
            {"labels": list(labels), "model": model.to_document()}
            for labels, model in zip(self.models, documents, strict=True)
        ]
        return sealed({"schema": SCHEMA, "version": SCHEMA_VERSION, "by": list(self.by), "groups": groups})

    @classmethod
    def load(cls, path: str | PathLike[str]) -> "GroupedHarmonizer":
        """Read what `save` wrote; nothing in the file is executed and every value is checked.

        Raises
        ------
        ConfigurationError
            When the file is not such a model, is of another version, or was altered.
        """
        return cls.from_document(read_document(path), model_name(path))

    @classmethod
    def from_document(cls, document: object, where: str) -> "GroupedHarmonizer":
        """Take what `to_document` gave, checking all of it; raises as `load`, naming the place."""
        content = check_document(document, SCHEMA, SCHEMA_VERSION, ("by", "groups"), where)
        reader = Reader(content, "groups")
        by = tuple(reader.labels("by")) if content["by"] else ()
        models: dict[Labels, BatchHarmonizer] = {}
        for entry in reader.entries("groups"):
            group = Reader(entry, "groups")
            labels = tuple(group.entries("labels"))
            if len(labels) != len(by) or not all(isinstance(label, str) for label in labels) or labels in models:
                raise group.error("labels", "do not fit the columns, or stand there twice")
            kind = group.mapping("model").get("kind")
            saved: dict[str, Any] = {cls.__name__: cls for cls in METHODS.values() if cls.saved}
            if not isinstance(kind, str) or kind not in saved:
                raise ConfigurationError(f"{where}: group {labels}: unknown kind {kind!r}; fit it again")
            models[labels] = saved[kind].from_document(entry["model"], f"{where}: group {labels}")
        if not models or len({tuple(model.role_columns) for model in models.values()}) > 1:
            raise reader.error("groups", "are none, or name different columns")
        if not all(isinstance(name, str) for name in by):
            raise reader.error("by", "holds what is no name of a column")
        return cls(tuple(map(str, by)), models)


def _check_columns(table: pd.DataFrame, roles: Sequence[Any], by: Sequence[str], features: Sequence[str]) -> None:
    named = [*roles, *by, *features]
    twice = [name for name in dict.fromkeys(named) if named.count(name) > 1] if len(set(named)) < len(named) else []
    if twice:
        raise ConfigurationError(f"column '{twice[0]}' has two roles; give it one")
    absent = [name for name in named if name not in table.columns]
    if absent:
        more = f" ({len(absent)} columns are absent)" if len(absent) > 1 else ""
        raise ConfigurationError(f"there is no column '{absent[0]}' in the table{more}")


def split_groups(table: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[Labels, np.ndarray]]:
    """Give the positions of the rows of each group, groups in the order of the table."""
    if not by:
        if len(table):
            yield (), np.arange(len(table))
        return
    for name in by:
        missing = table[name].isna().to_numpy()
        if missing.any():
            raise ConfigurationError(
                f"column '{name}' is missing in {missing.sum()} rows, the first is row "
                f"{table.index[int(missing.argmax())]}; fill it or leave these rows out"
            )
    keys = table[list(by)].astype(str)
    codes = keys.groupby(list(by), sort=False, observed=True).ngroup().to_numpy()
    names = [keys[name].to_numpy(dtype=object) for name in by]  # a row of pandas takes longer than a group
    for code in range(int(codes.max()) + 1 if len(codes) else 0):
        positions = np.flatnonzero(codes == code)
        yield tuple(column[positions[0]] for column in names), positions


@contextmanager
def _within(by: Sequence[str], labels: Labels) -> Iterator[None]:
    """Name the group in errors."""
    try:
        yield
    except ConfigurationError as error:
        if not by:
            raise
        group = ", ".join(f"{name} '{label}'" for name, label in zip(by, labels, strict=True))
        raise ConfigurationError(f"{group}: {error}") from error
