"""The Brier score of predicted survival over time, with rows weighted for those that were censored."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harmonize.arrays import FloatArray


def brier_losses(
    y: NDArray[np.void], survival: ArrayLike, times: ArrayLike, seen: ArrayLike, still: ArrayLike
) -> FloatArray:
    """Give what each row adds to the Brier score at each time.

    The square of the distance between the predicted share without the event and what is known of the row then,
    weighted by one over the chance that it is known: 0 for a row that was censored before.

    Parameters
    ----------
    y : ndarray, shape (n_rows,)
        See `survival_times`.
    survival : array_like, shape (..., n_rows, n_times)
        Predicted chance to be without the event after each time.
    times : array_like, shape (n_times,)
    seen : array_like, shape (n_rows,)
        Chance to be watched until just before the row's own time, see `uncensored`.
    still : array_like, shape (n_times,)
        Chance to be watched beyond each time.

    Returns
    -------
    ndarray, shape (..., n_rows, n_times)

    References
    ----------
    Graf E, Schmoor C, Sauerbrei W, Schumacher M. Assessment and comparison of prognostic classification schemes for
    survival data. Statistics in Medicine 1999;18:2529-2545.

    Examples
    --------
    >>> from evaluation.survival.times import survival_times
    >>> y = survival_times([1, 3], [1, 0])
    >>> brier_losses(y, [[0.5], [0.9]], [2.0], [1.0, 1.0], [1.0]).round(2).tolist()
    [[0.25], [0.01]]
    """
    shares, at = np.asarray(survival, dtype=np.float64), np.asarray(times, dtype=np.float64)
    time, event = y["time"][:, None], y["event"][:, None]
    had = (time <= at) & event
    without = time > at
    with np.errstate(divide="ignore"):
        of_events = np.where(had, 1 / np.asarray(seen, dtype=np.float64)[:, None], 0.0)
        of_others = np.where(without, 1 / np.asarray(still, dtype=np.float64), 0.0)
    return np.asarray(of_events * shares**2 + of_others * (1 - shares) ** 2)


def over_time(values: ArrayLike, times: ArrayLike) -> FloatArray:
    """Give the mean over time of values at some times, by the trapezoidal rule.

    Parameters
    ----------
    values : array_like, shape (..., n_times)
    times : array_like, shape (n_times,)
        Ascending.

    Examples
    --------
    >>> over_time([0.0, 0.2, 0.2], [0, 1, 3]).round(3).item()
    0.167
    """
    at = np.asarray(times, dtype=np.float64)
    given = np.asarray(values, dtype=np.float64)
    return np.asarray(((given[..., 1:] + given[..., :-1]) / 2 * np.diff(at)).sum(axis=-1) / (at[-1] - at[0]))
