"""What stands in a workbook is what the tables say, and nothing of it acts."""

import math
import shutil
import subprocess
import zipfile
from contextlib import closing

import numpy as np
import openpyxl
import pandas as pd
import pytest

from experiments.exporting import workbook
from experiments.exporting.workbook import LONGEST_TEXT, LONGEST_TITLE, unique_titles, write_workbook
from harmonize.errors import ConfigurationError

NASTY = ["=1+1", '=HYPERLINK("http://x","y")', "+1", "-2+3", "@SUM(A1)", "#N/A", "\t=1", "'quoted", "007", "_x0041_"]


@pytest.fixture(scope="module")
def book(finished, tmp_path_factory):
    out = tmp_path_factory.mktemp("book") / "run.xlsx"
    return write_workbook(finished.folder, out)


def sheet(written, name):
    return pd.read_excel(written.path, name, keep_default_na=False, na_values={})


def test_a_run_comes_with_its_summary_first_and_its_large_tables_last(book):
    assert book.sheets[:2] == ("strategies", "summary")
    assert book.sheets[-3:] == ("reliability", "ibsi", "features")
    assert {"failures", "whitelists", "comparison ranks", "paper overall"} <= {*book.sheets}
    assert book.left_out == ()


def test_each_number_is_the_number_of_the_file_and_a_missing_one_is_empty(finished, book):
    with closing(openpyxl.load_workbook(book.path, read_only=True)) as written:
        rows = list(written["reliability"].iter_rows(values_only=True))
    table = finished.reliability
    assert rows[0] == tuple(table.columns)
    estimate, status = rows[0].index("estimate"), rows[0].index("status")
    for row, value, why in zip(rows[1:], table["estimate"], table["status"], strict=True):
        assert row[status] == why
        assert row[estimate] is None if math.isnan(value) else row[estimate] == pytest.approx(value, rel=1e-15)


def test_every_column_of_a_run_is_explained(book):
    readme = pd.read_excel(book.path, "README", header=None, keep_default_na=False)
    start = readme.index[(readme[0] == "sheet") & (readme[1] == "column")][0]
    columns = readme.iloc[start + 1 :]
    assert len(columns) > 80
    assert columns[columns[4] == ""][[0, 1]].to_numpy().tolist() == []
    listed = readme.iloc[:start]
    assert {*book.sheets} <= {*listed[0]}
    assert listed[listed[0] == "summary"][4].item().startswith("median (Q1, Q3) and shares")


def test_the_same_tables_make_the_same_bytes(tmp_path):
    pd.DataFrame({"subject": ["a"], "value": [1.5]}).to_csv(tmp_path / "t.csv", index=False)
    made = [write_workbook(tmp_path, tmp_path / name).path.read_bytes() for name in ("a.xlsx", "b.xlsx")]
    assert made[0] == made[1]


def test_what_tables_say_never_becomes_a_formula(tmp_path):
    """Tables hold names that others chose: of scans, of subjects, of errors."""
    pd.DataFrame({"=1+1": NASTY, "value": range(len(NASTY))}).to_csv(tmp_path / "t.csv", index=False)
    made = write_workbook(tmp_path, tmp_path / "t.xlsx")
    cells = next(iter(openpyxl.load_workbook(made.path)["t"].columns))
    assert [cell.data_type for cell in cells] == ["s"] * (len(NASTY) + 1)
    assert [cell.value for cell in cells[1:-1]] == NASTY[:-1]
    assert all(cell.quotePrefix for cell in cells[1:8])
    with zipfile.ZipFile(made.path) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist())


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_libreoffice_shows_the_same_texts(tmp_path):
    pd.DataFrame({"name": NASTY, "value": range(len(NASTY))}).to_csv(tmp_path / "t.csv", index=False)
    made = write_workbook(tmp_path / "t.csv", tmp_path / "t.xlsx")
    option = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2"
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    command = ["soffice", home, "--headless", "--convert-to", option, "--outdir", str(tmp_path / "out"), str(made.path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (found,) = (tmp_path / "out").glob("*.csv")
    assert pd.read_csv(found, dtype=str, keep_default_na=False)["name"].tolist() == NASTY


def test_what_excel_has_no_form_for_is_spelled_out():
    odd = (
        ["bell\x07", "half\ud800", "x" * (LONGEST_TEXT + 5)],
        [math.inf, math.nan, 0.25],
        [2**60, 3, -(2**53)],
        [True, False, np.True_],
    )
    cells = [[workbook._plain(value) for value in values] for values in odd]
    assert cells[0][:2] == ["bell\\x07", "half\\ud800"]
    assert len(cells[0][2]) == LONGEST_TEXT
    assert cells[0][2].endswith("(cut off)")
    assert cells[1] == ["inf", None, 0.25]
    assert cells[2] == [str(2**60), 3, -(2**53)]
    assert cells[3] == [True, False, True]


def test_a_header_stays_and_columns_are_filtered_and_wide_enough(tmp_path):
    pd.DataFrame({"subject": ["a" * 20, "b"], "n": [1, 2]}).to_csv(tmp_path / "t.csv", index=False)
    made = openpyxl.load_workbook(write_workbook(tmp_path, tmp_path / "t.xlsx").path)["t"]
    assert made.freeze_panes == "A2"
    assert made.auto_filter.ref == "A1:B3"
    assert made.column_dimensions["A"].width == 20
    assert made["A1"].font.bold


def test_a_table_that_no_sheet_can_hold_is_left_out_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    for name, rows in (("long", 3), ("short", 2)):
        pd.DataFrame({"a": range(rows), "b": range(rows)}).to_csv(tmp_path / f"{name}.csv", index=False)
    made = write_workbook(tmp_path, tmp_path / "t.xlsx")
    assert made.sheets == ("short",)
    assert made.left_out == ("long.csv: 4 rows with the header, a sheet of Excel holds 3; read the file itself",)
    readme = pd.read_excel(made.path, "README", header=None, keep_default_na=False)
    assert readme[readme[0] == "(left out)"][[1, 4]].to_numpy().tolist() == [made.left_out[0].split(": ")]


def test_names_of_sheets_are_short_and_differ_in_any_case():
    names = unique_titles(["reliability of everything that is there", "RELIABILITY of everything that is there", "'"])
    assert len({name.casefold() for name in names}) == 3
    assert max(map(len, names)) <= LONGEST_TITLE
    assert names[2] == "table"


def test_what_is_no_table_or_no_workbook_is_refused(tmp_path, golden):
    with golden.error(ConfigurationError):
        write_workbook(tmp_path, tmp_path / "t.xlsx")
    (tmp_path / "t.csv").write_text("a;b\n1;2\n")
    with golden.error(ConfigurationError):
        write_workbook(tmp_path / "t.csv", tmp_path / "t.xlsx")
    with golden.error(ConfigurationError):
        write_workbook(tmp_path, tmp_path / "t.xls")
    (tmp_path / "t.csv").write_text("")
    with golden.error(ConfigurationError):
        write_workbook(tmp_path, tmp_path / "t.xlsx")


def test_without_openpyxl_it_says_what_to_install(tmp_path, monkeypatch, golden):
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with golden.error(ConfigurationError):
        write_workbook(tmp_path, tmp_path / "t.xlsx")
