"""Columns of texts as numbers: the decimal sign is found column by column."""

import re
from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from harmonize.arrays import BoolArray, FloatArray
from harmonize.inputs.levels import NO_VALUE

SIGNS = {"point": ".", "comma": ","}
"""Decimal signs, by the name that an option gives them."""

NO_NUMBER = "is no number"
EITHER = "has either a decimal sign or a thousands mark"

Sign = Literal[".", ","]

_EXPONENT = r"([eE][+-]?\d+)?"
NUMBER = rf"[+-]?(\d+([.,]\d+)*[.,]?|[.,]\d+){_EXPONENT}|(?i:[+-]?(inf|infinity|nan))"
"""A number with any sign, decimal or between thousands."""
_THOUSANDS = r"[+-]?[1-9]\d{{0,2}}(\{sign}\d{{3}})+"
"""A number in which the sign may stand between thousands."""
_SEVERAL = r"[+-]?[1-9]\d{{0,2}}(\{sign}\d{{3}}){{2,}}"
_WHOLE = r"[+-]?\d{1,3}"
"""A number that needs no sign between thousands."""
_GAPS = r"[+-]?\d{1,3}([ '’´`\u2009\u00a0\u202f]\d{3})+([.,]\d+)?"
NUMBER_LIKE = rf"[<>≤≥~≈]?\s*[−–]?({NUMBER}|{_GAPS}|[+-]?\d+([.,]\d*)?[dD][+-]?\d+)\s*[%‰*]?"
"""What people read as a number although it is none: with gaps or marks between thousands, a bound, a per cent."""


def numbers_of(columns: Mapping[str, pa.ChunkedArray], decimal: str | None = None) -> dict[str, FloatArray]:
    """Give those columns of texts that hold numbers only, NaN for missing values.

    A column has one decimal sign. ``1,234`` may be 1.234 or 1234: where nothing else in the column decides, the sign
    of the table's other columns does, and where these do not either the column is not given. A column with whole
    numbers below 1000 beside ``1.576`` looks the same with a mark between thousands, so it is not given either.

    Parameters
    ----------
    columns : mapping of str to ChunkedArray of str
        Texts by name.
    decimal : {".", ","} or None
        The decimal sign of all columns, if it is known.

    Returns
    -------
    dict of str to ndarray
        Only columns in which some cell has a value, and in which every value is a number beyond doubt.

    Examples
    --------
    >>> texts = {"a": ["1,5", "2"], "b": ["1.5", "NA"], "c": ["1,234", "5,678"], "d": ["1,5", "2.5"]}
    >>> columns = {name: pa.chunked_array([cells]) for name, cells in texts.items()}
    >>> {name: values.tolist() for name, values in numbers_of(columns).items()}
    {'a': [1.5, 2.0], 'b': [1.5, nan]}
    >>> numbers_of(columns, ",")["c"].tolist()
    [1.234, 5.678]
    """
    bare = {name: _bare(column) for name, column in columns.items()}
    found: dict[str, tuple[Sign, FloatArray]] = {}
    for name, column in bare.items():
        for sign in (".", ",") if decimal is None else (decimal,):
            values = _cast(column, sign)
            if values is not None:
                found[name] = (sign, values)
                break
    doubtful = {name for name, (sign, _) in found.items() if decimal is None and _may_count(bare[name], sign)}
    if decimal is None and any(sign == "," for sign, _ in found.values()):
        sure = {sign: {name for name in found if _is_sure(bare[name], sign)} for sign in SIGNS.values()}
        for name, (sign, _) in found.items():
            other = sure["." if sign == "," else ","] - {name}
            alone = not sure[sign] or bool(other)
            if name not in sure[sign] and _has(bare[name], sign) and alone and (sign == "," or other):
                doubtful.add(name)
    return {name: values for name, (_, values) in found.items() if name not in doubtful}


