"""Which columns of a table are features, and their values as numbers."""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd
import pyarrow as pa

from evaluation.reading.doubts import by_name, by_values
from evaluation.reading.names import ADMINISTRATIVE, NAMELESS
from evaluation.reading.numbers import EITHER, NO_NUMBER, NUMBER_LIKE, SIGNS, no_number, numbers_of
from evaluation.tables import feature_class
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import suggest
from harmonize.inputs.levels import NO_VALUE
from harmonize.words import plural, some

SHOWN = 15
"""Columns in doubt that a message names."""


def choose_features(
    frame: pd.DataFrame,
    taken: Sequence[str],
    wanted: Sequence[str] = (),
    unwanted: Sequence[str] = (),
    *,
    subjects: pd.Series | None = None,
    ask: bool = False,
) -> tuple[list[str], dict[str, str]]:
    """Choose the feature columns of a table.

    Without a pattern: if any column is named as PyRadiomics names features, ``<image type>_<class>_<feature>``,
    those; otherwise every column of numbers that has no role, does not describe the extraction, and is neither named
    as a row, a subject, an outcome or a setting of the scan nor looks like one (see `evaluation.reading.doubts`).

    Parameters
    ----------
    frame : DataFrame
        The table as it was read.
    taken : sequence of str
        Columns that have a role.
    wanted, unwanted : sequence of str
        Patterns of names to take and to leave out, with ``*``, ``?`` and ``[...]`` as in a shell.
    subjects : Series or None
        The subject of each row, if it is known.
    ask : bool
        Refuse columns that are no features by their name, too, instead of leaving them out.

    Returns
    -------
    features : list of str
        In the order of the table.
    left_out : dict of str to str
        The other columns without a role, each with the reason.

    Raises
    ------
    ConfigurationError
        For a pattern that fits no column, for columns that were taken for their numbers alone and look like something
        else (with all of them), or when no feature is left.

    Examples
    --------
    >>> frame = pd.DataFrame({"id": ["a"], "age": [50], "original_glcm_Id": [0.5], "diagnostics_Image_Mean": [3.0]})
    >>> choose_features(frame, ["id"])
    (['original_glcm_Id'], {'age': 'not named as a feature', 'diagnostics_Image_Mean': 'describes the extraction'})
    """
    others = [str(name) for name in frame.columns if name not in taken]
    for pattern in (*wanted, *unwanted):
        # What has a role is no feature, as who leaves it out wants it.
        known = others if pattern in wanted else map(str, frame.columns)
        if not any(fnmatchcase(name, pattern) for name in known):
            raise ConfigurationError(f"features: no column fits '{pattern}'; {suggest(pattern, others[:2000])}")
    named = any(feature_class(name) for name in others)
    features: list[str] = []
    left_out: dict[str, str] = {}
    doubtful: dict[str, str] = {}
    for name in others:
        if any(fnmatchcase(name, pattern) for pattern in unwanted):
            left_out[name] = "excluded"
        elif wanted:
            if any(fnmatchcase(name, pattern) for pattern in wanted):
                features.append(name)
            else:
                left_out[name] = "not among the wanted"
        elif name.startswith(NAMELESS):
            left_out[name] = "without a name"
        elif name.startswith(ADMINISTRATIVE):
            left_out[name] = "describes the extraction"
        elif named and not feature_class(name):
            left_out[name] = "not named as a feature"
        elif not (named or _numeric(frame[name]) or _nearly_numeric(frame[name])):
            left_out[name] = "no numbers"
        elif not named and (why := by_name(name, frame[name])):
            (doubtful if ask else left_out)[name] = "by its name" if ask else why
        else:
            if not named and _numeric(frame[name]) and (why := by_values(name, frame[name], subjects)):
                doubtful[name] = why
            features.append(name)
    if doubtful:
        raise _in_doubt(doubtful, ask)
    if not features:
        reasons = "; ".join(f"'{name}': {reason}" for name, reason in list(left_out.items())[:6])
        raise ConfigurationError(f"features: no column is left; take some with `features` ({reasons})")
    return features, left_out


