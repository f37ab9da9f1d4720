"""Which columns of a table are features, and their values as numbers."""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from evaluation.reading.files import MISSING
from evaluation.tables import feature_class
from harmonize.configuration import suggest
from harmonize.errors import ConfigurationError

ADMINISTRATIVE = ("diagnostics_", "general_info_", "image_", "INFO_", "PARAMS_", "BAS_INFO_", "BAS_PARAMS_", "(column ")
"""Beginnings of columns that describe the extraction: PyRadiomics (now and before 2.0), MIRP, LIFEx; and columns
without a name."""

NUMBER = r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?"


def choose_features(
    frame: pd.DataFrame, taken: Sequence[str], wanted: Sequence[str] = (), unwanted: Sequence[str] = ()
) -> tuple[list[str], dict[str, str]]:
    """Choose the feature columns of a table.

    Without a pattern: if any column is named as PyRadiomics names features, ``<image type>_<class>_<feature>``,
    those; otherwise every column of numbers that has no role and does not describe the extraction.

    Parameters
    ----------
    frame : DataFrame
        The table as it was read.
    taken : sequence of str
        Columns that have a role.
    wanted, unwanted : sequence of str
        Patterns of names to take and to leave out, with ``*``, ``?`` and ``[...]`` as in a shell.

    Returns
    -------
    features : list of str
        In the order of the table.
    left_out : dict of str to str
        The other columns without a role, each with the reason.

    Raises
    ------
    ConfigurationError
        For a pattern that fits no column, or when no feature is left.

    Examples
    --------
    >>> frame = pd.DataFrame({"id": ["a"], "age": [50], "original_glcm_Id": [0.5], "diagnostics_Image_Mean": [3.0]})
    >>> choose_features(frame, ["id"])
    (['original_glcm_Id'], {'age': 'not named as a feature', 'diagnostics_Image_Mean': 'describes the extraction'})
    """
    others = [str(name) for name in frame.columns if name not in taken]
    for pattern in (*wanted, *unwanted):
        if not any(fnmatchcase(name, pattern) for name in others):
            raise ConfigurationError(f"features: no column fits '{pattern}'; {suggest(pattern, others[:2000])}")
    named = any(feature_class(name) for name in others)
    features: list[str] = []
    left_out: dict[str, str] = {}
    for name in others:
        if any(fnmatchcase(name, pattern) for pattern in unwanted):
            left_out[name] = "excluded"
        elif wanted:
            if any(fnmatchcase(name, pattern) for pattern in wanted):
                features.append(name)
            else:
                left_out[name] = "not among the wanted"
        elif name.startswith(ADMINISTRATIVE):
            left_out[name] = "describes the extraction"
        elif named and not feature_class(name):
            left_out[name] = "not named as a feature"
        elif not (named or _numeric(frame[name]) or _nearly_numeric(frame[name])):
            left_out[name] = "no numbers"
        else:
            features.append(name)
    if not features:
        reasons = "; ".join(f"'{name}': {reason}" for name, reason in list(left_out.items())[:6])
        raise ConfigurationError(f"features: no column is left; take some with --features ({reasons})")
    return features, left_out


def feature_values(
    frame: pd.DataFrame,
    features: Sequence[str],
    place: Callable[[int], str],
    kind: str = "feature",
    way_out: str = "leave the feature out with --exclude",
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
    kind, way_out : str
        What the columns are, and what can be done about one that holds no numbers, for messages.

    Raises
    ------
    ConfigurationError
        For a value that is no number or is infinite, with its place.
    """
    values = {name: _numbers(frame[name], f"{kind} '{name}'", place, way_out) for name in features}
    table = pd.DataFrame(values, index=frame.index, columns=list(features))
    infinite = np.isinf(table.to_numpy())
    if infinite.any():
        row, column = np.argwhere(infinite)[0]
        raise ConfigurationError(
            f"{infinite.sum()} values of {int(infinite.any(axis=0).sum())} features are infinite, the first is "
            f"'{features[column]}' in {place(int(row))}; empty those cells or leave the features out with --exclude"
        )
    return table


def _numbers(column: pd.Series, what: str, place: Callable[[int], str], way_out: str) -> np.ndarray:
    if _numeric(column):
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    texts = _texts(column)
    numbers = pd.to_numeric(texts, errors="coerce")
    wrong = numbers.isna() & ~texts.isin(list(MISSING))
    if wrong.any():
        row = int(np.flatnonzero(wrong.to_numpy())[0])
        raise ConfigurationError(
            f"{what}: expected a number, found '{texts.iloc[row]}' in {place(row)} "
            f"({int(wrong.sum())} such values); correct it, empty the cell, or {way_out}"
        )
    return np.asarray(numbers.to_numpy(dtype=np.float64))


def _numeric(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype))


def _nearly_numeric(column: pd.Series) -> bool:
    """Tell whether most values look like numbers, so that the others are mistakes rather than another kind."""
    texts = _texts(column)
    texts = texts[~texts.isin(list(MISSING))]
    return bool(len(texts)) and bool(texts.str.fullmatch(NUMBER).mean() > 0.5)


def _texts(column: pd.Series) -> pd.Series:
    return column.astype(str).str.strip().mask(column.isna(), "")
