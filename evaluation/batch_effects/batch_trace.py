"""How well a classifier still tells the batch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import GroupKFold

from evaluation.batch_effects.logistic import ClassFit, told_classes
from harmonize.arrays import FloatArray, IntArray
from harmonize.combat import SmallBatchWarning
from harmonize.combat.base import BatchHarmonizer
from harmonize.combat.grouped import split_groups
from harmonize.combat.held_out import by_folds
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames
from harmonize.remarks import unsaid

MAX_FOLDS, LEAST_FOLDS = 5, 3


@dataclass(frozen=True)
class BatchTrace:
    """How well the batch of held-out subjects is told from their features.

    Parameters
    ----------
    accuracy : float
        Balanced accuracy (mean recall over the batches), mean over groups; NaN where no group could be tested.
    chance : float
        What guessing gives: one over the number of batches.
    groups : int
        Groups tested.
    """

    accuracy: float
    chance: float
    groups: int


@takes_frames
def batch_trace(
    table: pd.DataFrame,
    features: Sequence[str],
    batch: str,
    *,
    model: BatchHarmonizer | None = None,
    by: Sequence[str] = ("sequence", "roi"),
    subject: str = "subject",
) -> BatchTrace:
    """Tell the batch of each row by logistic regression, cross-validated by subject.

    Parameters
    ----------
    table : DataFrame
        Features before harmonization, and the columns that are named.
    features : sequence of str
        Feature columns; in each group, those with a missing value are left out.
    batch : str
        Column that names the batch.
    model : BatchHarmonizer or None
        In each fold it is fitted on the training subjects, and takes the batch effect out of them and of the subjects
        held out, before the classifier learns; None leaves the features as they are.
    by : sequence of str
        Columns whose levels are tested by themselves.
    subject : str
        Column of what is held out together.

    Returns
    -------
    BatchTrace
        A group with fewer than three subjects or one batch, or that cannot be harmonized, is not tested.

    Notes
    -----
    Up to five folds; features are standardized by the training rows. A linear classifier sees differences of location
    in any combination of features, and hardly those of scale alone.

    With a model, accuracy can lie below guessing where nothing is left: empirical Bayes leaves in the training rows a
    rest of their own chance differences, and puts one of opposite sign into the rows held out.

    Examples
    --------
    >>> from radharmony import ComBat
    >>> rng = np.random.default_rng(0)
    >>> table = pd.DataFrame({"subject": np.repeat(np.arange(30), 2), "scan": ["REF", "ACC"] * 30, "roi": "liver"})
    >>> for name in "xyz":
    ...     table[name] = rng.normal(size=60) + 3.0 * (table["scan"] == "ACC")
    >>> before = batch_trace(table, list("xyz"), "scan", by=["roi"])
    >>> after = batch_trace(table, list("xyz"), "scan", model=ComBat("scan"), by=["roi"])
    >>> before.chance, round(before.accuracy, 2), round(after.accuracy, 2)
    (0.5, 0.98, 0.6)
    """
    groups: list[_Group] = []
    told = iter(told_classes(_fits(table, features, batch, model, by, subject, groups)))
    if not groups:
        return BatchTrace(np.nan, np.nan, 0)
    accuracies = [group.accuracy([next(told) for _ in group.tested]) for group in groups]
    chances = [1 / group.n_batches for group in groups]
    return BatchTrace(float(np.mean(accuracies)), float(np.mean(chances)), len(groups))


@dataclass(frozen=True)
class _Group:
    """The batch of each row of a group that is tested, and which rows each fold tests."""

    codes: IntArray
    tested: list[IntArray]
    present: list[IntArray]

    @property
    def n_batches(self) -> int:
        return int(self.codes.max()) + 1

    def accuracy(self, told: Sequence[IntArray]) -> float:
        """Give the balanced accuracy of what was told of each fold, by the number of the batch among those present."""
        named = np.empty_like(self.codes)
        for rows, batches, classes in zip(self.tested, self.present, told, strict=True):
            named[rows] = batches[classes]
        return float(np.mean(np.bincount(self.codes, named == self.codes) / np.bincount(self.codes)))


def _fits(
    table: pd.DataFrame,
    features: Sequence[str],
    batch: str,
    model: BatchHarmonizer | None,
    by: Sequence[str],
    subject: str,
    groups: list[_Group],
) -> Iterator[ClassFit]:
    """Give the fits of all folds, group by group, and note the groups."""
    every = table[list(features)].to_numpy(dtype=np.float64, na_value=np.nan)
    owners, labels = pd.factorize(table[subject])[0], table[batch].to_numpy(dtype=object)
    roles = table[[]] if model is None else table[model.role_columns]
    folds: dict[bytes, list[IntArray]] = {}  # most groups have the same subjects
    for _, positions in split_groups(table, by):
        raw, (codes, batches) = every[positions], pd.factorize(labels[positions], sort=True)
        complete = ~np.isnan(raw).any(axis=0)
        key = owners[positions].tobytes()
        tested = folds[key] if key in folds else folds.setdefault(key, _folds(owners[positions]))
        if len(batches) < 2 or len(tested) < LEAST_FOLDS or not complete.any():
            continue
        names = [name for name, there in zip(features, complete, strict=True) if there]
        try:
            parts = list(_harmonized(raw[:, complete], tested, model, roles.iloc[positions], names, owners[positions]))
        except ConfigurationError:
            continue
        present = []
        for (seen, unseen), test in zip(parts, tested, strict=True):
            mean, unit = _standard(seen)
            found, of_seen = np.unique(np.delete(codes, test), return_inverse=True)
            present.append(found)
            yield ClassFit((seen - mean) / unit, of_seen, (unseen - mean) / unit)
        groups.append(_Group(codes, tested, present))


def _folds(owners: IntArray) -> list[IntArray]:
    """Give the rows of each fold; too few subjects make none."""
    n_folds = min(MAX_FOLDS, len(np.unique(owners)))
    return [] if n_folds < LEAST_FOLDS else [test for _, test in GroupKFold(n_folds).split(owners, groups=owners)]


def _harmonized(
    raw: FloatArray,
    tested: Sequence[IntArray],
    model: BatchHarmonizer | None,
    roles: pd.DataFrame,
    names: list[str],
    owners: IntArray,
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Give by fold the rows that are learned from and those that are tested, without what the model learned."""
    groups = np.unique(owners, return_inverse=True)[1]
    at_once = None if model is None else by_folds(model, roles, raw, groups, tested)
    for fold, test in enumerate(tested):
        train = np.delete(np.arange(len(raw)), test)
        if model is None or at_once is not None:
            values = raw if at_once is None else at_once[fold]
            yield values[train], values[test]
            continue
        of_train, of_test = roles.iloc[train], roles.iloc[test]
        with unsaid(SmallBatchWarning):
            fitted = clone(model).fit_values(of_train, raw[train], names)
        yield fitted.adjust_values(of_train, raw[train]), fitted.adjust_values(of_test, raw[test])


def _standard(seen: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give mean and standard deviation of features, which is 1 where a feature is constant but for rounding."""
    mean, variance = seen.mean(axis=0), seen.var(axis=0)
    rounding = len(seen) * float(np.finfo(np.float64).eps)
    return mean, np.where(variance <= rounding * variance + (rounding * mean) ** 2, 1.0, np.sqrt(variance))
