"""Nested, repeated, grouped and stratified cross-validation of a diagnostic pipeline."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import joblib
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from evaluation.diagnostic.guards import check_columns, check_folds, check_pipeline, check_rows, check_target
from evaluation.diagnostic.held_out import HeldOut, codes
from evaluation.diagnostic.scores import Interval, score_table
from evaluation.diagnostic.splits import Fold, repeated_folds
from evaluation.diagnostic.tuning import size_of, take, tune
from evaluation.reliability.sample import BoolArray, FloatArray
from harmonize.errors import ConfigurationError, RadharmonyError

Grid = Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Sequence[Any]]]


@dataclass(frozen=True)
class Diagnosis:
    """What a cross-validation found.

    Parameters
    ----------
    held_out : HeldOut
        The held-out predictions, as `score_table` and `compare_scores` take them.
    predictions : DataFrame
        The same as a table: `row`, `subject`, `repeat`, `fold`, `truth`, ``probability_<class>``.
    parameters : DataFrame
        A row a fold: `repeat`, `fold`, `n_train`, `n_test`, `n_features`, `inner_score` and the chosen parameters.
    selected : DataFrame
        The features that the model of each fold uses: `repeat`, `fold`, `feature`.
    scores : DataFrame
        See `score_table`.
    others : mapping of str to HeldOut
        The predictions for other measurements of the held-out rows.
    notes : tuple of str
        What whoever reads the scores should know.
    """

    held_out: HeldOut
    predictions: pd.DataFrame
    parameters: pd.DataFrame
    selected: pd.DataFrame
    scores: pd.DataFrame
    others: Mapping[str, HeldOut]
    notes: tuple[str, ...]

    def support(self, features: Sequence[str]) -> BoolArray:
        """Say for every fold which of the features its model uses.

        Returns
        -------
        ndarray of bool, shape (n_models, n_features)
            As `selection.selection_stability` takes it.
        """
        position = {name: index for index, name in enumerate(features)}
        keys = list(zip(self.parameters["repeat"], self.parameters["fold"], strict=True))
        row = {key: index for index, key in enumerate(keys)}
        mask = np.zeros((len(keys), len(features)), dtype=bool)
        for repeat, fold, name in self.selected.itertuples(index=False, name=None):
            if name in position:
                mask[row[(repeat, fold)], position[name]] = True
        return mask


@dataclass(frozen=True)
class _Task:
    """What one fold needs; the same for all but the fold."""

    pipeline: Pipeline
    table: pd.DataFrame
    y: NDArray[Any]
    groups: NDArray[Any]
    others: Mapping[str, pd.DataFrame]
    grid: Grid | None
    inner_folds: int
    seed: int
    tune_by: str


@dataclass(frozen=True)
class _FoldResult:
    """What one fold gives."""

    probability: FloatArray
    others: Mapping[str, FloatArray]
    parameters: Mapping[str, Any]
    inner_score: float
    features: tuple[str, ...] | None
    warnings: tuple[str, ...]


def cross_validate(
    pipeline: Any,
    X: pd.DataFrame,  # noqa: N803
    y: ArrayLike,
    groups: ArrayLike,
    *,
    param_grid: Grid | None = None,
    folds: int | Sequence[Fold] = 5,
    repeats: int = 10,
    seed: int = 0,
    inner_folds: int = 5,
    tune_by: str = "auc",
    others: Mapping[str, pd.DataFrame] | None = None,
    target: str | None = None,
    interval: Interval = "nadeau_bengio",
    level: float = 0.95,
    n_resamples: int = 1000,
    check_scans: bool = True,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Diagnosis:
    """Predict every row by models that never saw its subject, and score the predictions.

    In each fold everything that learns (imputation, harmonization, selection, the model and its parameters) learns
    from the training rows alone; parameters are chosen by an inner cross-validation of these.

    Parameters
    ----------
    pipeline : Pipeline or classifier
        Not fitted; its last step gives probabilities.
    X : DataFrame, shape (n_rows, n_columns)
        What the pipeline takes: features, and the batch or covariates if a step names them.
    y : array_like, shape (n_rows,)
        Classes; of two, the second in order is the one that is looked for.
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
    tune_by : str
        The score that the inner loop makes best, out of `SCORES`.
    others : mapping of str to DataFrame, optional
        Other measurements of the same rows, such as another condition or segmentation, with the columns of `X`: the
        models of each fold predict their held-out rows too, and never learn from them.
    target : str, optional
        Name of the target, refused among the columns.
    interval, level, n_resamples
        As for `score_table`.
    check_scans : bool
        Refuse rows of two subjects that are the same. Leave it out where `X` holds few of the measurements, which may
        be the same by chance, after all of them were checked with `evaluation.diagnostic.guards.check_rows`.
    jobs : int
        Processes side by side, -1 for one a core. Results do not depend on it.
    progress : callable, optional
        Called with the number of finished folds and of all.

    Returns
    -------
    Diagnosis

    Raises
    ------
    ConfigurationError
        For what `evaluation.diagnostic.guards` refuses, too few subjects for the folds, or a step that fails (with the
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
    >>> from evaluation.diagnostic.models import make_model
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 30)
    >>> X = pd.DataFrame(rng.normal(size=(60, 5)), columns=list("abcde"))
    >>> X["a"] += 1.5 * y
    >>> model = make_model("logistic")
    >>> found = cross_validate(Pipeline(model.steps), X, y, np.arange(60), param_grid=model.grid, repeats=2)
    >>> float(found.scores.set_index("score").loc["auc", "estimate"].round(2))
    0.98
    """
    table = X if isinstance(X, pd.DataFrame) else pd.DataFrame(X).add_prefix("x")
    table = table.reset_index(drop=True)
    labels, subjects = np.asarray(y), np.asarray(groups)
    whole = pipeline if isinstance(pipeline, Pipeline) else Pipeline([("model", pipeline)])
    tables = {name: frame.reset_index(drop=True) for name, frame in (others or {}).items()}
    _check(whole, table, labels, subjects, tables, target)
    if check_scans:
        check_rows(table, subjects)
    splits = list(folds) if not isinstance(folds, int) else None
    if splits is None:
        assert isinstance(folds, int)  # noqa: S101
        splits = repeated_folds(labels, subjects, folds=folds, repeats=repeats, seed=seed)
    check_folds(splits, subjects)
    task = _Task(whole, table, labels, subjects, tables, param_grid, inner_folds, seed, tune_by)
    results = _side_by_side(task, splits, jobs, progress)
    classes = tuple(np.unique(labels).tolist())
    held_out = _assemble(classes, labels, subjects, splits, [one.probability for one in results])
    return Diagnosis(
        held_out=held_out,
        predictions=held_out.to_frame(subjects=subjects),
        parameters=_parameters(splits, results),
        selected=_selected(splits, results),
        scores=score_table(held_out, interval=interval, level=level, n_resamples=n_resamples, seed=seed),
        others=MappingProxyType(
            {
                name: _assemble(classes, labels, subjects, splits, [one.others[name] for one in results])
                for name in tables
            }
        ),
        notes=_notes(results),
    )


def _check(
    pipeline: Pipeline,
    table: pd.DataFrame,
    y: NDArray[Any],
    groups: NDArray[Any],
    others: Mapping[str, pd.DataFrame],
    target: str | None,
) -> None:
    if len(table) != len(y):
        raise ConfigurationError(f"target: {len(y)} values for {len(table)} rows of the table")
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise ConfigurationError(f"column '{twice[0]}' stands twice in the table; rename or remove one")
    check_target(y, groups)
    check_pipeline(pipeline)
    check_columns(table, y, target)
    for name, frame in others.items():
        if len(frame) != len(table) or list(frame.columns) != list(table.columns):
            raise ConfigurationError(
                f"others: '{name}' has {frame.shape[0]} rows x {frame.shape[1]} columns, expected the {len(table)} "
                f"rows and {table.shape[1]} columns of the table, in their order"
            )


def _side_by_side(
    task: _Task, folds: Sequence[Fold], jobs: int, progress: Callable[[int, int], None] | None
) -> list[_FoldResult]:
    """Run all folds and give their results in order."""
    parallel = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
    results: dict[int, _FoldResult] = {}
    if progress is not None:
        progress(0, len(folds))
    try:
        for index, result in parallel(joblib.delayed(_numbered)(i, task, fold) for i, fold in enumerate(folds)):
            results[index] = result
            if progress is not None:
                progress(len(results), len(folds))
    except joblib.externals.loky.process_executor.BrokenProcessPool as error:
        raise RadharmonyError(f"a worker process died ({error}); try again with one job if memory was short") from error
    return [results[index] for index in range(len(folds))]


def _numbered(index: int, task: _Task, fold: Fold) -> tuple[int, _FoldResult]:
    return index, _run_fold(task, fold)


def _run_fold(task: _Task, fold: Fold) -> _FoldResult:
    """Choose parameters, fit and predict in one fold, on one thread so that sums never depend on their number."""
    try:
        with threadpool_limits(1), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            result = _fit_fold(task, fold)
    except ConfigurationError as error:
        raise ConfigurationError(f"repeat {fold.repeat}, fold {fold.fold}: {error}") from error
    except ValueError as error:
        # What scikit-learn says of data that a step cannot take.
        text = str(error).strip().splitlines()[0]
        raise ConfigurationError(
            f"repeat {fold.repeat}, fold {fold.fold}: a step of the pipeline failed: {text} "
            "(missing values need an imputer as the first step)"
        ) from error
    said = tuple(dict.fromkeys(str(one.message).strip().splitlines()[0] for one in caught))
    return _FoldResult(**{**vars(result), "warnings": said})


def _fit_fold(task: _Task, fold: Fold) -> _FoldResult:
    train = take(task.table, fold.train)
    y = task.y[fold.train]
    parameters: Mapping[str, Any] = {}
    score = float("nan")
    if size_of(task.grid) > 1:
        assert task.grid is not None  # noqa: S101
        seed = (task.seed, fold.repeat, fold.fold)
        try:
            inner = repeated_folds(y, task.groups[fold.train], folds=task.inner_folds, repeats=1, seed=seed)
        except ConfigurationError as error:
            raise ConfigurationError(f"inner loop: {error}") from error
        tuned = tune(task.pipeline, train.reset_index(drop=True), y, inner, task.grid, task.tune_by)
        parameters, score = tuned.parameters, tuned.score
    elif task.grid:
        only = task.grid if isinstance(task.grid, Mapping) else task.grid[0]
        parameters = {name: values[0] for name, values in only.items()}
    fitted = clone(task.pipeline).set_params(**clone(dict(parameters), safe=False)).fit(train, y)
    return _FoldResult(
        probability=np.asarray(fitted.predict_proba(take(task.table, fold.test))),
        others={name: np.asarray(fitted.predict_proba(take(other, fold.test))) for name, other in task.others.items()},
        parameters=parameters,
        inner_score=score,
        features=_features(fitted, list(map(str, task.table.columns))),
        warnings=(),
    )


def _features(fitted: Pipeline, columns: list[str]) -> tuple[str, ...] | None:
    """Name the features that the model uses; None if a step does not tell what comes out of it."""
    names = np.array(columns, dtype=object)
    if len(fitted.steps) > 1:
        try:
            names = np.asarray(fitted[:-1].get_feature_names_out(names), dtype=object)
        except (AttributeError, ValueError):
            return None
    coefficients = getattr(fitted.steps[-1][1], "coef_", None)
    if coefficients is not None and np.ndim(coefficients) == 2 and np.shape(coefficients)[1] == len(names):
        names = names[(np.asarray(coefficients) != 0).any(axis=0)]  # an L1 penalty selects
    return tuple(map(str, names))


def _assemble(
    classes: tuple[Any, ...], y: NDArray[Any], groups: NDArray[Any], folds: Sequence[Fold], parts: list[FloatArray]
) -> HeldOut:
    """Put the predictions of all folds into their places."""
    repeats = sorted({fold.repeat for fold in folds})
    probability = np.full((len(repeats), len(y), len(classes)), np.nan)
    number = np.zeros((len(repeats), len(y)), dtype=np.int64)
    for fold, part in zip(folds, parts, strict=True):
        at = repeats.index(fold.repeat)
        probability[at, fold.test] = part
        number[at, fold.test] = fold.fold
    people = np.unique(groups, return_inverse=True)[1].astype(np.int64)
    return HeldOut(classes, codes(y, classes), people, probability, number)


def _parameters(folds: Sequence[Fold], results: Sequence[_FoldResult]) -> pd.DataFrame:
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


def _selected(folds: Sequence[Fold], results: Sequence[_FoldResult]) -> pd.DataFrame:
    rows = [
        (fold.repeat, fold.fold, name)
        for fold, result in zip(folds, results, strict=True)
        for name in result.features or ()
    ]
    return pd.DataFrame(rows, columns=["repeat", "fold", "feature"])


def _notes(results: Sequence[_FoldResult]) -> tuple[str, ...]:
    counts: dict[str, int] = {}
    for result in results:
        for text in result.warnings:
            counts[text] = counts.get(text, 0) + 1
    notes = [f"in {count} of {len(results)} folds: {text}" for text, count in counts.items()]
    if any(result.features is None for result in results):
        notes.append("which features the models use is not known: a step of the pipeline does not name its columns")
    return tuple(notes)
