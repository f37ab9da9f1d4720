"""Does a model that learned from one condition hold in another: held-out predictions of the same subjects in both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline

from evaluation.classification.both_conditions import CONDITION, BothConditions, side_by_side
from evaluation.classification.cross_validation import cross_validate
from evaluation.classification.diagnosis import DiagnosticPerformance
from evaluation.classification.guards import check_names, check_rows
from evaluation.classification.outcomes import PredictedOutcome, outcome_of
from evaluation.classification.pairs import Pairs, pair_rows
from evaluation.classification.predictions import Predictions
from evaluation.classification.splits import Fold, repeated_folds
from evaluation.parallel import Progress
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames

FEWEST_RESAMPLES = 100
"""Of the scores that each cross-validation makes and that are not used here."""


@dataclass(frozen=True)
class Variant:
    """One way from features to probabilities.

    Parameters
    ----------
    pipeline : Pipeline
        Ends in a classifier; not fitted.
    harmonizer : transformer or None
        Such as `ComBat(batch="condition")`, not fitted. It learns from the training subjects in both conditions, which
        the pipeline cannot: that learns from one condition only.
    columns : tuple of str
        Which of `condition` and `subject` the harmonizer finds beside the features.
    grid : mapping of str to sequence
        Parameters of the pipeline that are chosen in an inner loop over the training subjects; empty for none.
    """

    pipeline: Pipeline
    harmonizer: Any = None
    columns: tuple[str, ...] = (CONDITION,)
    grid: Mapping[str, Sequence[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Transferred:
    """Held-out predictions of one variant; the same rows and folds in all three.

    Parameters
    ----------
    within : HeldOut, HeldOutNumbers or HeldOutSurvival
        Learned from the training condition, tested in it.
    across : the same
        The same models, tested in the other condition.
    native : the same
        Learned from the other condition, tested in it: what there is to be had. A harmonizer applies here too.
    notes : tuple of str
        What whoever reads the scores should know, such as warnings of the steps.
    """

    within: Predictions
    across: Predictions
    native: Predictions
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TransferResult:
    """Held-out predictions of every variant, and of which rows.

    Parameters
    ----------
    train, test : str
        The conditions.
    pairs : Pairs
        Rows that were used.
    variants : mapping of str to Transferred
        By name, in the order given.
    """

    train: str
    test: str
    pairs: Pairs
    variants: Mapping[str, Transferred]


@takes_frames
def transfer(
    variants: Mapping[str, Variant],
    X: pd.DataFrame,
    y: ArrayLike,
    groups: ArrayLike,
    condition: ArrayLike,
    *,
    train: str,
    test: str,
    units: ArrayLike | None = None,
    folds: int = 5,
    repeats: int = 10,
    inner_folds: int = 5,
    seed: int = 0,
    outcome: str | PredictedOutcome = "classes",
    check_scans: bool = True,
    jobs: int = 1,
    progress: Progress | None = None,
) -> TransferResult:
    """Train on one condition and test on another, subjects apart.

    In every fold a variant learns from the training subjects and predicts the others, in both conditions. A test
    subject is in no training set, whichever the condition: not that of the model, the harmonizer or the inner loop. All
    variants share the folds. Only rows present in both conditions are used, so that scores can be compared.

    Parameters
    ----------
    variants : mapping of str to Variant
        By name; the others are compared with the first one.
    X : DataFrame, shape (n_rows, n_features)
        The features, of any conditions.
    y, groups, condition : array_like, shape (n_rows,)
        Class, subject and condition of each row.
    train, test : str
        The condition to learn from, and the other one.
    units : array_like, shape (n_rows,), optional
        What is the same in both conditions where a subject has several rows, such as the lesion; the subject alone by
        default.
    folds, repeats, inner_folds, seed, jobs : int
    outcome : {"classes", "number", "survival"}
        See `cross_validate`, which does the work.
    check_scans : bool
        Refuse rows of two subjects that are the same, in whichever of both conditions; see `cross_validate` for where
        to leave it out.
    progress : callable, optional
        Called with the number of folds done and of all, over all variants.

    Returns
    -------
    TransferResult
        See `transfer_table` for the scores.

    Raises
    ------
    ConfigurationError
        For two columns of one name, a condition that is absent, a unit that stands in one twice or has different
        classes in both, the same scan under two subjects, or too few subjects in a class for the folds.

    Notes
    -----
    A harmonizer must not need to know the test subjects: ComBat does not.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> rng = np.random.default_rng(0)
    >>> sick = np.tile(np.repeat([0, 1], 20), 2)
    >>> condition = np.repeat(["REF", "ACC"], 40)
    >>> X = pd.DataFrame({"a": sick + rng.normal(0, 0.7, 80) + 3 * (condition == "ACC")})  # ACC shifts the feature
    >>> plain = Variant(Pipeline([("model", LogisticRegression())]))
    >>> found = transfer({"raw": plain}, X, sick, np.tile(np.arange(40), 2), condition, train="REF", test="ACC",
    ...                  repeats=1)
    >>> raw = found.variants["raw"]
    >>> [round(float(one.probability[:, :, 1].mean()), 1) for one in (raw.within, raw.across)]
    [0.5, 1.0]
    """
    if not variants:
        raise ConfigurationError("variants: expected at least one, found none")
    check_names(X)
    pairs = pair_rows(X, y, groups, condition, train=train, test=test, units=units)
    if check_scans:
        used = np.flatnonzero(np.isin(np.asarray(condition), (train, test)))
        people = np.asarray(groups)[used]
        check_rows(X.iloc[used].reset_index(drop=True), people, lambda row: f"row {used[row]}")
    kind = outcome_of(outcome)
    kind.check(pairs.y, pairs.groups, pairs.first)
    strata = kind.strata(pairs.y, pairs.groups, folds)
    splits = repeated_folds(strata, pairs.groups, folds=folds, repeats=repeats, seed=seed)
    total = 2 * len(splits) * len(variants)
    found = {}
    for place, (name, variant) in enumerate(variants.items()):
        run = partial(_run, variant, pairs, (train, test), splits, inner_folds, seed, kind, jobs)
        reports = [_report(progress, (2 * place + half) * len(splits), total) for half in (0, 1)]
        own, other = run(0, reports[0]), run(1, reports[1])
        notes = tuple(dict.fromkeys((*own.notes, *other.notes)))
        found[name] = Transferred(own.held_out, own.others["across"], other.held_out, notes)
    return TransferResult(train, test, pairs, found)


def _run(
    variant: Variant,
    pairs: Pairs,
    names: tuple[str, str],
    splits: Sequence[Fold],
    inner_folds: int,
    seed: int,
    outcome: PredictedOutcome,
    jobs: int,
    side: int,
    progress: Progress | None,
) -> DiagnosticPerformance:
    """Learn from one of the two conditions; from the first, predict the second as well."""
    tables, pipeline = [pairs.first, pairs.second], variant.pipeline
    if variant.harmonizer is not None:
        step = BothConditions(variant.harmonizer, names, variant.columns)
        pipeline = Pipeline([("harmonize", step), *pipeline.steps])
        tables = [side_by_side(pairs.first, pairs.second, pairs.groups, which=which) for which in (0, 1)]
    return cross_validate(
        pipeline,
        tables[side],
        pairs.y,
        pairs.groups,
        param_grid=variant.grid or None,
        folds=splits,
        inner_folds=inner_folds,
        seed=seed,
        outcome=outcome,
        others={"across": tables[1]} if side == 0 else None,
        n_resamples=FEWEST_RESAMPLES,
        check_scans=False,  # both conditions were, at the door
        jobs=jobs,
        progress=progress,
    )


def _report(progress: Progress | None, before: int, total: int) -> Progress | None:
    return None if progress is None else lambda done, _: progress(before + done, total)
