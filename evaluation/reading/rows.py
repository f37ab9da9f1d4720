"""Any tool's table of features as it stands: every row and column kept, the features as numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from evaluation.reading.checks import refuse_mixed
from evaluation.reading.columns import choose_features, feature_values
from evaluation.reading.given import TableSource
from evaluation.reading.long import refuse_long
from evaluation.reading.table_file import TableFile
from evaluation.tables import SEGMENTATION
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.levels import alike, find_level, refuse_missing, refuse_one_number_twice
from harmonize.inputs.missing_codes import refuse_code_values
from harmonize.words import plural

ASKED = ("target", "batch", "categorical")
"""Roles whose levels may not be called None, unknown or -9: a class, a batch or a covariate is missing then."""


@dataclass(frozen=True)
class Rows:
    """A table whose features are numbers.

    Parameters
    ----------
    frame : DataFrame
        The columns with a role, as texts, those of numbers, and the features as float64, NaN where a value is missing;
        the index counts the rows of the file.
    original : DataFrame
        All rows and columns as they stand in the file, letter by letter; features as numbers.
    features : tuple of str
        The feature columns.
    left_out : dict of str to str
        Columns that are neither, each with the reason.
    notes : tuple of str
        Levels of a role that look like two spellings of one name.
    file : TableFile or None
        Where it is from, which tells the place of a row and columns as they stand there.
    """

    frame: pd.DataFrame
    original: pd.DataFrame
    features: tuple[str, ...]
    left_out: dict[str, str]
    notes: tuple[str, ...] = ()
    file: TableFile | None = None

    def with_values(self, values: pd.DataFrame) -> pd.DataFrame:
        """Give the table as it stands in the file, with other values of features."""
        return pd.concat(
            [values[name] if name in values.columns else self.original[name] for name in self.original.columns], axis=1
        )


def read_rows(
    source: TableSource | TableFile,
    roles: Mapping[str, Sequence[str]],
    *,
    numbers: Mapping[str, Sequence[str]] | None = None,
    where: Mapping[str, Sequence[str]] = MappingProxyType({}),
    features: Sequence[str] = (),
    exclude: Sequence[str] = (),
    ask: bool = False,
) -> Rows:
    r"""Read a table without asking for repeats, unlike `read_feature_table`.

    Parameters
    ----------
    source : Path, TableInMemory or TableFile
        CSV with ``,``, ``;`` or tabs between columns (also ``.gz``) or Parquet, or a DataFrame (see `source_of`).
    roles : mapping of str to sequence of str
        By role the columns that name something (a batch, an ROI, a subject); none may be empty in any row.
    numbers : mapping of str to sequence of str, optional
        By role columns of numbers that are no features, such as an age.
    where : mapping of str to sequence of str
        By column with a role the levels of the rows that are wanted; all others are left out, whatever they lack.
    features, exclude : sequence of str
        Patterns of feature names to take and to leave out, see `choose_features`.
    ask : bool
        Refuse what is no feature by its name, too, instead of leaving it out.

    Raises
    ------
    ConfigurationError
        For a file that cannot be read, a column that is absent (with the nearest name) or has two roles, an empty
        cell or a word for a missing value (NA, NULL) in a column with a role, or a feature that is no finite number.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "features.csv"
    >>> _ = path.write_text("id,scanner,volume\n007,A,10.5\n008,B,11\n")
    >>> rows = read_rows(path, {"batch": ["scanner"], "subject": ["id"]})
    >>> rows.features, rows.frame["id"].tolist(), rows.frame["volume"].tolist()
    (('volume',), ['007', '008'], [10.5, 11.0])
    """
    file = TableFile.of(source)
    path = file.path
    numbers = numbers or {}
    named = [(role, name) for part in (roles, numbers) for role, names in part.items() for name in names]
    taken: dict[str, str] = {}
    for role, name in named:
        refuse_unknown([name], file.header, f"{path}: {role}", "there is no column")
        if taken.get(name) == role:
            raise ConfigurationError(f"{path}: column '{name}' is named twice as {role}; name it once")
        if name in taken:
            raise ConfigurationError(f"{path}: column '{name}' is named as {taken[name]} and as {role}; give it one")
        taken[name] = role
    texts = [name for name, role in taken.items() if role in roles]
    frame = file.read(texts)
    wanted = _wanted(frame, where, path)
    subjects = [name for name, role in taken.items() if role == "subject" and role in roles]
    try:
        refuse_long(frame, list(taken), "this command needs one column for each feature: spread the table first")
        people = frame[subjects[0]] if subjects else None
        chosen, left_out = choose_features(frame, list(taken), features, exclude, subjects=people, ask=ask)
        values = feature_values(frame, chosen, file.place, file.decimal)
        if SEGMENTATION in file.header and SEGMENTATION not in taken:
            refuse_mixed(file.original([SEGMENTATION])[wanted][SEGMENTATION], "`where` or `by`")
        for name, role in taken.items():
            if role in numbers:
                values[name] = _covariate(frame, name, role, file, wanted)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None
    frame, values = frame[wanted], values[wanted]
    for name in texts:
        _refuse_gaps(frame[name] == "", f"{path}: column '{name}'", file)
        # A treatment or a setting may be none; a class, a batch or a covariate that is None is asked about.
        asked = taken[name] in ASKED
        refuse_missing(frame[name], f"{path}: {taken[name]}: column '{name}'", none=asked, codes=asked)
        refuse_one_number_twice(frame[name], f"{path}: {taken[name]}: column '{name}'")
    used = pd.concat([frame[texts], values], axis=1)
    original = file.original(name for name in file.header if name not in chosen)[wanted]
    whole = pd.concat([original, values[chosen]], axis=1)[list(file.header)]
    return Rows(used, whole, tuple(chosen), left_out, _spellings(frame, texts), file)


def _spellings(frame: pd.DataFrame, texts: Sequence[str]) -> tuple[str, ...]:
    """Tell levels that look like two spellings of one name."""
    return tuple(
        f"column '{name}': {' and '.join(repr(level) for level in spellings)} count as different, but look like one "
        "name; write it the same way in every row if it is"
        for name in texts
        for spellings in alike(frame[name])
    )


def _wanted(frame: pd.DataFrame, where: Mapping[str, Sequence[str]], path: TableSource) -> "pd.Series[bool]":
    """Tell which rows are wanted."""
    wanted = pd.Series(True, index=frame.index)
    for column, values in where.items():
        known = [str(name) for name in pd.unique(frame[column])]
        wanted &= frame[column].isin([find_level(value, known, f"`where`: no row has {column}") for value in values])
    if not wanted.any():
        raise ConfigurationError(f"`where`: no row of {path} is left")
    return wanted


def _covariate(frame: pd.DataFrame, name: str, role: str, file: TableFile, wanted: "pd.Series[bool]") -> pd.Series:
    """Give a column of numbers that has a role; every row needs one."""
    what = f"{role}: column"
    values = feature_values(frame, [name], file.place, file.decimal, what, f"name a column of numbers as {role}")[name]
    _refuse_gaps(values[wanted].isna(), f"{what} '{name}'", file)
    refuse_code_values(values[wanted].to_numpy(), f"{what} '{name}'")
    return values


def _refuse_gaps(empty: "pd.Series[bool]", what: str, file: TableFile) -> None:
    if empty.any():
        raise ConfigurationError(
            f"{what} is empty in {file.place(int(empty.idxmax()))} ({plural(int(empty.sum()), 'cell')}); every "
            "row needs one"
        )
