"""How a feature table becomes arrays: one block per strategy, sequence and ROI, with the same subjects in all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from evaluation.tables import check_feature_table, feature_columns
from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import suggest
from harmonize.inputs.frames import takes_frames


@dataclass(frozen=True)
class Group:
    """All measurements of one strategy, sequence and ROI.

    Parameters
    ----------
    strategy, sequence, roi : str
        What the measurements are of.
    features, conditions : tuple of str
        Names along the first and the last axis.
    values : ndarray, shape (n_features, n_subjects, n_conditions)
        NaN where a subject has no value. Quick where features lie next to one another in memory, then subjects.
    """

    strategy: str
    sequence: str
    roi: str
    features: tuple[str, ...]
    conditions: tuple[str, ...]
    values: FloatArray

    def against(self, reference: str | None) -> tuple[tuple[str, ...], FloatArray]:
        """Pair every other condition with the reference.

        Parameters
        ----------
        reference : str
            The reference condition; where the group lacks it, it is missing for every subject.

        Returns
        -------
        conditions : tuple of str
            The other conditions.
        pairs : ndarray, shape (n_others, n_features, n_subjects, 2)
            The reference first.
        """
        others = tuple(name for name in self.conditions if name != reference)
        of_conditions = self.values.transpose(2, 1, 0)
        pairs = np.full((2, self.values.shape[1], len(others), len(self.values)), np.nan)
        if reference in self.conditions:
            pairs[0] = of_conditions[self.conditions.index(reference)][:, None]
        for index, name in enumerate(others):
            pairs[1, :, index] = of_conditions[self.conditions.index(name)]
        return others, pairs.transpose(2, 3, 1, 0)

    def over_conditions(self) -> FloatArray:
        """Give the values by all conditions; a sequence under one condition gets a second one that is missing."""
        if len(self.conditions) > 1:
            return self.values
        return np.full((*self.values.shape[:2], 2), np.nan)

    def absent(self) -> BoolArray:
        """Say where a condition has no value of a feature though another one has; shape (n_features, n_conditions)."""
        there = np.any(np.isfinite(self.values), axis=1)
        return np.asarray(~there & np.any(there, axis=1, keepdims=True))

    def only(self, features: Sequence[str]) -> "Group":
        """Give the group with these features of it, in this order."""
        positions = [self.features.index(name) for name in features]
        return replace(self, features=tuple(features), values=self.values[positions])


_PLACED = ["subject", "sequence", "roi", "condition"]


class GroupsByStrategy(Mapping[str, list[Group]]):
    """The `groups` of each strategy, in the order of the table; made when asked for, and the last two kept.

    Those of all strategies together would take as much memory as the table.

    Parameters
    ----------
    features, columns, among
        As for `groups`.
    """

    def __init__(
        self, features: pd.DataFrame, columns: Sequence[str] | None = None, among: pd.DataFrame | None = None
    ) -> None:
        self._columns = feature_columns(features) if columns is None else list(columns)
        self._features = features
        named = features[_PLACED] if among is None else pd.concat([among[_PLACED], features[_PLACED]])
        subject, subjects = pd.factorize(named["subject"])
        place = named.groupby(["sequence", "roi"], sort=False).ngroup().to_numpy()
        first = np.unique(place, return_index=True)[1]
        self._places = list(named[["sequence", "roi"]].iloc[first].itertuples(index=False, name=None))
        condition, self._conditions = _conditions(named)
        self._n_subjects = len(subjects)
        own = slice(len(named) - len(features), None)
        self._subject, self._place, self._condition = subject[own], place[own], condition[own]
        self._rows = {str(name): rows for name, rows in features.groupby("strategy", sort=False).indices.items()}
        self._made = lru_cache(maxsize=2)(self._make)

    def __getitem__(self, strategy: str) -> list[Group]:
        """Give the groups of a strategy."""
        return self._made(strategy)

    def __iter__(self) -> Iterator[str]:
        """Name the strategies."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Count the strategies."""
        return len(self._rows)

    def _make(self, strategy: str) -> list[Group]:
        positions = self._rows[strategy]
        # Column by column: pandas would copy the rows of all strategies first.
        taken = {name: self._features[name].to_numpy(dtype=np.float64)[positions] for name in self._columns}
        columns = {name: column for name, column in taken.items() if not np.isnan(column).all()}
        values = np.stack(list(columns.values()), axis=1) if columns else np.empty((len(positions), 0))
        found = []
        for code, (sequence, roi) in enumerate(self._places):
            chosen = np.flatnonzero(self._place[positions] == code)
            rows = positions[chosen]
            conditions = self._conditions[sequence]
            block = np.full((len(conditions), self._n_subjects, len(columns)), np.nan)
            block[self._condition[rows], self._subject[rows]] = values[chosen]
            found.append(Group(strategy, sequence, roi, tuple(columns), conditions, block.transpose(2, 1, 0)))
        return found


