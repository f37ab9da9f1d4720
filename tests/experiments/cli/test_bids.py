"""A BIDS dataset from its images to features and reliability, by one command."""

import json

import numpy as np
import pandas as pd
import pytest

from harmonize.formats import write_image
from harmonize.image.volume import Grid

pytestmark = pytest.mark.usefixtures("no_workers")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Three people, two conditions, one ROI whose mask lies in the derivatives."""
    folder = tmp_path_factory.mktemp("bids")
    rng = np.random.default_rng(4)
    (folder / "dataset_description.json").write_text('{"Name": "Three", "BIDSVersion": "1.10.0"}', encoding="utf-8")
    for subject in ("01", "02", "03"):
        inside = np.zeros((3, 24, 24))
        inside[:, 6:18, 6:18] = 1
        truth = rng.uniform(80, 120) + 10 * rng.normal(size=inside.shape) + 60 * inside
        for arm in ("ref", "acc"):
            scan = truth + 3 * rng.normal(size=inside.shape)
            name = f"sub-{subject}/anat/sub-{subject}_acq-{arm}_T2w.nii.gz"
            write_image(scan, Grid((24, 24, 3)), folder / name)
        mask = f"derivatives/manual/sub-{subject}/anat/sub-{subject}_acq-ref_label-liver_mask.nii.gz"
        for one in (mask, mask.replace("acq-ref", "acq-acc")):
            write_image(inside.astype(np.uint8), Grid((24, 24, 3)), folder / one)
    return folder


QUIET = ("--no-tracking", "--jobs", "1", "--quiet")


def test_participants_are_measured_and_the_group_takes_their_features_over(radharmony, dataset, tmp_path):
    out = tmp_path / "out"
    result = radharmony("bids", dataset, out, "participant", *QUIET)
    assert result.returncode == 0, result.stderr
    features = pd.read_parquet(out / "participant" / "features.parquet")
    assert set(features["subject"]) == {"sub-01", "sub-02", "sub-03"}
    assert set(features["condition"]) == {"ref", "acc"}
    described = json.loads((out / "dataset_description.json").read_text("utf-8"))
    assert (described["DatasetType"], described["GeneratedBy"][0]["Name"]) == ("derivative", "radharmony")
    empty = radharmony("bids", dataset, out, "group", *QUIET)
    assert (empty.returncode, "reference" in empty.stderr) == (2, True), empty.stderr
    study = out / "study" / "study.yaml"
    study.write_text(study.read_text("utf-8").replace("reference: ''", "reference: ref"), encoding="utf-8")
    result = radharmony("bids", dataset, out, "group", *QUIET)
    assert result.returncode == 0, result.stderr
    run = pd.read_parquet(out / "group" / "features.parquet")
    assert run.equals(features)
    assert "6 scans, 12 results taken over" in (out / "group" / "run.log").read_text("utf-8")
    assert (out / "group" / "reliability.parquet").is_file()


def test_one_participant_has_a_folder_of_its_own_beside_those_of_others(radharmony, dataset, tmp_path):
    out = tmp_path / "out"
    for label in ("01", "sub-03"):
        result = radharmony("bids", dataset, out, "participant", "--participant_label", label, *QUIET)
        assert result.returncode == 0, result.stderr
    found = [
        set(pd.read_parquet(out / f"participant-{label}" / "features.parquet")["subject"]) for label in ("01", "03")
    ]
    assert found == [{"sub-01"}, {"sub-03"}]


def test_what_cannot_be_meant_is_refused(radharmony, dataset, tmp_path, golden):
    out = tmp_path / "out"
    (tmp_path / "plain").mkdir()
    cases = (
        (dataset, "participant", "--participant-label", "07"),
        (dataset, "group", "--participant-label", "01"),
        (tmp_path / "plain", "participant"),
    )
    for folder, *rest in cases:
        result = radharmony("bids", folder, out, *rest, *QUIET)
        assert result.returncode == 2
        golden.text(result.stderr.replace(str(tmp_path), "tmp").splitlines()[-1])


def test_a_step_that_learns_from_everybody_is_not_given_one(radharmony, dataset, tmp_path, golden):
    out = tmp_path / "out"
    assert radharmony("bids", dataset, out, "participant", "--participant-label", "01", *QUIET).returncode == 0
    study = out / "study" / "study.yaml"
    study.write_text(study.read_text("utf-8").replace("      - n4\n", "      - nyul\n"), encoding="utf-8")
    result = radharmony("bids", dataset, out, "participant", "--participant-label", "01", *QUIET)
    assert result.returncode == 2
    golden.text(result.stderr.replace(str(tmp_path), "tmp").splitlines()[-1])


@pytest.mark.data
def test_kidneys_of_two_scanners_from_bids_to_features(radharmony, kidneys_as_bids, tmp_path):
    result = radharmony("bids", kidneys_as_bids("AE", [1]), tmp_path / "out", "participant", *QUIET)
    assert result.returncode == 0, result.stderr
    found = pd.read_parquet(tmp_path / "out" / "participant" / "features.parquet")
    assert set(zip(found["subject"], found["roi"], strict=True)) == {
        (subject, roi) for subject in ("sub-A", "sub-E") for roi in ("kidneyL", "kidneyR")
    }
