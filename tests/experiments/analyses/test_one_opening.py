"""Law: an analysis opens its table once; what it says of the file is said of the very bytes that it has read."""

import os
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from evaluation.reading import table_file
from experiments.analyses import ANALYSES
from harmonize.inputs.files import hold

QUICK = ("--target", "y", "--subject", "patient", "--repeats", "1", "--folds", "2", "--inner-folds", "2", "--jobs", "1")
COMMANDS = {
    "reliability": ("--condition", "scanner", "--no-figures", "--out", "out.csv"),
    "equivalence": (
        *("--column", "scanner", "--subject", "patient", "--condition", "a", "--condition", "b", "--margin", "10%"),
        *("--out", "out"),
    ),
    "harmonize": ("--batch", "scanner", "--out", "out.csv"),
    "diagnose": (*QUICK, "--where", "scanner=a", "--select", "none", "--no-baselines", "--out", "out"),
    "tradeoff": (*QUICK, "--condition", "scanner", "--select", "none", "--thresholds", "0,0.5", "--out", "out"),
    "transfer": (*QUICK, "--condition", "scanner", "--train", "a", "--test", "b", "--out", "out"),
}


@pytest.fixture
def table(tmp_path, monkeypatch):
    """Twenty patients with a diagnosis under two scanners."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(4)
    patients, scanners = np.repeat([f"P{i:02}" for i in range(20)], 2), np.tile(["a", "b"], 20)
    y = np.repeat(np.tile(["ill", "well"], 10), 2)
    values = np.repeat(rng.normal(10, 2, (20, 3)), 2, axis=0) + rng.normal(0, 0.5, (40, 3))
    features = pd.DataFrame(values, columns=[f"original_glcm_F{i}" for i in range(3)])
    return features.assign(patient=patients, scanner=scanners, y=y)


@pytest.fixture
def opened(monkeypatch):
    """Count openings, and spoil each table that was read, so that whatever reads it again reads something else."""
    counts: Counter[str] = Counter()
    low = os.open

    def counting(path, *args, **kwargs):
        counts[str(path)] += 1
        return low(path, *args, **kwargs)

    def spoiling(path):
        hold(path)
        size = path.stat().st_size
        path.write_bytes(b"\x00" * size)

    monkeypatch.setattr(os, "open", counting)
    monkeypatch.setattr(table_file, "hold", spoiling)
    return counts


def done(name, *arguments):
    result = CliRunner().invoke(ANALYSES[name].command(), [*arguments, "--quiet"], catch_exceptions=False)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("file", ["table.csv", "table.csv.gz", "table.parquet"])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_table_is_opened_once(name, file, table, opened):
    """A text was opened up to four times, Parquet five; the digest in a record was of the file as it became."""
    if file.endswith(".parquet"):
        table.to_parquet(file)
    else:
        table.to_csv(file, index=False)
    done(name, file, *COMMANDS[name])
    assert opened[file] == 1


def test_so_are_those_of_select_and_apply(table, opened, monkeypatch):
    for file in ("table.csv", "other.csv"):
        table.to_csv(file, index=False)
    with monkeypatch.context() as unspoiled:
        unspoiled.setattr(table_file, "hold", hold)
        done("reliability", "table.csv", *COMMANDS["reliability"][:-1], "reliability.csv")
    opened.clear()
    done("select", "reliability.csv", "--threshold", "icc=0.5", "--out", "w.json")
    done("apply", "w.json", "other.csv", "--allow", "unknown", "--out", "out.csv")
    assert (opened["reliability.csv"], opened["other.csv"]) == (1, 1)


def test_so_are_those_of_change(table, opened, monkeypatch):
    """It reads values, how they were made, and whether the errors are of these very scans."""
    table.to_csv("table.csv", index=False)
    with monkeypatch.context() as unspoiled:
        unspoiled.setattr(table_file, "hold", hold)
        done(
            "reliability",
            "table.csv",
            "--condition",
            "scanner",
            "--reference",
            "none",
            "--no-figures",
            "--out",
            "known",
        )
    opened.clear()
    visits = ("--visit", "scanner", "--visits", "a", "--visits", "b", "--subject", "patient", "--coefficient", "rdc")
    done("change", "table.csv", "--reliability", "known", *visits, "--allow", "unknown", "--out", "out")
    assert opened["table.csv"] == 1
    assert max(count for file, count in opened.items() if "known" in file) == 1
