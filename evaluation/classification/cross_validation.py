"""Nested, repeated, grouped and stratified cross-validation of a diagnostic pipeline."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.pipeline import Pipeline

from evaluation.classification.augmented import MoreRows, with_more
from evaluation.classification.diagnosis import DiagnosticPerformance
from evaluation.classification.fold_fit import FoldFit, Learning, fit_fold
from evaluation.classification.fold_runs import run_folds
from evaluation.classification.guards import check_folds, check_names, check_pipeline, check_rows
from evaluation.classification.outcomes import PredictedOutcome, outcome_of
from evaluation.classification.score import Interval
from evaluation.classification.scores import score_table
from evaluation.classification.splits import Fold, repeated_folds
from evaluation.classification.tuning import Grid, size_of
from evaluation.parallel import Progress
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames, unmasked


@takes_frames
def cross_validate(
    pipeline: Any,
    X: pd.DataFrame,
    y: ArrayLike,
    groups: ArrayLike,
    *,
    param_grid: Grid | None = None,
    folds: int | Sequence[Fold] = 5,
    repeats: int = 10,
    seed: int = 0,
    inner_folds: int = 5,
    outcome: str | PredictedOutcome = "classes",
    tune_by: str | None = None,
    others: Mapping[str, pd.DataFrame] | None = None,
    more: MoreRows | None = None,
    target: str | None = None,
    interval: Interval = "nadeau_bengio",
    level: float = 0.95,
    n_resamples: int = 1000,
    check_scans: bool = True,
    jobs: int = 1,
    progress: Progress | None = None,
) -> DiagnosticPerformance:
    """Predict every row by models that never saw its subject, and score the predictions.

    In each fold everything that learns (imputation, harmonization, selection, the model and its parameters) learns
    from the training rows alone; parameters are chosen by an inner cross-validation of these.

    Parameters
    ----------
    pipeline : Pipeline or model
        Not fitted; its last step gives probabilities of classes, numbers, or, of survival, risks and cumulative
        hazards as the models of scikit-survival do.
    X : DataFrame, shape (n_rows, n_columns)
        What the pipeline takes: features, and the batch or covariates if a step names them.
    y : array_like, shape (n_rows,)
        Classes, of two the second in order is the one that is looked for; or numbers; or times and events, as
        `survival_times` makes them.
    groups : array_like, shape (n_rows,)
        Subjects.
    param_grid : mapping of str to sequence, or a sequence of these, optional
        Parameters to choose from, as for `sklearn.model_selection.GridSearchCV`; whole steps may be replaced. Order
        the values from simple to complex: of equally good ones the one with the least
        log loss is taken, and of equal ones the first.
    folds : int or sequence of Fold
        Number of folds, or the folds themselves, such as those of another run.
    repeats, seed : int
        How often to split, and what makes it repeatable.
    inner_folds : int
        Folds of the inner loop, if there is more than one candidate.
    outcome : {"classes", "number", "survival"}
        What `y` is.
    tune_by : str, optional
        The score that the inner loop makes best: by default ``auc``, ``r2`` or ``ibs``.
    others : mapping of str to DataFrame, optional
        Other measurements of the same rows, such as another condition or segmentation, with the columns of `X`: the
        models of each fold predict their held-out rows too, and never learn from them.
    more : MoreRows, optional
        Further rows of the same subjects, such as those of perturbed scans: the models of a fold, and of its inner
        folds, learn from those of their training subjects too; nothing is tested on them.
    target : str, optional
        Name of the target, refused among the columns.
    interval, level, n_resamples
        As for `score_table`.
    check_scans : bool
        Refuse rows of two subjects that are the same. Leave it out where `X` holds few of the measurements, which may
        be the same by chance, after all of them were checked with `evaluation.classification.guards.check_rows`.
    jobs : int
        Processes side by side, -1 for one a core. Results do not depend on it.
    progress : callable, optional
        Called with the number of finished folds and of all.

    Returns
    -------
    DiagnosticPerformance

    Raises
    ------
    ConfigurationError
        For what `evaluation.classification.guards` refuses, too few subjects for the folds, or a failing step (with the
        fold).

    Notes
    -----
    Scores are those of the repeats, averaged; predictions are not averaged over repeats first, as the average of ten
    models is another, better model than the one that would be used.

    References
    ----------
    Varma S, Simon R. Bias in error estimation when using cross-validation for model selection. BMC Bioinformatics
    2006;7:91.
    Ambroise C, McLachlan GJ. Selection bias in gene extraction on the basis of microarray gene-expression data. PNAS
    2002;99:6562-6566.

    Examples
    --------
    >>> from radharmony import make_model
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 30)
    >>> X = pd.DataFrame(rng.normal(size=(60, 5)), columns=list("abcde"))
    >>> X["a"] += 1.5 * y
    >>> model = make_model("logistic")
    >>> found = cross_validate(Pipeline(model.steps), X, y, np.arange(60), param_grid=model.grid, repeats=2)
    >>> float(found.scores.set_index("score").loc["auc", "estimate"].round(2))
    0.98
    """
    table = X if isinstance(X, pd.DataFrame) else pd.DataFrame(unmasked(X)).add_prefix("x")
    table = table.reset_index(drop=True)
    labels, subjects = np.asarray(y), np.asarray(groups)
    whole = pipeline if isinstance(pipeline, Pipeline) else Pipeline([("model", pipeline)])
    tables = {name: frame.reset_index(drop=True) for name, frame in (others or {}).items()}
    kind = outcome_of(outcome)
    _check(whole, table, labels, subjects, tables, target, kind)
    kind = kind.known(labels)
    if check_scans:
        check_rows(table, subjects)
    if isinstance(folds, int):
        strata = kind.strata(labels, subjects, folds)
        splits = repeated_folds(strata, subjects, folds=folds, repeats=repeats, seed=seed, inner_folds=inner_folds)
    else:
        splits = list(folds)
    check_folds(splits, subjects)
    if param_grid and size_of(param_grid) > 1:
        kind.check_inner(labels, subjects, splits, inner_folds)
    learned, trained = (table, labels, subjects), splits
    if more is not None:
        more.check(table, labels, subjects)
        learned = (
            pd.concat([table, more.table], ignore_index=True),
            np.concatenate([labels, more.y]),
            np.concatenate([subjects, more.groups]),
        )
        trained = with_more(splits, subjects, more.groups)
    learning = Learning(
        whole, *learned, tables, len(table), param_grid, inner_folds, seed, tune_by or kind.tune_by, kind
    )
    runs = run_folds(partial(fit_fold, learning), trained, jobs, progress)
    put = partial(kind.together, labels, subjects, splits)
    held_out = put([one.predicted for one in runs.results])
    return DiagnosticPerformance(
        held_out=held_out,
        predictions=held_out.to_frame(subjects=subjects),
        parameters=_parameters(trained, runs.results),
        selected=_selected(splits, runs.results),
        scores=score_table(held_out, interval=interval, level=level, n_resamples=n_resamples, seed=seed),
        others={name: put([one.others[name] for one in runs.results]) for name in tables},
        notes=(*runs.notes, *_unnamed(runs.results)),
    )


def _check(
    pipeline: Pipeline,
    table: pd.DataFrame,
    y: NDArray[Any],
    groups: NDArray[Any],
    others: Mapping[str, pd.DataFrame],
    target: str | None,
    outcome: PredictedOutcome,
) -> None:
    if len(table) != len(y):
        raise ConfigurationError(f"target: {len(y)} values for {len(table)} rows of the table")
    check_names(table)
    outcome.check(y, groups, table, target)
    check_pipeline(pipeline, outcome.needs)
    for name, frame in others.items():
        if len(frame) != len(table) or list(frame.columns) != list(table.columns):
            raise ConfigurationError(
                f"others: '{name}' has {frame.shape[0]} rows x {frame.shape[1]} columns, expected the {len(table)} "
                f"rows and {table.shape[1]} columns of the table, in their order"
            )


def _parameters(folds: Sequence[Fold], results: Sequence[FoldFit]) -> pd.DataFrame:
    rows = []
    for fold, result in zip(folds, results, strict=True):
        count = None if result.features is None else len(result.features)
        rows.append(
            {
                "repeat": fold.repeat,
                "fold": fold.fold,
                "n_train": len(fold.train),
                "n_test": len(fold.test),
                "n_features": count,
                "inner_score": result.inner_score,
                **result.parameters,
            }
        )
    return pd.DataFrame(rows)


def _selected(folds: Sequence[Fold], results: Sequence[FoldFit]) -> pd.DataFrame:
    rows = [
        (fold.repeat, fold.fold, name)
        for fold, result in zip(folds, results, strict=True)
        for name in result.features or ()
    ]
    return pd.DataFrame(rows, columns=["repeat", "fold", "feature"])


def _unnamed(results: Sequence[FoldFit]) -> tuple[str, ...]:
    if all(result.features is not None for result in results):
        return ()
    return ("which features the models use is not known: a step of the pipeline does not name its columns",)
