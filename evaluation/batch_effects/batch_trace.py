"""How well a classifier still tells the batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.metrics import recall_score
from sklearn.model_selection import GroupKFold

from evaluation.batch_effects.logistic import told_classes
from harmonize.arrays import FloatArray
from harmonize.combat import SmallBatchWarning
from harmonize.combat.base import BatchHarmonizer
from harmonize.combat.grouped import split_groups
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames
from harmonize.remarks import unsaid

MAX_FOLDS = 5


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
    accuracies, chances = [], []
    for _, positions in split_groups(table, by):
        rows = table.iloc[positions]
        complete = [name for name in features if rows[name].notna().all()]
        batches = rows[batch].unique()
        folds = min(MAX_FOLDS, rows[subject].nunique())
        if len(batches) < 2 or folds < 3 or not complete:
            continue
        try:
            told = _told(rows, complete, batch, subject, folds, model)
        except ConfigurationError:
            continue
        accuracies.append(recall_score(rows[batch], told, average="macro", labels=batches, zero_division=0.0))
        chances.append(1 / len(batches))
    if not accuracies:
        return BatchTrace(np.nan, np.nan, 0)
    return BatchTrace(float(np.mean(accuracies)), float(np.mean(chances)), len(accuracies))


def _told(
    rows: pd.DataFrame,
    features: list[str],
    batch: str,
    subject: str,
    folds: int,
    model: BatchHarmonizer | None,
) -> np.ndarray:
    """Give the batch that the classifier of the other folds names for each row."""
    told = np.empty(len(rows), dtype=object)
    raw = rows[features].to_numpy(dtype=np.float64)
    labels = rows[batch].to_numpy(dtype=object)
    roles = rows[[]] if model is None else rows[model.role_columns]
    for train, test in GroupKFold(folds).split(raw, groups=rows[subject]):
        seen, unseen = raw[train], raw[test]
        if model is not None:
            of_train, of_test = roles.iloc[train], roles.iloc[test]
            with unsaid(SmallBatchWarning):
                fitted = clone(model).fit_values(of_train, seen, features)
            seen, unseen = fitted.adjust_values(of_train, seen), fitted.adjust_values(of_test, unseen)
        mean, unit = _standard(seen)
        codes, classes = pd.factorize(labels[train], sort=True)
        told[test] = classes[told_classes((seen - mean) / unit, codes, (unseen - mean) / unit)]
    return told


def _standard(seen: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give mean and standard deviation of features, which is 1 where a feature is constant but for rounding."""
    mean, variance = seen.mean(axis=0), seen.var(axis=0)
    rounding = len(seen) * float(np.finfo(np.float64).eps)
    return mean, np.where(variance <= rounding * variance + (rounding * mean) ** 2, 1.0, np.sqrt(variance))