def _in_doubt(doubtful: dict[str, str], ask: bool) -> ConfigurationError:
    first = list(doubtful)[:SHOWN]
    listed = some((f"{name} ({why})" for name, why in doubtful.items()), SHOWN)
    leave = "Leave them as they are" if ask else "Leave them out"
    keep = " keep the effect of a covariate with `continuous` or `categorical` (never the outcome)," if ask else ""
    return ConfigurationError(
        "no column is named as PyRadiomics names features, and of the columns of numbers these look like no features: "
        f"{listed}. {leave} with `exclude={','.join(first)}`,{keep} or name all features with `features` to "
        "confirm"
    )


def feature_values(
    frame: pd.DataFrame,
    features: Sequence[str],
    place: Callable[[int], str],
    decimal: str | None = None,
    kind: str = "feature",
    way_out: str = "leave the feature out with `exclude`",
) -> pd.DataFrame:
    """Give the feature columns as float64, NaN for missing values.

    Parameters
    ----------
    frame : DataFrame
        The table as it was read.
    features : sequence of str
        Its feature columns.
    place : callable
        Says where a row of the table stands, for messages.
    decimal : {".", ","} or None
        The decimal sign of texts; None finds it column by column.
    kind, way_out : str
        What the columns are, and what can be done about one that holds no numbers, for messages.

    Raises
    ------
    ConfigurationError
        For a value that is no number or is infinite, with its place.
    """
    values = {name: _numbers(frame[name], f"{kind} '{name}'", place, decimal, way_out) for name in features}
    table = pd.DataFrame(values, index=frame.index, columns=list(features))
    infinite = np.isinf(table.to_numpy())
    if infinite.any():
        row, column = np.argwhere(infinite)[0]
        many = plural(int(infinite.sum()), "infinite value")
        of = plural(int(infinite.any(axis=0).sum()), "feature")
        raise ConfigurationError(
            f"{many} in {of}, the first is '{features[column]}' in {place(int(row))}; empty those cells or leave the "
            "features out with `exclude`"
        )
    return table


def _numbers(
    column: pd.Series, what: str, place: Callable[[int], str], decimal: str | None, way_out: str
) -> np.ndarray:
    if _numeric(column):
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    texts = _texts(column)
    row, why, count = no_number(texts, decimal)
    if row < 0:
        found = numbers_of({"": pa.chunked_array([pa.array(texts, pa.string())])}, decimal)
        return found.get("", np.full(len(texts), np.nan))
    so_many = plural(count, "such value")
    if why == NO_NUMBER:
        text = texts.iloc[row]
        same = int((texts == text).sum())
        first = f"if it stands for a missing value, empty the {same} cells with it" if same > 1 else "empty the cell"
        raise ConfigurationError(
            f"{what}: expected a number, found '{text}' in {place(row)} ({so_many}); correct it, {first}, or {way_out}"
        )
    text = texts.iloc[row]
    if why == EITHER:  # the other name would refuse this column too
        name = next(name for name, sign in SIGNS.items() if sign in text)
        otherwise = f", or if '{SIGNS[name]}' is the decimal sign of all columns say `decimal={name}`"
    else:
        otherwise = " and all with one decimal sign"
    raise ConfigurationError(
        f"{what}: '{text}' in {place(row)} {why} ({so_many}); write numbers without marks between thousands{otherwise}"
    )


def _numeric(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype))


def _nearly_numeric(column: pd.Series) -> bool:
    """Tell whether most values look like numbers, so that the others are mistakes rather than another kind."""
    texts = _texts(column)
    texts = texts[~texts.isin(list(NO_VALUE))]
    return bool(len(texts)) and bool(texts.str.fullmatch(NUMBER_LIKE).mean() > 0.5)


def _texts(column: pd.Series) -> pd.Series:
    return column.astype(str).str.strip().mask(column.isna(), "")
