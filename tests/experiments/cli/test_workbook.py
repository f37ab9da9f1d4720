import pandas as pd
from click.testing import CliRunner

from experiments.cli import radharmony
from experiments.exporting import workbook


def test_tables_are_counted_and_what_is_left_out_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_COLUMNS", 2)
    pd.DataFrame({"a": [1], "b": [2]}).to_csv(tmp_path / "small.csv", index=False)
    pd.DataFrame({"a": [1], "b": [2], "c": [3]}).to_csv(tmp_path / "wide.csv", index=False)
    done = CliRunner().invoke(radharmony, ["workbook", str(tmp_path), "--out", str(tmp_path / "t.xlsx")])
    assert done.exit_code == 0, done.output
    assert done.stdout == f"1 table: {tmp_path / 't.xlsx'}\n"
    assert done.stderr.startswith("warning: left out, wide.csv: 3 columns, a sheet of Excel holds 2")


def test_a_name_that_is_no_workbook_is_refused_with_the_option(tmp_path, radharmony):
    done = radharmony("workbook", tmp_path, "--out", tmp_path / "t.csv")
    assert done.returncode == 2
    assert done.stderr == f"radharmony: --out: {tmp_path / 't.csv'}: expected a name ending in .xlsx\n"
