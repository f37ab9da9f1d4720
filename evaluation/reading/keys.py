"""What names a row of the feature table, from the columns that have a role."""

from collections.abc import Sequence

import pandas as pd

from evaluation.reading.order import ranks_within
from evaluation.reading.roles import Roles
from evaluation.reading.table_file import TableFile
from evaluation.tables import FEATURE_KEYS
from harmonize.errors import ConfigurationError
from harmonize.inputs.levels import refuse_missing, refuse_one_number_twice
from harmonize.words import plural

ALL = "all"
"""The level of a role that no column has."""


def row_keys(frame: pd.DataFrame, roles: Roles, strategy: str | None, file: TableFile) -> pd.DataFrame:
    """Make the columns of the feature table that name a row.

    Parameters
    ----------
    frame : DataFrame
        The table as it was read; columns with a role hold texts.
    roles : Roles
        Columns by role.
    strategy : str or None
        The strategy that the whole file holds; the levels of its strategy column, if any, are added to the name.
    file : TableFile
        Where the table comes from, for messages.

    Returns
    -------
    DataFrame
        The columns `FEATURE_KEYS`, as texts, with the index of the frame.

    Raises
    ------
    ConfigurationError
        For an empty cell in a column that has a role, a level such as ``NA``, or a number written in two ways.
    """
    for name in roles.columns():
        empty = (frame[name] == "").to_numpy()
        if empty.any():
            raise ConfigurationError(
                f"{file.path}: column '{name}' is empty in {file.place(int(empty.argmax()))} "
                f"({plural(int(empty.sum()), 'cell')}); every row needs one"
            )
        # A treatment or a setting may be none, and a subject any number.
        refuse_missing(frame[name], f"{file.path}: column '{name}'", none=False, codes=False)
        refuse_one_number_twice(frame[name], f"{file.path}: column '{name}'")

    def joined(columns: Sequence[str], sign: str) -> pd.Series:
        if not columns:
            return pd.Series(ALL, index=frame.index, dtype=object)
        return frame[list(columns)].agg(sign.join, axis=1) if len(columns) > 1 else frame[columns[0]]

    keys = pd.DataFrame(
        {
            "strategy": joined(roles.of("strategy"), "+"),
            "subject": frame[roles.subject],
            "sequence": joined(roles.of("sequence"), "+"),
            "condition": joined(roles.condition, "+"),
            "roi": joined((*roles.of("roi"), *roles.within), " / "),
        },
        index=frame.index,
    )
    if strategy is not None:
        keys["strategy"] = strategy if roles.strategy is None else strategy + " / " + keys["strategy"]
    if roles.order:
        scans = keys.groupby(["subject", "sequence"], sort=False).ngroup()
        ranks = ranks_within(frame[roles.order], scans, file.place, roles.order, file.decimal)
        keys["condition"] = ranks.astype(str).astype(object)
    return keys[list(FEATURE_KEYS)]


def factor_levels(frame: pd.DataFrame, roles: Roles, keys: pd.DataFrame, file: TableFile) -> dict[str, tuple[str, ...]]:
    """Give the levels of the columns that make each condition, in their order; by the condition.

    Raises
    ------
    ConfigurationError
        Where two different combinations of levels make the same condition.
    """
    columns = list(roles.condition)
    refuse_joined_alike(keys["condition"], frame[columns], f"{file.path}: ")
    numbered = frame[columns].set_axis(range(len(columns)), axis=1)  # one of them may be called condition, too
    levels = pd.concat([keys["condition"], numbered], axis=1).drop_duplicates()
    return {str(name): tuple(map(str, row)) for name, *row in levels.itertuples(index=False)}


def refuse_joined_alike(names: pd.Series, parts: pd.DataFrame, place: str = "") -> None:
    """Refuse rows of different levels whose names, joined by ``+``, are the same.

    Parameters
    ----------
    names : Series of str
        Of each row.
    parts : DataFrame
        The levels that they are made of.
    place : str
        Before the message.

    Raises
    ------
    ConfigurationError
        With such a name.

    Examples
    --------
    >>> parts = pd.DataFrame({"scanner": ["a+b", "a"], "kernel": ["c", "b+c"]})
    >>> refuse_joined_alike(pd.Series(["a+b+c", "a+b+c"]), parts)
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: columns scanner, kernel: two combinations of their levels are both called
    'a+b+c'; take '+' out of the levels of one column
    """
    different = names[~parts.duplicated()] if len(parts.columns) else names[:0]
    twice = different[different.duplicated()]
    if len(twice):
        raise ConfigurationError(
            f"{place}columns {', '.join(map(str, parts.columns))}: two combinations of their levels are both called "
            f"'{twice.iloc[0]}'; take '+' out of the levels of one column"
        )
