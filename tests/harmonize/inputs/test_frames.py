import numpy as np
import pandas as pd
import polars as pl
import pytest

from harmonize.inputs.frames import as_pandas, takes_frames, unmasked

FRAME = pd.DataFrame({"site": ["A", "B", None], "volume": [1.5, np.nan, 2.0], "slices": [4, 5, 6]})


def test_polars_comes_as_pandas_with_missing_values_missing() -> None:
    pd.testing.assert_frame_equal(as_pandas(pl.from_pandas(FRAME)), FRAME, check_dtype=False)
    assert as_pandas(FRAME) is FRAME
    series = pl.Series([1, 2])
    assert as_pandas(series) is series  # numpy.asarray takes it
    tables = as_pandas({"other": pl.from_pandas(FRAME)})
    assert isinstance(tables["other"], pd.DataFrame)


def test_functions_take_both_by_position_and_by_name() -> None:
    @takes_frames
    def rows(table: pd.DataFrame, *, again: pd.DataFrame) -> int:
        return len(table.iloc[:2]) + len(again.iloc[:1])

    assert rows(pl.from_pandas(FRAME), again=pl.from_pandas(FRAME)) == 3
    assert rows.__name__ == "rows"


@pytest.mark.parametrize("dtype", [np.float64, np.int16])
def test_what_a_mask_hides_is_missing(dtype: type) -> None:
    """Regression: `numpy.asarray` gave -999 below the mask as a measurement."""
    masked = np.ma.masked_equal(np.array([[1, -999], [3, 4]], dtype=dtype), -999)
    np.testing.assert_array_equal(unmasked(masked), [[1.0, np.nan], [3.0, 4.0]])
    plain = np.arange(3)
    assert unmasked(plain) is plain
