"""Repeats of known reliability for a real table of outcomes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from harmonize.errors import ConfigurationError


def add_repeats(
    table: pd.DataFrame,
    reliability: ArrayLike,
    *,
    features: Sequence[str],
    conditions: Sequence[str] = ("test", "retest"),
    seed: int = 0,
) -> pd.DataFrame:
    """Give each row of a real table repeats whose reliability is known exactly.

    The values of the table count as error-free. Each condition adds normal error of its own; the errors are made
    orthogonal to the values and to each other, with equal variances, so that the ICC(C,1) of the repeats is what was
    asked for, in this sample and not on average only, and conditions have equal means.

    Parameters
    ----------
    table : DataFrame
        One row per subject; columns that are no features are carried along.
    reliability : array of shape (n_features,), or a number
        ICC wanted for each feature, above 0, up to 1.
    features : sequence of str
        The feature columns; without missing values.
    conditions : sequence of str
        Names of the repeats.
    seed : int
        The same seed gives the same errors.

    Returns
    -------
    DataFrame
        As many times as many rows, with a column `condition` first. A constant feature stays as it is.

    Raises
    ------
    ConfigurationError
        For a reliability outside 0 to 1, missing values, a column `condition` that is there already, or fewer rows
        than conditions + 2.

    Examples
    --------
    >>> from evaluation.reliability import icc
    >>> table = pd.DataFrame({"outcome": [0, 1, 0, 1, 1, 0], "volume": [9.0, 14.0, 8.0, 12.0, 15.0, 7.0]})
    >>> repeats = add_repeats(table, 0.8, features=["volume"])
    >>> pair = repeats.pivot_table("volume", repeats.groupby("condition").cumcount(), "condition")
    >>> round(float(icc(pair, form="C,1").estimate), 9)
    0.8
    """
    wanted = np.broadcast_to(np.asarray(reliability, np.float64), (len(features),))
    if not np.all((wanted > 0.0) & (wanted <= 1.0)):
        raise ConfigurationError(f"reliability: {wanted.min():g} to {wanted.max():g}, expected above 0, up to 1")
    if "condition" in table.columns:
        raise ConfigurationError("the table has a column 'condition' already; add repeats to one condition of it")
    if len(table) < len(conditions) + 2:
        raise ConfigurationError(f"{len(table)} rows, expected {len(conditions) + 2} or more")
    values = table[list(features)].to_numpy(np.float64)
    if not np.isfinite(values).all():
        raise ConfigurationError("the features have missing values; fill them in or leave out the columns")
    spread = values.std(axis=0, ddof=1)
    error = spread * np.sqrt((1.0 - wanted) / wanted) * np.sqrt(len(table) - 1)
    directions = _orthogonal_errors(values, len(conditions), np.random.default_rng(seed))
    others = table.drop(columns=list(features)).reset_index(drop=True)
    parts = []
    for place, condition in enumerate(conditions):
        measured = pd.DataFrame(values + error * directions[:, :, place].T, columns=list(features))
        parts.append(pd.concat([others.assign(condition=condition), measured], axis=1))
    result = pd.concat(parts, ignore_index=True)
    return result[["condition", *(name for name in result.columns if name != "condition")]]


def _orthogonal_errors(values: NDArray[np.float64], number: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Give unit vectors (features, rows, number): orthogonal to each other, to the values and to a constant."""
    rows, features = values.shape
    space = np.empty((features, rows, number + 2))
    space[:, :, 0], space[:, :, 1] = 1.0, (values - values.mean(axis=0)).T
    space[:, :, 2:] = rng.standard_normal((features, rows, number))
    return np.asarray(np.linalg.qr(space).Q[:, :, 2:])
