"""Which pairs of rows a risk orders as their events came: what Harrell's and Uno's C are made of."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harmonize.arrays import BoolArray, FloatArray


def comparable(y: NDArray[np.void]) -> BoolArray:
    """Say for each row with an event which rows were known to be without it then.

    These are watched longer, or are censored at the very time. Two events at one time say nothing of which is earlier.

    Parameters
    ----------
    y : ndarray, shape (n_rows,)
        See `survival_times`.

    Returns
    -------
    ndarray of bool, shape (n_events, n_rows)

    Examples
    --------
    >>> from evaluation.survival.times import survival_times
    >>> comparable(survival_times([1, 2, 2], [1, 1, 0])).tolist()
    [[False, True, True], [False, False, True]]
    """
    time, event = y["time"], y["event"]
    first = time[event][:, None]
    return np.asarray((time > first) | ((time == first) & ~event))


def ordered(y: NDArray[np.void], risk: ArrayLike, together: ArrayLike | None = None) -> tuple[FloatArray, FloatArray]:
    """Count for each pair whether the row with the earlier event has the higher risk, and whether it is compared.

    Parameters
    ----------
    y : ndarray, shape (n_rows,)
        See `survival_times`.
    risk : array_like, shape (n_repeats, n_rows)
        More is an earlier event.
    together : array_like of int, shape (n_repeats, n_rows), optional
        Only rows of the same number are compared.

    Returns
    -------
    right, pairs : ndarray, shape (n_events, n_rows)
        Sums over repeats; equal risks count one half.

    References
    ----------
    Harrell FE, Lee KL, Mark DB. Multivariable prognostic models. Statistics in Medicine 1996;15:361-387.

    Examples
    --------
    >>> from evaluation.survival.times import survival_times
    >>> right, pairs = ordered(survival_times([1, 2, 3], [1, 1, 0]), [[0.9, 0.1, 0.5]])
    >>> float(right.sum() / pairs.sum())
    0.6666666666666666
    """
    risks = np.atleast_2d(np.asarray(risk, dtype=np.float64))
    models = np.zeros(risks.shape, dtype=np.int64) if together is None else np.atleast_2d(np.asarray(together))
    event, may = y["event"], comparable(y)
    right, pairs = np.zeros(may.shape), np.zeros(may.shape)
    for values, model in zip(risks, models, strict=True):
        both = may & (model[event][:, None] == model)
        higher = values[event][:, None]
        right += both * ((higher > values) + 0.5 * (higher == values))
        pairs += both
    return right, pairs
