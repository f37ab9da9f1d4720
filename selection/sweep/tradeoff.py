"""Sweep a threshold of robustness against diagnostic performance."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evaluation.classification.fold_runs import run_folds
from evaluation.classification.guards import check_folds, check_names, check_rows
from evaluation.classification.models import make_model
from evaluation.classification.outcomes import OUTCOMES, PredictedOutcome
from evaluation.classification.splits import Fold, repeated_folds
from evaluation.parallel import Progress
from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames
from harmonize.words import some
from selection.sweep.feature_reliability import FeatureReliability, KnownReliability, RepeatedReliability
from selection.sweep.folds import Data, FoldResult, run_fold
from selection.sweep.repeats import Repeats
from selection.sweep.result import Swept, remarks, tradeoff_table
from selection.sweep.sweep import Sweep
from selection.sweep.training import Recipe

LISTED = 40
"""Names of features in a message."""


@dataclass(frozen=True)
class Tradeoff:
    """What a sweep found.

    Parameters
    ----------
    table : DataFrame
        One row a threshold and one named ``tuned``; see `selection.sweep.result.COLUMNS`.
    predictions : DataFrame
        Held-out predictions as `HeldOut.to_frame` gives them, with the name of the table's row in `name`; rows of the
        data are numbered from 0. Without the thresholds that lack a model in some fold.
    frequencies : DataFrame
        By feature (rows) and name (columns) the share of outer folds whose model uses it.
    sweep : Sweep
        The settings.
    classes : tuple
        Of two, the second is the one that is looked for; empty where a number or survival is predicted.
    n_rows, n_subjects, n_features : int
        Of the cohort.
    conditions : tuple of str
        Of the repeats; empty without.
    source : {"given", "repeats"}
        Where the reliability of the features comes from.
    notes : tuple of str
        Warnings of the steps, with the number of folds, and what to know of the front.
    """

    table: pd.DataFrame
    predictions: pd.DataFrame
    frequencies: pd.DataFrame
    sweep: Sweep
    classes: tuple[Any, ...]
    n_rows: int
    n_subjects: int
    n_features: int
    conditions: tuple[str, ...]
    source: str
    notes: tuple[str, ...]


@takes_frames
def tradeoff(
    features: pd.DataFrame,
    target: ArrayLike,
    subjects: ArrayLike,
    *,
    reliability: "pd.Series[float] | Mapping[str, float] | None" = None,
    conditions: ArrayLike | None = None,
    units: ArrayLike | None = None,
    sweep: Sweep | None = None,
    check_scans: bool = True,
    n_jobs: int | None = 1,
    progress: Progress | None = None,
) -> Tradeoff:
    """Sweep a threshold of robustness against what a diagnosis from the robust features is worth.

    For every threshold: nested, repeated, grouped and stratified cross-validation of imputation, robust features,
    pruning, selection and model. Scores are of subjects that were held out of all of that. The threshold itself is
    tuned in the inner loop as well; only that row is free of the optimism of taking the best of several.

    Parameters
    ----------
    features : DataFrame, shape (n_rows, n_features)
        Numbers, NaN where missing; one row a subject, or several under different conditions.
    target : array_like, shape (n_rows,)
        The class of each row, a number, or times and events (see `Sweep.outcome`).
    subjects : array_like, shape (n_rows,)
        Whose it is; all rows of a subject stay in the same fold.
    reliability : Series or mapping of str to float, optional
        By feature from another study, such as `reliability_scores` gives. Without it, reliability is computed from the
        repeats of this table, in every fold from training subjects only.
    conditions : array_like, shape (n_rows,), optional
        Under which condition, or by whose segmentation, each row was measured; needed without `reliability`, and for
        the reliability of predictions.
    units : array_like, shape (n_rows,), optional
        Which lesion or ROI of its subject a row is of, where a subject has several.
    sweep : Sweep, optional
        All settings.
    check_scans : bool
        Refuse rows of two subjects that are the same. Leave it out where `features` holds few of the measurements,
        which may be the same by chance, after `evaluation.classification.guards.check_rows` checked all of them.
    n_jobs : int, optional
        Processes side by side; the result is the same for any number.
    progress : callable, optional
        Called as ``progress(done, total)`` with the number of outer folds.

    Returns
    -------
    Tradeoff

    Raises
    ------
    ConfigurationError
        If features, target and subjects do not fit together, a feature has no known reliability, or nothing says how
        reliable the features are.

    References
    ----------
    Varma S, Simon R. Bias in error estimation when using cross-validation for model selection. BMC Bioinformatics
    2006;7:91.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 30)
    >>> X = pd.DataFrame(rng.normal(size=(60, 3)), columns=["good", "noise", "fragile"])
    >>> X["good"] += 1.5 * y
    >>> reliability = {"good": 0.95, "noise": 0.9, "fragile": 0.3}
    >>> sweep = Sweep(thresholds=(0.0, 0.8, 0.92), repeats=2, n_resamples=100)
    >>> found = tradeoff(X, y, np.arange(60), reliability=reliability, sweep=sweep)
    >>> found.table[["name", "auc", "n_features", "pareto"]].round(2)
        name   auc  n_features  pareto
    0      0  0.78         3.0   False
    1    0.8  0.77         2.0   False
    2   0.92  0.81         1.0    True
    3  tuned  0.78         2.1   False
    """
    sweep = sweep or Sweep()
    frame, labels, people = _checked(features, target, subjects, check_scans, OUTCOMES[sweep.outcome])
    outcome = OUTCOMES[sweep.outcome]
    repeats = None if conditions is None else Repeats.of(people, _column(conditions, "conditions", frame), units)
    values = frame.to_numpy(dtype=np.float64)
    source = _reliability(frame, values, reliability, repeats, sweep)
    recipe = Recipe(make_model(sweep.model, sweep.seed, sweep.outcome), sweep.prune, sweep.selector())
    data = Data(values, labels, people, source, outcome)
    folds = repeated_folds(
        outcome.strata(labels, people, sweep.folds),
        people,
        folds=sweep.folds,
        repeats=sweep.repeats,
        seed=sweep.seed,
        inner_folds=sweep.inner_folds,
    )
    check_folds(folds, people)
    outcome.check_inner(labels, people, folds, sweep.inner_folds)
    work = partial(run_fold, data, sweep.thresholds, recipe, sweep.inner_folds, sweep.seed)
    runs = run_folds(work, folds, n_jobs, progress)
    swept = _together(data, folds, runs.results)
    table = tradeoff_table(swept, sweep, repeats)
    return Tradeoff(
        table=table,
        predictions=_predictions(swept, table, people),
        frequencies=pd.DataFrame(swept.used.mean(axis=1).T, index=frame.columns, columns=table["name"].to_numpy()),
        sweep=sweep,
        classes=getattr(swept.held_out[0], "classes", ()),
        n_rows=len(frame),
        n_subjects=swept.held_out[0].n_subjects,
        n_features=frame.shape[1],
        conditions=() if repeats is None else repeats.conditions,
        source="repeats" if reliability is None else "given",
        notes=(*runs.notes, *remarks(table)),
    )


def _checked(
    features: pd.DataFrame, target: ArrayLike, subjects: ArrayLike, check_scans: bool, outcome: PredictedOutcome
) -> tuple[pd.DataFrame, NDArray[Any], NDArray[Any]]:
    """Order the columns by name, and refuse what makes scores untrue."""
    check_names(features)
    ordered = features[sorted(features.columns)].reset_index(drop=True)
    labels, people = _column(target, "target", ordered), _column(subjects, "subjects", ordered)
    outcome.check(labels, people, ordered)
    if check_scans:
        check_rows(ordered, people)
    infinite = np.isinf(ordered.to_numpy(dtype=np.float64)).any(axis=0)
    if infinite.any():
        raise ConfigurationError(f"features: '{ordered.columns[infinite.argmax()]}' has infinite values; remove them")
    return ordered, labels, people


def _column(values: ArrayLike, what: str, features: pd.DataFrame) -> NDArray[Any]:
    column = np.asarray(values)
    if column.shape != (len(features),):
        raise ConfigurationError(f"{what}: expected {len(features)} values, one a row, found shape {column.shape}")
    return column


def _reliability(
    frame: pd.DataFrame,
    values: FloatArray,
    given: "pd.Series[float] | Mapping[str, float] | None",
    repeats: Repeats | None,
    sweep: Sweep,
) -> FeatureReliability:
    if given is None:
        if repeats is None:
            raise ConfigurationError(
                "nothing says how reliable the features are; give the reliability found in another study, or the "
                "conditions of repeated rows"
            )
        return RepeatedReliability(
            repeats, repeats.arranged(values), sweep.reference, sweep.by, sweep.compared, sweep.level
        )
    if sweep.reference is not None:
        raise ConfigurationError("reference: the reliability is given, so that nothing is compared with one; leave it")
    unknown = [name for name in frame.columns if name not in given]
    if unknown:
        raise ConfigurationError(
            f"reliability: not known of {len(unknown)} of {frame.shape[1]} features: "
            f"{some(unknown, LISTED)}; "
            f"leave them out, or take a study that measured them"
        )
    scores = np.array([given[name] for name in frame.columns], dtype=np.float64)
    return KnownReliability(np.where(np.isnan(scores), -np.inf, scores))


def _together(data: Data, folds: list[Fold], results: list[FoldResult]) -> Swept:
    """Put the folds side by side."""
    held_out = [
        data.outcome.together(data.target, data.subjects, folds, [result.predicted[place] for result in results])
        for place in range(len(results[0].used))
    ]
    return Swept(
        tuple(held_out),
        np.stack([result.used for result in results], axis=1),
        np.stack([result.n_robust for result in results], axis=1),
        np.stack([result.n_pruned for result in results], axis=1),
        np.array([result.chosen for result in results], dtype=np.int64),
    )


def _predictions(swept: Swept, table: pd.DataFrame, people: NDArray[Any]) -> pd.DataFrame:
    parts = []
    for place, (name, lacking) in enumerate(zip(table["name"], table["n_without_features"], strict=True)):
        if not lacking:
            parts.append(swept.held_out[place].to_frame(subjects=people).assign(name=name))
    if not parts:
        columns = ["name", *swept.held_out[0].to_frame(subjects=people).columns]
        return pd.DataFrame(columns=columns)
    result = pd.concat(parts, ignore_index=True)
    return result[["name", *(column for column in result.columns if column != "name")]]
