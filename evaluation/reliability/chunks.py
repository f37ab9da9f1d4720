"""The reliability of feature tables that are too large to be taken at once."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet

from evaluation.reliability.table import reliability_table
from evaluation.tables import FEATURE_KEYS, feature_class
from harmonize.errors import ConfigurationError
from harmonize.inputs.frames import takes_frames


@takes_frames
def reliability_chunks(
    features: pd.DataFrame | Path | str,
    reference: str | None,
    *,
    columns: Sequence[str] | None = None,
    size: int = 8,
    **options: Any,
) -> Iterator[pd.DataFrame]:
    """Compute the reliability table of a few features after the other.

    Features do not depend on each other, and Parquet stores each column by itself: of a file, the keys and `size`
    columns are in memory at a time, however many features it has. The pieces have the rows of `reliability_table`,
    features in the order of the table; write each before asking for the next.

    Parameters
    ----------
    features : DataFrame or path
        A feature table, or the Parquet file of one.
    reference : str or None
        As for `reliability_table`.
    columns : sequence of str or None
        As for `reliability_table`.
    size : int
        Features a piece.
    **options
        As for `reliability_table`.

    Yields
    ------
    DataFrame
        The reliability table of `size` features, or of the rest.

    Raises
    ------
    ConfigurationError
        As `reliability_table`, when the file cannot be read as Parquet, or for a size below 1.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "strategy": "none", "subject": ["S1", "S1", "S2", "S2"], "sequence": "T2", "roi": "liver",
    ...     "condition": ["REF+STD", "ACC+STD"] * 2, "original_glcm_Contrast": [1.0, 2.0, 3.0, 4.0],
    ...     "original_glcm_Id": [0.1, 0.2, 0.3, 0.3], "original_glcm_Idm": [5.0, 5.0, 6.0, 7.0],
    ... })
    >>> for piece in reliability_chunks(table, "REF+STD", size=2, statistics=["icc"]):
    ...     print(piece[["feature", "estimate"]].round(2).to_numpy().tolist())
    [['original_glcm_Contrast', 0.8], ['original_glcm_Id', 0.8]]
    [['original_glcm_Idm', 0.8]]
    """
    if size < 1:
        raise ConfigurationError(f"reliability: size is {size}, expected at least 1 feature a piece")
    header = list(features.columns) if isinstance(features, pd.DataFrame) else _header(Path(features))
    names = [name for name in header if feature_class(str(name))] if columns is None else list(columns)
    keys = [name for name in FEATURE_KEYS if name in header]
    # Without any feature column the check of the table says what is missing.
    for start in range(0, max(len(names), 1), size):
        chosen = names[start : start + size]
        wanted = [*keys, *(name for name in chosen if name in header)]
        piece = features[wanted] if isinstance(features, pd.DataFrame) else pd.read_parquet(features, columns=wanted)
        yield reliability_table(piece, reference, columns=chosen if names else None, **options)


def _header(path: Path) -> list[str]:
    """Read the names of the columns of a Parquet file."""
    try:
        return list(pyarrow.parquet.read_schema(path).names)
    except (OSError, pyarrow.ArrowInvalid) as error:
        raise ConfigurationError(f"{path}: expected a feature table as a Parquet file; {error}") from error
