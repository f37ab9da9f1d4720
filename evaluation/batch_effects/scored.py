"""The rows that harmonizers are compared on, group by group, and their values by models that have not seen them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.base import clone

from evaluation.batch_effects.logistic import class_scores, told_classes
from evaluation.batch_effects.split import check_unseen, parts_of
from evaluation.batch_effects.told import component_fit
from harmonize.arrays import FloatArray, IntArray
from harmonize.combat import collect_notes
from harmonize.combat.base import BatchHarmonizer
from harmonize.combat.grouped import Labels, split_groups
from harmonize.combat.held_out import by_folds

TOLD_FROM = 256
"""Features of which components are taken; of more, so many are drawn, always the same."""
AT_ONCE = 4_000_000
"""Values of all folds that are harmonized at once."""


@dataclass(frozen=True)
class ScoredRows:
    """The rows of one group.

    Parameters
    ----------
    labels : tuple of str
        The group.
    rows : ndarray of int, shape (n_rows,)
        Their positions in the table.
    frame : DataFrame
        All columns that are no features.
    values : ndarray, shape (n_rows, n_features)
        None is missing.
    names : list of str
        The features.
    batches : ndarray of int, shape (n_rows,)
        From 0, by `known`.
    known : tuple of str
        The names of the batches.
    subject : str
        The column of subjects.
    owners : ndarray of int, shape (n_rows,)
        The subject, numbered over all groups.
    target : ndarray of int, shape (n_rows,), or None
        The class, from 0.
    paired : bool
        Whether at least half of the subjects have several batches, so that batches are compared within subjects.
    """

    labels: Labels
    rows: IntArray
    frame: pd.DataFrame
    values: FloatArray
    names: list[str]
    batches: IntArray
    known: tuple[str, ...]
    subject: str
    owners: IntArray
    target: IntArray | None
    paired: bool

    def few(self, most: int) -> "ScoredRows":
        """Give the group with so many features at most, always the same."""
        if len(self.names) <= most:
            return self
        chosen = np.sort(np.random.default_rng(0).choice(len(self.names), most, replace=False))
        return replace(self, values=self.values[:, chosen], names=[self.names[i] for i in chosen])

    def relabelled(self, frame: pd.DataFrame, batch: str) -> "ScoredRows":
        """Give the group with other batches."""
        codes = pd.Index(self.known).get_indexer(frame[batch].astype(str))
        return replace(self, frame=frame, batches=np.asarray(codes, dtype=np.intp))


def scored_rows(
    table: pd.DataFrame,
    features: Sequence[str],
    *,
    batch: str,
    subject: str,
    by: Sequence[str],
    target: str | None = None,
) -> tuple[list[ScoredRows], list[str]]:
    """Take a table apart, and say what was left out: features with a missing value in a group, groups of one batch."""
    every = table[list(features)].to_numpy(dtype=np.float64, na_value=np.nan)
    frame = table.drop(columns=list(features))
    owners = pd.factorize(table[subject])[0]
    classes = None if target is None else pd.factorize(table[target], sort=True)[0]
    groups, notes = [], []
    for labels, positions in split_groups(table, by):
        group = " / ".join(labels) or "all rows"
        part, values = frame.iloc[positions], every[positions]
        complete = np.isfinite(values).all(axis=0)
        known = tuple(sorted(map(str, part[batch].unique())))
        if len(known) < 2:
            notes.append(f"{group}: one batch alone ({known[0]}), left out")
            continue
        if not complete.all():
            text = f"{(~complete).sum()} of {len(complete)} features have missing values and are left out"
            notes.append(f"{group}: {text}")
        if complete.sum() < 2:
            notes.append(f"{group}: fewer than two features without missing values, left out")
            continue
        several = part.groupby(owners[positions])[batch].nunique()
        groups.append(
            ScoredRows(
                labels,
                np.asarray(positions, dtype=np.intp),
                part,
                np.ascontiguousarray(values[:, complete]),
                [str(name) for name, there in zip(features, complete, strict=True) if there],
                np.asarray(pd.Index(known).get_indexer(part[batch].astype(str)), dtype=np.intp),
                known,
                subject,
                np.asarray(owners[positions], dtype=np.intp),
                None if classes is None else np.asarray(classes[positions], dtype=np.intp),
                bool((several > 1).mean() >= 0.5),
            )
        )
    return groups, notes


@dataclass(frozen=True)
class Unseen:
    """What rows are to models that have not seen them.

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_features)
        Harmonized.
    told : ndarray of int, shape (n_rows,)
        The batch that a classifier takes the row for.
    scores : ndarray, shape (n_rows, n_scores), or None
        By which the target is told.
    """

    values: FloatArray
    told: IntArray
    scores: FloatArray | None

    def of(self, names: Sequence[str], some: Sequence[str]) -> "Unseen":
        """Give what it is of some of its features."""
        return (
            self if len(some) == len(names) else replace(self, values=self.values[:, pd.Index(names).get_indexer(some)])
        )


def unseen(group: ScoredRows, model: BatchHarmonizer | None, fold: IntArray) -> Unseen:
    """Harmonize each fold by a model of the others, and tell batch and target from what that makes of both.

    Parameters
    ----------
    group : ScoredRows
    model : BatchHarmonizer or None
        Not fitted; None leaves values as they are.
    fold : ndarray of int, shape (n_rows,)
        The fold of each row.

    Raises
    ------
    ConfigurationError
        Where a fold cannot be harmonized, or has subjects that are learned from.
    """
    parts = parts_of(fold)
    drawn = slice(None) if len(group.names) <= TOLD_FROM else _drawn(len(group.names))
    out = np.empty_like(group.values)
    of_batch, of_target = [], []
    for number, (learned, judged) in enumerate(parts, 1):
        check_unseen(group.frame[group.subject], learned, judged, f"fold {number}")
    owners = group.owners if group.paired else None
    for (learned, judged), values in zip(parts, _harmonized(group, model, parts), strict=True):
        out[judged] = values[judged]
        few = values[:, drawn]
        of_batch.append(component_fit(few, group.batches, learned, judged, owners))
        if group.target is not None:
            of_target.append(component_fit(few, group.target, learned, judged))
    told = np.empty(len(fold), dtype=np.intp)
    for (learned, judged), found in zip(parts, told_classes(of_batch), strict=True):
        told[judged] = np.unique(group.batches[learned])[found]
    if group.target is None:
        return Unseen(out, told, None)
    scores = np.zeros((len(fold), 1 if (n := int(group.target.max()) + 1) == 2 else n))
    for (learned, judged), of_fold in zip(parts, class_scores(of_target), strict=True):
        seen = np.unique(group.target[learned])
        if scores.shape[1] == of_fold.shape[1] == 1:
            scores[judged] = of_fold
        elif scores.shape[1] > 1:  # of classes that a fold has not seen nothing is told
            both = np.hstack([-of_fold, of_fold]) if of_fold.shape[1] == 1 else of_fold
            scores[np.ix_(judged, seen)] = both[:, : len(seen)]
    return Unseen(out, told, scores)


def _drawn(n: int) -> IntArray:
    return np.sort(np.random.default_rng(0).choice(n, TOLD_FROM, replace=False))


def _harmonized(
    group: ScoredRows, model: BatchHarmonizer | None, parts: Sequence[tuple[IntArray, IntArray]]
) -> Iterable[FloatArray]:
    """Give all rows by the model of each fold."""
    if model is None:
        return [group.values] * len(parts)
    roles = group.frame[model.role_columns]
    if len(parts) * group.values.size <= AT_ONCE:
        owners = np.unique(group.owners, return_inverse=True)[1]
        found = by_folds(model, roles, group.values, owners, [judged for _, judged in parts])
        if found is not None:
            return found
    return (_one(group, model, roles, part) for part in parts)


def _one(
    group: ScoredRows, model: BatchHarmonizer, roles: pd.DataFrame, parts: tuple[IntArray, IntArray]
) -> FloatArray:
    out = np.empty_like(group.values)
    with collect_notes():  # of one fold they tell nothing that those of all rows do not
        fitted = clone(model).fit_values(roles.iloc[parts[0]], group.values[parts[0]], group.names)
        for part in parts:  # one after the other, whatever a harmonizer makes of rows that it is given together
            out[part] = fitted.adjust_values(roles.iloc[part], group.values[part])
    return out
