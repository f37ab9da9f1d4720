"""Rows of perturbed scans in the table of a cohort: never more subjects, and never tested."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from evaluation.reading import Rows
from evaluation.tables import PERTURBATION, UNPERTURBED, as_taken
from harmonize.arrays import BoolArray
from harmonize.errors import ConfigurationError
from harmonize.words import plural, some


def perturbed_apart(rows: Rows, note: str = "") -> tuple[Rows, Rows | None]:
    """Part the rows of scans as they are from those of perturbed ones.

    Parameters
    ----------
    rows : Rows
        With a column `perturbation` among those that have a role, if the table has one.
    note : str
        What to say of perturbed rows, such as that they are left out.

    Returns
    -------
    plain : Rows
    perturbed : Rows or None
        None where there are none.

    Raises
    ------
    ConfigurationError
        If no row is of a scan as it is.
    """
    if PERTURBATION not in rows.frame:
        return rows, None
    plain = as_taken(rows.frame)
    if plain.all():
        return rows, None
    if not plain.any():
        found = some(list(rows.frame[PERTURBATION].unique()), 6)
        raise ConfigurationError(
            f"column '{PERTURBATION}' has no row of a scan as it is ('{UNPERTURBED}'), but {found}; choose rows with "
            f"`where={PERTURBATION}=...`, which then count as scans, or rename the column if it means something else"
        )
    told = f"{plural(int((~plain).sum()), 'row')} of perturbed scans {note}"
    notes = (*rows.notes, told) if note else rows.notes
    return replace(_of(rows, plain), notes=notes), _of(rows, ~plain)


def _of(rows: Rows, chosen: "pd.Series[bool]") -> Rows:
    frame, original = (table[chosen].reset_index(drop=True) for table in (rows.frame, rows.original))
    return replace(rows, frame=frame, original=original)


def perturbed_tables(
    plain: pd.DataFrame, perturbed: pd.DataFrame, keys: Sequence[str], columns: Sequence[str]
) -> tuple[dict[str, pd.DataFrame], dict[str, BoolArray]]:
    """Give by perturbation its rows in the order of those of the scans as they are, and which of them there are.

    What is not there has the values of the scan as it is.

    Parameters
    ----------
    plain, perturbed : DataFrame
    keys : sequence of str
        What tells the rows of one perturbation apart.
    columns : sequence of str
        Those to give.

    Raises
    ------
    ConfigurationError
        If the keys do not tell the rows apart.

    Examples
    --------
    >>> one = pd.DataFrame({"who": ["a", "b"], "f": [1.0, 2.0]})
    >>> other = pd.DataFrame({"who": ["b"], "f": [2.5], "perturbation": ["noise-1"]})
    >>> tables, there = perturbed_tables(one, other, ["who"], ["f"])
    >>> tables["noise-1"]["f"].tolist(), there["noise-1"].tolist()
    ([1.0, 2.5], [False, True])
    """
    place = pd.MultiIndex.from_frame(plain[list(keys)].astype(str))
    tables, there = {}, {}
    for name, rows in perturbed.groupby(PERTURBATION, sort=False):
        index = pd.MultiIndex.from_frame(rows[list(keys)].astype(str))
        if not (place.is_unique and index.is_unique):
            raise ConfigurationError(
                f"{', '.join(keys)} do not tell the rows of a subject apart, so that nothing says which perturbed row "
                "is of which scan; choose rows of one kind with `where`"
            )
        at = index.get_indexer(place)
        both = pd.concat([plain[list(columns)], rows[list(columns)]])
        tables[str(name)] = both.iloc[np.where(at < 0, np.arange(len(plain)), len(plain) + at)].reset_index(drop=True)
        there[str(name)] = np.asarray(at >= 0)
    return tables, there
