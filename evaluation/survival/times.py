"""Times to an event as one array, and how many are still without it: Kaplan-Meier, of events and of censoring."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ConfigurationError

KIND = np.dtype([("event", np.bool_), ("time", np.float64)])
"""How a row is held, as scikit-survival has it: whether the event happened, and when it did or watching ended."""


WATCHED = 0.1
"""Scores look as far as more than this share of the rows are watched beyond."""


def survival_times(time: ArrayLike, event: ArrayLike) -> NDArray[Any]:
    """Put times and events into one array, of which rows can be taken as of any target.

    Parameters
    ----------
    time : array_like, shape (n_rows,)
        When the event happened, or when watching ended without it; 0 or more.
    event : array_like of bool, shape (n_rows,)
        Whether it happened; False where it is censored.

    Returns
    -------
    ndarray, shape (n_rows,)
        With the fields `event` and `time`.

    Raises
    ------
    ConfigurationError
        For a time that is missing, infinite or negative, events that are not true or false, or shapes that differ.

    Examples
    --------
    >>> survival_times([3.5, 2.0], [1, 0])["event"].tolist()
    [True, False]
    >>> survival_times([3.5, -2.0], [1, 0])
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: time: -2 in row 1 (1 of 2 rows), expected numbers of 0 or more; ...
    """
    times, events = np.asarray(time, dtype=np.float64), np.asarray(event)
    if times.ndim != 1 or times.shape != events.shape:
        raise ConfigurationError(f"time and event: expected one of each a row, found {times.shape} and {events.shape}")
    wrong = ~(np.isfinite(times) & (times >= 0))
    if wrong.any():
        row = int(wrong.argmax())
        raise ConfigurationError(
            f"time: {times[row]:g} in row {row} ({int(wrong.sum())} of {len(times)} rows), expected numbers of 0 or "
            "more; count from the scan to the event, or to the last day without it, or leave those rows out"
        )
    if not np.isin(events, (0, 1)).all():
        other = next(one for one in np.unique(events).tolist() if one not in (0, 1))
        raise ConfigurationError(f"event: found '{other}', expected 1 where the event happened, and 0 where it did not")
    found = np.empty(len(times), dtype=KIND)
    found["event"], found["time"] = events.astype(np.bool_), times
    return found


def kaplan_meier(time: ArrayLike, event: ArrayLike, at: ArrayLike) -> FloatArray:
    """Estimate the share that is still without the event after each of some times.

    Parameters
    ----------
    time, event : array_like, shape (n_rows,)
        See `survival_times`.
    at : array_like, shape (n_times,)

    Returns
    -------
    ndarray, shape (n_times,)

    References
    ----------
    Kaplan EL, Meier P. Nonparametric estimation from incomplete observations. JASA 1958;53:457-481.

    Examples
    --------
    >>> kaplan_meier([6, 6, 6, 7, 10], [1, 1, 0, 1, 0], [5, 6, 7]).round(2).tolist()
    [1.0, 0.6, 0.3]
    """
    times, events = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=np.bool_)
    known, happened, watched = counts(times, events)
    return _product(known, happened / watched, np.asarray(at, dtype=np.float64), "right")


def uncensored(time: ArrayLike, event: ArrayLike, at: ArrayLike, *, before: bool = False) -> FloatArray:
    """Estimate the share that would still be watched after, or just before, each of some times if nothing happened.

    The Kaplan-Meier estimate of censoring. Where both fall on one time events come first, so that whoever has the event
    then can no longer be censored.

    Parameters
    ----------
    time, event : array_like, shape (n_rows,)
    at : array_like, shape (n_times,)
    before : bool
        Just before the time: what the chance to be seen with an event at it was.

    Examples
    --------
    >>> time, event = [1, 2, 2, 3], [1, 1, 0, 1]
    >>> uncensored(time, event, [2, 3]).tolist(), uncensored(time, event, [2], before=True).tolist()
    ([0.5, 0.5], [1.0])
    """
    times, events = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=np.bool_)
    known, happened, watched = counts(times, events)
    censored = counts(times, ~events)[1]
    with np.errstate(invalid="ignore"):
        hazard = np.where(censored > 0, censored / (watched - happened), 0.0)
    return _product(known, hazard, np.asarray(at, dtype=np.float64), "left" if before else "right")


def horizon(y: NDArray[Any]) -> float:
    """Give the last time beyond which more than a tenth of the rows are watched, as far as scores look.

    Later, few rows would decide: each would stand for all that were censored before.

    Examples
    --------
    >>> horizon(survival_times([1, 2, 3, 3, 3], [1, 1, 0, 0, 0]))
    2.0
    """
    times = np.unique(y["time"])
    beyond = np.array([(y["time"] > time).mean() for time in times])
    return float(times[beyond > WATCHED].max(initial=times[0]))


def counts(times: FloatArray, events: BoolArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give the different times, how many events each has, and how many rows were watched until then.

    Examples
    --------
    >>> [one.tolist() for one in counts(np.array([2.0, 1.0, 2.0]), np.array([True, False, False]))]
    [[1.0, 2.0], [0.0, 1.0], [3.0, 2.0]]
    """
    known, place = np.unique(times, return_inverse=True)
    happened = np.bincount(place, weights=events, minlength=len(known))
    watched = np.bincount(place, minlength=len(known))[::-1].cumsum()[::-1].astype(np.float64)
    return known, np.asarray(happened, dtype=np.float64), watched


def _product(known: FloatArray, hazard: FloatArray, at: FloatArray, side: str) -> FloatArray:
    share = np.concatenate([[1.0], np.cumprod(1 - hazard)])
    return np.asarray(share[np.searchsorted(known, at, side="left" if side == "left" else "right")])
