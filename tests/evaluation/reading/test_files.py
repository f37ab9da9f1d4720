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
    ("text", "delimiter"),
    [
        ("id,a\nx,1.5\ny,-2e-3\n", ","),
        ("id;a\nx;1.5\ny;-2e-3\n", ";"),
        ("id;a\nx;1,5\ny;-2e-3\n", ";"),
        ("id\ta\nx\t1,5\ny\t-2e-3\n", "\t"),
        ("\ufeffid;a\r\nx;1,5\r\n\r\ny;-2e-3\r\n", ";"),  # from a spreadsheet
        ('"id";"a"\n"x";"1,5"\n"y";"-2e-3"\n', ";"),
        ('"id;,;",a\nx,1.5\ny,-2e-3\n', ","),
        ('id,a\nx,"1,5"\ny,-2e-3\n', ","),
        ("\nid,a\nx,1.5\ny,-2e-3\n", ","),  # an empty first line
        (";\r\n;;\r\nid;a\r\nx;1,5\r\ny;-2e-3\r\n;\r\n;\r\n", ";"),  # a spreadsheet with empty rows
        ("sep=;\nid;a\nx;1.5\ny;-2e-3\n", ";"),
        ('\ufeff"sep=|"\r\nid|a\r\nx|1.5\r\ny|-2e-3\r\n', "|"),
        ('"i\nd",a\nx,1.5\ny,-2e-3\n', ","),
        ("id,a\rx,+1.5\ry,-2e-3\r", ","),  # from an old Macintosh
    ],
)
def test_the_signs_between_are_found(tmp_path: Path, text: str, delimiter: str) -> None:
    file = TableFile.open(write(tmp_path, text))
    frame = file.read((file.header[0],))
    assert file.delimiter == delimiter
    assert frame["a"].tolist() == [1.5, -0.002]
    assert frame[file.header[0]].tolist() == ["x", "y"]


def test_the_decimal_sign_is_found_column_by_column(tmp_path: Path) -> None:
    # One text such as 1.5 in a column that is no feature turned the decimal comma off for the whole table.
    path = write(tmp_path, "id;version;a;b\nx;1.26;1,5;2\ny;12.01;2,25;3\n")
    frame = TableFile.open(path).read(("id",))
    assert frame["a"].tolist() == [1.5, 2.25]
    assert frame["b"].tolist() == [2, 3]
    assert TableFile.open(path).original(["version", "a"]).to_numpy().tolist() == [["1.26", "1,5"], ["12.01", "2,25"]]
    assert TableFile.open(path, ",").read(("id",))["version"].tolist() == ["1.26", "12.01"]  # a text


def test_commas_within_texts_are_no_decimal_sign(tmp_path: Path) -> None:
    frame = TableFile.open(write(tmp_path, "id;place;a\nx;1,2 left;1.5\n")).read(())
    assert (frame["place"].tolist(), frame["a"].tolist()) == (["1,2 left"], [1.5])


def test_columns_are_given_back_letter_by_letter(tmp_path: Path) -> None:
    cells = ["007", "7", "1e5", "1.10", "TRUE", "NA", "", " None ", "#N/A", "1,5"]
    text = "id;a\n" + "".join(f"{cell};1\n" for cell in cells)
    assert TableFile.open(write(tmp_path, text)).original(["id"])["id"].tolist() == cells


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


def test_a_named_index_of_pandas_is_a_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.5, 2.5]}, index=pd.Index(["01", "02"], name="PatientID"))
    frame.to_parquet(tmp_path / "t.parquet")
    read = TableFile.open(tmp_path / "t.parquet").read(("PatientID",))
    assert read["PatientID"].tolist() == ["01", "02"]
    assert read["a"].tolist() == [1.5, 2.5]


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": [b"a", b"b"], "a": [1.5, 2.5]})
    frame.to_parquet(tmp_path / "t.parquet")
    assert TableFile.open(tmp_path / "t.parquet").read(("id",))["id"].tolist() == ["a", "b"]
    frame.assign(blob=[b"\xff\xfe", b"c"]).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(ConfigurationError, match="'blob' holds bytes that are no text"):
        TableFile.open(tmp_path / "t.parquet").read(())


def test_parquet_is_known_by_its_content(tmp_path: Path) -> None:
    pd.DataFrame({"id": ["x"], "a": [1.5]}).to_parquet(tmp_path / "t.csv")
    assert TableFile.open(tmp_path / "t.csv").read(("id",))["a"].tolist() == [1.5]


def test_nameless_columns_get_a_name(tmp_path: Path) -> None:
    assert TableFile.open(write(tmp_path, ",id,a\n0,x,1\n")).header == ("(column 1)", "id", "a")


def test_a_row_is_found_in_spite_of_empty_lines_and_breaks_in_cells(tmp_path: Path) -> None:
    file = TableFile.open(write(tmp_path, 'id,a\n\nx,1\n"y\nz",2\n\nw,3\n'))
    assert file.read(("id",))["a"].tolist() == [1, 2, 3]
    assert [file.place(row) for row in range(3)] == ["line 3", "line 5", "line 7"]
    file = TableFile.open(write(tmp_path, "sep=;\n\nid;a\n;\nx;1\n;\ny;2\n"))
    assert [file.place(row) for row in range(2)] == ["line 5", "line 7"]
    assert file.read(("id",))["a"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("id,a\n", "holds no row"),
        ("id\nx\n", "only one column"),
        ("id,a,a\nx,1,2\n", "'a' stands twice"),
        ("id,a\n\nx,1\ny,1,2\n", "line 4: Expected 2 columns, got 3"),
        ("id,a\nx,1\ny\n", "line 3: Expected 2 columns, got 1"),
        ("\n \n;;\n", "is empty"),
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
