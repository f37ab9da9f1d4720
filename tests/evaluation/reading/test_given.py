"""A DataFrame in the place of a file: the same table, whatever becomes of it."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from evaluation.reading import TableFile, digest_of_table, read_feature_table, source_of
from harmonize.errors import ConfigurationError


@pytest.fixture
def frame():
    return pd.DataFrame(
        {"subject": ["007", "007", "8", "8"], "scan": [1, 2, 1, 2], "original_glcm_Id": [1.5, np.nan, 0.25, 1 / 3]}
    )


def test_it_is_read_as_its_file_would_be(frame, tmp_path):
    frame.to_csv(tmp_path / "table.csv", index=False)
    written, given = (read_feature_table(one) for one in (tmp_path / "table.csv", frame))
    pd.testing.assert_frame_equal(given.table, written.table)
    assert given.roles == written.roles
    assert given.levels("subject") == ("007", "8")


@pytest.mark.parametrize("index", [["subject"], ["subject", "scan"]])
def test_an_index_with_names_is_columns(frame, index):
    assert source_of(frame.set_index(index)).cells.column_names == list(frame)


@pytest.mark.parametrize("index", [["subject"], ["subject", "scan"]])
def test_an_index_of_a_table_that_was_put_together_column_by_column_is_taken_without_a_warning(frame, index):
    # pandas warned of every such table of more than 100 columns (PerformanceWarning), which is nothing to its user.
    features = [pd.Series(0.5, frame.index, name=f"original_glcm_{number}") for number in range(204)]
    indexed = pd.concat([frame, *features], axis=1).set_index(index)
    assert source_of(indexed).cells.column_names == [*frame, *(one.name for one in features)]


@pytest.mark.parametrize("rows", [slice(1, None), [2, 0]])
def test_an_index_that_numbers_rows_is_none(frame, rows):
    assert source_of(frame.iloc[rows]).cells.column_names == list(frame)


def test_it_is_the_same_table_as_its_file(frame, tmp_path):
    frame.to_csv(tmp_path / "table.csv", index=False, lineterminator="\n")
    assert digest_of_table(source_of(frame)) == digest_of_table(tmp_path / "table.csv")
    assert digest_of_table(source_of(frame)) != digest_of_table(source_of(frame.assign(scan=1)))


def test_what_becomes_of_it_later_does_not_matter(frame):
    source = source_of(frame)
    frame.loc[:, "original_glcm_Id"] = 0.0
    frame["subject"] = "9"
    assert TableFile.open(source).read(["subject"])["original_glcm_Id"].tolist()[2] == 0.25
    assert digest_of_table(source) != digest_of_table(source_of(frame))


def test_a_table_of_another_library_is_one(frame):
    assert source_of(pa.Table.from_pandas(frame)).cells.column_names == list(frame)


@pytest.mark.parametrize(
    "given",
    [
        None,
        5,
        pd.DataFrame({0: [1.0], 1: [2.0]}),
        pd.DataFrame({"a": [1, "b"], "c": [1, 2]}),
        pd.DataFrame({"a": [1, 2]}),
        pd.DataFrame({"a": [], "b": []}),
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
    ],
)
def test_what_is_no_table_is_refused(given, golden):
    with golden.error(ConfigurationError, varies=r"(?<=table \().*(?=\);)"):
        TableFile.open(source_of(given)).read(())


def test_a_place_is_named_by_its_row(frame, golden):
    frame["original_glcm_Id"] = ["1.5", "x", "2", "3"]
    with golden.error(ConfigurationError):
        read_feature_table(frame)
