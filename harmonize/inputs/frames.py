"""Tables of other libraries (polars, Arrow) where pandas is expected, and masked arrays where missing values are."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def as_pandas(value: Any) -> Any:
    """Give a table of any library that speaks Arrow (polars, pyarrow, ...) as a pandas DataFrame, and others unchanged.

    Parameters
    ----------
    value : object
        Of a mapping the values are taken; a LazyFrame of polars is collected.

    Examples
    --------
    >>> import pyarrow as pa
    >>> as_pandas(pa.table({"site": ["A", "B"], "volume": [1.5, None]}))
      site  volume
    0    A     1.5
    1    B     NaN
    >>> as_pandas([1, 2])
    [1, 2]
    """
    import pandas as pd  # only here: loading it takes long

    if isinstance(value, pd.DataFrame | pd.Series):
        return value
    if _is_lazy(value):  # what polars has not computed yet
        value = value.collect()
    if hasattr(value, "__arrow_c_stream__") and hasattr(value, "columns"):
        import pyarrow as pa

        return pa.table(value).to_pandas()
    if isinstance(value, Mapping) and any(map(_is_table, value.values())):
        return {key: as_pandas(item) for key, item in value.items()}
    return value


def _is_table(value: object) -> bool:
    return hasattr(value, "__arrow_c_stream__") or _is_lazy(value)


def _is_lazy(value: object) -> bool:
    return hasattr(value, "collect") and hasattr(value, "collect_schema")


def takes_frames(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Let a function that works on pandas take tables of polars and Arrow, too; see `as_pandas`."""

    @wraps(function)
    def taking(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        given = [as_pandas(value) for value in args], {name: as_pandas(value) for name, value in kwargs.items()}
        return function(*given[0], **given[1])

    return taking


def unmasked(values: Any) -> Any:
    """Give a masked array of NumPy as floats with NaN where it is masked, and others unchanged.

    `numpy.asarray` drops the mask and so takes what stands below it for a measurement.

    Examples
    --------
    >>> unmasked(np.ma.masked_equal([1, -999, 3], -999))
    array([ 1., nan,  3.])
    """
    if not isinstance(values, np.ma.MaskedArray):
        return values
    filled = np.array(values.data, dtype=np.float64)
    filled[np.ma.getmaskarray(values)] = np.nan
    return filled
