"""Run folders from strangers: a changed file gives an error in words, or a report; never a traceback."""

import json
import shutil
from contextlib import suppress

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.cli import radharmony
from harmonize.errors import RadharmonyError

FUZZ = settings.get_profile("fuzz")
SLOW = settings(FUZZ, max_examples=max(FUZZ.max_examples // 25, 3))


@pytest.fixture(scope="module")
def folder(finished, tmp_path_factory):
    """A copy of a finished run, to be changed and mended."""
    copy = tmp_path_factory.mktemp("strange") / "out"
    shutil.copytree(finished, copy)
    return copy


@pytest.fixture(scope="module")
def whole(finished):
    return finished


def call(*words):
    """Run a command as a user does; whatever is no message for people is an error of this test."""
    result = CliRunner().invoke(radharmony, [str(word) for word in words], standalone_mode=False)
    error = result.exception
    if error is not None and not isinstance(error, RadharmonyError | OSError | SystemExit):
        if type(error).__module__.startswith("click"):
            return result
        raise error
    return result


def use(folder, whole, commands, reseal):
    """Use a folder as it is, and as somebody who means to deceive would leave it."""
    call_all(folder, whole, commands)
    with suppress(ValueError, KeyError, TypeError, AttributeError):  # what cannot be sealed is refused anyhow
        reseal(folder)
        call_all(folder, whole, commands)


def call_all(folder, whole, commands):
    if "report" in commands:
        call("report", folder)
    if "compare" in commands:
        call("compare", folder, whole)
        call("compare", whole, folder)
    if "select" in commands:
        call("select", folder / "reliability.parquet", "--strategy", "raw", "--out", folder / "w.json", "--quiet")
    if "apply" in commands:
        whitelist = whole / "whitelists" / "raw.json"
        call("apply", whitelist, folder / "features.parquet", "--out", folder / "applied.csv", "--quiet")


@pytest.mark.parametrize("commands", [("report",), ("compare", "select", "apply")])
@pytest.mark.parametrize("name", ["run.json", "audit.json", "whitelists/raw.json"])
@SLOW
@given(data=st.data())
def test_changed_records(folder, whole, reseal, changed, as_json, name, commands, data):
    original = (whole / name).read_text(encoding="utf-8")
    (folder / name).write_text(as_json(changed(data, json.loads(original))), encoding="utf-8")
    try:
        use(folder, whole, commands, reseal)
    finally:
        (folder / name).write_text(original, encoding="utf-8")
        shutil.copy(whole / "run.json", folder / "run.json")


@pytest.mark.parametrize("commands", [("report",), ("compare",)])
@pytest.mark.parametrize("name", ["strategies.csv", "summary.csv", "failures.csv", "comparison/summary.csv"])
@SLOW
@given(data=st.data())
def test_damaged_tables_of_text(folder, whole, reseal, damaged, name, commands, data):
    original = (whole / name).read_bytes()
    (folder / name).write_bytes(damaged(data, original))
    try:
        use(folder, whole, commands, reseal)
    finally:
        (folder / name).write_bytes(original)
        shutil.copy(whole / "run.json", folder / "run.json")


@pytest.mark.parametrize("commands", [("report",), ("compare", "select", "apply")])
@pytest.mark.parametrize("name", ["features.parquet", "reliability.parquet"])
@SLOW
@given(data=st.data())
def test_changed_tables(folder, whole, reseal, name, commands, data):
    original = (whole / name).read_bytes()
    table = pd.read_parquet(whole / name)
    for _ in range(data.draw(st.integers(1, 2))):
        column = data.draw(st.sampled_from(list(map(str, table.columns[:12]))))
        action = data.draw(
            st.sampled_from(["drop", "texts", "lists", "rename", "empty", "nan", "inf", "dates", "none"])
        )
        if action == "drop":
            table = table.drop(columns=column)
        elif action == "texts":
            table[column] = [f"<b>{i}" for i in range(len(table))]
        elif action == "lists":
            table[column] = [[1.0]] * len(table)
        elif action == "rename":
            table = table.rename(columns={column: data.draw(st.text(max_size=4))})
        elif action == "empty":
            table = table.iloc[:0]
        elif action == "dates":
            table[column] = pd.Timestamp("2020-01-01")
        elif action == "none":
            table[column] = None
        else:
            table[column] = float(action)
        table.columns = [
            f"{name}{i}" if i and name in table.columns[:i] else name for i, name in enumerate(table.columns)
        ]
    table.to_parquet(folder / name, index=False)
    try:
        use(folder, whole, commands, reseal)
    finally:
        (folder / name).write_bytes(original)
        shutil.copy(whole / "run.json", folder / "run.json")


@pytest.mark.parametrize("name", ["features.parquet", "reliability.parquet"])
@SLOW
@given(data=st.data())
def test_damaged_parquet(folder, whole, reseal, damaged, name, data):
    original = (whole / name).read_bytes()
    (folder / name).write_bytes(damaged(data, original))
    try:
        use(folder, whole, ("compare", "select", "apply"), reseal)
    finally:
        (folder / name).write_bytes(original)
        shutil.copy(whole / "run.json", folder / "run.json")
