"""What a writer wrote is what its reader gives back, and what is not as described is refused by name, with advice."""

import string

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.folder.kinds import Record, RunTable, Text, readable
from harmonize.errors import ConfigurationError

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8) | st.sampled_from(
    ["NA", "007", "nan", "1e5"]
)
NUMBERS = st.floats(allow_nan=True, allow_infinity=True) | st.floats(-1, 1)


@given(
    rows=st.lists(st.tuples(TEXTS, NUMBERS, st.integers(-(2**59), 2**59), st.booleans()), max_size=6),
    suffix=st.sampled_from(["csv", "parquet"]),
)
def test_a_table_is_read_as_it_was_written(rows, suffix, tmp_path_factory):
    folder = tmp_path_factory.mktemp("table")
    file = RunTable(f"table.{suffix}", texts=["subject"], numbers=["value"])
    table = pd.DataFrame(rows, columns=["subject", "value", "count", "first"])
    table = table.astype({"subject": "str", "value": "float64", "count": "int64", "first": "bool"})
    file.write(folder, table)
    read = file.read(folder)
    assert list(read["subject"]) == list(table["subject"])
    np.testing.assert_array_equal(read["value"].to_numpy(), table["value"].to_numpy())
    if len(rows):  # an empty CSV file does not tell the kind of its columns
        pd.testing.assert_frame_equal(read[["count", "first"]], table[["count", "first"]])


@given(text=st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\ufeff"), min_size=1))
def test_a_text_and_a_record_are_read_as_they_were_written(text, tmp_path_factory):
    folder = tmp_path_factory.mktemp("text")
    for file, value in ((Text("a.md"), text), (Record("a.json", keys={"a": list}), {"a": [text, 1.5, None]})):
        file.write(folder, value)
        assert file.read(folder) == value


def test_a_missing_text_is_empty_and_a_missing_number_is_none(tmp_path):
    file = RunTable("a.csv", texts=["subject"])
    table = pd.DataFrame({"subject": ["007", None], "value": [None, 0.1 + 0.2], "some": [None, None]})
    file.write(tmp_path, table)
    assert file.read(tmp_path)["subject"].tolist() == ["007", ""]
    pd.testing.assert_frame_equal(file.read(tmp_path), file.plain(table))
    assert file.read(tmp_path)["value"].iloc[1] == 0.1 + 0.2


def test_numbers_in_a_table_of_texts_are_kept_as_they_are_written(tmp_path):
    """A repetition time that some scans state made pandas warn, and would have stopped the run one day."""
    file = RunTable("a.csv", all_texts=True)
    table = pd.DataFrame({"TR": [0.1 + 0.2, None, 5.0, 1e-7], "n": [1, 2, 3, 4], "of": ["007", None, "NA", "a"]})
    file.write(tmp_path, table)
    pd.testing.assert_frame_equal(file.read(tmp_path), file.plain(table))


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "subject\nS1\n",
        "subject,value\nS1,high\n",
        "subject,value\nS1\nS2,1,2,3\n",
    ],
)
def test_a_table_that_is_not_as_described_is_named_with_advice(tmp_path, content, golden):
    file = RunTable("table.csv", texts=["subject"], numbers=["value"], advice="do it again")
    if content is not None:
        (tmp_path / file).write_text(content, encoding="utf-8")
    with golden.error(ConfigurationError, varies=r"(?<=readable \().*(?=\);)"):
        file.read(tmp_path)


def test_what_a_floor_refuses_is_named(tmp_path, golden):
    def check(_table):
        raise ConfigurationError("no row")

    RunTable("a.parquet", check=check).write(tmp_path, pd.DataFrame({"a": [1]}))
    with golden.error(ConfigurationError):
        RunTable("a.parquet", check=check).read(tmp_path)
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more")
    with golden.error(ConfigurationError, varies=r"(?<=readable \().*(?=\);)"):
        RunTable("a.parquet").read(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "{",
        '{"a": NaN}',
        '{"a": 1e999}',
        "[1]",
        "{}",
        '{"a": "1"}',
    ],
)
def test_a_record_that_is_not_as_described_is_named_with_advice(tmp_path, content, golden):
    if content is not None:
        (tmp_path / "record.json").write_text(content, encoding="utf-8")
    with golden.error(ConfigurationError):
        Record("record.json", keys={"a": (int, float)}, advice="do it again").read(tmp_path)


def test_an_error_with_a_name_passes_unchanged(tmp_path, golden):
    with golden.error(ConfigurationError), readable(tmp_path):
        raise ConfigurationError("mine")
    with golden.error(ConfigurationError), readable(tmp_path):
        {}["rule"]


def test_a_file_is_its_name(tmp_path):
    file = RunTable("comparison/ranks.csv", "who comes first")
    assert tmp_path / file == tmp_path / "comparison" / "ranks.csv"
    assert f"{file}" == file == "comparison/ranks.csv"
    assert set(file) <= set(string.ascii_letters + "/.")
