"""The two ready studies over public scans, from files to report."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from experiments.running.runner import run_study
from experiments.simulate import read_scans, write_four_arm_study
from experiments.study.study import Study
from selection.whitelist import Whitelist

STUDIES = Path(__file__).resolve().parents[3] / "docs" / "studies"

pytestmark = pytest.mark.data


def ends_of(study):
    """Give the study with its first and its last strategy alone, of which there are more than a test needs."""
    return replace(study, strategies=(study.strategies[0], study.strategies[-1]))


def check_run(run, study, subjects):
    """Everything is there, nothing failed, and the counts are those of the study."""
    assert run.failures.empty
    strategies = [strategy.name for strategy in study.strategies]
    assert list(run.strategies["strategy"]) == strategies
    features = pd.read_parquet(run.folder / "features.parquet")
    assert len(features) == len(strategies) * sum(len(scan.masks) for scan in study.scans)
    reliability = pd.read_parquet(run.folder / "reliability.parquet")
    pairs = reliability[reliability["statistic"] == "icc"]
    assert len(pairs) == len(strategies) * len(study.rois) * 93 * (len(study.conditions) - 1)
    assert dict(pairs.groupby("condition")["n"].max()) == subjects
    for strategy in strategies:
        whitelist = Whitelist.read(run.folder / "whitelists" / f"{strategy}.json")
        assert 0 < whitelist.size < 93 * len(study.rois)
    assert "<h1>" in (run.folder / "report.html").read_text(encoding="utf-8")


def test_kidneys_two_echoes_and_a_repeat(data_root, tmp_path):
    study = Study.from_yaml(STUDIES / "kidney_repeat" / "study.yaml", data_root / "kidney_repeat")
    study = ends_of(study)
    run = run_study(study, tmp_path / "out", track=False)
    check_run(run, study, {"E2+RUN1": 5, "E1+RUN2": 3, "E2+RUN2": 3})
    # vendors scale intensities by a factor of 25
    features = pd.read_parquet(run.folder / "features.parquet")
    means = features[features["condition"] == "E1+RUN1"].groupby(["strategy", "subject"])["original_firstorder_Mean"]
    spread = means.mean().unstack().loc["raw"]
    assert spread.max() > 20 * spread.min()


def test_four_arms_made_from_real_images(data_root, tmp_path):
    folder = data_root / "pyradiomics_cases"
    path = write_four_arm_study(tmp_path / "study", read_scans(STUDIES / "pyradiomics_cases" / "cases.csv", folder))
    study = ends_of(Study.from_yaml(path))
    run = run_study(study, tmp_path / "out", track=False)
    check_run(run, study, {"REF+DLR": 4, "ACC+STD": 4, "ACC+DLR": 4})
    # the further from the reference, the fewer features agree with it
    reliability = pd.read_parquet(run.folder / "reliability.parquet")
    raw = reliability[(reliability["strategy"] == "raw") & (reliability["statistic"] == "icc")]
    medians = raw.groupby("condition")["estimate"].median()
    assert medians["REF+DLR"] > medians["ACC+DLR"]
