import json

import pandas as pd
import pytest

NUMBERS = ("--number", "R1=1", "--number", "R2=2", "--number", "R4=4")


def test_it_leaves_tables_record_and_pictures(run, table, tmp_path):
    out = tmp_path / "out"
    result = run(table, "--levels", "acquisition", *NUMBERS, "--within", "reconstruction", "--out", out)
    assert result.exit_code == 0, result.output
    assert "acquisition R1 (1), R2 (2) and R4 (4)" in result.output
    assert sorted(path.name for path in out.iterdir()) == [
        "figures",
        "trend.json",
        "trend_levels.parquet",
        "trend_shares.csv",
        "trends.csv",
        "trends.parquet",
    ]
    trends = pd.read_parquet(out / "trends.parquet").set_index(["at", "feature"])
    assert trends["highest"].unstack("at").to_dict("list") == {"DLR": [4, 4], "STD": [2, 2]}
    record = json.loads((out / "trend.json").read_text())
    assert record["numbers"] == {"R1": 1, "R2": 2, "R4": 4}
    assert record["rule"] == {"icc": 0.9, "ccc": 0.9}
    assert {path.suffix for path in (out / "figures").iterdir()} == {".svg", ".png"}


def test_quiet_and_without_figures(run, table, tmp_path):
    options = ("--levels", "acquisition", *NUMBERS, "--within", "reconstruction", "--no-figures", "--quiet")
    result = run(table, *options, "--out", tmp_path / "out")
    assert (result.exit_code, result.output) == (0, "")
    assert not (tmp_path / "out" / "figures").exists()


@pytest.mark.parametrize(
    "options",
    [
        ("--within", "reconstruction"),
        NUMBERS,
        (*NUMBERS, "--within", "reconstruction", "--reference", "2"),
        (*NUMBERS, "--within", "reconstruction", "--reference", "R2"),
        (*NUMBERS, "--within", "reconstruction", "--unpaired"),
        (*NUMBERS, "--within", "reconstruction", "--picture", "Id"),
        (*NUMBERS, "--within", "reconstruction", "--threshold", "icc=90"),
    ],
)
def test_what_could_mean_two_things_is_asked(refused, table, tmp_path, options, golden):
    golden.text(refused(table, "--levels", "acquisition", *options, "--out", tmp_path / "out"))


def test_numbers_of_levels_are_no_confidence_level(run, table, tmp_path, golden):
    result = run(table, "--levels", "acquisition", "--level", "R2=2", "--out", tmp_path / "out")
    assert result.exit_code == 2
    golden.text(result.output.splitlines()[-1])
