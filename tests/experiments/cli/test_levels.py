"""Levels that look like numbers, and words for missing values, in every command that takes a table."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from experiments.cli import radharmony
from harmonize.errors import ConfigurationError

NAMES = ["original_firstorder_Mean", "original_glcm_Contrast"]


def cohort(**columns: object) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(10, 1, (80, 2)), columns=NAMES)
    table.insert(0, "subject", [f"S{i // 2:02d}" for i in range(80)])
    return table.assign(field=np.tile(["1.5", "3"], 40), y=np.repeat(["ill", "well"], 40), **columns)


def run(tmp_path: Path, table: pd.DataFrame, command: str, *options: str) -> Result:
    path = tmp_path / "table.csv"
    table.to_csv(path, index=False)
    out = tmp_path / ("out.csv" if command == "harmonize" else "out")
    return CliRunner().invoke(radharmony, [command, str(path), *options, "--out", str(out)], catch_exceptions=True)


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("harmonize", ("--batch", "field", "--reference", "3.0")),
        ("harmonize", ("--batch", "field", "--fit-on", "field=1.50", "--fit-on", "field=3")),
        ("reliability", ("--condition", "field", "--reference", "3.0", "--no-figures", "--no-inference")),
    ],
)
def test_numbers_may_be_written_in_another_way(tmp_path: Path, command: str, options: tuple[str, ...]) -> None:
    result = run(tmp_path, cohort(), command, *options)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("word", ["NA", "null", "None"])
@pytest.mark.parametrize(
    ("command", "column", "options"),
    [
        ("diagnose", "y", ("--target", "y", "--subject", "subject", "--repeats", "1")),
        ("harmonize", "field", ("--batch", "field")),
        ("harmonize", "sex", ("--batch", "field", "--categorical", "sex")),
        ("transfer", "y", ("--target", "y", "--condition", "field", "--train", "1.5", "--test", "3")),
    ],
)
def test_a_missing_class_batch_or_covariate_is_asked_about(
    tmp_path: Path, word: str, command: str, column: str, options: tuple[str, ...]
) -> None:
    """Regression: NA was a third class, with exit code 0."""
    table = cohort(sex=np.tile(["f", "m", "m", "f"], 20))
    table.loc[table.index[:6], column] = word
    result = run(tmp_path, table, command, *options)
    assert isinstance(result.exception, SystemExit | ValueError)
    told = result.output + str(result.exception)
    assert f"column '{column}' is '{word}' in some rows" in told


@pytest.mark.parametrize(
    ("levels", "code", "role"),
    [
        (["1", "2"], "-9", "batch"),
        (["A", "B"], "999", "batch"),
        (["0", "1"], "-9", "categorical"),
        (["yes", "no"], "9", "categorical"),
        (["0", "1"], "-9", "continuous"),
        (["41.5", "72"], "-99", "continuous"),
        (["41", "72"], "999", "smooth"),
        (["yes", "no"], "-9", "target"),
    ],
)
def test_a_code_for_a_missing_value_is_asked_about(
    tmp_path: Path, levels: list[str], code: str, role: str, golden
) -> None:
    """Regression: -9 was a third batch, a level, an age and, beside Yes and No, a third class, with exit code 0."""
    table = cohort(x=np.tile([*levels, *levels[::-1]], 20))
    table.loc[table.index[:6], "x"] = code
    if role == "target":
        result = run(tmp_path, table.drop(columns="y"), "diagnose", "--target", "x", "--subject", "subject")
    else:
        batch = () if role == "batch" else ("--batch", "field")
        result = run(tmp_path, table, "harmonize", *batch, f"--{role}", "x", "--exclude", "y")
    assert isinstance(result.exception, ConfigurationError)
    golden.text(str(result.exception))


def test_two_spellings_of_a_level_are_told(tmp_path: Path) -> None:
    table = cohort()
    table.loc[table.index[::4], "y"] = table.loc[table.index[::4], "y"].str.upper()
    result = run(
        tmp_path, table, "diagnose", "--target", "y", "--subject", "subject", "--repeats", "1", "--folds", "2",
        "--inner-folds", "2", "--no-baselines",
    )  # fmt: skip
    assert "count as different, but look like one name" in result.output + str(result.exception)