def groups(
    features: pd.DataFrame, columns: Sequence[str] | None = None, among: pd.DataFrame | None = None
) -> Iterator[Group]:
    """Take a feature table apart.

    All strategies get the same groups: every combination of sequence and ROI, and per sequence every condition,
    that any strategy has; all groups have the same subjects along their axis. What is not in the table is NaN.
    Only a feature that is NaN throughout a strategy counts as not extracted by it and is absent there.

    Parameters
    ----------
    features : DataFrame
        A feature table (see `evaluation.tables`).
    columns : sequence of str or None
        Its feature columns, where their names do not tell; None takes `feature_columns`.
    among : DataFrame or None
        A feature table that has the combinations, conditions and subjects, all those of `features` among them; by
        default `features` itself.

    Yields
    ------
    Group
        Strategy by strategy, in the order of the table.

    Raises
    ------
    ConfigurationError
        When the table breaks its schema.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "strategy": "none", "subject": ["S1", "S1", "S2"], "sequence": "T2", "roi": "liver",
    ...     "condition": ["REF+STD", "ACC+STD", "REF+STD"], "original_glcm_Contrast": [1.0, 2.0, 3.0],
    ... })
    >>> next(groups(table)).values
    array([[[ 1.,  2.], [ 3., nan]]])
    """
    for members in GroupsByStrategy(features, columns, among).values():
        yield from members


def _conditions(features: pd.DataFrame) -> tuple[IntArray, dict[str, tuple[str, ...]]]:
    """Give the condition of each row as a position among those of its sequence, and these."""
    codes = np.empty(len(features), dtype=np.intp)
    names: dict[str, tuple[str, ...]] = {}
    for sequence, rows in features.groupby("sequence", sort=False).indices.items():
        codes[rows], found = pd.factorize(features["condition"].iloc[rows])
        names[str(sequence)] = tuple(found)
    return codes, names


@takes_frames
def absent_values(features: pd.DataFrame, columns: Sequence[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Name the conditions (readers, scanners) without a single value of a feature that others have.

    Parameters
    ----------
    features, columns
        As for `groups`.

    Returns
    -------
    dict of str to tuple of str
        The features that each such condition lacks in some strategy, sequence and ROI. Over all conditions these have
        no statistic there (`Status.ABSENT_CONDITION`).

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "strategy": "none", "subject": ["S1", "S2"] * 2, "sequence": "T2", "roi": "liver",
    ...     "condition": ["R1", "R1", "R2", "R2"], "original_glcm_Contrast": [1.0, 2.0, np.nan, np.nan],
    ... })
    >>> absent_values(table)
    {'R2': ('original_glcm_Contrast',)}
    """
    features = check_feature_table(features, columns)
    found: dict[str, dict[str, None]] = {}
    for group in groups(features, columns):
        for feature, condition in zip(*np.nonzero(group.absent()), strict=True):
            found.setdefault(group.conditions[condition], {})[group.features[feature]] = None
    return {condition: tuple(names) for condition, names in found.items()}


def check_reference(features: pd.DataFrame, reference: str) -> None:
    """Raise a `ConfigurationError` when no row of a feature table has the reference condition."""
    known = [str(name) for name in pd.unique(features["condition"])]
    if reference not in known:
        raise ConfigurationError(
            f"reliability: no row of the feature table has the reference condition '{reference}'; "
            f"{suggest(reference, known)}"
        )
