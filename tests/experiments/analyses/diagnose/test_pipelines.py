import json

import numpy as np
import pandas as pd
import pytest


def test_counts_of_voxels_stand_in_for_the_volume(run, patients, roles, tmp_path):
    path = tmp_path / "patients.csv"
    patients().drop(columns="original_shape_VoxelVolume").to_csv(path, index=False)
    assert run(*roles(path, tmp_path / "out")[:-1]).exit_code == 0
    parameters = pd.read_csv(tmp_path / "out" / "parameters.csv")
    assert (parameters.loc[parameters["model"] == "ROI volume", "n_features"] == 1).all()


def coinciding(patients):
    """Patients of whom two have the same volume in all sequences, as small lesions on a grid do; nothing else."""
    frame = patients().drop(columns=["voxels", "original_shape_VoxelVolume"])
    volume = 8.0 * np.arange(60)
    volume[6] = volume[5]
    return frame.assign(T1_original_shape_Volume=volume, T2_original_shape_Volume=volume)


def test_baselines_of_few_features_may_coincide_between_patients(patients, run, roles, tmp_path):
    """The guard against scans that stand twice ended the whole command at the baseline of volumes."""
    path = tmp_path / "patients.csv"
    coinciding(patients).to_csv(path, index=False)
    result = run(*roles(path, tmp_path / "out")[:-1])
    assert result.exit_code == 0, result.exception
    assert "ROI volume" in set(pd.read_csv(tmp_path / "out" / "scores.csv")["model"])
    few = run(*roles(path, tmp_path / "few"), "--features", "*_shape_*", "--select", "none")
    assert few.exit_code == 0, few.exception


def test_a_baseline_that_fails_is_a_note(run, patients, roles, tmp_path):
    frame = patients().drop(columns="original_shape_VoxelVolume")
    # The count of voxels is no feature of the models; as a baseline it is refused, as it tells the class of every row.
    path = tmp_path / "patients.csv"
    frame.assign(voxels=np.where(frame["diagnosis"] == "benign", 100, 200)).to_csv(path, index=False)
    result = run(*roles(path, tmp_path / "out")[:-1])
    assert result.exit_code == 0, result.exception
    assert "note: baseline ROI volume was not computed: column 'voxels' is the target in other words" in result.output
    assert "ROI volume" not in set(pd.read_csv(tmp_path / "out" / "scores.csv")["model"])
    assert any("ROI volume was not computed" in note for note in
               json.loads((tmp_path / "out" / "diagnosis.json").read_text(encoding="utf-8"))["notes"])  # fmt: skip


def test_a_baseline_of_one_feature_is_calibrated(run, patients, roles, tmp_path):
    """With one feature the AUC is the same for every penalty; the largest was taken, and the Brier score was .25."""
    frame = patients(120)
    sick = (frame["diagnosis"] == "malignant").to_numpy()
    volume = np.random.default_rng(3).normal(size=120) + 2.0 * sick
    path = tmp_path / "patients.csv"
    frame.assign(original_shape_VoxelVolume=volume).to_csv(path, index=False)
    assert run(*roles(path, tmp_path / "out")[:-1]).exit_code == 0
    parameters = pd.read_csv(tmp_path / "out" / "parameters.csv").set_index("model")
    assert parameters.loc["ROI volume", "model__C"].min() >= 0.1
    scores = pd.read_csv(tmp_path / "out" / "scores.csv").set_index(["model", "score"])["estimate"]
    assert scores["ROI volume", "brier"] < 0.18


@pytest.mark.data
def test_a_public_cohort_in_which_volumes_coincide(run, refused, data_root, tmp_path):
    """Two patients have the same volume in all sequences; the command ended at the baseline after all its work."""
    source = data_root / "outcome_tables" / "Song2020.csv.gz"
    quick = ("--folds", 3, "--repeats", 1, "--inner-folds", 2, "--resamples", 100, "--jobs", 1, "--select", "none")
    roles = ("--target", "Target", "--subject", "ID", "--out", tmp_path / "out", "--prune", "none", *quick)
    # One scan does stand there twice.
    told = "Song2020.csv.gz: line 124 and line 130 hold the same values, but are of subjects 'N26' and 'N27'"
    assert told in refused(source, *roles)
    once = pd.read_csv(source)
    once[once["ID"] != "N27"].to_csv(tmp_path / "once.csv", index=False)
    result = run(tmp_path / "once.csv", *roles)
    assert result.exit_code == 0, result.exception
    scores = pd.read_csv(tmp_path / "out" / "scores.csv").set_index(["model", "score"])["estimate"]
    assert scores["ROI volume", "auc"] > 0.5
