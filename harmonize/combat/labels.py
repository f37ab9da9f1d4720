"""Labels of batches and categorical covariates: learn them from training rows, look them up in new ones."""

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from harmonize.arrays import IntArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.levels import refuse_missing


def labels_of(column: "pd.Series[object]", what: str, *, codes: bool = True) -> tuple[Hashable, ...]:
    """List the different labels of a column, sorted, as plain Python texts, numbers or booleans.

    Raises
    ------
    ConfigurationError
        For a missing label, a word or, unless `codes` is False, a code that may stand for one (NA, -9), or what is
        neither a text nor a number.

    Examples
    --------
    >>> import pandas as pd
    >>> labels_of(pd.Series(["B", "A", "B"]), "batch 'scanner'")
    ('A', 'B')
    """
    plain = list(dict.fromkeys(column.tolist()))
    if any(label is None or label is pd.NA or label != label for label in plain):
        missing = column.isna().to_numpy()
        raise ConfigurationError(
            f"{what} is missing in {missing.sum()} rows, the first is row {column.index[int(missing.argmax())]}; "
            "fill it or leave these rows out"
        )
    for label in plain:
        if not isinstance(label, str | int | float):
            raise ConfigurationError(f"{what}: expected texts or numbers, found {label!r} ({type(label).__name__})")
    refuse_missing(plain, what, codes=codes)
    return tuple(sorted(plain, key=lambda label: (isinstance(label, str), label)))


def encode(column: "pd.Series[object]", labels: Sequence[Hashable], what: str) -> IntArray:
    """Give the position of each row's label among those learned.

    Raises
    ------
    ConfigurationError
        Naming the labels that were not there when fitting.
    """
    positions = {label: position for position, label in enumerate(labels)}
    codes = np.array([positions.get(label, -1) for label in column.tolist()], dtype=np.intp)
    unseen = codes < 0
    if unseen.any():
        names = ", ".join(repr(label) for label in pd.unique(column[unseen])[:5])
        raise ConfigurationError(
            f"{what}: {names} was not among the rows fitted on, which have {', '.join(map(repr, labels))}; "
            "fit on rows that include it, or leave these rows out"
        )
    return codes