def no_number(texts: pd.Series, decimal: str | None = None) -> tuple[int, str, int]:
    """Give the first cell of a column that is not taken for a number, why, and how many there are; -1 if none is.

    Parameters
    ----------
    texts : Series of str
        Stripped; empty where a value is missing.
    decimal : {".", ","} or None
        The decimal sign, if it is known.

    Examples
    --------
    >>> no_number(pd.Series(["21,5", "23.909", "22,1"]))
    (1, 'has another decimal sign than the other cells have, or a thousands mark', 1)
    >>> no_number(pd.Series(["1.5", "n.c."]))
    (1, 'is no number', 1)
    >>> no_number(pd.Series(["1,234", "5,678"]))
    (0, 'has either a decimal sign or a thousands mark', 2)
    """
    there = ~texts.isin(NO_VALUE).to_numpy()
    shaped = texts.str.fullmatch(NUMBER).to_numpy(dtype=np.bool_)
    if (there & ~shaped).any():
        first, _, count = _first(there & ~shaped, "")
        gaps = re.fullmatch(_GAPS, texts.iloc[first])
        return first, "has a thousands mark" if gaps else NO_NUMBER, count
    has = {sign: there & texts.str.contains(sign, regex=False).to_numpy(dtype=np.bool_) for sign in SIGNS.values()}
    several = texts.str.fullmatch("|".join(_SEVERAL.format(sign=sign) for sign in has)).to_numpy(dtype=np.bool_)
    if (several | has["."] & has[","]).any():
        return _first(several | has["."] & has[","], "has a thousands mark")
    like = {sign: texts.str.fullmatch(_THOUSANDS.format(sign=sign)).to_numpy(dtype=np.bool_) for sign in has}
    open_sign = decimal is None
    if decimal is None:
        weights = {sign: ((has[sign] & ~like[sign]).sum(), has[sign].sum()) for sign in has}
        decimal = max(weights, key=lambda sign: weights[sign])
        if has[decimal].any() and not weights[decimal][0]:
            return _first(has[decimal], EITHER)
    other = "the other cells have" if open_sign else "`decimal` says"
    return _first(has["," if decimal == "." else "."], f"has another decimal sign than {other}, or a thousands mark")


def _first(cells: BoolArray, why: str) -> tuple[int, str, int]:
    return int(cells.argmax()) if cells.any() else -1, why, int(cells.sum())


def _bare(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Take blanks off, and missing values away."""
    trimmed = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.is_in(trimmed, value_set=pa.array(NO_VALUE)), pa.scalar(None, pa.string()), trimmed)


def _cast(column: pa.ChunkedArray, sign: str) -> FloatArray | None:
    """Give the numbers of a column that are written with a decimal sign; nothing if some cell is none."""
    if column.null_count == len(column):
        return None
    if sign == ",":
        if _has(column, "."):
            return None
        column = pc.replace_substring(column, ",", ".")
    try:
        numbers = pc.cast(column, pa.float64())
    except pa.ArrowInvalid:
        if not _has(column, "+"):
            return None
        try:
            numbers = pc.cast(pc.replace_substring_regex(column, r"^\+", ""), pa.float64())
        except pa.ArrowInvalid:
            return None
    return np.asarray(numbers.to_numpy(), dtype=np.float64)


def _has(column: pa.ChunkedArray, sign: str) -> bool:
    return bool(pc.any(pc.match_substring(column, sign)).as_py())


def _may_count(column: pa.ChunkedArray, sign: str) -> bool:
    """Tell whether whole numbers with a mark between thousands would look the same, from 1 to beyond 1000."""
    there = column.drop_null()
    marked = pc.match_substring_regex(there, f"^{_THOUSANDS.format(sign=sign)}$")
    whole = pc.match_substring_regex(there, f"^{_WHOLE}$")
    return bool(pc.any(marked).as_py() and pc.any(whole).as_py() and pc.all(pc.or_(marked, whole)).as_py())


def _is_sure(column: pa.ChunkedArray, sign: str) -> bool:
    """Tell whether a sign stands in some cell where it cannot be between thousands."""
    with_sign = column.filter(pc.match_substring(column, sign))
    like = pc.match_substring_regex(with_sign, f"^{_THOUSANDS.format(sign=sign)}$")
    return len(with_sign) > 0 and not bool(pc.all(like).as_py())
