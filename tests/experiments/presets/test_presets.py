"""The presets: as they are written, and filled with simulated and real scans."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
import yaml

from experiments.presets import presets, write_preset
from experiments.running.runner import run_study
from experiments.simulate import Simulation, write_study
from experiments.study.schema import study_schema
from experiments.study.study import Study
from harmonize.errors import ConfigurationError

NAMES = ["deep-learning-reconstruction", "multi-scanner", "multi-segmentation", "one-scan", "test-retest"]
KIDNEYS = Path(__file__).resolve().parents[3] / "docs" / "studies" / "kidney_repeat" / "images.csv"


def read(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def header(path):
    return path.read_text(encoding="utf-8").splitlines()[0].split(",")


def fill(path, rows):
    """Replace the example rows of a table, its header kept."""
    names = header(path)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def failures(run):
    return pd.read_csv(run.folder / "failures.csv")[["strategy", "roi", "problem"]].to_numpy().tolist()


@pytest.mark.parametrize("name", NAMES)
def test_a_strategy_that_is_added_takes_over_no_width_of_another_scale(name, tmp_path):
    """A width of 3, meant for z-scores times 100, cut raw images into hundreds of gray levels."""
    study_file = write_preset(name, tmp_path)[0]
    study_file.write_text(
        study_file.read_text(encoding="utf-8").replace("\nstrategies:\n", "\nstrategies:\n  added: {}\n"),
        encoding="utf-8",
    )
    added, *others = Study.from_yaml(study_file).strategies
    assert added.extraction.for_image()["binWidth"] == 25
    own = [one.extraction.for_image() for one in others]
    assert all(setting["binCount"] or setting["binWidth"] in (2, 3, 10) for setting in own)


def test_their_names():
    assert list(presets()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_a_study_as_it_is_written(name, tmp_path):
    study_file, *tables = write_preset(name, tmp_path / "new" / "folder")
    study = Study.from_yaml(study_file)
    assert study.name == presets()[name]
    assert len(study.conditions) >= 2
    assert len(study.strategies) >= 4
    assert study.reference == study.scans[0].condition
    assert all(strategy.description for strategy in study.strategies)
    assert {path.name for path in tables} >= {"images.csv", "study.schema.json"}
    first, _ = study_file.read_text(encoding="utf-8").split("\n", 1)
    assert first == f"# yaml-language-server: $schema={tables[-1].name}"
    assert json.loads(tables[-1].read_text(encoding="utf-8")) == study_schema()
    assert study_file.read_text(encoding="utf-8").count("#") > 10


@pytest.mark.parametrize("there", ["study.yaml", "images.csv", "centres.csv"])
def test_nothing_is_overwritten(there, tmp_path, golden):
    (tmp_path / there).write_text("mine")
    with golden.error(ConfigurationError):
        write_preset("deep-learning-reconstruction", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text(encoding="utf-8") == "mine"


def test_an_unknown_name_is_told_the_nearest(tmp_path, golden):
    with golden.error(ConfigurationError):
        write_preset("test-restest", tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_founding_study(tmp_path):
    study = Study.from_yaml(write_preset("deep-learning-reconstruction", tmp_path)[0])
    assert study.conditions == ("REF+STD", "REF+DLR", "ACC+STD", "ACC+DLR")
    assert len(study.sequences) == 3
    assert len(study.rois) == 10
    assert len(study.scans) == 12
    assert study.thresholds.to_mapping() == {"icc": 0.90, "ccc": 0.90, "cv": 0.10, "qcd": 0.10}
    assert {len(strategy.extraction.feature_names()) for strategy in study.strategies} == {93}
    steps = {step.name for strategy in study.strategies for step in strategy.steps}
    assert steps == {"zscore", "n4", "diffusion", "nyul"}
    assert sum(strategy.harmonizer is not None for strategy in study.strategies) == 2
    circles = next(iter(study.scans[0].masks.values())).circle
    assert circles.diameter == 15


@pytest.mark.slow
@pytest.mark.usefixtures("no_page")
def test_the_founding_study_runs_on_simulated_scans(tmp_path):
    simulation = Simulation(subjects=3, sequences=("HASTE",), rois=10, matrix=128, slices=4, seed=3)
    scans = write_study(tmp_path / "scans", simulation).parent
    labels = yaml.safe_load((scans / "study.yaml").read_text(encoding="utf-8"))["rois"]["labels"]
    study_file, _, images, _ = write_preset("deep-learning-reconstruction", tmp_path / "study")
    rows = read(scans / "images.csv")
    fill(images, rows)
    sites = ["pancreas", "aorta"]
    centres = []
    for row in rows:
        if (row["acquisition"], row["reconstruction"]) == ("REF", "STD"):
            drawn = sitk.GetArrayFromImage(sitk.ReadImage(str(scans / row["mask"])))
            for roi in sites:
                inside = np.argwhere(drawn == labels[roi])
                z, y, x = inside[len(inside) // 2]
                centres.append({**row, "roi": roi, "x": x, "y": y, "z": z})
    fill(images.with_name("centres.csv"), centres)
    study = Study.from_yaml(study_file, scans)
    run = run_study(study, tmp_path / "out", track=False)
    assert failures(run) == []
    features = pd.read_parquet(tmp_path / "out" / "features.parquet")
    assert len(features) == 8 * 3 * 4 * len(sites)
    assert (features["voxels"] == 177).all()  # every circle was carried whole
    assert features["bins"].between(8, 256).all()
    assert len(pd.read_csv(tmp_path / "out" / "registration.csv").query("status == 'carried'")) == 9
    assert len(list((tmp_path / "out" / "whitelists").glob("*.json"))) == 8


@pytest.mark.data
def test_test_retest_runs_on_repeated_kidney_scans(data_root, tmp_path):
    study_file, images, _ = write_preset("test-retest", tmp_path / "study")
    text = study_file.read_text(encoding="utf-8")
    ours = "labels: {liver: 1, spleen: 2}"
    assert text.count(ours) == 1
    text = text.replace(ours, "files: {left_kidney: mask_left, right_kidney: mask_right}")
    study_file.write_text(text, encoding="utf-8")
    rows = [
        {**row, "scan": {"RUN1": "TEST", "RUN2": "RETEST"}[row["run"]]} for row in read(KIDNEYS) if row["echo"] == "E1"
    ]
    repeated = {row["subject"] for row in rows if row["scan"] == "RETEST"}
    images.write_text("subject,sequence,scan,image,mask_left,mask_right\n", encoding="utf-8")
    fill(images, [row for row in rows if row["subject"] in repeated])
    run = run_study(Study.from_yaml(study_file, data_root / "kidney_repeat"), tmp_path / "out", track=False)
    assert failures(run) == []
    assert list(run.strategies["rows"]) == [len(repeated) * 2 * 2] * 5
    assert (run.strategies["whitelist_size"] > 0).all()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "factor"), [("multi-scanner", "scanner"), ("multi-segmentation", "reader")])
def test_the_others_run_on_simulated_scans(name, factor, tmp_path):
    simulation = Simulation(subjects=3, sequences=("HASTE",), rois=2, matrix=96, slices=1, noise=0.012, seed=3)
    scans = write_study(tmp_path / "scans", simulation).parent
    study_file, images, _ = write_preset(name, tmp_path / "study")
    levels = [row[factor] for row in read(images)]
    rows = [
        {**row, factor: levels[number % 4]} for number, row in enumerate(read(scans / "images.csv")) if number % 4 < 3
    ]
    fill(images, rows)
    study = Study.from_yaml(study_file, scans)
    assert study.conditions == tuple(levels)
    run = run_study(study, tmp_path / "out", track=False)
    assert failures(run) == []
    assert list(run.strategies["rows"]) == [3 * 3 * 2] * len(study.strategies)
