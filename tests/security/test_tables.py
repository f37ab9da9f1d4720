"""Feature tables from strangers: read, or refused in words."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.reading.table import read_feature_table
from harmonize.errors import ConfigurationError

FUZZ = settings.get_profile("fuzz")
CSV = b"subject,condition,sequence,roi,original_glcm_Id,age\n" + b"".join(
    f"{subject},{condition},T2,liver,{0.1 * i:.2f},50\n".encode()
    for i, (subject, condition) in enumerate((s, c) for s in "ABC" for c in ("REF", "ACC"))
)
VALUES = st.sampled_from(
    [None, 1, 2.5, "x", "=1+1", b"\0", [1.0], {"a": 1}, pd.Timestamp("2020-01-01"), True, 10**25, float("inf"), ""]
)


def read(path):
    try:
        table = read_feature_table(path)
    except ConfigurationError:
        return
    assert len(table.features)
    assert not table.table.empty


@FUZZ
@given(data=st.data())
def test_damaged_csv(damaged, tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "features.csv"
    path.write_bytes(damaged(data, CSV, most=8))
    read(path)


@FUZZ
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes(tmp_path_factory, content):
    for ending in (".csv", ".csv.gz", ".parquet"):
        path = tmp_path_factory.getbasetemp() / f"any{ending}"
        path.write_bytes(content)
        read(path)


@FUZZ
@given(
    columns=st.lists(
        st.sampled_from(
            ["subject", "condition", "sequence", "roi", "strategy", "original_glcm_Id", "x", "1", "feature"]
        ),
        min_size=2,
        unique=True,
    ),
    rows=st.lists(st.integers(0, 3), min_size=1, max_size=6),
    data=st.data(),
)
def test_parquet_with_columns_of_any_type(tmp_path_factory, columns, rows, data):
    table = pd.DataFrame(
        {name: [data.draw(VALUES)] * len(rows) if data.draw(st.booleans()) else rows for name in columns}
    )
    path = tmp_path_factory.getbasetemp() / "any.parquet"
    try:
        table.to_parquet(path)
    except Exception:  # what Parquet cannot hold is no test
        return
    read(path)


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "a\x1b[31m"])
def test_a_table_with_a_name_that_does_something_is_refused(tmp_path, name, golden):
    path = tmp_path / "features.csv"
    path.write_bytes(CSV.replace(b"\nA,", f'\n"{name}",'.encode()))
    with golden.error(ConfigurationError):
        read_feature_table(path)
