"""Tests of the readers of single files: what is whole is read as it stands, what is not is named with advice."""

import numpy as np
import pandas as pd
import pytest

from experiments.results.reading import (
    parquet_columns,
    read_csv,
    read_numbers,
    read_parquet,
    read_record,
    read_table,
    readable,
)
from harmonize.errors import ConfigurationError


def test_texts_stay_texts_and_numbers_become_numbers(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("subject,value\n007,0.5\nNA,\n", encoding="utf-8")
    assert read_csv(path, ("subject",))["subject"].tolist() == ["007", "NA"]
    table = read_numbers(path, ("subject",))
    assert table["subject"].tolist() == ["007", "NA"]
    np.testing.assert_array_equal(table["value"], [0.5, np.nan])


def test_a_text_where_a_number_should_be_is_named(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("subject,value\nS1,high\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"table\.csv: not readable \(.*high.*\); do it again"):
        read_numbers(path, ("subject",), "do it again")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "not found, but other files"),
        ("", "the file is empty"),
        ("{", "is not JSON"),
        ('{"a": NaN}', "is not JSON"),
        ('{"a": 1e999}', "is not JSON"),
        ("[1]", "expected a JSON object, found list"),
        ("{}", "'a' is missing; was it written by another version"),
        ('{"a": "1"}', "'a' is '1', of an unexpected kind"),
    ],
)
def test_a_record_that_is_not_as_expected_is_named_with_advice(tmp_path, content, message):
    path = tmp_path / "record.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=rf"record\.json: {message}.*do it again$"):
        read_record(path, {"a": (int, float)}, "do it again")


def test_a_record_is_read(tmp_path):
    (tmp_path / "record.json").write_text('{"a": 1, "b": [null]}', encoding="utf-8")
    assert read_record(tmp_path / "record.json", {"a": int}) == {"a": 1, "b": [None]}


def test_parquet_files_are_read_in_whole_or_in_part(tmp_path):
    path = tmp_path / "table.parquet"
    frame = pd.DataFrame({"subject": ["S1"], "value": [0.5]})
    frame.to_parquet(path, index=False)
    assert parquet_columns(path) == ["subject", "value"]
    assert read_parquet(path, ["value"]).columns.tolist() == ["value"]
    pd.testing.assert_frame_equal(read_table(path, ("value",)), frame)
    with pytest.raises(ConfigurationError, match=r"column 'roi' is missing; found subject, value; run the study again"):
        read_table(path, ("roi",))
    path.write_bytes(b"PAR1 and no more")
    for read in (read_parquet, parquet_columns):
        with pytest.raises(ConfigurationError, match=r"table\.parquet: not readable .*; run the study again"):
            read(path)


def test_an_error_with_a_name_passes_unchanged(tmp_path):
    with pytest.raises(ConfigurationError, match=r"^mine$"), readable(tmp_path):
        raise ConfigurationError("mine")
    with pytest.raises(ConfigurationError, match=r"not readable \('rule' is missing\)"), readable(tmp_path):
        {}["rule"]
