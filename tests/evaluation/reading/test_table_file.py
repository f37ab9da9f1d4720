import gzip
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evaluation.reading import read_rows
from evaluation.reading.table_file import TableFile
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


def test_an_index_of_pandas_without_a_name_that_holds_texts_is_a_column(tmp_path: Path) -> None:
    # The names of the patients were thrown away without a word.
    frame = pd.DataFrame({"a": [1.5, 2.5]}, index=["01", "02"])
    frame.to_parquet(tmp_path / "t.parquet")
    file = TableFile.open(tmp_path / "t.parquet")
    assert file.header == ("a", "index")
    assert file.read(("index",))["index"].tolist() == ["01", "02"]
    frame.assign(index=[7, 8]).set_index("a", append=True).to_parquet(tmp_path / "t.parquet")
    file = TableFile.open(tmp_path / "t.parquet")
    assert file.header == ("index", "index_", "a")
    assert file.read(()).to_numpy().tolist() == [[7, 1, 1.5], [8, 2, 2.5]]


def test_row_numbers_of_pandas_with_a_name_are_a_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.5, 2.5, 3.5], "b": [1.0, 2.0, 3.0]}, index=pd.RangeIndex(101, 107, 2, name="patient"))
    frame.to_parquet(tmp_path / "t.parquet")
    read = TableFile.open(tmp_path / "t.parquet").read(("patient",))
    assert read["patient"].tolist() == ["101", "103", "105"]
    assert read["a"].tolist() == [1.5, 2.5, 3.5]
    # Arrow keeps what pandas wrote of all rows when some are taken.
    pq.write_table(pq.read_table(tmp_path / "t.parquet").slice(1), tmp_path / "part.parquet")
    assert TableFile.open(tmp_path / "part.parquet").header == ("a", "b")


def test_columns_of_parquet_are_given_back_with_their_types(tmp_path: Path) -> None:
    # Whole numbers of which one is missing became floats: 2**60 + 1 another number, 60 the text 60.0.
    columns = {
        "big": pa.array([2**60 + 1, None]),
        "age": pa.array([60, None], pa.int16()),
        "code": pa.array([2**63 + 1, None], pa.uint64()),
        "dead": pa.array([True, None]),
        "dose": pa.array([Decimal("1.10"), None], pa.decimal128(7, 2)),
        "id": pa.array(["007", None], pa.string()),
        "site": pa.array(["a", "b"], pa.large_string()),
        "day": pa.array([date(2020, 1, 31), None]),
        "when": pa.array([datetime(2020, 1, 31, 12), None], pa.timestamp("us", tz="UTC")),
        "q": pa.array([0.1, None], pa.float32()),
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    original = TableFile.open(tmp_path / "t.parquet").original(columns)
    original.to_parquet(tmp_path / "out.parquet", index=False)
    written = pq.read_table(tmp_path / "out.parquet")
    assert written.schema.types == [column.type for column in columns.values()]
    assert written.to_pydict() == pa.table(columns).to_pydict()
    again = pd.read_parquet(tmp_path / "out.parquet")
    assert again["big"].tolist() == [2**60 + 1, pd.NA]
    assert original[["big", "age", "dead"]].to_csv(index=False) == "big,age,dead\n1152921504606846977,60,True\n,,\n"


def test_a_column_of_parquet_without_a_name_is_read(tmp_path: Path) -> None:
    # polars makes one of what R's write.csv writes; it ended with "No match for FieldRef.Name((column 1))".
    pq.write_table(pa.table([["1", "2"], ["x", "y"], [1.5, 2.5]], names=["", "id", "a"]), tmp_path / "t.parquet")
    file = TableFile.open(tmp_path / "t.parquet")
    assert file.header == ("(column 1)", "id", "a")
    assert file.read(("id",))["a"].tolist() == [1.5, 2.5]
    assert file.original(["(column 1)"])["(column 1)"].tolist() == ["1", "2"]


def test_bytes_that_are_no_text_are_told(tmp_path: Path, golden) -> None:
    frame = pd.DataFrame({"id": [b"a", b"b"], "a": [1.5, 2.5]})
    frame.to_parquet(tmp_path / "t.parquet")
    assert TableFile.open(tmp_path / "t.parquet").read(("id",))["id"].tolist() == ["a", "b"]
    frame.assign(blob=[b"\xff\xfe", b"c"]).to_parquet(tmp_path / "t.parquet")
    with golden.error(ConfigurationError):
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
    "text",
    [
        "",
        "id,a\n",
        "id\nx\n",
        "id,a,a\nx,1,2\n",
        "id,a\n\nx,1\ny,1,2\n",
        "id,a\nx,1\ny\n",
        # The advice was about quotes.
        '"id","a"\n"1","x",1\n"2","y",2\n',
        "id,a\nx,1\ny,2\n* exported by SPSS\n",
        "id,a,b\nx,1,2\ny,2\n",
        "id,a\nx,1,5\ny,2\n",
        '"id" "a"\n"1" "x" 1\n',
        "\n \n;;\n",
        b"id,a\n\xe9,1\n",
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str | bytes, golden) -> None:
    path = write(tmp_path, text)
    with golden.error(ConfigurationError) as caught:
        TableFile.open(path).read(("id",))
    assert str(path) in str(caught.value)


def test_files_that_are_no_tables(tmp_path: Path, golden) -> None:
    with golden.error(ConfigurationError):
        TableFile.open(tmp_path / "absent.csv")
    with golden.error(ConfigurationError):
        TableFile.open(write(tmp_path, b"not a parquet file", "t.parquet"))
    with golden.error(ConfigurationError):
        TableFile.open(write(tmp_path, b"not packed", "t.csv.gz"))
    with golden.error(ConfigurationError):
        TableFile.open(tmp_path)


def test_a_table_is_opened_and_parsed_once(tmp_path, monkeypatch):
    """Regression: one command opened and read its table three times."""
    parsed = []
    real = TableFile._parsed
    monkeypatch.setattr(TableFile, "_parsed", lambda self, file: parsed.append(1) or real(self, file))
    file = TableFile.open(write(tmp_path, "id,site,a\nx,A,1.5\ny,B,2\n"))
    rows = read_rows(file, {"batch": ["site"]}, features=["a"])

    assert rows.file is file
    assert file.original(["id"])["id"].tolist() == ["x", "y"]
    assert len(parsed) == 1
