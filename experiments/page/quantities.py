"""Numbers and tables as a report prints them: plain dictionaries, so that what a page says can be written as JSON."""

import math
from collections.abc import Iterable, Sequence
from typing import TypedDict


class Share(TypedDict):
    """So many of so many; not `computed` where nothing that is judged could be, so that there is no `value`."""

    passing: int
    total: int
    computed: bool
    value: float | None


class Interval(TypedDict):
    """An estimate with its limits, where it has any (None)."""

    value: float
    lower: float | None
    upper: float | None


class Tested(Interval):
    """An estimate that was tested: p alone and q adjusted; None where it could not be tested."""

    p: float | None
    q: float | None


class Table(TypedDict):
    """A plain table: its columns and rows as they are printed; `numeric` gives the places of columns of numbers."""

    columns: list[str]
    rows: list[list[str]]
    numeric: list[int]


def counted(passing: float, total: float, computed: bool = True) -> Share:
    """Give a share.

    Examples
    --------
    >>> counted(3, 4)["value"], counted(0, 0)["value"], counted(0, 4, computed=False)["value"]
    (0.75, None, None)
    """
    value = int(passing) / int(total) if total and computed else None
    return {"passing": int(passing), "total": int(total), "computed": bool(computed), "value": value}


def known(value: object) -> float | None:
    """Give a number, or None where there is none.

    Examples
    --------
    >>> known(0.5), known(math.nan), known(None)
    (0.5, None, None)
    """
    number = math.nan if value is None else float(str(value) or "nan")
    return None if math.isnan(number) else number


def table(columns: Iterable[str], rows: Iterable[Iterable[str]], numeric: int | Sequence[int] = ()) -> Table:
    """Give a table.

    Parameters
    ----------
    columns, rows : iterable
        What is printed.
    numeric : int or sequence of int
        Which columns hold numbers; a single number is the first of them, and all that follow do.

    Examples
    --------
    >>> table(("ROI", "Voxels"), [("liver", "200")], 1)
    {'columns': ['ROI', 'Voxels'], 'rows': [['liver', '200']], 'numeric': [1]}
    """
    columns = list(columns)
    places = range(numeric, len(columns)) if isinstance(numeric, int) else numeric
    return {"columns": columns, "rows": [list(row) for row in rows], "numeric": list(places)}
