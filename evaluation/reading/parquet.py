"""Reading Parquet files whose size is known before memory is taken for it.

A few bytes can stand for any number of equal values: packed pages, runs of one value, a long text that many rows
refer to. So the file's own account of its rows and bytes is looked at first, and texts are read as references.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from harmonize.errors import ConfigurationError

MOST_CELLS = 2**30
"""Values of all columns: 8 GB as float64."""
MOST_BYTES = 2**33
"""Of the unpacked columns, and of the texts of a table."""


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
    refuse_large(path)
    schema = pq.read_schema(path)
    texts = [name for name, kind in zip(schema.names, schema.types, strict=True) if _is_text(kind)]
    table = pq.read_table(path, columns=None if columns is None else list(columns), read_dictionary=texts)
    for i, column in enumerate(table.columns):
        field = table.field(i)
        if pa.types.is_dictionary(field.type) and sum(_spelled_out(chunk) for chunk in column.chunks) > MOST_BYTES:
            raise _too_large(path, f"more than {MOST_BYTES} bytes of texts in '{field.name}'")
        if field.name in texts:
            table = table.set_column(i, field.name, _as_text(path, field.name, column.cast(field.type.value_type)))
    return table.to_pandas(ignore_metadata=True)  # else a named index of pandas would be no column


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


def refuse_large(path: Path) -> None:
    """Refuse a Parquet file that says that it holds more than fits into memory.

    Raises
    ------
    ConfigurationError
        If it does.
    """
    with pq.ParquetFile(path) as file:
        found = file.metadata
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
