"""Any tool's table of features as a feature table with known roles."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from evaluation.reading.checks import check_cells, check_repeats, refuse_mixed
from evaluation.reading.columns import choose_features, feature_values
from evaluation.reading.given import Table, TableSource, source_of
from evaluation.reading.keys import factor_levels, row_keys
from evaluation.reading.long import long_columns, refuse_long, spread, with_families
from evaluation.reading.roles import Roles, resolve
from evaluation.reading.table_file import TableFile
from evaluation.reading.tools import tool_of
from evaluation.tables import SEGMENTATION, check_feature_table
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.levels import find_level
from harmonize.inputs.names import refuse_names


@dataclass(frozen=True)
class Reading:
    """How to read a table; what is not named is guessed.

    Parameters
    ----------
    roles : Roles
        Columns by role.
    extract : mapping of str to str
        By column a regular expression whose named groups become columns, such as
        ``{"study": r"(?P<subject>[^_]+)_(?P<date>.+)"}``.
    long : (str, str) or None
        For a table with one row for each value: the columns of the feature's name and of the value. A table whose
        columns are called ``feature`` and ``value`` is taken as such.
    features, exclude : tuple of str
        Patterns of feature names to take and to leave out.
    decimal : {".", ","} or None
        The decimal sign of texts; None finds it column by column.
    asked : str
        The setting by which the columns of the condition were named, for messages.
    repeats : bool
        Whether some subject has to be measured under two conditions.
    """

    roles: Roles = field(default_factory=Roles)
    extract: Mapping[str, str] = field(default_factory=dict)
    long: tuple[str, str] | None = None
    features: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    decimal: str | None = None
    asked: str = "condition"
    repeats: bool = True


@dataclass(frozen=True)
class ReadTable:
    """A feature table and where it comes from.

    Parameters
    ----------
    table : DataFrame
        A feature table (see `evaluation.tables`): the keys and one float64 column per feature.
    features : tuple of str
        Its feature columns, under the names that the tool gave them.
    roles : Roles
        Columns by role in the files.
    guessed : frozenset of str
        Roles that were guessed.
    left_out : dict of str to str
        Columns that are neither, each with the reason.
    factors : dict of str to tuple of str
        By condition the levels of the columns that make it.
    tool : str
        The program that wrote the (first) table, as far as names tell; empty if not.
    """

    table: pd.DataFrame
    features: tuple[str, ...]
    roles: Roles
    guessed: frozenset[str]
    left_out: dict[str, str]
    factors: dict[str, tuple[str, ...]]
    tool: str = ""

    def levels(self, role: str) -> tuple[str, ...]:
        """Give the levels of a key of the feature table, in the order of the table; numbered conditions in theirs."""
        levels = tuple(map(str, pd.unique(self.table[role])))
        return tuple(sorted(levels, key=int)) if role == "condition" and self.roles.order else levels

    def reference(self, wanted: str | None = None) -> str:
        """Give the reference condition: the one named, or the first of exactly two.

        Raises
        ------
        ConfigurationError
            If the condition named is absent, or none is named and there are more than two.
        """
        conditions = self.levels("condition")
        if wanted is not None:
            return find_level(wanted, conditions, "reference: there is no condition")
        if len(conditions) != 2:
            raise ConfigurationError(
                f"there are {len(conditions)} conditions, {', '.join(conditions[:12])}; name the one that "
                f"the others are compared with, such as reference({conditions[0]!r})"
            )
        return conditions[0]


def read_feature_table(
    paths: Table | TableSource | Mapping[str, Table] | Mapping[str, TableSource], reading: Reading | None = None
) -> ReadTable:
    r"""Read the feature table of any tool.

    Parameters
    ----------
    paths : str, Path or DataFrame, or mapping of str to one
        One table, or several by the name of the strategy that each holds. CSV with ``,``, ``;`` or tabs between
        columns (also packed as ``.gz``; a decimal comma is found column by column) or Parquet, or what
        pandas has in memory.
    reading : Reading or None
        Roles and features; what it leaves open is guessed from the names of the columns.

    Returns
    -------
    ReadTable
        With at least two conditions and one subject measured under two.

    Raises
    ------
    ConfigurationError
        For a file that cannot be read, a role column that is absent, a value that is no finite number, cells that
        stand there twice, or when nothing is repeated. The message names the place.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "features.csv"
    >>> _ = path.write_text("patient;scan;volume\nA;1;10,5\nA;2;11\nB;1;20\nB;2;19,5\n")
    >>> read = read_feature_table(path)
    >>> read.features, read.roles.subject, read.roles.condition, read.reference()
    (('volume',), 'patient', ('scan',), '1')
    >>> read.table["volume"].tolist()
    [10.5, 11.0, 20.0, 19.5]
    """
    reading = reading or Reading()
    if isinstance(paths, Mapping):
        parts = [_read_one(source_of(path), reading, strategy) for strategy, path in paths.items()]
    else:
        parts = [_read_one(source_of(paths), reading, None)]
    features = tuple(dict.fromkeys(name for part in parts for name in part.features))
    first = parts[0]
    factors = {name: levels for part in parts for name, levels in part.factors.items()}
    table = pd.concat([part.table for part in parts], ignore_index=True) if len(parts) > 1 else first.table
    check_feature_table(table, features)
    if reading.repeats:
        check_repeats(table, reading.asked)
    return ReadTable(table, features, first.roles, first.guessed, first.left_out, factors, first.tool)


def _read_one(path: TableSource, reading: Reading, strategy: str | None) -> ReadTable:
    file = TableFile.open(path, reading.decimal)
    patterns = {column: _pattern(column, expression) for column, expression in reading.extract.items()}
    long = reading.long or long_columns(file.header)
    for what, columns in (("extract", tuple(patterns)), ("long", long or ())):
        refuse_unknown(columns, file.header, f"{path}: {what}", "there is no column")
    made = [group for pattern in patterns.values() for group in pattern.groupindex]
    for name in made:
        if name in file.header or made.count(name) > 1:
            raise ConfigurationError(f"{path}: extract: there already is a column '{name}'; name the group otherwise")
    open_to_roles = [name for name in (*file.header, *made) if name not in (long or ())]
    empty: set[str] = set()
    while True:
        try:
            roles, guessed = resolve(open_to_roles, reading.roles, empty, reading.asked)
        except ConfigurationError as error:
            raise ConfigurationError(f"{path}: {error}") from None
        texts = [name for name in (*roles.columns(), *patterns, *(long or ())) if name in file.header]
        frame = file.read(tuple(dict.fromkeys(texts)))
        void = {name for role in guessed for name in roles.of(role) if name in frame and (frame[name] == "").all()}
        if not void:
            break
        empty |= void  # such as the many columns that MIRP leaves empty: read again, with another guess
    for column, pattern in patterns.items():
        frame = frame.join(_extracted(frame[column], pattern, file))
    keys = row_keys(frame, roles, strategy, file)
    factors = factor_levels(frame, roles, keys, file)
    for key in keys.columns:
        refuse_names(map(str, pd.unique(keys[key])), f"{path}: {key}")
    try:
        if long:
            frame = with_families(frame, long[0])
            features, values, left_out = spread(
                frame, keys, long, file, reading.features, reading.exclude, reading.asked
            )
        else:
            taken = (*roles.columns(), *patterns, *made)
            refuse_long(frame, taken, "name both columns with `long='{names},{values}'`")
            check_cells(keys, frame, [name for name in frame if name not in taken], file.place, reading.asked)
            if SEGMENTATION in frame and SEGMENTATION not in taken:
                refuse_mixed(frame[SEGMENTATION], f"`within` or `{reading.asked}`")
            features, left_out = choose_features(
                frame, taken, reading.features, reading.exclude, subjects=keys["subject"]
            )
            values = feature_values(frame, features, file.place, reading.decimal)
            values = pd.concat([keys, values], axis=1)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None
    refuse_names(features, f"{path}: features")
    tool = tool_of((*file.header, *features))
    return ReadTable(values, tuple(features), roles, guessed, left_out, factors, tool)


def _pattern(column: str, expression: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(expression)
    except re.error as error:
        raise ConfigurationError(f"extract: {column}: '{expression}' is no regular expression ({error})") from error
    if not pattern.groupindex:
        raise ConfigurationError(f"extract: {column}: '{expression}' has no named group such as (?P<subject>...)")
    return pattern


def _extracted(column: pd.Series, pattern: re.Pattern[str], file: TableFile) -> pd.DataFrame:
    found = [pattern.search(text) for text in column]
    for row, match in enumerate(found):
        if match is None:
            raise ConfigurationError(
                f"{file.path}: extract: '{column.iloc[row]}' in {file.place(row)} does not fit '{pattern.pattern}'"
            )
    groups = [match.groupdict(default="") for match in found if match]
    return pd.DataFrame(groups, index=column.index, dtype=object)
