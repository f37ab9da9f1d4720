"""Reading Parquet files whose size is known before memory is taken for it.

A few bytes can stand for any number of equal values: packed pages, runs of one value, a long text that many rows
refer to. So the file's own account of its rows and bytes is looked at first, and texts are read as references.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from harmonize.errors import ConfigurationError
from harmonize.inputs.files import held

MOST_CELLS = 2**30
"""Values of all columns: 8 GB as float64."""
MOST_BYTES = 2**33
"""Of the unpacked columns, and of the texts of a table."""

_UNNAMED = re.compile(r"__index_level_\d+__")
"""What pandas calls an index without a name in a Parquet file."""

_WITH_GAPS = {
    **{getattr(pa, f"int{bits}")(): getattr(pd, f"Int{bits}Dtype")() for bits in (8, 16, 32, 64)},
    **{getattr(pa, f"uint{bits}")(): getattr(pd, f"UInt{bits}Dtype")() for bits in (8, 16, 32, 64)},
    pa.bool_(): pd.BooleanDtype(),
}
"""By type of Arrow that of pandas that knows missing values; without, pandas makes floats and objects of them."""


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a Parquet file of bounded size.

    Parameters
    ----------
    path : Path
        The file.
    columns : sequence of str, optional
        Which columns, in this order [default: all].

    Raises
    ------
    ConfigurationError
        If it would fill more than 8 GB, or a column holds bytes that are no text.
    pyarrow.ArrowException, OSError
        If it cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.parquet"
    >>> pd.DataFrame({"roi": ["liver", "spleen"], "volume": [1.5, 0.2]}).to_parquet(path)
    >>> read_parquet(path, ["volume"])["volume"].tolist()
    [1.5, 0.2]
    """
    # With the account that pandas gives of the table, a named index would be no column.
    with opened_by_arrow(path) as file:
        return _read(path, file, columns).to_pandas(ignore_metadata=True)


def opened_by_arrow(path: Path) -> pa.NativeFile:
    """Open a file for Arrow: that on disk, or the bytes that are held of it.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    content = held(path)
    return pa.OSFile(str(path)) if content is None else pa.BufferReader(content)


def column_names(path: Path) -> tuple[str, ...]:
    """Give the names of the columns that `read_columns` reads, empty where one has none.

    Raises
    ------
    pyarrow.ArrowException, OSError
        If the file cannot be read.
    """
    with opened_by_arrow(path) as file:
        return tuple(name for name, _ in _columns(file))


def read_columns(path: Path) -> pa.Table:
    """Read all columns of a Parquet file of bounded size, with what pandas keeps beside them as its index.

    An index with a name is a column, and so is one without that holds something else than the numbers of rows.

    Raises
    ------
    ConfigurationError, pyarrow.ArrowException, OSError
        As `read_parquet`.
    """
    with opened_by_arrow(path) as file:
        table, columns = _read(path, file), _columns(file)
    arrays = [pa.array(place) if isinstance(place, range) else table.column(place) for _, place in columns]
    return pa.Table.from_arrays(arrays, names=[name for name, _ in columns])


def as_it_is(column: pa.ChunkedArray) -> pd.Series:
    """Give a column so that nothing is lost when it is written again, such as whole numbers of which some are missing.

    Examples
    --------
    >>> as_it_is(pa.chunked_array([[2**60 + 1, None]])).tolist()
    [1152921504606846977, <NA>]
    """
    kind = column.type
    if column.null_count and kind in _WITH_GAPS:
        return column.to_pandas(types_mapper=_WITH_GAPS.get)
    if pa.types.is_decimal(kind) or pa.types.is_time(kind) or pa.types.is_string(kind):
        return pd.Series(pd.arrays.ArrowExtensionArray(column))
    return column.to_pandas()


def _columns(file: pa.NativeFile) -> list[tuple[str, int | range]]:
    """Give the columns of a table by name, each by its place in the file or as the range that it is."""
    table = pq.ParquetFile(file)
    schema, rows = table.schema_arrow, table.metadata.num_rows
    columns: list[tuple[str, int | range]] = []
    for place, field in enumerate(schema):
        name = field.name
        if _UNNAMED.fullmatch(name):
            if pa.types.is_integer(field.type):  # such as of rows that were taken from a longer table
                continue
            name = "index"
            while name in schema.names or any(name == known for known, _ in columns):
                name += "_"
        columns.append((name, place))
    for index in (schema.pandas_metadata or {}).get("index_columns", []):
        if isinstance(index, dict) and index.get("kind") == "range" and index.get("name") is not None:
            numbers = range(index["start"], index["stop"], index["step"])
            if len(numbers) == rows and index["name"] not in schema.names:
                columns.insert(0, (str(index["name"]), numbers))
    return columns


def _read(path: Path, file: pa.NativeFile, columns: Sequence[str] | None = None) -> pa.Table:
    described = pq.ParquetFile(file)
    refuse_large(path, described.metadata)
    schema = described.schema_arrow
    texts = {name: kind for name, kind in zip(schema.names, schema.types, strict=True) if _is_text(kind)}
    table = pq.ParquetFile(file, read_dictionary=list(texts)).read(None if columns is None else list(columns))
    if columns is not None:
        absent = [name for name in columns if name not in table.column_names]
        if absent:
            raise pa.ArrowInvalid(f"there is no column '{absent[0]}'")
        table = table.select(list(columns))
    for i, column in enumerate(table.columns):
        field = table.field(i)
        if pa.types.is_dictionary(field.type) and sum(_spelled_out(chunk) for chunk in column.chunks) > MOST_BYTES:
            raise _too_large(path, f"more than {MOST_BYTES} bytes of texts in '{field.name}'")
        if field.name in texts:
            table = table.set_column(i, field.name, _as_text(path, field.name, column.cast(texts[field.name])))
    return table


def _as_text(path: Path, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give bytes as the text that they mostly are."""
    if not pa.types.is_binary(column.type):
        return column
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        raise ConfigurationError(
            f"{path}: column '{name}' holds bytes that are no text; leave it out, or write it as text"
        ) from None


def refuse_large(path: Path, found: pq.FileMetaData) -> None:
    """Refuse a Parquet file that says that it holds more than fits into memory.

    Raises
    ------
    ConfigurationError
        If it does.
    """
    groups = [found.row_group(i) for i in range(found.num_row_groups)]
    chunks = [(group.num_rows, group.column(i)) for group in groups for i in range(group.num_columns)]
    cells = sum(max(rows, chunk.num_values) for rows, chunk in chunks)
    unpacked = sum(max(0, chunk.total_uncompressed_size) for _, chunk in chunks)
    if cells > MOST_CELLS:
        raise _too_large(path, f"{cells} values, expected at most {MOST_CELLS}")
    if unpacked > MOST_BYTES:
        raise _too_large(path, f"{unpacked} bytes when unpacked, expected at most {MOST_BYTES}")


def _too_large(path: Path, what: str) -> ConfigurationError:
    return ConfigurationError(f"{path}: holds {what}; divide the table, such as by sequence")


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_large_string(kind))


def _spelled_out(chunk: pa.DictionaryArray) -> int:
    """Give the bytes of texts, every one as often as it occurs."""
    if not _is_text(chunk.dictionary.type):
        return int(chunk.nbytes)
    lengths = pc.binary_length(chunk.dictionary)
    return int(pc.sum(pc.take(lengths, chunk.indices)).as_py() or 0)
