"""What is wrong with the cells of a table: twice the same, or never repeated."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from evaluation.tables import SEGMENTATION
from harmonize.errors import ConfigurationError
from harmonize.words import plural, some


def check_cells(
    keys: pd.DataFrame,
    frame: pd.DataFrame,
    others: Sequence[str],
    place: Callable[[int], str],
    condition: str = "condition",
) -> None:
    """Refuse rows that the keys do not tell apart, and name the columns that would.

    Parameters
    ----------
    keys : DataFrame
        What names each row.
    frame : DataFrame
        The table as it was read, with the same rows.
    others : sequence of str
        Its columns that have no role.
    place : callable
        Says where a row of the table stands.
    condition : str
        What the setting is called that names the conditions.

    Raises
    ------
    ConfigurationError
        With the number of rows, the first pair, and the columns that differ between them.
    """
    twice = keys.duplicated(keep=False).to_numpy()
    if not twice.any():
        return
    number = keys[twice].groupby(list(keys.columns), sort=False).ngroup()
    rows = frame[twice]
    first = np.flatnonzero(twice)[number.to_numpy() == 0]
    telling = [name for name in others if _tells(rows[name], number)]
    cell = ", ".join(f"{name} '{value}'" for name, value in keys.iloc[first[0]].items())
    columns, it = ("column {} tells", "it") if len(telling) == 1 else ("the columns {} tell", "the right one")
    # Readers are compared with one another only if that is asked.
    roles = f"`within` or `{condition}`" if telling == [SEGMENTATION] else f"`{condition}` or `within`"
    hint = (
        f"{columns.format(some(telling))} them apart: give {it} a role, such as {roles}"
        if telling
        else "no other column tells them apart: remove one of each"
    )
    raise ConfigurationError(
        f"{int(twice.sum())} rows share their cell with another ({plural(int(number.nunique()), 'cell')}); the "
        f"first are {place(int(first[0]))} and {place(int(first[1]))} ({cell}); {hint}"
    )


def refuse_mixed(segmentations: pd.Series, roles: str) -> None:
    """Refuse rows of several segmentations that no role tells apart: one reader's would be taken for another's."""
    found = segmentations.astype(str).unique()
    if len(found) > 1:
        raise ConfigurationError(
            f"column '{segmentations.name}' holds {some(found, 6)}, but has no role: rows of one reader would be "
            f"mixed with those of another; give it one, such as {roles}, or leave the rows of one in the table"
        )


def _tells(column: pd.Series, cells: pd.Series) -> bool:
    """Tell whether a column has another level in every row of every cell; of numbers, levels that return in cells.

    The numbers of a feature are hardly ever the same in two cells, those of a filter scale always are.
    """
    texts = column.astype(str)
    if not (texts.groupby(cells, sort=False).nunique() > 1).all():
        return False
    if not pd.api.types.is_numeric_dtype(column.dtype) or cells.nunique() == 1:
        return not pd.api.types.is_float_dtype(column.dtype) or bool((column.dropna() % 1 == 0).all())
    return bool(texts.nunique() <= min(2 * cells.value_counts().max(), len(texts) - 1))


def check_repeats(table: pd.DataFrame, condition: str = "condition") -> None:
    """Refuse a feature table in which no subject is measured under two conditions.

    Parameters
    ----------
    table : DataFrame
    condition : str
        What the setting is called that names the conditions.

    Raises
    ------
    ConfigurationError
        When there is only one condition, or no subject has two in the same strategy, sequence and ROI.
    """
    conditions = pd.unique(table["condition"])
    if len(conditions) < 2:
        raise ConfigurationError(
            f"all rows have the condition '{conditions[0]}'; reliability needs at least two. Name the column that "
            f"tells the repeats, scanners or readers apart with `{condition}`"
        )
    repeats = table.groupby(["strategy", "subject", "sequence", "roi"], sort=False)["condition"].nunique()
    if repeats.max() < 2:
        all_ = "both" if len(conditions) == 2 else "all"
        if table.groupby(["strategy", "subject"], sort=False)["condition"].nunique().max() < 2:
            what = "each subject has one condition only"
            question = f"do {all_} use the same subject names? Of subjects measured once, nothing is repeated."
        else:
            what, question = "no subject has a value under two conditions", f"do {all_} name sequences and ROIs alike?"
        order = " Conditions that are dates or numbers of scans can be put in order with `order`"
        raise ConfigurationError(
            f"{what} ({plural(table['subject'].nunique(), 'subject')}, {len(conditions)} conditions such as "
            f"'{conditions[0]}' and '{conditions[1]}'): {question}{order if condition == 'condition' else ''}"
        )
