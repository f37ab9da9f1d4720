"""What makes held-out scores of a number or of survival untrue, refused before anything is computed."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.classification.gaps import check_one_a_row, refuse_gaps
from evaluation.classification.guards import refuse_counting, refuse_named
from evaluation.survival.times import KIND
from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError

FEWEST_VALUES = 3
"""A number of fewer different values is a class."""

FEWEST_ROWS = 8
"""Of fewer rows a column may have the order of the target by chance."""


def check_number(y: NDArray[Any], groups: NDArray[Any]) -> None:
    """Refuse a target that is no number, has gaps or is a class; and rows without a subject.

    Raises
    ------
    ConfigurationError
        With the row and what was expected.

    Examples
    --------
    >>> check_number(np.array([0.0, 1.0, 1.0]), np.array(["a", "b", "c"]))
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: target: 2 different values (0, 1), which are classes; leave out
    `outcome=number`, or give the measurement itself
    """
    _check_shapes(y, groups)
    if y.dtype.kind not in "fiu":
        raise ConfigurationError(f"target: expected numbers, found '{y[0]}'; for classes leave out `outcome=number`")
    wrong = ~np.isfinite(y.astype(np.float64))
    if wrong.any():
        raise ConfigurationError(
            f"target: {y[wrong][0]} in row {int(wrong.argmax())} ({int(wrong.sum())} of {len(y)} rows), expected a "
            "finite number; leave those rows out, or complete them"
        )
    values = np.unique(y)
    if len(values) == 1:
        raise ConfigurationError(f"target: is {values[0]:g} in all {len(y)} rows; expected numbers that differ")
    if len(values) < FEWEST_VALUES:
        found = ", ".join(f"{value:g}" for value in values)
        raise ConfigurationError(
            f"target: {len(values)} different values ({found}), which are classes; leave out "
            "`outcome=number`, or give the measurement itself"
        )


def check_events(y: NDArray[Any], groups: NDArray[Any]) -> None:
    """Refuse times and events of which nothing can be learned; and rows without a subject.

    Raises
    ------
    ConfigurationError

    Examples
    --------
    >>> from evaluation.survival.times import survival_times
    >>> check_events(survival_times([1, 2], [0, 0]), np.array(["a", "b"]))
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: event: none of 2 rows has it; expected some that do; name the value that is the
    event with `event=COLUMN=VALUE` if it is another than 1
    """
    _check_shapes(y, groups)
    if y.dtype != KIND:
        raise ConfigurationError("target: expected times and events, as `survival_times` makes them")
    if not y["event"].any():
        raise ConfigurationError(
            f"event: none of {len(y)} rows has it; expected some that do; name the value that is the event with "
            "`event=COLUMN=VALUE` if it is another than 1"
        )
    if len(np.unique(y["time"])) < 2:
        raise ConfigurationError(f"time: is {y['time'][0]:g} in all {len(y)} rows; expected times that differ")


def check_measured_columns(X: pd.DataFrame, y: FloatArray, target: str | None, what: str) -> None:
    """Refuse a column that is the target, orders all rows as it does, or counts the rows.

    Parameters
    ----------
    X : DataFrame
        Features, batch and covariates.
    y : ndarray, shape (n_rows,)
        The number, or the time.
    target : str, optional
        Its name.
    what : str
        Who it is, for the message.

    Raises
    ------
    ConfigurationError
        With the name of the column.

    Examples
    --------
    >>> y = np.array([1.0, 4.0, 2.0, 8.0, 5.0, 7.0, 3.0, 9.0])
    >>> check_measured_columns(pd.DataFrame({"months": -12 * y}), y, None, "the target")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: column 'months' orders all 8 rows as the target does, and is the target in
    other words; leave it out
    """
    refuse_named(X, target)
    refuse_counting(X)
    if len(y) < FEWEST_ROWS:
        return
    wanted = pd.Series(y).rank().to_numpy()
    numbers = X.select_dtypes("number")
    for name in numbers.columns:
        column = numbers[name]
        if column.isna().any():
            known = column.notna().to_numpy()
            if known.sum() < FEWEST_ROWS:
                continue
            ranks, aim = column[known].rank().to_numpy(), pd.Series(y[known]).rank().to_numpy()
        else:
            ranks, aim = column.rank().to_numpy(), wanted
        if np.ptp(aim) > 0 and (np.array_equal(ranks, aim) or np.array_equal(ranks, len(aim) + 1 - aim)):
            raise ConfigurationError(
                f"column '{name}' orders all {len(aim)} rows as {what} does, and is the target in other words; leave "
                "it out"
            )


def told(value: Any) -> str:
    """Give what is predicted of a row in words.

    Examples
    --------
    >>> from evaluation.survival.times import survival_times
    >>> told("ill"), told(survival_times([3.5], [0])[0])
    ("'ill'", 'the time 3.5 without the event')
    """
    if not isinstance(value, np.void):
        return f"'{value}'"
    return f"the time {value['time']:g} {'with' if value['event'] else 'without'} the event"


def _check_shapes(y: NDArray[Any], groups: NDArray[Any]) -> None:
    check_one_a_row(y, groups)
    if not len(y):
        raise ConfigurationError("target: there is no row")
    refuse_gaps(groups, "subject", codes=False)
