"""How a feature table becomes arrays: one block per strategy, sequence and ROI, with the same subjects in all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

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
        NaN where a subject has no value.
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
        pairs = np.full((len(others), *self.values.shape[:2], 2), np.nan)
        if reference in self.conditions:
            pairs[..., 0] = self.values[..., self.conditions.index(reference)]
        for index, name in enumerate(others):
            pairs[index, ..., 1] = self.values[..., self.conditions.index(name)]
        return others, pairs

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
    chosen_columns = feature_columns(features) if columns is None else list(columns)
    named = features[_PLACED] if among is None else pd.concat([among[_PLACED], features[_PLACED]])
    subject, subjects = pd.factorize(named["subject"])
    place = named.groupby(["sequence", "roi"], sort=False).ngroup().to_numpy()
    first = np.unique(place, return_index=True)[1]
    places = list(named[["sequence", "roi"]].iloc[first].itertuples(index=False, name=None))
    condition, conditions = _conditions(named)
    subject, place, condition = (codes[len(named) - len(features) :] for codes in (subject, place, condition))
    for strategy, positions in features.groupby("strategy", sort=False).indices.items():
        values = features[chosen_columns].iloc[positions].to_numpy(dtype=np.float64)
        there = ~np.isnan(values).all(axis=0)
        names = tuple(name for name, known in zip(chosen_columns, there, strict=True) if known)
        values = values if there.all() else values[:, there]
        of_strategy = place[positions]
        for code, (sequence, roi) in enumerate(places):
            chosen = np.flatnonzero(of_strategy == code)
            rows = positions[chosen]
            block = np.full((len(names), len(subjects), len(conditions[sequence])), np.nan)
            block[:, subject[rows], condition[rows]] = values[chosen].T
            yield Group(str(strategy), sequence, roi, names, conditions[sequence], block)


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


def groups_by_strategy(
    features: pd.DataFrame, columns: Sequence[str] | None = None, among: pd.DataFrame | None = None
) -> dict[str, list[Group]]:
    """Give the `groups` of every strategy, in the order of the table."""
    members: dict[str, list[Group]] = {}
    for group in groups(features, columns, among):
        members.setdefault(group.strategy, []).append(group)
    return members


def check_reference(features: pd.DataFrame, reference: str) -> None:
    """Raise a `ConfigurationError` when no row of a feature table has the reference condition."""
    known = [str(name) for name in pd.unique(features["condition"])]
    if reference not in known:
        raise ConfigurationError(
            f"reliability: no row of the feature table has the reference condition '{reference}'; "
            f"{suggest(reference, known)}"
        )
