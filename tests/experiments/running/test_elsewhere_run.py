"""Runs whose strategies take images that other programs made."""

import csv

import numpy as np
import pandas as pd
import pytest
import yaml

from experiments.running.extracting.extraction import run_extraction
from experiments.running.extracting.preprocessing import run_preprocessing
from experiments.running.runner import run_study
from experiments.running.store.finished import Store
from experiments.running.survey.survey import survey
from experiments.study.study import Study
from harmonize.errors import ConfigurationError
from harmonize.formats import read_image, write_image
from harmonize.image.volume import Volume
from harmonize.steps import Median
from tests.experiments.conftest import write_images

SETTING = "extraction: {setting: {binWidth: 3}, featureClass: {firstorder: [Mean, Entropy], glcm: [Contrast]}}"
STEPS = f"""strategies:
  raw: {{{SETTING}}}
  median: {{steps: [median], {SETTING}}}
  network: {{steps: [images: filtered], {SETTING}}}
"""


@pytest.fixture
def filtered(study_file):
    """The small study with what somebody's median filter made of its images."""
    text = study_file.read_text(encoding="utf-8")
    before, after = text.index("strategies:"), text.index("thresholds:")
    study_file.write_text(f"{text[:before]}{STEPS}{text[after:]}pictures: 0\n", encoding="utf-8")
    folder = study_file.parent
    with (folder / "images.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["subject"] != "sub-03" and row["acquisition"] == "REF"]
    for row in rows:
        image, grid = read_image(folder / row["image"])
        row["filtered"] = row["image"].replace(".nii", "_filtered.nii")
        write_image(Median()(Volume(image, grid)).image, grid, folder / row["filtered"])
    write_images(study_file, rows)
    return study_file


def of(table, strategy):
    return table[table["strategy"] == strategy].drop(columns="strategy").reset_index(drop=True)


@pytest.mark.usefixtures("no_page")
def test_the_strategy_measures_the_other_image_and_nothing_else_is_computed_again(filtered, tmp_path):
    study = Study.from_yaml(filtered)
    assert "filtered" not in study.scans[0].covariates
    first = run_study(study, tmp_path / "out", track=False)
    pd.testing.assert_frame_equal(of(first.features, "network"), of(first.features, "median"))
    assert run_study(study, tmp_path / "out", track=False).unchanged

    changed = study.scans[0].elsewhere["filtered"]
    image, grid = read_image(changed)
    write_image(image + 1.0, grid, changed)
    store = Store(tmp_path / "out" / "finished")
    assert survey(study, store).finished == 3 * 4 - 1
    changed.unlink()
    last = run_study(study, tmp_path / "out", track=False)
    assert list(last.failures["strategy"]) == ["network"]
    assert (last.reused, last.errors) == (3 * 4 - 1, 1)
    assert last.record["data_digest"] != first.record["data_digest"]
    pd.testing.assert_frame_equal(of(last.features, "raw"), of(first.features, "raw"))


@pytest.mark.usefixtures("no_page")
def test_scans_of_others_are_measured_like_it(filtered, tmp_path, golden):
    run = run_study(filtered, tmp_path / "out", track=False)
    table = filtered.parent / "images.csv"
    found = run_extraction(filtered, tmp_path / "more", like=run.folder, strategies=["network"], track=False)
    np.testing.assert_array_equal(of(found.features, "network").iloc[:, 6:], of(run.features, "network").iloc[:, 6:])
    made = run_preprocessing(filtered, tmp_path / "images", "network")
    scan = Study.from_yaml(filtered).scans[0]
    np.testing.assert_allclose(read_image(made.images[0])[0], read_image(scan.elsewhere["filtered"])[0], rtol=1e-6)
    with table.open(encoding="utf-8", newline="") as file:
        rows = [{key: value for key, value in row.items() if key != "filtered"} for row in csv.DictReader(file)]
    write_images(filtered, rows)
    keys = ("name", "images", "rois")
    study = {key: value for key, value in yaml.safe_load(filtered.read_text(encoding="utf-8")).items() if key in keys}
    filtered.write_text(yaml.safe_dump(study), encoding="utf-8")
    with golden.error(ConfigurationError):
        run_extraction(filtered, tmp_path / "more", like=run.folder, strategies=["network"], track=False)
