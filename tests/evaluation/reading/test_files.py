import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluation.reading.files import TableFile
from harmonize.errors import ConfigurationError


def write(folder: Path, text: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "delimiter", "decimal"),
    [
        ("id,a\nx,1.5\ny,-2e-3\n", ",", "."),
        ("id;a\nx;1.5\ny;-2e-3\n", ";", "."),
        ("id;a\nx;1,5\ny;-2e-3\n", ";", ","),
        ("id\ta\nx\t1,5\ny\t-2e-3\n", "\t", ","),
        ("\ufeffid;a\r\nx;1,5\r\n\r\ny;-2e-3\r\n", ";", ","),  # from a spreadsheet
        ('"id";"a"\n"x";"1,5"\n"y";"-2e-3"\n', ";", ","),
        ('"id;,;",a\nx,1.5\ny,-2e-3\n', ",", "."),
    ],
)
def test_the_signs_between_are_found(tmp_path: Path, text: str, delimiter: str, decimal: str) -> None:
    file = TableFile.open(write(tmp_path, text))
    frame = file.read((file.header[0],))
    assert (file.delimiter, file.decimal) == (delimiter, decimal)
    assert frame["a"].tolist() == [1.5, -0.002]
    assert frame[file.header[0]].tolist() == ["x", "y"]


def test_commas_beside_points_are_no_decimal_sign(tmp_path: Path) -> None:
    assert TableFile.open(write(tmp_path, "id;place;a\nx;1,2;1.5\n")).decimal == "."


def test_names_of_subjects_stay_texts(tmp_path: Path) -> None:
    frame = TableFile.open(write(tmp_path, "id,a\n007, 1\nNA,\n None ,nan\n")).read(("id",))
    assert frame["id"].tolist() == ["007", "NA", "None"]
    np.testing.assert_array_equal(frame["a"], [1.0, np.nan, np.nan])


def test_gzip_and_parquet_hold_the_same(tmp_path: Path) -> None:
    text = "id,a\n01,1.5\n02,2.5\n"
    packed = TableFile.open(write(tmp_path, gzip.compress(text.encode()), "t.csv.gz")).read(("id",))
    frame = pd.DataFrame({"id": ["01", "02"], "a": [1.5, 2.5]}, index=[4, 7])
    frame.to_parquet(tmp_path / "t.parquet")
    file = TableFile.open(tmp_path / "t.parquet")
    assert file.header == ("id", "a")
    pd.testing.assert_frame_equal(file.read(("id",)), packed)


def test_nameless_columns_get_a_name(tmp_path: Path) -> None:
    assert TableFile.open(write(tmp_path, ",id,a\n0,x,1\n")).header == ("(column 1)", "id", "a")


def test_a_row_is_found_in_spite_of_empty_lines_and_breaks_in_cells(tmp_path: Path) -> None:
    file = TableFile.open(write(tmp_path, 'id,a\n\nx,1\n"y\nz",2\n\nw,3\n'))
    assert file.read(("id",))["a"].tolist() == [1, 2, 3]
    assert [file.place(row) for row in range(3)] == ["line 3", "line 5", "line 7"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("id,a\n", "holds no row"),
        ("id\nx\n", "only one column"),
        ("id,a,a\nx,1,2\n", "'a' stands twice"),
        ("id,a\nx,1\ny,1,2\n", "Expected 2 columns, got 3"),
        ("id,a\nx,1\ny\n", "Expected 2 columns, got 1"),
        (b"id,a\n\xe9,1\n", "not a UTF-8 text"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str | bytes, words: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigurationError, match=words) as caught:
        TableFile.open(path).read(("id",))
    assert str(path) in str(caught.value)


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file"):
        TableFile.open(tmp_path / "absent.csv")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        TableFile.open(write(tmp_path, b"not a parquet file", "t.parquet"))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        TableFile.open(write(tmp_path, b"not packed", "t.csv.gz"))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        TableFile.open(tmp_path)
