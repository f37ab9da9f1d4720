"""Whether a target and its subjects are there in every row."""

from typing import Any

import pandas as pd
from numpy.typing import NDArray

from harmonize.errors import ConfigurationError
from harmonize.inputs.levels import refuse_missing


def check_one_a_row(y: NDArray[Any], groups: NDArray[Any]) -> None:
    """Raise `ConfigurationError` unless there are as many values of the target as subjects."""
    if y.ndim != 1 or y.shape != groups.shape:
        raise ConfigurationError(f"target: expected one value a row, found {y.shape} and {groups.shape} subjects")


def refuse_gaps(values: NDArray[Any], what: str, *, codes: bool = True) -> None:
    """Raise `ConfigurationError` for missing values, with the row, and for words or `codes` that may mean them."""
    missing = pd.isna(values)
    if missing.any():
        raise ConfigurationError(
            f"{what}: missing in row {int(missing.argmax())} ({int(missing.sum())} of {len(values)} rows); leave those "
            "rows out, or complete them"
        )
    refuse_missing(pd.unique(values), what, codes=codes)
