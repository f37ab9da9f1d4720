"""Gray levels after slow steps: those that the run will have, on all scans or on as many as time allows."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.extraction import extract
from experiments.executors import Serial
from experiments.running.runner import run_study
from experiments.running.survey.slow_levels import RANGE, slow_levels
from experiments.study.study import Study
from harmonize.formats import read_volume, write_image
from harmonize.image.volume import Grid

GRID = Grid((24, 24, 6), (1.0, 1.0, 4.0))
STUDY = """images: images.csv
reference: A
factors: [arm]
rois: {labels: {liver: 1, spleen: 2}}
extraction: {setting: {binWidth: 20}, featureClass: {firstorder: [Range, Mean]}}
strategies:
  raw:
  median: {steps: [median]}
  nyul: {steps: [median, nyul]}
  resampled: {extraction: {setting: {resampledPixelSpacing: [2, 2, 0], force2D: true}}}
"""


@pytest.fixture
def study(tmp_path):
    rng = np.random.default_rng(0)
    labels = np.zeros(GRID.shape, np.uint8)
    labels[1:5, 2:10, 2:12], labels[1:5, 14:22, 2:12] = 1, 2
    write_image(labels, GRID, tmp_path / "mask.nii.gz")
    rows = ["subject,sequence,arm,image,mask"]
    for arm in ("B", "A"):
        for subject in ("S1", "S2", "S3"):
            write_image(rng.normal(300, 80, GRID.shape), GRID, tmp_path / f"{subject}{arm}.nii.gz")
            rows.append(f"{subject},T2,{arm},{subject}{arm}.nii.gz,mask.nii.gz")
    (tmp_path / "images.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    return Study.from_yaml(tmp_path / "study.yaml")


def counted(study, most=1000.0):
    return slow_levels(study, Serial(), 1, lambda *_: None, most)


@pytest.mark.usefixtures("no_page")
def test_they_are_those_of_the_run(study, tmp_path):
    found = counted(study)
    assert (found.strategies, found.scans, found.of) == (("median", "nyul", "resampled"), 6, 6)
    features = run_study(replace(study, pictures=0), tmp_path / "run", track=False).features
    rows = features[features["strategy"] != "raw"].set_index(["strategy", "subject", "condition", "roi"])
    assert len(rows) == len(found.counted) == 36
    for scan, one in found.counted:
        row = rows.loc[one.strategy, scan.subject, scan.condition, one.roi]
        assert (row["bins"], row[RANGE]) == (one.bins, pytest.approx(one.range, rel=1e-9))


def test_resampling_counts_as_the_extraction_resamples(study):
    (strategy,) = [one for one in study.strategies if one.name == "resampled"]
    scan = study.scans[0]
    volume, _ = read_volume(scan.image, scan.masks)
    own = {roi: found.bins for roi, found in extract(volume, strategy.extraction).features.items()}
    found = {one.roi: one.bins for of, one in counted(study).counted if of == scan and one.strategy == "resampled"}
    assert found == own


def test_where_all_would_take_too_long_the_reference_comes_first(study):
    found = counted(study, most=1e-9)
    assert (found.scans, found.of) == (1, 6)
    assert {(scan.subject, scan.condition) for scan, _ in found.counted} == {("S1", "A")}
    assert {one.strategy for _, one in found.counted} == {"median", "nyul", "resampled"}  # nyul of this scan alone


def test_a_study_of_quick_strategies_has_none(study):
    assert counted(replace(study, strategies=study.strategies[:1])).of == 0
