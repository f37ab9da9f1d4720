"""The package of docs/example_package, installed and used."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.contributed import small_study

PACKAGE = Path(__file__).resolve().parents[2] / "docs" / "example_package"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Install it where nothing else is."""
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    command += ["--disable-pip-version-check", "--no-index", "--target", folder, PACKAGE]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def call(place, *arguments):
    """Give a command to a process that has the package."""
    command = [sys.executable, "-m", "radharmony", *map(str, arguments)]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(place)}
    )


def test_an_installed_package_adds_to_studies_cache_reports_and_lists(place, tmp_path):
    listed = call(place, "steps")
    assert listed.stdout.count("radharmony-example 1.0") == 6, listed.stderr
    assert "brighter" in listed.stdout

    rooted = {"steps": [{"square_root": {"factor": 2}}, "zscore"], "harmonizer": {"same_mean": None}}
    strategies = {"plain": {"steps": ["zscore"]}, "rooted": rooted, "fourths": {"extraction": {"engine": "quartiles"}}}
    study = small_study(tmp_path, strategies, {"half_cv": 0.1, "icc": 0.9})
    values = yaml.safe_load(study.read_text("utf-8")) | {
        "perturbations": {"gain": {"steps": ["brighter"], "repeats": 2}}
    }
    study.write_text(yaml.safe_dump(values, sort_keys=False), "utf-8")
    again = ["run", study, "--out", tmp_path / "run", "--no-tracking", "--jobs", "1", "--quiet"]
    done = call(place, *again)
    assert done.returncode == 0, done.stderr
    log = tmp_path / "run" / "run.log"
    first = log.read_text("utf-8")
    record = json.loads((tmp_path / "run" / "run.json").read_text("utf-8"))
    assert record["versions"]["radharmony-example"] == "1.0"
    features = pd.read_parquet(tmp_path / "run" / "features.parquet").set_index("strategy")
    assert set(features["perturbation"]) == {"unperturbed", "gain-1", "gain-2"}
    features = features[features["perturbation"] == "unperturbed"]
    mean = "original_firstorder_Maximum"
    assert (features.loc["rooted", mean].to_numpy() != features.loc["plain", mean].to_numpy()).all()
    fourths = features.loc["fourths"].dropna(axis=1)
    names = [name for name in fourths if name.startswith("original_")]
    assert names == [f"original_firstorder_Quartile{i}" for i in (1, 2, 3)]
    (options,) = (one["extraction"]["options"] for one in record["strategies"] if one["name"] == "fourths")
    assert options == {"interpolation": "linear", "package": "radharmony-example 1.0"}
    reliability = pd.read_parquet(tmp_path / "run" / "reliability.parquet")
    assert "half_cv" in set(reliability["statistic"])
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert "square root (factor 2" in page
    assert "radharmony-example" in page
    assert "taken over" not in first or " 0 results taken over" in first

    (info,) = place.glob("*.dist-info")
    info.rename(place / "radharmony_example-1.1.dist-info")
    about = place / "radharmony_example-1.1.dist-info" / "METADATA"
    about.write_text(about.read_text("utf-8").replace("Version: 1.0", "Version: 1.1"), "utf-8")
    done = call(place, *again)
    assert done.returncode == 0, done.stderr
    scans = len(features.loc["plain"].groupby(["subject", "sequence", "condition"]))
    assert f"{scans} results taken over" in log.read_text("utf-8").removeprefix(
        first
    )  # those of plain alone, and none that is brighter


def test_without_the_package_its_names_are_unknown(tmp_path, golden):
    study = small_study(tmp_path, {"rooted": {"steps": ["square_root"]}})
    assert yaml.safe_load(study.read_text("utf-8"))["strategies"]
    done = call("", "check", study)
    assert done.returncode == 2
    golden.text(done.stderr.replace(str(tmp_path), "tmp"))
