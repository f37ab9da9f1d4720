"""Tables, reliability tables and whitelists from strangers, in the commands that predict a diagnosis from them."""

import io
import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.reliability.table import reliability_table
from experiments.cli import radharmony
from experiments.simulate.feature_table import FeatureGroup, simulate_cohort
from harmonize.errors import RadharmonyError
from selection import Whitelist

FUZZ = settings.get_profile("fuzz")
SLOW = settings(FUZZ, max_examples=max(FUZZ.max_examples // 25, 1))
GROUPS = (FeatureGroup("a", 3, 2.0, (0.5, 0.95)), FeatureGroup("b", 2, 0.0, (0.5, 0.95)))
QUICK = ("--folds", "2", "--repeats", "1", "--inner-folds", "2", "--resamples", "100", "--jobs", "1", "--quiet")
VALUES = st.sampled_from(
    [None, "", "x", "=1+1", "<b>", "1e999", "nan", "1e308", "-1", "0", "9" * 400, "\x1b[2J", "a\nb", "REF+STD", "1,5"]
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A table of patients, the reliability found in others, and a whitelist of it."""
    folder = tmp_path_factory.mktemp("diagnostics")
    patients = simulate_cohort(24, groups=GROUPS, conditions=("REF+STD", "ACC+STD"), seed=2).table
    patients.to_csv(folder / "patients.csv", index=False)
    others = simulate_cohort(12, groups=GROUPS, conditions=("REF+STD", "ACC+STD"), seed=1).table
    reliability = reliability_table(others, "REF+STD")
    reliability.to_parquet(folder / "reliability.parquet")
    reliability.to_csv(folder / "reliability.csv", index=False)
    features = reliability["feature"].unique()
    passing = pd.DataFrame(
        {
            "strategy": "raw",
            "sequence": patients["sequence"].iloc[0],
            "roi": patients["roi"].iloc[0],
            "feature": features,
            "passes": np.arange(len(features)) < 3,
        }
    )
    whitelist = Whitelist.from_passing(passing, "raw", rule={"thresholds": {"icc": 0.5}, "definition": "ICC > 0.5"})
    (folder / "whitelist.json").write_text(whitelist.to_json(), encoding="utf-8")
    return folder


COMMANDS = {
    "repeats": ("tradeoff", "--condition", "condition", "--thresholds", "0,.7", "--select", "mrmr:2"),
    "tradeoff": ("tradeoff", "--reliability", "reliability.parquet", "--where", "condition=REF+STD",
                 "--thresholds", "0,.7", "--select", "none", "--allow", "unknown", "--allow", "missing"),
    "transfer": ("transfer", "--train", "REF+STD", "--test", "ACC+STD", "--whitelist", "whitelist.json",
                 "--allow", "unknown", "--allow", "missing"),
    "diagnose": ("diagnose", "--where", "condition=REF+STD", "--whitelist", "whitelist.json", "--select", "none",
                 "--no-baselines", "--allow", "unknown", "--allow", "missing"),
}  # fmt: skip


def call(folder, command, table="patients.csv", reliability="reliability.parquet"):
    """Run a command as a user does; whatever is no message for people is an error of this test."""
    name, *options = [reliability if word == "reliability.parquet" else word for word in COMMANDS[command]]
    options = [str(folder / option) if option.endswith((".json", ".csv", ".parquet")) else option for option in options]
    words = [name, str(folder / table), "--target", "diagnosis", "--out", str(folder / "out"), *options, *QUICK]
    result = CliRunner().invoke(radharmony, words, standalone_mode=False)
    if result.exception is not None and not isinstance(result.exception, RadharmonyError):
        raise result.exception
    return result


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_run(folder, command):
    result = call(folder, command)
    assert result.exception is None, result.exception


@pytest.mark.parametrize("command", COMMANDS)
@SLOW
@given(data=st.data())
def test_damaged_tables(folder, damaged, command, data):
    content = (folder / "patients.csv").read_bytes()
    (folder / "damaged.csv").write_bytes(damaged(data, content, most=6))
    call(folder, command, "damaged.csv")


def changed_cells(data, text):
    """Change cells, names of columns and the number of rows of a table of texts."""
    table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    for _ in range(data.draw(st.integers(1, 3))):
        column = data.draw(st.integers(0, table.shape[1] - 1))
        action = data.draw(st.sampled_from(["cell", "cell", "column", "drop", "rename", "double", "few", "constant"]))
        if action == "cell" and len(table):
            table.iloc[data.draw(st.integers(0, len(table) - 1)), column] = data.draw(VALUES)
        elif action == "column":
            table.isetitem(column, [data.draw(VALUES)] * len(table))
        elif action == "drop" and table.shape[1] > 1:
            table = table.drop(columns=table.columns[column])
        elif action == "rename":
            names = list(table.columns)
            names[column] = data.draw(st.text(max_size=4) | st.sampled_from(names))
            table.columns = names
        elif action == "double":
            table = pd.concat([table, table.iloc[: data.draw(st.integers(1, 4))]], ignore_index=True)
        elif action == "few":
            table = table.iloc[: data.draw(st.integers(0, 6))]
        elif action == "constant" and len(table):
            table.isetitem(column, [table.iloc[0, column]] * len(table))
    return table.to_csv(index=False).encode("utf-8", "replace")


@pytest.mark.parametrize("command", COMMANDS)
@SLOW
@given(data=st.data())
def test_changed_tables(folder, command, data):
    (folder / "damaged.csv").write_bytes(changed_cells(data, (folder / "patients.csv").read_text(encoding="utf-8")))
    call(folder, command, "damaged.csv")


@SLOW
@given(data=st.data())
def test_changed_reliability(folder, damaged, data):
    place = folder / "reliability.csv"
    whole = place.read_bytes()
    changes = damaged(data, whole, most=6) if data.draw(st.booleans()) else changed_cells(data, whole.decode())
    place.write_bytes(changes)
    try:
        call(folder, "tradeoff", reliability="reliability.csv")
    finally:
        place.write_bytes(whole)


@SLOW
@given(data=st.data())
def test_damaged_parquet(folder, damaged, data):
    place = folder / "reliability.parquet"
    whole = place.read_bytes()
    place.write_bytes(damaged(data, whole))
    try:
        call(folder, "tradeoff")
    finally:
        place.write_bytes(whole)


@pytest.mark.parametrize("command", ["transfer", "diagnose"])
@SLOW
@given(data=st.data())
def test_changed_whitelists(folder, changed, as_json, damaged, command, data):
    place = folder / "whitelist.json"
    whole = place.read_text(encoding="utf-8")
    text = as_json(changed(data, json.loads(whole))).encode()
    place.write_bytes(damaged(data, whole.encode()) if data.draw(st.booleans()) else text)
    try:
        call(folder, command)
    finally:
        place.write_text(whole, encoding="utf-8")
