"""What makes a held-out score untrue, refused before anything is computed.

What no program can see from a table and a pipeline: that its columns were chosen, or a threshold set, by looking at
the outcome of the same subjects; a noisy copy of the outcome; information from after the diagnosis. Selection belongs
into the pipeline, where it is repeated on the training rows of every fold.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from evaluation.classification.gaps import check_one_a_row, refuse_gaps
from evaluation.classification.splits import Fold
from evaluation.reading.doubts import by_name
from harmonize.errors import ConfigurationError

SUBJECT = "subject"
"""A column that harmonizers need, and that may well be numbered."""

FEW_LEVELS = 10
"""A column of at most so many different values that tells the class of every row is refused."""

ROWS_A_LEVEL = 5
"""With fewer rows than this to each of its values, such a column may tell the class by chance."""

MANY_CLASSES = 20


def check_target(y: NDArray[Any], groups: NDArray[Any]) -> None:
    """Refuse a target with missing values, one class, or the values of a measurement; and rows without a subject.

    Asked about are words for a class that is not known, and codes for one: -9, 99 and the like.

    Raises
    ------
    ConfigurationError
        With the row and what was expected.

    Examples
    --------
    >>> check_target(np.array([1, 1, 1]), np.array(["a", "b", "c"]))
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: target: all 3 rows are of class '1'; expected at least two classes
    """
    check_one_a_row(y, groups)
    refuse_gaps(y, "target")
    refuse_gaps(groups, "subject", codes=False)
    classes, counts = np.unique(y, return_counts=True)
    if len(classes) < 2:
        rows = "the only row is" if len(y) == 1 else f"all {len(y)} rows are"
        found = f"{rows} of class '{classes[0]}'" if len(classes) else "there is no row"
        raise ConfigurationError(f"target: {found}; expected at least two classes")
    if len(classes) > MANY_CLASSES or (y.dtype.kind == "f" and (classes % 1 != 0).any()):
        raise ConfigurationError(
            f"target: {len(classes)} different values such as {classes[0]} and {classes[1]}, expected at most "
            f"{MANY_CLASSES} classes; a measurement is predicted as one with `outcome=number`, a time to an event with "
            "`time` and `event`; or cut it into classes, by a threshold known before"
        )
    rare = counts.argmin()
    if counts[rare] < 2:
        measured = y.dtype.kind in "iuf" and len(classes) > FEW_LEVELS
        hint = ", or, if it is a measurement, predict it as one with `outcome=number`" if measured else ""
        raise ConfigurationError(
            f"target: class '{classes[rare]}' has one row; leave it out or join it with another{hint}"
        )


def check_names(X: pd.DataFrame) -> None:
    """Refuse two columns of one name.

    Raises
    ------
    ConfigurationError
        With the name.

    Examples
    --------
    >>> check_names(pd.DataFrame([[1.0, 2.0]], columns=["volume", "volume"]))
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: column 'volume' stands twice in the table; rename or remove one
    """
    twice = X.columns[X.columns.duplicated()]
    if len(twice):
        raise ConfigurationError(f"column '{twice[0]}' stands twice in the table; rename or remove one")


def check_columns(X: pd.DataFrame, y: NDArray[Any], target: str | None = None) -> None:
    """Refuse a column that is the target, or tells it, or counts the rows.

    That is a column of the target's name, one with a value of its own for every class (a copy, a shifted, scaled or
    renamed one), and one of few values each of which belongs to one class only, such as a grade, or a scanner that
    scanned only the diseased. Where classes stand one after the other, the number of a row tells its class.

    Parameters
    ----------
    X : DataFrame
        Features, batch and covariates.
    y : ndarray, shape (n_rows,)
    target : str, optional
        Its name.

    Raises
    ------
    ConfigurationError
        With the name of the column.

    Examples
    --------
    >>> check_columns(pd.DataFrame({"volume": [1.5, 2, 3, 2.5], "grade": [7, 7, 9, 9]}), np.array([0, 0, 1, 1]))
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: column 'grade' is the target in other words (7: 0, 9: 1); leave it out
    """
    refuse_named(X, target)
    refuse_counting(X)
    codes = np.unique(y, return_inverse=True)[1]
    n_classes = int(codes.max()) + 1
    for position, name in enumerate(X.columns):
        column = X.iloc[:, position]
        known = column.notna().to_numpy()
        levels, values = pd.factorize(column[known])
        if not n_classes <= len(values) <= max(FEW_LEVELS, n_classes):
            continue
        table = np.zeros((len(values), n_classes), dtype=np.int64)
        np.add.at(table, (levels, codes[known]), 1)
        present = table > 0
        if not (present.sum(axis=1) == 1).all() or not present.any(axis=0).all():
            continue
        if len(values) == n_classes:
            pairs = sorted((str(value), str(y[known][levels == level][0])) for level, value in enumerate(values))
            words = ", ".join(f"{value}: {label}" for value, label in pairs)
            raise ConfigurationError(f"column '{name}' is the target in other words ({words}); leave it out")
        if len(levels) >= ROWS_A_LEVEL * len(values):
            raise ConfigurationError(
                f"column '{name}' tells the target of every row by its {len(values)} values; leave it out if it is the "
                "target in other words; if it is a batch, the classes were never scanned under the same condition, "
                "and nothing can tell them apart"
            )


def refuse_named(X: pd.DataFrame, target: str | None) -> None:
    """Refuse a column that has the name of the target."""
    if target is not None and target in X.columns:
        raise ConfigurationError(f"column '{target}' is the target itself and stands among the features; leave it out")


def refuse_counting(X: pd.DataFrame) -> None:
    """Refuse a column that counts the rows."""
    for position, name in enumerate(X.columns):
        column = X.iloc[:, position]
        if name != SUBJECT and by_name(str(name)) and _counts_rows(column):
            raise ConfigurationError(
                f"column '{name}' counts the rows ({column.iloc[0]:g}, {column.iloc[1]:g}, ...), such as an index that "
                "was saved with the table, and is no feature; leave it out"
            )


def _counts_rows(column: "pd.Series[Any]") -> bool:
    if len(column) < FEW_LEVELS or not pd.api.types.is_numeric_dtype(column.dtype) or column.isna().any():
        return False
    values = column.to_numpy(dtype=np.float64)
    return bool(values[0] in (0.0, 1.0) and (np.diff(values) == 1.0).all())


def check_rows(
    X: pd.DataFrame,
    groups: NDArray[Any],
    place: Callable[[int], str] = "row {}".format,
) -> None:
    """Refuse the same measurements under the names of two subjects.

    Give all measurements that there are: a few of them, such as a volume and a count, may well be the same twice.

    Parameters
    ----------
    X : DataFrame
        Columns that are no numbers do not count.
    groups : ndarray, shape (n_rows,)
        Subjects.
    place : callable
        Says where a row stands, for the message.

    Raises
    ------
    ConfigurationError
        With both rows and subjects.

    Examples
    --------
    >>> check_rows(pd.DataFrame({"f": [1.5, 2.5, 1.5], "g": [0.1, 0.2, 0.1]}), np.array(["a", "b", "c"]))
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: row 0 and row 2 hold the same values, but are of subjects 'a' and 'c' (1 such
    pair); a scan that stands twice would be in both halves: remove one, or give them the same subject
    """
    numbers = X.select_dtypes("number")
    if numbers.shape[1] < 2:
        return  # one number may well be the same twice
    marks = pd.util.hash_pandas_object(numbers, index=False)
    marks = marks[numbers.notna().any(axis=1).to_numpy()]
    twice = marks[marks.duplicated(keep=False)]
    pairs = []
    for _, rows in twice.groupby(twice, sort=False):
        positions = X.index.get_indexer(rows.index)
        first = positions[0]
        pairs += [(first, other) for other in positions[1:] if groups[other] != groups[first]]
    if pairs:
        first, other = pairs[0]
        raise ConfigurationError(
            f"{place(int(first))} and {place(int(other))} hold the same values, but are of subjects "
            f"'{groups[first]}' and '{groups[other]}' ({len(pairs)} such pair{'s' * (len(pairs) > 1)}); a scan that "
            "stands twice would be in both halves: remove one, or give them the same subject"
        )


def check_folds(folds: Sequence[Fold], groups: NDArray[Any]) -> None:
    """Refuse folds with a subject in both halves, or in which a row is not tested exactly once a repeat.

    Raises
    ------
    ConfigurationError
        With the subject and the fold.

    Examples
    --------
    >>> check_folds([Fold(0, 0, np.array([0, 1]), np.array([2]))], np.array(["a", "b", "a"]))
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: repeat 0, fold 0: subject 'a' is in both halves; keep all rows of a subject
    together, as `repeated_folds` does
    """
    tested: dict[int, list[NDArray[Any]]] = {}
    for fold in folds:
        both = set(groups[fold.train].tolist()) & set(groups[fold.test].tolist())
        if both:
            raise ConfigurationError(
                f"repeat {fold.repeat}, fold {fold.fold}: subject '{sorted(both, key=str)[0]}' is in both halves; keep "
                "all rows of a subject together, as `repeated_folds` does"
            )
        tested.setdefault(fold.repeat, []).append(fold.test)
    for repeat, parts in tested.items():
        counts = np.bincount(np.concatenate(parts), minlength=len(groups))
        if len(counts) != len(groups) or (counts != 1).any():
            raise ConfigurationError(
                f"repeat {repeat}: row {int((counts != 1).argmax())} is tested {int(counts[(counts != 1).argmax()])} "
                "times, expected once"
            )


def check_pipeline(
    pipeline: Pipeline, needs: Sequence[tuple[str, str]] = (("predict_proba", "probabilities"),)
) -> None:
    """Refuse a pipeline of which a step has learned already, or whose model does not predict what is asked for.

    Parameters
    ----------
    pipeline : Pipeline
    needs : sequence of (str, str)
        Methods that the model must have, and what each gives.

    A step that was fitted has seen rows that will be tested. Cloning makes it forget, unless it is frozen; but whoever
    fitted it may have chosen by what it showed.

    Raises
    ------
    ConfigurationError
        With the step.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> check_pipeline(Pipeline([("model", LogisticRegression().fit([[0], [1]], [0, 1]))]))
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: step 'model' (LogisticRegression) is fitted already
    (n_features_in_); give it not fitted, so that it learns from the training rows of every fold alone
    """
    for name, step in _estimators(pipeline):
        learned = [attribute for attribute in vars(step) if attribute.endswith("_") and not attribute.startswith("_")]
        frozen = type(step).__name__ == "FrozenEstimator"
        if learned or frozen:
            what = f"is fitted already ({learned[0]})" if learned else "is frozen"
            raise ConfigurationError(
                f"step '{name}' ({type(step).__name__}) {what}; give it not fitted, so that it learns from the "
                "training rows of every fold alone"
            )
    last, model = pipeline.steps[-1]
    for method, what in needs:
        if not hasattr(model, method):
            wrap = ", or wrap it in sklearn.calibration.CalibratedClassifierCV" if method == "predict_proba" else ""
            raise ConfigurationError(
                f"step '{last}' ({type(model).__name__}) gives no {what} ({method}); take one of the models of "
                f"`make_model`{wrap}"
            )


def _estimators(step: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Walk over a pipeline and the estimators inside its steps."""
    for key, value in step.get_params(deep=False).items():
        parts = value if isinstance(value, list | tuple) else [(key, value)]
        for part in parts:
            # A named step is (name, estimator) in a pipeline, (name, estimator, columns) in a ColumnTransformer.
            label, inner = (part[0], part[1]) if isinstance(part, tuple) and len(part) in (2, 3) else (key, part)
            if hasattr(inner, "get_params") and not isinstance(inner, type):
                full = f"{name}__{label}" if name else str(label)
                yield full, inner
                yield from _estimators(inner, full)
